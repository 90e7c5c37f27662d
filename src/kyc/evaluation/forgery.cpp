#include "kyc/evaluation/forgery.h"

#include <algorithm>
#include <cmath>

#include "kyc/core/pipeline.h"
#include "kyc/face/alignment.h"
#include "kyc/video/reader.h"
#include "kyc/video/sampler.h"

namespace kyc {
namespace {

CellColours colours_of(const Image& aligned) {
  // The middle of the crop: from the brows to the lips, cheek to cheek.
  constexpr int kLeft = 26;
  constexpr int kTop = 36;
  constexpr int kCell = 10;  // pixels; 26 + 6 * 10 = 86, 36 + 60 = 96
  CellColours out{};
  for (int j = 0; j < kColourCells; ++j)
    for (int i = 0; i < kColourCells; ++i) {
      std::array<int, 3> sum{};
      for (int y = 0; y < kCell; ++y)
        for (int x = 0; x < kCell; ++x)
          for (std::size_t c = 0; c < 3; ++c)
            sum[c] += aligned.row(kTop + j * kCell + y)[3 * (kLeft + i * kCell + x) + static_cast<int>(c)];
      for (std::size_t c = 0; c < 3; ++c)
        out[3 * static_cast<std::size_t>(j * kColourCells + i) + c] =
            static_cast<float>(sum[c]) / (kCell * kCell);
    }
  return out;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Similarities of a clip's frames to one template.
double median_similarity(const ObservedClip& clip, const FaceTemplate& reference, std::size_t recognizer) {
  std::vector<double> values;
  for (const ObservedClip::Moment& moment : clip.moments)
    if (!moment.templates.empty()) values.push_back(compare(moment.templates[recognizer], reference));
  return median(std::move(values));
}

// The frame that looks most into the camera.
const ObservedClip::Moment* best_moment(const ObservedClip& clip) {
  const ObservedClip::Moment* best = nullptr;
  for (const ObservedClip::Moment& moment : clip.moments)
    if (!moment.templates.empty() && (!best || moment.turned < best->turned)) best = &moment;
  return best;
}

}  // namespace

ObservedClip observe_clip(const std::filesystem::path& path,
                          const FaceAnalyzer& analyzer,
                          std::span<const ForgeryRecognizer> recognizers,
                          int every,
                          double max_s,
                          int jobs) {
  VideoReader reader(path);
  FrameSampler sampler(reader, 0, max_s > 0 ? max_s : 1e9);
  ObservedClip out;
  using Found = std::optional<ObservedClip::Moment>;
  ordered_parallel<Frame, Found>(
      [&](Frame& frame) { return sampler.next(frame); },
      [&](const Frame& frame, int) -> Found {
        const std::vector<Face> faces = analyzer.analyze(frame.image);
        if (faces.empty()) return std::nullopt;
        const Face& face = faces.front();
        ObservedClip::Moment moment;
        moment.index = frame.index;
        moment.landmarks = face.landmarks;
        moment.eye_distance = inter_eye_distance(face.points);
        moment.turned = std::abs(face.pose_geometric.yaw) + std::abs(face.pose_geometric.pitch);
        const Image aligned = align_face(frame.image, face.points);
        moment.colours = colours_of(aligned);
        if (frame.index % every == 0)
          for (const ForgeryRecognizer& r : recognizers)
            moment.templates.push_back(r.recognizer->extract(frame.image, face.points));
        return moment;
      },
      [&](Found&& found) {
        ++out.frames;
        if (found) out.moments.push_back(std::move(*found));
        return true;
      },
      jobs);
  return out;
}

Flicker flicker_of(const ObservedClip& clip) {
  double points = 0;
  double colour = 0;
  std::size_t count = 0;
  for (std::size_t i = 1; i + 1 < clip.moments.size(); ++i) {
    const ObservedClip::Moment& before = clip.moments[i - 1];
    const ObservedClip::Moment& here = clip.moments[i];
    const ObservedClip::Moment& after = clip.moments[i + 1];
    if (after.index != before.index + 2 || !(here.eye_distance > 0)) continue;
    ++count;
    const Similarity from_before = fit_similarity(before.landmarks, here.landmarks);
    const Similarity from_after = fit_similarity(after.landmarks, here.landmarks);
    double sum = 0;
    for (std::size_t k = 0; k < here.landmarks.size(); ++k) {
      const Point a = from_before(before.landmarks[k]);
      const Point c = from_after(after.landmarks[k]);
      const double x = (a.x + c.x - 2 * here.landmarks[k].x) / here.eye_distance;
      const double y = (a.y + c.y - 2 * here.landmarks[k].y) / here.eye_distance;
      sum += x * x + y * y;
    }
    points += sum / static_cast<double>(here.landmarks.size());
    sum = 0;
    for (std::size_t k = 0; k < here.colours.size(); ++k) {
      const double d = before.colours[k] + after.colours[k] - 2 * here.colours[k];
      sum += d * d;
    }
    colour += sum / static_cast<double>(here.colours.size());
  }
  if (count == 0) return {};
  const auto frames = static_cast<double>(count);
  return {100 * std::sqrt(points / frames), std::sqrt(colour / frames)};
}

std::optional<ForgeryMeasurement> measure_forgery(std::span<const ForgeryRecognizer> recognizers,
                                                  std::span<const FaceTemplate> victim,
                                                  const ObservedClip& target,
                                                  const ObservedClip& result) {
  const ObservedClip::Moment* driver = best_moment(target);
  if (!driver || !best_moment(result)) return std::nullopt;
  ForgeryMeasurement out;
  for (std::size_t r = 0; r < recognizers.size(); ++r) {
    IdentityShift shift;
    shift.victim_before = median_similarity(target, victim[r], r);
    shift.victim_after = median_similarity(result, victim[r], r);
    shift.driver_before = median_similarity(target, driver->templates[r], r);
    shift.driver_after = median_similarity(result, driver->templates[r], r);
    shift.as_victim = shift.victim_after >= recognizers[r].threshold;
    shift.as_driver = shift.driver_after >= recognizers[r].threshold;
    out.identity.push_back(shift);
  }
  out.target = flicker_of(target);
  out.result = flicker_of(result);
  return out;
}

}  // namespace kyc
