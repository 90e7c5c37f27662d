// The detectors on faces drawn in code, where it is known what is wrong with them.

#include "kyc/detection/detectors.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/detection/assess.h"
#include "kyc/detection/feature_detector.h"
#include "kyc/face/analyzer.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

const ModelManifest& models() {
  static const ModelManifest manifest(KYC_SOURCE_DIR "/models");
  return manifest;
}

const FaceAnalyzer& faces() {
  static const FaceAnalyzer analyzer({models(), {}});
  return analyzer;
}

struct DrawnClip {
  std::vector<Image> images;
  ClipTrace trace;
};

DrawnClip clip_of(const std::vector<Image>& images) {
  DrawnClip out;
  ClipTracer tracer;
  for (std::size_t i = 0; i < images.size(); ++i) tracer.add(images[i], static_cast<double>(i) / 5);
  out.images = images;
  out.trace = tracer.trace();
  return out;
}

std::vector<Image> turning(std::uint64_t identity, int count) {
  std::vector<Image> out;
  for (int k = 0; k < count; ++k) out.push_back(draw_turning_face(identity, k, count).image);
  return out;
}

// What a detector takes down of the frames of a clip (five a second), or of one photo.
struct Seen {
  std::vector<SeenFrame> frames;
  std::vector<FrameNotes> notes;
  Evidence evidence(const ClipTrace* trace) const { return {frames, notes, trace, nullptr}; }
};
Seen look(const AttackDetector& detector, const std::vector<Image>& images) {
  Seen out;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::vector<Face> found = faces().analyze(images[i]);
    if (found.empty()) continue;
    out.notes.push_back(detector.observe({images[i], found.front()}));
    out.frames.push_back({static_cast<std::int64_t>(i), static_cast<double>(i) / 5, found.front()});
  }
  return out;
}

std::unique_ptr<AttackDetector> made(const std::string& name) {
  return make_attack_detector(name, {models(), {}});
}

// A measurement by its name.
double measured(const std::string& detector,
                const std::string& feature,
                const DrawnClip& clip,
                bool photo = false) {
  const auto one = made(detector);
  const auto& weighing = dynamic_cast<const FeatureDetector&>(*one);
  const Seen seen = look(*one, clip.images);
  const auto values = weighing.measure(seen.evidence(photo ? nullptr : &clip.trace));
  EXPECT_TRUE(values.has_value()) << (values ? "" : values.reason().message);
  const auto& features = weighing.features();
  const auto at =
      std::find_if(features.begin(), features.end(), [&](const Feature& f) { return f.name == feature; });
  EXPECT_NE(at, features.end()) << feature;
  return (*values)[static_cast<std::size_t>(at - features.begin())];
}

TEST(Detectors, EveryOneThatIsRegisteredCanBeMadeAndSaysWhatItDetects) {
  for (const MethodInfo& method : known_attack_detectors(models())) {
    if (method.name == "fusion" && !std::filesystem::exists(linear_model_file(models(), "fusion"))) continue;
    const auto detector = made(method.name);
    EXPECT_EQ(detector->info().name, method.name);
    EXPECT_FALSE(detector->info().detects.empty()) << method.name;
    EXPECT_FALSE(detector->info().source.empty()) << method.name;
  }
}

TEST(Detectors, OneThatNeedsAClipSaysSoOfAPhoto) {
  const std::vector<Image> photo{draw_synthetic_face().image};
  for (const char* name :
       {"identity_drift", "frozen_texture", "motion", "frame_repeat", "reencode", "warped_still"}) {
    const auto detector = made(name);
    const Seen seen = look(*detector, photo);
    ASSERT_EQ(seen.frames.size(), 1U);
    const AttackAssessment answer = detector->conclude(seen.evidence(nullptr));
    ASSERT_FALSE(answer.has_value()) << name;
    EXPECT_EQ(answer.reason().code, "needs_clip") << name;
  }
}

TEST(Detectors, NoFaceIsAnAnswer) {
  const AttackAssessment answer = made("fr_liveness")->conclude({});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.reason().code, "no_face");
}

TEST(Detectors, AnUnknownNameListsTheKnownOnes) {
  try {
    made("nope");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NotFound);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("srm"), testing::HasSubstr("fr_liveness")));
  }
}

TEST(Detectors, ANetworkGivesAFrameScoreAndAMap) {
  const auto detector = made("fr_liveness");
  const Image image = draw_synthetic_face().image;
  const Face face = faces().analyze(image).at(0);
  const FaceFrame frame{image, face};
  const FrameNotes notes = detector->observe(frame);
  const double score = detector->frame_score(notes).value();
  EXPECT_GE(score, 0);
  EXPECT_LE(score, 1);
  const auto map = detector->evidence_map(frame);
  ASSERT_TRUE(map.has_value());
  EXPECT_EQ(map->values.size(), static_cast<std::size_t>(map->columns * map->rows));
  EXPECT_THAT(map->method, testing::AnyOf(testing::HasSubstr("Grad-CAM"), testing::HasSubstr("occlusion")));
  const SeenFrame seen{0, 0, face};
  const AttackAssessment answer =
      detector->conclude({std::span(&seen, 1), std::span(&notes, 1), nullptr, nullptr});
  EXPECT_NEAR(answer->score, score, 1e-6);  // the median of one frame
}

TEST(Spectrum, FindsAPlantedPeak) {
  Image image = draw_synthetic_face({.size = 220}, 3).image;
  const DrawnClip clean = clip_of({image});
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) {
        std::uint8_t& value = image.row(y)[3 * x + c];
        // A period of four pixels: 16 cycles in 64, as an upsampling by four leaves it.
        value = static_cast<std::uint8_t>(std::clamp(
            value + 4 * std::cos(std::numbers::pi / 2 * x) * std::cos(std::numbers::pi / 2 * y), 0.0, 255.0));
      }
  const double before = measured("spectrum", "peak", clean, true);
  const double after = measured("spectrum", "peak", clip_of({image}), true);
  EXPECT_GT(after, before + 1);  // a decade
}

TEST(FrameRepeat, FindsALoopAndLetsAMovingHeadPass) {
  const auto detector = made("frame_repeat");
  const std::vector<Image> once = turning(1, 24);
  // Back where it was looks the same only in a loop: noise and background of every drawn frame differ.
  std::vector<Image> looped = once;
  looped.insert(looped.end(), once.begin(), once.end());
  const DrawnClip real = clip_of(once);
  const DrawnClip fake = clip_of(looped);
  const AttackAssessment bona_fide = detector->conclude({{}, {}, &real.trace, nullptr});
  const AttackAssessment attack = detector->conclude({{}, {}, &fake.trace, nullptr});
  EXPECT_LT(bona_fide->score, 0.1);
  EXPECT_GT(attack->score, 0.9);
  EXPECT_EQ(attack->signals.front().name, "repeated_frames");
  EXPECT_NEAR(attack->signals.front().value, 0.5, 0.05);
}

TEST(FrameRepeat, FindsAFrozenPicture) {
  const std::vector<Image> frozen(20, draw_synthetic_face().image);
  const DrawnClip clip = clip_of(frozen);
  const AttackAssessment answer = made("frame_repeat")->conclude({{}, {}, &clip.trace, nullptr});
  EXPECT_GT(answer->score, 0.9);
  EXPECT_EQ(answer->signals.front().name, "still_seconds");
  EXPECT_NEAR(answer->signals.front().value, 3.8, 1e-9);  // 20 frames, five a second
}

TEST(IdentityDrift, AClipThatSwitchesIdentityJumps) {
  std::vector<Image> switching = turning(3, 10);
  const std::vector<Image> other = turning(11, 10);
  std::copy(other.begin() + 5, other.end(), switching.begin() + 5);
  std::vector<Image> back_and_forth = turning(3, 10);
  for (std::size_t i = 1; i < 10; i += 2) back_and_forth[i] = other[i];
  const double steady = measured("identity_drift", "step_median", clip_of(turning(3, 10)));
  EXPECT_GT(measured("identity_drift", "spread_worst", clip_of(switching)),
            measured("identity_drift", "spread_worst", clip_of(turning(3, 10))) + 0.5);
  EXPECT_GT(measured("identity_drift", "step_median", clip_of(back_and_forth)), steady + 0.5);
}

TEST(FrozenTexture, ATextureThatSticksCorrelates) {
  // The same picture again and again, against pictures with fresh noise.
  std::vector<Image> fresh;
  std::vector<Image> stuck;
  for (std::uint64_t k = 0; k < 8; ++k) {
    fresh.push_back(draw_synthetic_face({}, 20 + k).image);
    stuck.push_back(fresh.front());
  }
  EXPECT_NEAR(measured("frozen_texture", "inside_far", clip_of(stuck)), 1, 1e-6);
  EXPECT_LT(measured("frozen_texture", "around_near", clip_of(fresh)), 0.9);
}

// The picture seen through a map from where each pixel shows to what it shows.
template <typename Map>
Image seen_through(const Image& image, const Map& map) {
  Image out = image;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const Point p = map(Point{static_cast<float>(x), static_cast<float>(y)});
      const auto from = [](float at, int length) {
        return std::clamp(static_cast<int>(std::floor(at)), 0, length - 2);
      };
      const int left = from(p.x, image.width);
      const int top = from(p.y, image.height);
      const float u = std::clamp(p.x - static_cast<float>(left), 0.0F, 1.0F);
      const float v = std::clamp(p.y - static_cast<float>(top), 0.0F, 1.0F);
      for (int c = 0; c < 3; ++c) {
        const auto at = [&](int i, int j) {
          return static_cast<float>(image.row(top + j)[3 * (left + i) + c]);
        };
        const float value =
            (1 - v) * ((1 - u) * at(0, 0) + u * at(1, 0)) + v * ((1 - u) * at(0, 1) + u * at(1, 1));
        out.row(y)[3 * x + c] = static_cast<std::uint8_t>(std::lround(value));
      }
    }
  return out;
}

TEST(WarpedStill, ToldFromAPhotoByBendingAndFromALivingHeadByWhatBendingExplains) {
  const Image photo = draw_synthetic_face({.identity = 3}, 3).image;
  std::vector<Image> waved;   // the photo before a camera
  std::vector<Image> driven;  // the photo bent: a bulge about the nose wanders, the rim stays
  for (int k = 0; k < 5; ++k) {
    const auto t = static_cast<float>(k);
    waved.push_back(seen_through(photo, [&](Point p) { return Point{p.x - 3 * t, p.y + 2 * t}; }));
    driven.push_back(seen_through(photo, [&](Point p) {
      const float dx = p.x - 160;
      const float dy = p.y - 170;
      const float pull = 4 * t * std::exp(-(dx * dx + dy * dy) / (2 * 40 * 40));
      return Point{p.x - pull, p.y - pull / 2};
    }));
  }
  const auto of = [&](const char* feature, const std::vector<Image>& images) {
    return measured("warped_still", feature, clip_of(images));
  };
  // Logarithms: a photo that moves as much bends a third as much.
  EXPECT_GT(of("movement", waved), of("movement", driven) - 1);
  EXPECT_LT(of("bending", waved), of("bending", driven) - 1);
  // A living one changes, too: here light and shade that wander over it.
  std::vector<Image> living = driven;
  for (std::size_t k = 0; k < living.size(); ++k)
    for (int y = 110; y < 190; ++y)
      for (int x = 115; x < 205; ++x)
        for (int c = 0; c < 3; ++c) {
          std::uint8_t& value = living[k].row(y)[3 * x + c];
          const double shade = 15 * std::sin(0.5 * x + 2.0 * static_cast<double>(k)) * std::sin(0.4 * y);
          value = static_cast<std::uint8_t>(std::clamp(value + shade, 0.0, 255.0));
        }
  EXPECT_LT(of("inside_less_around", driven), of("inside_less_around", living) - 0.1);
  EXPECT_TRUE(made("warped_still")->info().one_sided);
}

TEST(WarpedStill, TakesFacesAtTheEdgeAndTinyPictures) {
  const auto detector = made("warped_still");
  const auto& weighing = dynamic_cast<const FeatureDetector&>(*detector);
  Face face;
  face.detection.box = {-20, -20, 60, 60};
  Image tiny = draw_synthetic_face().image;
  tiny = seen_through(tiny, [](Point p) { return p; });
  tiny.width = 8;
  tiny.height = 5;
  tiny.pixels.resize(std::size_t{8} * 5 * 3);
  std::vector<FrameNotes> notes(3, detector->observe({tiny, face}));
  std::vector<SeenFrame> frames{{0, 0, face}, {1, 0.2, face}, {2, 0.4, face}};
  const ClipTrace trace;
  const auto values = weighing.measure({frames, notes, &trace, nullptr});
  ASSERT_TRUE(values.has_value());
  for (const double value : *values) EXPECT_TRUE(std::isfinite(value));
}

TEST(Motion, ABlinkIsSeen) {
  std::vector<Image> open;
  std::vector<Image> blinking;
  for (int k = 0; k < 10; ++k) {
    SyntheticFace face;
    face.center.x += static_cast<float>(k % 3);
    open.push_back(draw_synthetic_face(face).image);
    face.eyes_open = k == 4 || k == 5 ? 0.0F : 1.0F;
    blinking.push_back(draw_synthetic_face(face).image);
  }
  EXPECT_GT(measured("motion", "closed_share", clip_of(blinking)), 0.1);
  EXPECT_EQ(measured("motion", "closed_share", clip_of(open)), 0);
  EXPECT_GT(measured("motion", "eye_movement", clip_of(blinking)),
            measured("motion", "eye_movement", clip_of(open)) + 0.05);
}

// A face pasted in from a smoother picture.
Image smoothed_inside(Image image, const Box& box) {
  const Image before = image;
  for (int y = static_cast<int>(box.y); y < static_cast<int>(box.bottom()); ++y)
    for (int x = static_cast<int>(box.x); x < static_cast<int>(box.right()); ++x)
      for (int c = 0; c < 3; ++c) {
        int sum = 0;
        for (int j = -1; j <= 1; ++j)
          for (int i = -1; i <= 1; ++i) sum += before.row(y + j)[3 * (x + i) + c];
        image.row(y)[3 * x + c] = static_cast<std::uint8_t>(sum / 9);
      }
  return image;
}

TEST(Srm, SeesThatTheInsideOfAFaceHasAnotherNoise) {
  const SyntheticPicture picture = draw_synthetic_face({.size = 130});
  const Box& box = picture.faces[0].box;
  const Box inner{box.x + box.width * 0.15F, box.y + box.height * 0.2F, box.width * 0.7F, box.height * 0.6F};
  const double before = measured("srm", "square3_inside_around", clip_of({picture.image}), true);
  const double after =
      measured("srm", "square3_inside_around", clip_of({smoothed_inside(picture.image, inner)}), true);
  EXPECT_LT(after, before - 0.3);
}

TEST(Blending, SeesAColourStepAtTheOutline) {
  SyntheticPicture picture = draw_synthetic_face({.size = 130});
  const DrawnClip clean = clip_of({picture.image});
  const Box& box = picture.faces[0].box;
  const Point center = box.center();
  for (int y = 0; y < picture.image.height; ++y)
    for (int x = 0; x < picture.image.width; ++x) {
      const float u = (static_cast<float>(x) - center.x) / (box.width * 0.42F);
      const float v = (static_cast<float>(y) - center.y) / (box.height * 0.42F);
      std::uint8_t& red = picture.image.row(y)[3 * x];
      if (u * u + v * v < 1) red = static_cast<std::uint8_t>(std::max(0, red - 40));
    }
  const DrawnClip pasted = clip_of({picture.image});
  double before = 0;
  double after = 0;
  for (const char* ring : {"colour_70", "colour_85", "colour_100"}) {
    before = std::max(before, measured("blending", ring, clean, true));
    after = std::max(after, measured("blending", ring, pasted, true));
  }
  EXPECT_GT(after, before + 0.3);
}

}  // namespace
}  // namespace kyc
