// The files of a data set as the protocols see them: which are pictures, which clips, which of them stem from
// one recording, and which picture stands for a person.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kyc/dataset/sample.h"
#include "kyc/image/image.h"

namespace kyc {

bool is_picture_file(const std::string& path);  // by its extension: jpg, jpeg, png, bmp, webp

// Frames of a clip, evenly over its length; of a picture, the picture.
// throws  as VideoReader and read_image
std::vector<Image> frames_of(const std::filesystem::path& path, int count);

// One frame of each file, for contact sheets; empty where one of them can not be read any more.
std::vector<Image> frames_to_show(const std::vector<std::filesystem::path>& files);

class MediaIndex {
 public:
  explicit MediaIndex(const Dataset& dataset);

  const std::vector<std::size_t>& clips() const { return clips_; }  // bona fide and attacks that have a file
  const std::vector<std::size_t>& pictures() const { return pictures_; }  // likewise
  std::size_t missing() const { return missing_; }                        // samples without file: never made

  // The recording that a sample was re-encoded from, over any number of steps; itself if it is no
  // re-encoding. Two samples of one origin are no two recordings of a person.
  const std::string& origin(std::size_t sample) const { return origins_[sample]; }

  // Bona fide pictures of a person, in the order of the manifest.
  std::vector<std::size_t> portraits(const std::string& identity) const;
  // Bona fide clips of a person, one of each origin: the least compressed one.
  std::vector<std::size_t> recordings(const std::string& identity) const;
  // Everybody of whom there is a bona fide sample.
  std::vector<std::string> identities() const;

 private:
  const Dataset& dataset_;
  std::vector<std::size_t> clips_;
  std::vector<std::size_t> pictures_;
  std::vector<std::string> origins_;
  std::map<std::string, std::vector<std::size_t>> portraits_;
  std::map<std::string, std::vector<std::size_t>> recordings_;
  std::size_t missing_ = 0;
};

}  // namespace kyc
