#include "kyc/service/sample_files.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fstream>

#include "kyc/core/error.h"
#include "kyc/image/codec.h"
#include "kyc/service/catalogue_import.h"
#include "kyc/video/reader.h"

namespace kyc {
namespace {

constexpr std::chrono::seconds kWait{20};
constexpr std::uint64_t kMaxPixels = 16'000'000;  // of a picture that is decoded for somebody who waits

bool holds_picture(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::array<std::uint8_t, 64> beginning{};
  in.read(reinterpret_cast<char*>(beginning.data()), beginning.size());
  return is_image(std::span(beginning).first(static_cast<std::size_t>(in.gcount())));
}

Image frame_at(VideoReader& reader, std::int64_t index, const std::filesystem::path& path) {
  Frame frame;
  try {
    if (index > 0) reader.seek(index);
    if (reader.next(frame)) return std::move(frame.image);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::InvalidArgument) throw;
  }
  reader.seek(0);  // the container promised more frames than there are
  if (!reader.next(frame)) throw Error(ErrorCode::Corrupt, path.string() + ": no frame can be decoded");
  return std::move(frame.image);
}

}  // namespace

SampleFile sample_file(Call& call) {
  SampleFile file;
  call.state.database.read([&](Connection& c) {
    auto dataset = find_dataset(c, call.parameter(0));
    if (!dataset) throw HttpError(404, "not_found", "no such data set");
    auto sample = find_sample(c, call.parameter(0), call.parameter(1));
    if (!sample) throw HttpError(404, "not_found", "no such sample");
    file.dataset = std::move(*dataset);
    file.sample = std::move(*sample);
  });
  if (file.sample.failed || file.sample.path.empty())
    throw HttpError(404, "not_found", "this sample was never made");
  file.folder = dataset_path(call.state, file.dataset.folder);
  file.path = dataset_path(call.state, file.dataset.folder + "/" + file.sample.path);
  return file;
}

std::vector<Image> stills_of(const std::filesystem::path& path, std::span<const double> shares) {
  std::vector<Image> out;
  if (holds_picture(path)) {
    out.push_back(read_image(path, {.max_pixels = kMaxPixels}));
    return out;
  }
  VideoReader reader(path, {.max_pixels = kMaxPixels, .threads = 1});
  const VideoInfo& info = reader.info();
  const double last =
      (info.frame_count ? static_cast<double>(*info.frame_count) : info.duration_s * info.frame_rate) - 1;
  for (const double share : shares) {
    const auto index =
        static_cast<std::int64_t>(std::floor(std::clamp(share, 0.0, 1.0) * std::max(0.0, last)));
    out.push_back(frame_at(reader, index, path));
  }
  return out;
}

StillSlot::StillSlot(ServiceState& state) : state_(state) {
  if (state.stills.try_acquire_for(kWait)) return;
  HttpError error(503, "busy", "too many pictures at once: try again");
  error.retry_after_s = 2;
  throw error;
}

}  // namespace kyc
