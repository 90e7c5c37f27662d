// The photos and clips that a command line names: files, and folders full of them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace kyc::cli {

enum class InputKind { Picture, Clip, Missing, EmptyFolder };

struct Input {
  std::filesystem::path path;
  InputKind kind = InputKind::Picture;
};

// Files as they are named, in the order given; a folder becomes the photos and clips in it and below it, told
// by their extension, in the order of their names. A named file is a picture if it starts like one, else a
// clip.
std::vector<Input> inputs_of(const std::vector<std::string>& paths);

// What is wrong with an input that is neither a picture nor a clip.
std::string problem_of(const Input& input);

}  // namespace kyc::cli
