#include "kyc/attack/track_file.h"

#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <system_error>

#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/face/alignment.h"

namespace kyc {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's numbers are little-endian");

constexpr std::array<char, 16> kMagic{"kyclops track 2"};
constexpr std::size_t kShaLength = 64;

// One frame. Times are compared bit by bit: they come out of the same decoder.
struct Record {
  double time_s = 0;
  std::uint32_t found = 0;  // 1: a face, 2: also its mesh
  float confidence = 0;
  Box box;
  HeadPose pose;
  HeadPose pose_geometric;
  EyeState eyes;
  Landmarks68 landmarks;
  DensePoints mesh;
};
static_assert(std::is_trivially_copyable_v<Record>);
static_assert(sizeof(Record) == 8 + 4 * (2 + 4 + 3 + 3 + 2 + 136 + 3 * kDensePoints), "no padding");

}  // namespace

TrackWriter::TrackWriter(const std::filesystem::path& path, const std::string& clip_sha256) : path_(path) {
  static std::atomic<int> made = 0;  // two threads may write the same track
  temporary_ = path.string() + ".part" + std::to_string(::getpid()) + "-" + std::to_string(made++);
  file_.open(temporary_, std::ios::binary | std::ios::trunc);
  file_.write(kMagic.data(), kMagic.size());
  file_.write(clip_sha256.data(), kShaLength);
  if (!file_) throw Error(ErrorCode::Unavailable, path_.string() + ": can not be written");
}

TrackWriter::~TrackWriter() {
  std::error_code ignored;
  if (!temporary_.empty()) std::filesystem::remove(temporary_, ignored);
}

void TrackWriter::add(double time_s, const std::optional<MeshedFace>& meshed) {
  Record record;
  record.time_s = time_s;
  if (meshed) {
    const Face* face = &meshed->face;
    record.found = meshed->mesh ? 2 : 1;
    if (meshed->mesh) record.mesh = *meshed->mesh;
    record.confidence = face->detection.confidence;
    record.box = face->detection.box;
    record.pose = face->pose;
    record.pose_geometric = face->pose_geometric;
    record.eyes = face->eyes;
    record.landmarks = face->landmarks;
  }
  std::array<char, sizeof(Record)> bytes;
  std::memcpy(bytes.data(), &record, sizeof(Record));
  file_.write(bytes.data(), bytes.size());
}

void TrackWriter::finish() {
  file_.close();
  std::error_code failure;
  if (file_) std::filesystem::rename(temporary_, path_, failure);
  if (!file_ || failure) throw Error(ErrorCode::Unavailable, path_.string() + ": can not be written");
  temporary_.clear();
}

TrackReader::TrackReader(const std::filesystem::path& path, const std::string& clip_sha256) : path_(path) {
  file_.open(path, std::ios::binary);
  if (!file_) throw Error(ErrorCode::NotFound, path.string() + ": no such file");
  std::array<char, kMagic.size()> magic{};
  std::string sha256(kShaLength, ' ');
  file_.read(magic.data(), magic.size());
  file_.read(sha256.data(), kShaLength);
  if (!file_ || magic != kMagic)
    throw Error(ErrorCode::Corrupt,
                path.string() + ": expected a face track of this program, got another file");
  if (sha256 != clip_sha256)
    throw Error(ErrorCode::InvalidArgument,
                path.string() + ": was made for the clip of SHA-256 " + sha256 + ", not for " + clip_sha256);
}

std::optional<MeshedFace> TrackReader::next(double time_s) {
  std::array<char, sizeof(Record)> bytes{};
  file_.read(bytes.data(), bytes.size());
  if (!file_) throw Error(ErrorCode::Corrupt, path_.string() + ": ends before the clip does");
  Record record;
  std::memcpy(&record, bytes.data(), sizeof(Record));
  if (record.time_s != time_s)
    throw Error(ErrorCode::Corrupt,
                path_.string() + ": expected a frame at " + std::to_string(time_s) + " s, got one at " +
                    std::to_string(record.time_s) + " s");
  if (record.found == 0) return std::nullopt;
  bool finite = record.found <= 2;
  for (const Point& p : record.landmarks) finite = finite && std::isfinite(p.x) && std::isfinite(p.y);
  for (const Point3& p : record.mesh)
    finite = finite && std::isfinite(p.x) && std::isfinite(p.y) && std::isfinite(p.z);
  if (!finite) throw Error(ErrorCode::Corrupt, path_.string() + ": a point that is no number");
  MeshedFace out;
  Face& face = out.face;
  face.detection = {record.box, record.confidence, std::nullopt};
  face.landmarks = record.landmarks;
  face.points = five_points(face.landmarks);
  face.pose = record.pose;
  face.pose_geometric = record.pose_geometric;
  face.eyes = record.eyes;
  if (record.found == 2) out.mesh = record.mesh;
  return out;
}

}  // namespace kyc
