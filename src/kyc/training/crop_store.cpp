#include "kyc/training/crop_store.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <mutex>
#include <set>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/parallel.h"
#include "kyc/detection/movement_picture.h"
#include "kyc/detection/network_detector.h"
#include "kyc/face/analyzer.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"
#include "kyc/video/reader.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

// A file of crops: this header, then per crop the 68 points (zeros if there are none) and the pixels.
struct Header {
  char magic[8] = {'K', 'Y', 'C', 'C', 'R', 'O', 'P', '1'};
  std::uint32_t crops = 0;
  std::uint32_t side = 0;
  std::uint32_t has_landmarks = 0;
  std::uint32_t reserved = 0;
};
constexpr std::size_t kLandmarkBytes = sizeof(Landmarks68);

std::size_t bytes_per_crop(int side) {
  return kLandmarkBytes + static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3;
}

void check(const CropOptions& options) {
  const auto refuse = [](const std::string& what) {
    throw Error(ErrorCode::InvalidArgument, "crops: " + what);
  };
  if (!(options.margin >= 0.5F && options.margin <= 10)) refuse("expected a margin of 0.5 to 10");
  if (options.side < 16 || options.side > 1024) refuse("expected a side of 16 to 1024 pixels");
  if (!(options.slack >= 1 && options.slack <= 2)) refuse("expected a slack of 1 to 2");
  if (options.movement && options.margin * options.slack * kStillFace > kStillSide)
    refuse("of the movement, a margin times slack of at most " +
           std::to_string(static_cast<int>(kStillSide / kStillFace)) + " is seen");
  if (options.movement && (options.inside || options.landmarks))
    refuse("pictures of movement are not moved into the picture, and not blended");
  if (options.frames < 1 || options.frames > 1000) refuse("expected 1 to 1000 frames of a clip");
}

std::string text_of(const std::vector<DegradeStep>& chain) {
  std::string out;
  for (const DegradeStep& step : chain)
    out += std::to_string(static_cast<int>(step.kind)) + ":" + std::to_string(step.value) + "+";
  return out;
}

bool may_be_clip(const fs::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  static const std::set<std::string> kPictures = {".jpg", ".jpeg", ".png", ".bmp", ".webp"};
  return !kPictures.contains(extension);
}

// Frames of a clip, evenly over its length.
void visit_frames(const fs::path& file, int count, const std::function<void(const Frame&)>& visit) {
  std::int64_t frames = 0;
  {
    VideoReader reader(file);
    const VideoInfo& info = reader.info();
    frames = info.frame_count.value_or(static_cast<std::int64_t>(info.duration_s * info.frame_rate));
    if (frames <= 0)
      for (Frame frame; reader.next(frame);) ++frames;
  }
  std::set<std::int64_t> wanted;
  for (int i = 0; i < count; ++i) wanted.insert((2 * i + 1) * frames / (2 * count));
  VideoReader reader(file);
  for (Frame frame; !wanted.empty() && reader.next(frame);) {
    if (frame.index < *wanted.begin()) continue;
    wanted.erase(wanted.begin());
    visit(frame);
  }
}

const FaceDetection* largest(const std::vector<FaceDetection>& faces) {
  const auto at =
      std::max_element(faces.begin(), faces.end(), [](const FaceDetection& a, const FaceDetection& b) {
        return a.box.area() < b.box.area();
      });
  return at == faces.end() ? nullptr : &*at;
}

void append(std::vector<std::uint8_t>& out, const void* data, std::size_t size) {
  const auto* begin = static_cast<const std::uint8_t*>(data);
  out.insert(out.end(), begin, begin + size);
}

}  // namespace

int stored_side(const CropOptions& options) {
  return static_cast<int>(std::lround(static_cast<float>(options.side) * options.slack));
}

struct CropStore::State {
  CropOptions options;
  int side = 0;  // of stored crops
  std::vector<fs::path> files;
  std::vector<std::size_t> counts;
  std::vector<std::vector<std::uint8_t>> kept;  // the files' contents, as far as memory goes
  std::vector<Failure> failures;

  fs::path file_for(const TrainingItem& item) const {
    std::error_code ignored;
    const auto size = fs::file_size(item.file, ignored);
    const auto time = fs::last_write_time(item.file, ignored).time_since_epoch().count();
    const std::string key = fs::absolute(item.file).string() + "|" + std::to_string(size) + "|" +
                            std::to_string(time) + "|" + std::to_string(options.margin) + "|" +
                            (options.inside ? "inside|" : "") + std::to_string(side) + "|" +
                            std::to_string(options.slack) + "|" + std::to_string(options.frames) + "|" +
                            (options.movement ? "movement|" : "") + std::to_string(options.landmarks) + "|" +
                            options.detector + "|" + text_of(options.chain);
    const std::string hash =
        sha256_hex({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}).substr(0, 32);
    return options.folder / hash.substr(0, 2) / (hash + ".crops");
  }

  Header header_of(const std::vector<std::uint8_t>& bytes, const fs::path& file) const {
    Header header;
    if (bytes.size() < sizeof(Header)) throw Error(ErrorCode::Corrupt, file.string() + ": cut off");
    std::memcpy(&header, bytes.data(), sizeof(Header));
    if (std::memcmp(header.magic, Header().magic, sizeof(header.magic)) != 0 ||
        header.side != static_cast<std::uint32_t>(side) ||
        bytes.size() != sizeof(Header) + header.crops * bytes_per_crop(side))
      throw Error(ErrorCode::Corrupt, file.string() + ": no file of crops of this size");
    return header;
  }

  void add_crop(const FaceAnalyzer& analyzer, const Image& picture, std::vector<std::uint8_t>& out) const {
    const Image degraded_picture = options.chain.empty() ? Image() : degraded(picture, options.chain);
    const Image& image = options.chain.empty() ? picture : degraded_picture;
    const std::vector<FaceDetection> faces = analyzer.detect(image);
    const FaceDetection* const found = largest(faces);
    if (found == nullptr) return;
    const FaceDetection& face = *found;
    ModelDetection detection;
    detection.box = options.margin;
    detection.square = true;
    detection.inside = options.inside;
    const Box seen = detection_box(face.box, image.width, image.height, detection);
    const Point center = seen.center();
    const float width = options.slack * seen.width;
    const Box square{center.x - width / 2, center.y - width / 2, width, width};
    Landmarks68 landmarks{};
    if (options.landmarks) {
      landmarks = analyzer.describe(image, face).landmarks;
      const float scale = static_cast<float>(side) / square.width;
      for (Point& p : landmarks) p = {(p.x - square.x) * scale, (p.y - square.y) * scale};
    }
    const Image cut = kyc::crop(image, square, side, side);  // sampled as tensor_from_image samples
    append(out, landmarks.data(), kLandmarkBytes);
    append(out, cut.pixels.data(), cut.pixels.size());
  }

  void add_movement(const FaceAnalyzer& analyzer,
                    const fs::path& file,
                    std::vector<std::uint8_t>& out) const {
    std::vector<SeenFrame> frames;
    std::vector<StillView> views;
    visit_frames(file, static_cast<int>(kMovementFrames), [&](const Frame& frame) {
      const Image degraded_picture = options.chain.empty() ? Image() : degraded(frame.image, options.chain);
      const Image& image = options.chain.empty() ? frame.image : degraded_picture;
      const std::vector<FaceDetection> faces = analyzer.detect(image);
      const FaceDetection* const found = largest(faces);
      if (found == nullptr) return;
      const Face face = analyzer.describe(image, *found);
      frames.push_back({frame.index, frame.time_s, face});
      views.emplace_back(still_view_notes({image, face}));
    });
    const float width = options.margin * options.slack * kStillFace;
    for (const auto& [from, to] : movement_pairs(frames, static_cast<std::size_t>(options.frames))) {
      const Image picture = movement_picture(views[from], views[to], frames[from].face, width, side);
      const Landmarks68 none{};
      append(out, none.data(), kLandmarkBytes);
      append(out, picture.pixels.data(), picture.pixels.size());
    }
  }

  // returns  the reason if there is no crop
  std::string make(const FaceAnalyzer& analyzer,
                   const TrainingItem& item,
                   std::vector<std::uint8_t>& out) const {
    out.assign(sizeof(Header), 0);
    std::string failure;
    try {
      const bool clip = may_be_clip(item.file);
      if (options.movement) {
        if (clip) add_movement(analyzer, item.file, out);
      } else if (clip) {
        visit_frames(
            item.file, options.frames, [&](const Frame& frame) { add_crop(analyzer, frame.image, out); });
      } else {
        add_crop(analyzer, read_image(item.file), out);
      }
      if (out.size() == sizeof(Header))
        failure = item.file.string() + (options.movement ? ": no two frames with a face" : ": no face");
    } catch (const Error& error) {
      failure = error.what();
      out.resize(sizeof(Header));
    }
    Header header;
    header.crops = static_cast<std::uint32_t>((out.size() - sizeof(Header)) / bytes_per_crop(side));
    header.side = static_cast<std::uint32_t>(side);
    header.has_landmarks = options.landmarks ? 1 : 0;
    std::memcpy(out.data(), &header, sizeof(Header));
    return failure;
  }
};

CropStore::CropStore(std::span<const TrainingItem> items,
                     const ModelResources& resources,
                     const CropOptions& options,
                     int jobs,
                     const Progress& progress)
    : state_(std::make_unique<State>()) {
  check(options);
  State& s = *state_;
  s.options = options;
  s.side = stored_side(options);
  s.files.resize(items.size());
  s.counts.resize(items.size());
  s.kept.resize(items.size());
  AnalyzerOptions analysis;
  analysis.detector = options.detector;
  analysis.pose = false;
  analysis.eyes = false;
  const FaceAnalyzer analyzer(resources, analysis);
  std::mutex mutex;
  std::uint64_t done = 0;
  std::atomic<std::uint64_t> held = 0;
  parallel_for(items.size(), jobs, [&](std::size_t i, int) {
    const fs::path file = s.file_for(items[i]);
    std::vector<std::uint8_t> bytes;
    std::string failure;
    std::error_code ignored;
    if (fs::is_regular_file(file, ignored)) {
      bytes = read_file(file);
      if (s.header_of(bytes, file).crops == 0) failure = items[i].file.string() + ": no face, or unreadable";
    } else {
      failure = s.make(analyzer, items[i], bytes);
      fs::create_directories(file.parent_path(), ignored);
      write_file(file, bytes);
    }
    s.files[i] = file;
    s.counts[i] = s.header_of(bytes, file).crops;
    if (held.fetch_add(bytes.size()) + bytes.size() <= options.memory_bytes)
      s.kept[i] = std::move(bytes);
    else
      held -= bytes.size();
    const std::lock_guard lock(mutex);
    if (!failure.empty()) s.failures.push_back({i, failure});
    ++done;
    if (progress) progress(done, items.size());
  });
  std::sort(s.failures.begin(), s.failures.end(), [](const Failure& a, const Failure& b) {
    return a.item < b.item;
  });
}

CropStore::~CropStore() = default;

std::size_t CropStore::count(std::size_t item) const {
  return state_->counts.at(item);
}

const std::vector<CropStore::Failure>& CropStore::failures() const {
  return state_->failures;
}

FaceCrop CropStore::crop(const CropRef& ref) const {
  const State& s = *state_;
  const std::vector<std::uint8_t> read =
      s.kept[ref.item].empty() ? read_file(s.files[ref.item]) : std::vector<std::uint8_t>();
  const std::vector<std::uint8_t>& bytes = s.kept[ref.item].empty() ? read : s.kept[ref.item];
  const Header header = s.header_of(bytes, s.files[ref.item]);
  if (ref.crop >= header.crops)
    throw Error(ErrorCode::Corrupt, s.files[ref.item].string() + ": fewer crops than there were");
  const std::uint8_t* at = bytes.data() + sizeof(Header) + ref.crop * bytes_per_crop(s.side);
  FaceCrop out;
  if (header.has_landmarks != 0) std::memcpy(out.landmarks.emplace().data(), at, kLandmarkBytes);
  out.image = make_image(s.side, s.side);
  std::memcpy(out.image.pixels.data(), at + kLandmarkBytes, out.image.pixels.size());
  return out;
}

Image centre_of(const Image& stored, int side) {
  const int left = (stored.width - side) / 2;
  const int top = (stored.height - side) / 2;
  Image out = make_image(side, side);
  for (int y = 0; y < side; ++y)
    std::memcpy(out.row(y),
                stored.row(top + y) + 3 * static_cast<std::ptrdiff_t>(left),
                static_cast<std::size_t>(side) * 3);
  return out;
}

}  // namespace kyc
