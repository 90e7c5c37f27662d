// Whether a document photo is a mix of two people, when a trusted capture of its holder is at hand: a morph
// is too far from either of them, and in other directions than age, light and expression lead.
//
// U. Scherhag et al., "Deep Face Representations for Differential Morphing Attack Detection", TIFS 2020: a
// classifier on the difference of both templates. Here: two recognisers whose similarities are weighed
// together with how the difference is spread over the template, a few numbers in place of 512.

#include <algorithm>
#include <cmath>

#include "kyc/core/registry.h"
#include "kyc/detection/feature_detector.h"

namespace kyc {
namespace {

constexpr const char* kFirst = "fr_feature";
constexpr const char* kSecond = "mobilefacenet";

double dot_embeddings(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

class MorphDifferential final : public FeatureDetector {
 public:
  explicit MorphDifferential(const ModelResources& resources)
      : FeatureDetector(
            {.name = "morph_differential",
             .detects = {AttackKind::Morph},
             .source = "Scherhag et al., TIFS 2020",
             .needs_reference = true,
             .models = {{kFirst, resources.models.entry(kFirst).sha256},
                        {kSecond, resources.models.entry(kSecond).sha256}}},
            {{"similarity_first", "similarity"},
             {"similarity_second", "similarity"},
             {"similarity_gap", "disagreement"},
             {"difference_largest", "difference"},
             {"difference_even", "difference"}},
            {{"similarity", "similarity of the photo with the trusted capture, mean of two recognisers"},
             {"disagreement", "similarity by one recogniser less that by the other"},
             {"difference",
              "how the difference of the templates is spread: its largest part, its evenness (log)"}},
            resources),
        first_(resources, kFirst),
        second_(resources, kSecond) {}

  FrameNotes observe(const FaceFrame& frame) const override {
    FrameNotes out = frame.probe != nullptr && frame.probe->model == kFirst
                         ? frame.probe->values
                         : first_.extract(frame.image, frame.face.points).values;
    const FaceTemplate second = second_.extract(frame.image, frame.face.points);
    out.insert(out.end(), second.values.begin(), second.values.end());
    return out;
  }

  Outcome<std::vector<double>, NotApplicable> measure(const Evidence& evidence) const override {
    if (auto missing = missing_evidence(info(), evidence)) return *missing;
    // Of several frames of the suspected photo (there is one) the middle one.
    const FrameNotes& suspect = evidence.notes[evidence.notes.size() / 2];
    const FrameNotes& trusted = *evidence.reference;
    constexpr std::size_t kLength = 512;
    const auto a = std::span(suspect).first(kLength);
    const auto b = std::span(trusted).first(kLength);
    const double first = dot_embeddings(a, b);
    const double second =
        dot_embeddings(std::span(suspect).subspan(kLength), std::span(trusted).subspan(kLength));
    double largest = 0;
    double absolute = 0;
    double squares = 0;
    for (std::size_t i = 0; i < kLength; ++i) {
      const double d = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
      largest = std::max(largest, d);
      absolute += d;
      squares += d * d;
    }
    const double root = std::sqrt(squares / kLength) + 1e-6;
    return std::vector<double>{first,
                               second,
                               first - second,
                               std::log(largest + 1e-6),
                               std::log((absolute / kLength + 1e-6) / root)};
  }

 private:
  Recognizer first_;
  Recognizer second_;
};

const Registration<AttackDetector, MorphDifferential> kMorphDifferential{
    "morph_differential", "morphed photos, against a trusted capture of the same person"};

}  // namespace
}  // namespace kyc
