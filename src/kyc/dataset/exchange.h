// Data sets of others as manifests, and ours as the lists that others read. Nothing is copied.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/dataset/sample.h"

namespace kyc {

// "faceforensics", "celeb-df", "dfdc", "deepfakebench", "df40", "forgerynet", "deeperforensics"
std::vector<std::string> import_formats();
// "deepfakebench", "forgerynet"
std::vector<std::string> export_formats();

struct ImportOptions {
  std::string consent;  // of all samples; their publishers' terms are not in the files
  std::string licence;
  int jobs = 1;  // threads for hashing
};

struct ImportResult {
  std::uint64_t samples = 0;
  std::uint64_t failed = 0;  // listed by the set's own lists, and not there: in the manifest as failed
};

// Reads a tree in another set's layout and writes manifest.jsonl and build.json into `out`. With `out`
// another folder than `tree`, the files are reached through a link `media` in it, to the tree.
//
// What a layout says is kept: labels, identities and parents in names, splits in lists, compressions in
// folders. What it does not say stays empty. docs/dataset.md has the table per format.
// throws  Error{NotFound} no such folder; Error{InvalidArgument} an unknown format, or nothing in the tree
//         that it knows; Error{Corrupt} a list or JSON file that is none, with file and line
ImportResult import_dataset(const std::string& format,
                            const std::filesystem::path& tree,
                            const std::filesystem::path& out,
                            const ImportOptions& options,
                            const Progress& progress = {});

struct ExportOptions {
  int frames = 0;  // of every clip, evenly spaced, as PNG beside the list (deepfakebench); 0: none
  int jobs = 1;
};

// deepfakebench  <name>.json: name -> label -> split -> compression -> clip -> {label, frames}; our own keys
//                "video", "identity", "driver", "mask" beside them, which DeepfakeBench does not read. With
//                frames and masks, the masks' frames lie in masks/ as the frames do in frames/, listed as
//                "masks"
// forgerynet     video_list.txt and image_list.txt, and classes.txt: which species is which of the 16 classes
// A link `media` in `out` leads to the data set, so that the lists' paths hold there. Failed samples are left
// out.
// throws  as read_dataset; Error{InvalidArgument} an unknown format, more than 15 species (forgerynet);
//         Error{Unavailable} not writable
void export_dataset(const std::string& format,
                    const std::filesystem::path& dataset,
                    const std::filesystem::path& out,
                    const ExportOptions& options,
                    const Progress& progress = {});

}  // namespace kyc
