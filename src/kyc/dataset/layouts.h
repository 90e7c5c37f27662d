// The layouts that import.cpp knows, one reader each: a tree -> samples without hashes.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kyc/dataset/sample.h"

namespace kyc {

// A tree's files, and the samples found in them.
class LayoutTree {
 public:
  explicit LayoutTree(const std::filesystem::path& root);

  const std::filesystem::path& root() const { return root_; }
  // All files, relative to the root, '/' between folders, sorted.
  const std::vector<std::string>& files() const { return files_; }
  bool has(const std::string& file) const { return set_.contains(file); }
  // The lines of a text file without their ends, empty ones left out.
  std::vector<std::string> lines(const std::string& file) const;
  std::string text(const std::string& file) const;

  // A sample for a file of the tree, or a failed one if `file` is not there: `list` is what names it.
  // The same file twice is one sample: the first.
  Sample& add(const std::string& file,
              SampleKind kind,
              const std::string& species,
              const std::string& list = {});
  // Files below `folder` ("frames/") belong to samples without being any, as the tree's own lists say.
  void know(const std::string& folder) { known_.insert(folder); }
  const std::set<std::string>& known() const { return known_; }
  std::vector<Sample> take() { return std::move(samples_); }

 private:
  std::filesystem::path root_;
  std::vector<std::string> files_;
  std::set<std::string> set_;
  std::vector<Sample> samples_;
  std::map<std::string, std::size_t> index_;
  std::set<std::string> known_;
};

// A parent that is known by its file's path in the tree; its id is filled in when all samples are known.
SampleParent parent_file(const std::string& role, const std::string& file);

std::vector<std::string> path_parts(const std::string& path);
std::string stem_of(const std::string& path);
bool is_clip_name(const std::string& path);
bool is_picture_name(const std::string& path);
// "train", "val" or "test" for the names that data sets give them ("Training", "validation", ...); else "".
std::string split_of_name(const std::string& name);

using LayoutReader = std::function<void(LayoutTree&)>;
void read_faceforensics(LayoutTree& tree);
void read_celeb_df(LayoutTree& tree);
void read_dfdc(LayoutTree& tree);
void read_deepfakebench(LayoutTree& tree);
void read_df40(LayoutTree& tree);
void read_forgerynet(LayoutTree& tree);
void read_deeperforensics(LayoutTree& tree);

}  // namespace kyc
