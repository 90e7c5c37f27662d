#include "kyc/cli/inputs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <string_view>

#include "kyc/image/codec.h"

namespace kyc::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kPictureExtensions{".jpg", ".jpeg", ".png", ".bmp", ".webp"};
constexpr std::array<std::string_view, 7> kClipExtensions{
    ".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg"};

template <std::size_t Count>
bool has_extension(const fs::path& path, const std::array<std::string_view, Count>& known) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return std::find(known.begin(), known.end(), extension) != known.end();
}

bool starts_like_a_picture(const fs::path& path) {
  std::vector<std::uint8_t> start(64);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(start.data()), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return is_image(start);
}

Input file_input(const fs::path& path) {
  const bool picture = starts_like_a_picture(path) || has_extension(path, kPictureExtensions);
  return {path, picture ? InputKind::Picture : InputKind::Clip};
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied))
    if (std::error_code failure;
        entry.is_regular_file(failure) &&
        (has_extension(entry.path(), kPictureExtensions) || has_extension(entry.path(), kClipExtensions)))
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<Input> inputs_of(const std::vector<std::string>& paths) {
  std::vector<Input> inputs;
  for (const std::string& path : paths) {
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    if (!fs::exists(status)) {
      inputs.push_back({path, InputKind::Missing});
    } else if (fs::is_directory(status)) {
      const std::vector<fs::path> files = files_below(path);
      for (const fs::path& file : files) inputs.push_back(file_input(file));
      if (files.empty()) inputs.push_back({path, InputKind::EmptyFolder});
    } else {
      inputs.push_back(file_input(path));
    }
  }
  return inputs;
}

std::string problem_of(const Input& input) {
  return input.path.string() + (input.kind == InputKind::Missing ? ": no such file or folder"
                                                                 : ": no pictures or clips in this folder");
}

}  // namespace kyc::cli
