// restore/sharpen, restore/denoise, restore/deblur, degrade/*: on pictures drawn here, whose truth is known.

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/attack/degrade.h"
#include "kyc/attack/light.h"
#include "kyc/attack/random_path.h"
#include "kyc/attack/restorer.h"
#include "kyc/core/error.h"
#include "kyc/core/registry.h"
#include "kyc/image/codec.h"
#include "kyc/image/statistics.h"
#include "kyc/image/transform.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

std::unique_ptr<Restorer> restorer(const std::string& name) {
  static const ModelManifest models(std::filesystem::path(KYC_SOURCE_DIR) / "models");
  return Registry<Restorer>::make(name, {models, {}});
}

Image restored(const std::string& name,
               const Image& image,
               const std::map<std::string, std::string>& given,
               const RestoreFrame& frame = {}) {
  const auto method = restorer(name);
  return method->restore(image, frame, OptionValues(name, method->options(), given));
}

Image blurred(const Image& image, double deviation) {
  LightImage light = light_of(image);
  blur(light, deviation);
  Image out = image;
  std::transform(light.values.begin(), light.values.end(), out.pixels.begin(), code_of_light);
  return out;
}

Image noisy(Image image, double deviation) {
  Random random(5);
  for (std::uint8_t& value : image.pixels)
    value = static_cast<std::uint8_t>(std::clamp(std::lround(value + deviation * random.normal()), 0L, 255L));
  return image;
}

double error(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    const double difference = static_cast<double>(a.pixels[i]) - b.pixels[i];
    sum += difference * difference;
  }
  return std::sqrt(sum / static_cast<double>(a.pixels.size()));
}

const Image& drawn() {
  static const Image image = draw_synthetic_face({}).image;
  return image;
}

TEST(RestoreSharpen, GivesASoftPictureMoreDetail) {
  const Image soft = blurred(drawn(), 1.5);
  const Image sharp = restored("restore/sharpen", soft, {{"where", "whole"}});
  const Box all{0, 0, 320, 320};
  EXPECT_GT(sharpness(sharp, all), 1.3 * sharpness(soft, all));
  EXPECT_EQ(restored("restore/sharpen", soft, {{"where", "whole"}, {"amount", "0"}}), soft);
}

TEST(RestoreSharpen, StaysWithinTheFaceOrTheMask) {
  const SyntheticPicture picture = draw_synthetic_face({});
  const Image soft = blurred(picture.image, 1.5);
  Face face;
  face.detection.box = picture.faces[0].box;
  RestoreFrame frame;
  frame.face = &face;
  const Image sharp = restored("restore/sharpen", soft, {}, frame);
  EXPECT_NE(sharp, soft);
  for (int y = 0; y < 320; ++y)
    for (const int x : {0, 1, 318, 319}) EXPECT_EQ(sharp.row(y)[3 * x], soft.row(y)[3 * x]);
  EXPECT_EQ(restored("restore/sharpen", soft, {}), soft);  // neither face nor mask: nothing to do

  Mask mask{320, 320, std::vector<std::uint8_t>(320 * 320)};
  for (int y = 100; y < 200; ++y) std::fill(mask.row(y) + 100, mask.row(y) + 200, std::uint8_t{255});
  frame.mask = &mask;
  const Image masked = restored("restore/sharpen", soft, {{"where", "mask"}}, frame);
  const Image whole = restored("restore/sharpen", soft, {{"where", "whole"}}, frame);
  for (int y = 0; y < 320; ++y)
    for (int x = 0; x < 320; ++x) {
      const Image& expected = mask.row(y)[x] ? whole : soft;
      ASSERT_EQ(masked.row(y)[3 * x + 1], expected.row(y)[3 * x + 1]) << x << ' ' << y;
    }
}

TEST(RestoreDenoise, BringsANoisyPictureNearerToTheTruth) {
  const Image dirty = noisy(blurred(drawn(), 2), 8);
  const Image truth = blurred(drawn(), 2);
  for (const char* method : {"nlm", "bilateral"}) {
    const Image clean = restored("restore/denoise", dirty, {{"where", "whole"}, {"method", method}});
    EXPECT_LT(error(clean, truth), 0.6 * error(dirty, truth)) << method;
  }
}

// Non-local means averages alike patches: of an even picture nothing changes, and one strange pixel keeps a
// part of itself.
TEST(RestoreDenoise, LeavesAnEvenPictureAlone) {
  Image even = make_image(40, 30);
  std::fill(even.pixels.begin(), even.pixels.end(), std::uint8_t{77});
  for (const char* method : {"nlm", "bilateral"})
    EXPECT_EQ(restored("restore/denoise", even, {{"where", "whole"}, {"method", method}}), even) << method;
}

TEST(RestoreDeblur, UndoesABlurOfTheStatedSize) {
  const Image truth = blurred(drawn(), 1);
  const Image soft = blurred(truth, 2);
  const Image sharp =
      restored("restore/deblur", soft, {{"where", "whole"}, {"size", "2"}, {"iterations", "20"}});
  EXPECT_LT(error(sharp, truth), 0.6 * error(soft, truth));
}

TEST(RestoreDeblur, UndoesAShakenHand) {
  // A line of 7 pixels across, as the mean of seven shifts.
  const Image truth = blurred(drawn(), 1);
  Image shaken = truth;
  for (int y = 0; y < truth.height; ++y)
    for (int x = 0; x < truth.width; ++x)
      for (int c = 0; c < 3; ++c) {
        float sum = 0;
        for (int i = -3; i <= 3; ++i)
          sum += light_of_code()[truth.row(y)[3 * std::clamp(x + i, 0, truth.width - 1) + c]];
        shaken.row(y)[3 * x + c] = code_of_light(sum / 7);
      }
  const std::map<std::string, std::string> line{
      {"where", "whole"}, {"psf", "line"}, {"size", "7"}, {"iterations", "15"}};
  const double undone = error(restored("restore/deblur", shaken, line), truth);
  EXPECT_LT(undone, 0.75 * error(shaken, truth));
  auto wrong = line;
  wrong["angle"] = "90";
  EXPECT_GT(error(restored("restore/deblur", shaken, wrong), truth), undone);
}

TEST(ParsedChain, ReadsStepsAndNamesMistakes) {
  const auto chain = parsed_chain("longest1280+scale0.5+jpeg70+webp60+restore");
  ASSERT_EQ(chain.size(), 5U);
  EXPECT_EQ(chain[0].kind, DegradeStep::Kind::Longest);
  EXPECT_EQ(chain[1].value, 0.5);
  EXPECT_EQ(chain[4].kind, DegradeStep::Kind::Restore);
  for (const char* bad :
       {"", "jpeg", "jpeg0", "jpeg101", "jpeg70+", "png", "scale0", "restore2", "jpeg7x", "crf", "crf52"})
    EXPECT_THROW(parsed_chain(bad), Error) << bad;
  std::string endless = "jpeg50";
  for (int i = 0; i < 40; ++i) endless += "+jpeg50";
  EXPECT_THROW(parsed_chain(endless), Error);
}

TEST(Degraded, GoesThroughTheRealCodec) {
  EXPECT_EQ(degraded(drawn(), parsed_chain("jpeg60")),
            decode_image(encode_jpeg(drawn(), 60, JpegColours::Halved), "JPEG"));
  EXPECT_EQ(degraded(drawn(), parsed_chain("webp60")), decode_image(encode_webp(drawn(), 60), "WebP"));
  const Image small = degraded(drawn(), parsed_chain("longest100+webp50"));
  EXPECT_EQ(small.width, 100);
  EXPECT_EQ(small.height, 100);
}

TEST(Degraded, LosesMoreTheWorseTheQuality) {
  const auto loss = [](const char* chain) { return error(degraded(drawn(), parsed_chain(chain)), drawn()); };
  EXPECT_LT(loss("jpeg90"), loss("jpeg50"));
  EXPECT_LT(loss("jpeg50"), loss("jpeg10"));
  EXPECT_LT(loss("webp90"), loss("webp5"));
  EXPECT_LT(loss("scale0.8+restore"), loss("scale0.25+restore"));
}

// A face that drifts, through a chain as a clip.
std::vector<Image> clip_through(const char* chain, int frames) {
  const auto pass = degraded_clip(parsed_chain(chain), 25);
  std::vector<Image> out;
  const auto take = [&] {
    while (std::optional<Image> image = pass->pop()) out.push_back(std::move(*image));
  };
  for (int i = 0; i < frames; ++i) {
    pass->push(warp(drawn(), {1, 0, static_cast<float>(i), 0}, 320, 320));
    take();
  }
  pass->finish();
  take();
  return out;
}

TEST(DegradedClip, GivesEveryFrameBackInOrderAndInTheSizeThatTheChainSays) {
  EXPECT_EQ(degraded_clip(parsed_chain("jpeg50+restore"), 25), nullptr) << "frames stay independent";
  const std::vector<Image> out = clip_through("longest200+crf28+scale0.5+crf30+restore", 30);
  ASSERT_EQ(out.size(), 30U);
  for (const int i : {0, 17, 29}) {
    const Image& frame = out[static_cast<std::size_t>(i)];
    ASSERT_EQ(frame.width, 320);
    const auto off = [&](int shift) {
      return error(frame, warp(drawn(), {1, 0, static_cast<float>(shift), 0}, 320, 320));
    };
    EXPECT_LT(off(i), off(i + 6)) << i;
    EXPECT_GT(off(i), 0.5) << "something was lost";
  }
}

TEST(DegradedClip, EveryFurtherEncodingLosesMore) {
  const auto loss = [](const char* chain) {
    const std::vector<Image> out = clip_through(chain, 12);
    return error(out[6], warp(drawn(), {1, 0, 6, 0}, 320, 320));
  };
  const double once = loss("crf32");
  EXPECT_LT(loss("crf18"), once);
  EXPECT_GT(loss("crf32+longest160+crf34+restore"), once);
}

TEST(Degraded, APictureGoesThroughTheVideoCodecAlone) {
  const Image out = degraded(drawn(), parsed_chain("crf30"));
  EXPECT_EQ(out.width, 320);
  EXPECT_NE(out, drawn());
  EXPECT_LT(error(out, drawn()), 10);
}

TEST(Degrade, KeepsOrChangesTheSizeAsItSays) {
  EXPECT_EQ(restored("degrade/resize", drawn(), {}).width, 320);
  EXPECT_EQ(restored("degrade/resize", drawn(), {{"scale", "0.25"}, {"back", "off"}}).width, 80);
  EXPECT_EQ(restored("degrade/jpeg", drawn(), {{"quality", "30"}}).height, 320);
  EXPECT_EQ(restored("degrade/reencode", drawn(), {}).width, 320);
  for (const char* network : {"messenger",
                              "network",
                              "reposted",
                              "profile",
                              "forwarded",
                              "clip_messenger",
                              "clip_network",
                              "clip_reposted"})
    EXPECT_EQ(restored("degrade/social", drawn(), {{"network", network}}).width, 320) << network;
  EXPECT_THROW(restored("degrade/social", drawn(), {{"network", "smoke signals"}}), Error);
}

}  // namespace
}  // namespace kyc
