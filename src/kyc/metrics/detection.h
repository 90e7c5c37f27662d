// Deepfake detection as papers measure it: accuracy, AUC, EER and AP, per frame and per clip. Attack scores,
// higher = more likely an attack; called an attack when score >= threshold. Rates per species: pad.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kyc/metrics/error_curve.h"

namespace kyc {

struct FrameScore {
  std::string clip;  // its path; frames of equal paths are one clip
  bool attack = false;
  double score = 0;
};

struct ClipScore {
  std::string clip;
  bool attack = false;
  double score = 0;  // mean of its frames
  std::uint64_t frames = 0;
};

enum class ClipGrouping {
  ByPath,        // frames of one path are one clip
  ByFolderName,  // frames whose paths end in the same folder name are one clip, attack if the first of them
                 // is: the defect of DeepfakeBench, which averages fakes of several methods that share a name
                 // ("000_003")
};

// One per clip, in order of first appearance.
// throws  Error{InvalidArgument} if a clip has frames of both classes (ByPath only), or for a score that is
// not finite
std::vector<ClipScore> clip_scores(std::span<const FrameScore> frames,
                                   ClipGrouping grouping = ClipGrouping::ByPath);

// Attacks against bona fide; FMR of the curve is then BPCER, FNMR is APCER.
// throws  as error_curve
ErrorCurve attack_curve(std::span<const FrameScore> frames);
ErrorCurve attack_curve(std::span<const ClipScore> clips);

// Sum over thresholds, falling, of (recall - recall before) x precision, tied scores taken together, as
// scikit-learn has it: not interpolated. The high class of the curve is what shall be found.
double average_precision(const ErrorCurve& curve);

// Share of all trials that are decided rightly at `threshold`. Depends on the shares of the classes in the
// data.
double accuracy_at(const ErrorCurve& curve, double threshold);

// What DeepfakeBench prints as EER: the FPR of its ROC curve where FPR and FNR are closest, at the highest
// such threshold. (scikit-learn leaves points out of that curve which lie on a straight line between others.)
double deepfakebench_eer(const ErrorCurve& curve);

}  // namespace kyc
