// Internal to evaluation/: what a few lines of JSON say of an ONNX file that a user brings.
//
//   {"name": "mine", "task": "attack_detection", "file": "mine.onnx",
//    "input": {"size": [224, 224], "colour": "RGB", "mean": [127.5, 127.5, 127.5],
//              "scale": [127.5, 127.5, 127.5]},
//    "crop": {"box": 1.3}, "output": {"kind": "softmax", "attack": 1}, "threshold": 0.5}
//   {"name": "mine", "task": "recognition", "file": "mine.onnx",
//    "input": {"size": [112, 112], ...}, "crop": "aligned", "output": {"index": 0}, "threshold": 0.4}
//
// crop: {"box": f} enlarges the face box, made square, by that factor; "image": the whole picture; "aligned",
// of recognisers: the face turned and scaled so that its five points lie where ArcFace's networks want them.
// output of detectors: kind "softmax" or "probability" (of several outputs take `attack`), "sigmoid" or
// "score" (one output); with "bona_fide" instead of "attack" the score is 1 - that output ("score": its
// negative). output of recognisers: the index of the output that is the template.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "kyc/nn/manifest.h"

namespace kyc {

struct OnnxDescription {
  std::string name;
  std::filesystem::path file;
  ModelInput input;
  std::optional<double> box;  // nothing: the whole picture, or aligned
  bool aligned = false;
  std::string kind;
  std::size_t index = 0;
  bool bona_fide = false;
  std::optional<double> threshold;
};

// task    "attack_detection" or "recognition"
// throws  Error{NotFound}, Error{Corrupt} with the file and what was expected
OnnxDescription read_onnx_description(const std::filesystem::path& path, const std::string& task);

}  // namespace kyc
