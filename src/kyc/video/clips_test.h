// Shared by the tests of video/: pictures that say which frame they are, and clips made of them.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/image/image.h"
#include "kyc/video/reader.h"
#include "kyc/video/writer.h"

namespace kyc {

constexpr int kCodeBits = 12;
constexpr int kCodeCell = 8;  // pixels: survives any compression used here

// A moving gradient with `number` in its upper left corner as a row of dark and light cells.
inline Image numbered_picture(int number, int width = 160, int height = 96) {
  Image image = make_image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      std::uint8_t* pixel = image.row(y) + x * 3;
      pixel[0] = static_cast<std::uint8_t>(x * 255 / width);
      pixel[1] = static_cast<std::uint8_t>(y * 255 / height);
      pixel[2] = static_cast<std::uint8_t>(127.5 + 100 * std::sin((x + y + 3 * number) * 0.05));
      if (y < kCodeCell && x < kCodeBits * kCodeCell) {
        const bool one = ((number >> (x / kCodeCell)) & 1) != 0;
        pixel[0] = pixel[1] = pixel[2] = one ? 230 : 20;
      }
    }
  return image;
}

inline int number_in(const Image& image) {
  int number = 0;
  for (int bit = 0; bit < kCodeBits; ++bit)
    if (image.row(kCodeCell / 2)[(bit * kCodeCell + kCodeCell / 2) * 3 + 1] > 125) number |= 1 << bit;
  return number;
}

inline WriteOptions options_for(const Image& image) {
  WriteOptions options;
  options.width = image.width;
  options.height = image.height;
  options.preset = "veryfast";
  return options;
}

inline void write_numbered_clip(const std::filesystem::path& path, int frames, WriteOptions options = {}) {
  if (options.width == 0) {
    options.width = 160;
    options.height = 96;
  }
  VideoWriter writer(path, options);
  for (int i = 0; i < frames; ++i) writer.write(numbered_picture(i, options.width, options.height));
  writer.finish();
}

inline std::vector<Frame> read_all(const std::filesystem::path& path, const ReadOptions& options = {}) {
  VideoReader reader(path, options);
  std::vector<Frame> frames;
  for (Frame frame; reader.next(frame);) frames.push_back(frame);
  return frames;
}

// A folder of its own for each test, removed afterwards.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kyc_video_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Scratch() { std::filesystem::remove_all(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  const std::filesystem::path& path() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

// The code of the Error that `action` throws, and its message; nothing if it throws none.
struct Failure {
  ErrorCode code;
  std::string message;
};
inline std::optional<Failure> failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return Failure{error.code(), error.what()};
  }
  return std::nullopt;
}

}  // namespace kyc
