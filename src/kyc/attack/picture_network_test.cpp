// The entries of models/manifest.json for swap and restoration networks, end to end: stand-ins with exactly
// the published interfaces (sizes, ranges, channel order, layout; written down here once more, apart from the
// manifest) are put where the entries expect the files. A stand-in darkens red and green by known factors,
// adds a tint that it works out from the identity, and sets a mark at a reference point of its crop: so
// colours, normalisation, identity and the place in the picture must all be right, or the result is not what
// is expected.

#include "kyc/attack/picture_network.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/attack/attack.h"
#include "kyc/attack/face_crop.h"
#include "kyc/attack/restorer.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/registry.h"
#include "kyc/face/alignment.h"
#include "kyc/testing/stand_in.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::array<float, 3> kFactors{0.6F, 0.8F, 1.0F};  // what stand-ins do to red, green, blue
constexpr std::array<float, 3> kImageNetMean{0.485F, 0.456F, 0.406F};
constexpr std::array<float, 3> kImageNetDeviation{0.229F, 0.224F, 0.225F};

// How a published network sees a colour v of 0..1: (v - mean) / deviation.
struct Range {
  std::array<float, 3> mean{0, 0, 0};
  std::array<float, 3> deviation{1, 1, 1};
};
const Range kZeroToOne{};
const Range kMinusOneToOne{{0.5F, 0.5F, 0.5F}, {0.5F, 0.5F, 0.5F}};
const Range kImageNet{kImageNetMean, kImageNetDeviation};

struct Published {
  std::string model;
  std::string file;
  std::int64_t size;
  bool channels_last = false;
  std::string target = "target";
  Range in;
  Range out;
  std::string recogniser_file{};  // empty: no identity
  Range recogniser_in{};
  bool recogniser_channels_last = false;
  bool unit_length = true;
  bool emap = false;
  bool source_picture = false;
};

const std::vector<Published>& swappers() {
  static const std::vector<Published> all{{"inswapper_128",
                                           "inswapper_128.onnx",
                                           128,
                                           false,
                                           "target",
                                           kZeroToOne,
                                           kZeroToOne,
                                           "w600k_r50.onnx",
                                           kMinusOneToOne,
                                           false,
                                           true,
                                           true},
                                          {"simswap",
                                           "simswap_224.onnx",
                                           224,
                                           false,
                                           "target",
                                           kZeroToOne,
                                           kZeroToOne,
                                           "simswap_arcface_backbone.onnx",
                                           kImageNet},
                                          {"simswap_256",
                                           "simswap_256.onnx",
                                           256,
                                           false,
                                           "target",
                                           kImageNet,
                                           kZeroToOne,
                                           "simswap_arcface_backbone.onnx",
                                           kImageNet},
                                          {"facedancer",
                                           "facedancer.onnx",
                                           256,
                                           true,
                                           "target",
                                           kMinusOneToOne,
                                           kMinusOneToOne,
                                           "facedancer_arcface_r50.onnx",
                                           kZeroToOne,
                                           true,
                                           false},
                                          {"ghost",
                                           "ghost_unet_2_block.onnx",
                                           256,
                                           false,
                                           "target",
                                           kMinusOneToOne,
                                           kMinusOneToOne,
                                           "ghost_arcface_backbone.onnx",
                                           kMinusOneToOne,
                                           false,
                                           false},
                                          {"blendface",
                                           "blendswap_256.onnx",
                                           256,
                                           false,
                                           "target",
                                           kZeroToOne,
                                           kZeroToOne,
                                           "",
                                           {},
                                           false,
                                           true,
                                           false,
                                           true}};
  return all;
}

// Where the mark is set: the crop's place for the face's first point, as the alignment says.
constexpr float kMarkRadius = 0.035F;  // of the crop

std::vector<float> mark(std::int64_t size, Point place, const Range& out) {
  const auto side = static_cast<std::size_t>(size);
  std::vector<float> added(3 * side * side);
  const float radius = kMarkRadius * static_cast<float>(size);
  for (std::size_t y = 0; y < side; ++y)
    for (std::size_t x = 0; x < side; ++x)
      if (std::hypot(static_cast<float>(x) + 0.5F - place.x, static_cast<float>(y) + 0.5F - place.y) < radius)
        for (std::size_t c = 0; c < 3; ++c)
          added[(c * side + y) * side + x] = (c == 1 ? 2.0F : -2.0F) / out.deviation[c];  // pure green
  return added;
}

Image even_picture(int width, int height, std::array<std::uint8_t, 3> colour) {
  Image image = make_image(width, height);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = colour[i % 3];
  return image;
}

Face face_of(const SyntheticTruth& truth) {
  Face face;
  face.detection.box = truth.box;
  face.landmarks = truth.landmarks;
  face.points = truth.points;
  return face;
}

class StandInTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              (std::string("kyc_stand_in_") + testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "files");
    fs::copy_file(fs::path(KYC_SOURCE_DIR) / "models/manifest.json", folder_ / "manifest.json");
    truth_ = draw_synthetic_face({.identity = 3, .size = 130, .pose = {8, 4, -6}}).faces[0];
  }
  void TearDown() override { fs::remove_all(folder_); }

  void put(const std::string& file, const std::vector<std::uint8_t>& bytes) const {
    write_file(folder_ / "files" / file, bytes);
  }

  StandInPainter painter_of(const Published& p) const {
    StandInPainter painter;
    painter.size = p.size;
    painter.channels_last = p.channels_last;
    painter.target = p.target;
    for (std::size_t c = 0; c < 3; ++c) {
      // out-units of (factor * v), with v = in-units * deviation + mean
      painter.gain[c] = kFactors[c] * p.in.deviation[c] / p.out.deviation[c];
      painter.offset[c] = (kFactors[c] * p.in.mean[c] - p.out.mean[c]) / p.out.deviation[c];
    }
    if (!p.recogniser_file.empty()) painter.identity = "source";
    painter.tint = p.unit_length ? 0.04F : 0.001F;
    if (p.source_picture) painter.source = "source";
    if (p.emap) {  // row i of the identity goes to i + 1
      painter.last.assign(512 * 512, 0);
      for (std::size_t i = 0; i < 512; ++i) painter.last[i * 512 + (i + 1) % 512] = 1;
    }
    return painter;
  }

  // What the network is to add to each colour, in 0..1, for a source of one colour.
  static std::array<double, 3> expected_tint(const Published& p,
                                             const StandInPainter& painter,
                                             std::array<std::uint8_t, 3> source) {
    std::array<double, 3> tint{};
    if (p.source_picture) {
      for (std::size_t c = 0; c < 3; ++c) tint[c] = source[c] / 255.0;
      return tint;
    }
    std::vector<double> identity(512);
    double length = 0;
    for (std::size_t i = 0; i < 512; ++i) {
      const std::size_t c = i % 3;
      const double seen = (source[c] / 255.0 - p.recogniser_in.mean[c]) / p.recogniser_in.deviation[c];
      identity[i] = (seen + 1) * (1 + static_cast<double>(i) / 512);
      length += identity[i] * identity[i];
    }
    for (double& value : identity) value /= p.unit_length ? std::sqrt(length) : 1;
    for (std::size_t i = 0; i < 512; ++i) {
      const std::size_t to = p.emap ? (i + 1) % 512 : i;
      tint[to % 3] += identity[i] * painter.tint;
    }
    for (std::size_t c = 0; c < 3; ++c) tint[c] *= p.out.deviation[c];
    return tint;
  }

  std::unique_ptr<Attack> swap_attack() const {
    const ModelManifest models(folder_);
    return Registry<Attack>::make("swap/onnx", {models, {}});
  }

  ForgedFrame swapped(const std::string& model,
                      const Image& target,
                      std::array<std::uint8_t, 3> source_colour) const {
    const auto attack = swap_attack();
    const AttackSource source{"drawn", even_picture(320, 320, source_colour), face_of(truth_)};
    const auto forger = attack->begin(std::span(&source, 1), {320, 320, 30, 1}, {0, {{"model", model}}});
    const Frame frame{0, 0, target};
    const Face face = face_of(truth_);
    return forger->forge({&frame, &face});
  }

  fs::path folder_;
  SyntheticTruth truth_;
};

TEST_F(StandInTest, SwapNetworksGetAndGiveTheRightColoursAndIdentity) {
  const std::array<std::uint8_t, 3> skin{150, 110, 90};
  const std::array<std::uint8_t, 3> source{130, 60, 20};
  for (const Published& p : swappers()) {
    SCOPED_TRACE(p.model);
    const StandInPainter painter = painter_of(p);
    put(p.file, stand_in_painter(painter));
    if (!p.recogniser_file.empty())
      put(p.recogniser_file, stand_in_recogniser(512, p.recogniser_channels_last));
    const ForgedFrame forged = swapped(p.model, even_picture(320, 320, skin), source);
    const std::array<double, 3> tint = expected_tint(p, painter, source);
    // Or the test would not see the identity, nor which channel it goes to.
    EXPECT_GT(*std::max_element(tint.begin(), tint.end()) - *std::min_element(tint.begin(), tint.end()),
              0.02);
    const Point nose = truth_.points[2];
    const auto x = static_cast<int>(nose.x);
    const auto y = static_cast<int>(nose.y);
    EXPECT_EQ(forged.mask.row(y)[x], 255);
    for (std::size_t c = 0; c < 3; ++c) {
      const double expected = 255 * (kFactors[c] * skin[c] / 255.0 + tint[c]);
      EXPECT_NEAR(forged.image.row(y)[3 * x + static_cast<int>(c)], expected, 1.5) << "channel " << c;
      EXPECT_EQ(forged.image.row(2)[6 + c], skin[c]);  // the corner is untouched
    }
    EXPECT_EQ(forged.mask.row(2)[2], 0);
  }
}

TEST_F(StandInTest, SwapNetworksPutTheFaceBackWhereItWas) {
  for (const Published& p : swappers()) {
    SCOPED_TRACE(p.model);
    // Where this network's training put the first point (the eye on the image's left), as a share of the
    // crop.
    const std::map<std::string, Point> eyes{{"inswapper_128", {46.2946F / 128, 51.6963F / 128}},
                                            {"simswap", {39.730F / 112, 51.138F / 112}},
                                            {"simswap_256", {39.730F / 112, 51.138F / 112}},
                                            {"facedancer", {38.2946F / 112, 51.6963F / 112}},
                                            {"ghost", {39.730F / 112, 51.138F / 112}},
                                            {"blendface", {192.98138F / 512, 239.94708F / 512}}};
    const auto size = static_cast<float>(p.size);
    const Point eye{eyes.at(p.model).x * size + 0.5F, eyes.at(p.model).y * size + 0.5F};
    StandInPainter painter = painter_of(p);
    painter.added = mark(p.size, eye, p.out);
    painter.tint = 0;
    put(p.file, stand_in_painter(painter));
    if (!p.recogniser_file.empty())
      put(p.recogniser_file, stand_in_recogniser(512, p.recogniser_channels_last));
    const ForgedFrame forged = swapped(p.model, even_picture(320, 320, {120, 60, 120}), {40, 40, 40});
    double weight = 0;
    Point mean;
    for (int y = 0; y < 320; ++y)
      for (int x = 0; x < 320; ++x) {
        const std::uint8_t* pixel = forged.image.row(y) + static_cast<std::ptrdiff_t>(x) * 3;
        const double green = std::max(0, pixel[1] - pixel[0] - 40);
        weight += green;
        mean.x += static_cast<float>(green * (x + 0.5));
        mean.y += static_cast<float>(green * (y + 0.5));
      }
    ASSERT_GT(weight, 0);
    // Five points of a drawn, turned face do not fit the reference exactly; a mirrored or shifted crop would
    // be tens of pixels off.
    EXPECT_NEAR(mean.x / weight, truth_.points[0].x, 6);
    EXPECT_NEAR(mean.y / weight, truth_.points[0].y, 6);
    // Exactly there, though, where the similarity that was fitted puts it.
    const std::string alignment = ModelManifest(folder_).entry(p.model).edit->alignment;
    const Similarity to_crop = crop_from_image(truth_.points, alignment, static_cast<int>(p.size));
    const Point expected = inverse(to_crop)(eye);
    EXPECT_NEAR(mean.x / weight, expected.x, 0.25);
    EXPECT_NEAR(mean.y / weight, expected.y, 0.25);
  }
}

TEST_F(StandInTest, ASwapThatRepeatsTheTargetChangesNearlyNothing) {
  const SyntheticPicture picture = draw_synthetic_face({.identity = 3, .size = 130, .pose = {8, 4, -6}});
  for (Published p : swappers()) {
    if (p.source_picture) continue;
    SCOPED_TRACE(p.model);
    StandInPainter painter = painter_of(p);
    for (std::size_t c = 0; c < 3; ++c) {
      painter.gain[c] /= kFactors[c];
      painter.offset[c] = (p.in.mean[c] - p.out.mean[c]) / p.out.deviation[c];
    }
    painter.tint = 0;
    put(p.file, stand_in_painter(painter));
    put(p.recogniser_file, stand_in_recogniser(512, p.recogniser_channels_last));
    const ForgedFrame forged = swapped(p.model, picture.image, {90, 90, 90});
    double difference = 0;
    for (std::size_t i = 0; i < forged.image.pixels.size(); ++i)
      difference += std::abs(forged.image.pixels[i] - picture.image.pixels[i]);
    // Resampled twice: noise and edges soften, nothing moves.
    EXPECT_LT(difference / static_cast<double>(forged.image.pixels.size()), 1);
  }
}

TEST_F(StandInTest, SaysWhatIsMissingOrDoesNotFit) {
  const auto message = [&](ErrorCode code) {
    try {
      swapped("inswapper_128", even_picture(320, 320, {9, 9, 9}), {9, 9, 9});
    } catch (const Error& error) {
      EXPECT_EQ(to_string(error.code()), to_string(code)) << error.what();
      return std::string(error.what());
    }
    return std::string("nothing was thrown");
  };
  EXPECT_THAT(message(ErrorCode::NotFound),
              HasSubstr("inswapper_128.onnx: the model inswapper_128 is not there"));
  const Published& p = swappers()[0];
  StandInPainter painter = painter_of(p);
  painter.target = "image";
  put(p.file, stand_in_painter(painter));
  EXPECT_THAT(message(ErrorCode::Unsupported),
              HasSubstr("input 'image' that the manifest does not describe"));
  painter = painter_of(p);
  painter.identity.clear();
  put(p.file, stand_in_painter(painter));
  put("w600k_r50.onnx", stand_in_recogniser(512, false));
  EXPECT_THAT(message(ErrorCode::Unsupported), HasSubstr("belong together"));
  painter = painter_of(p);
  painter.last.resize(16);  // an emap of 4 x 4
  put(p.file, stand_in_painter(painter));
  EXPECT_THAT(message(ErrorCode::Unsupported),
              HasSubstr("expected an emap (last initializer) of [512, 512], got [4, 4]"));
  put(p.file, {1, 2, 3, 4});
  EXPECT_THAT(message(ErrorCode::Corrupt), HasSubstr("inswapper_128"));
  EXPECT_THROW(swapped("gfpgan", even_picture(320, 320, {9, 9, 9}), {9, 9, 9}), Error);
  const AttackSource nobody{"empty.jpg", even_picture(64, 64, {9, 9, 9}), std::nullopt};
  put(p.file, stand_in_painter(painter_of(p)));
  EXPECT_THROW(swap_attack()->begin(std::span(&nobody, 1), {64, 64, 30, 1}, {}), Error);
}

TEST_F(StandInTest, NamesTheNetworksThatItRuns) {
  const auto attack = swap_attack();
  EXPECT_EQ(attack->models_for(OptionValues("swap/onnx", attack->options(), {{"model", "ghost"}})),
            (std::vector<std::string>{"ghost", "ghost_arcface"}));
}

class RestoreOnnxTest : public StandInTest {
 protected:
  Image restored(const Image& image,
                 const std::map<std::string, std::string>& given,
                 const Face* face) const {
    const ModelManifest models(folder_);
    const auto restorer = Registry<Restorer>::make("restore/onnx", {models, {}});
    RestoreFrame frame;
    frame.face = face;
    return restorer->restore(image, frame, OptionValues("restore/onnx", restorer->options(), given));
  }
};

TEST_F(RestoreOnnxTest, FaceNetworksRestoreTheFace) {
  const std::vector<Published> published{
      {"gfpgan", "GFPGANv1.4.onnx", 512, false, "input", kMinusOneToOne, kMinusOneToOne},
      {"difface", "difface.onnx", 512, false, "input", kZeroToOne, kZeroToOne}};
  const std::array<std::uint8_t, 3> skin{150, 110, 90};
  const Image image = even_picture(320, 320, skin);
  const Face face = face_of(truth_);
  for (const Published& p : published) {
    SCOPED_TRACE(p.model);
    put(p.file, stand_in_painter(painter_of(p)));
    const Image whole = restored(image, {{"model", p.model}}, &face);
    const Image half = restored(image, {{"model", p.model}, {"blend", "0.5"}}, &face);
    const auto x = static_cast<int>(truth_.points[2].x);
    const auto y = static_cast<int>(truth_.points[2].y);
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(whole.row(y)[3 * x + static_cast<int>(c)], kFactors[c] * skin[c], 1.5);
      EXPECT_NEAR(half.row(y)[3 * x + static_cast<int>(c)], (1 + kFactors[c]) / 2 * skin[c], 1.5);
      EXPECT_EQ(whole.row(0)[c], skin[c]);
    }
    EXPECT_EQ(restored(image, {{"model", p.model}}, nullptr), image);  // no face, nothing done
  }
}

TEST_F(RestoreOnnxTest, PictureNetworksRestoreEverythingAtAnySize) {
  const Published p{"maxim", "maxim_s3_denoising.onnx", 0, true, "input", kZeroToOne, kZeroToOne};
  put(p.file, stand_in_painter(painter_of(p)));
  for (const auto& [width, height] : {std::pair{128, 64}, std::pair{97, 33}, std::pair{1, 70}}) {
    Image image = make_image(width, height);
    for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i * 7);
    const Image out = restored(image, {{"model", p.model}}, nullptr);
    ASSERT_EQ(out.width, width);
    ASSERT_EQ(out.height, height);
    for (std::size_t i = 0; i < image.pixels.size(); ++i)
      ASSERT_NEAR(out.pixels[i], kFactors[i % 3] * static_cast<float>(image.pixels[i]), 0.51) << i;
  }
}

TEST_F(StandInTest, ANetworksOwnMaskSaysWhatIsKept) {
  std::string manifest = read_text_file(folder_ / "manifest.json");
  const std::string box = "\"alignment\": \"arcface_128\",\n        \"paste\": \"box\"";
  const std::size_t place = manifest.find(box);
  ASSERT_NE(place, std::string::npos);
  manifest.replace(place, box.size(), "\"alignment\": \"arcface_128\",\n        \"paste\": \"network\"");
  write_text_file(folder_ / "manifest.json", manifest);
  const Published& p = swappers()[0];
  StandInPainter painter = painter_of(p);
  painter.mask.assign(128 * 128, 0);
  std::fill(painter.mask.begin(), painter.mask.begin() + 128 * 64, 1.0F);  // the upper half
  put(p.file, stand_in_painter(painter));
  put(p.recogniser_file, stand_in_recogniser(512, false));
  const ForgedFrame forged = swapped("inswapper_128", even_picture(320, 320, {150, 110, 90}), {130, 60, 20});
  const auto at = [&](Point point) {
    return forged.mask.row(static_cast<int>(point.y))[static_cast<int>(point.x)];
  };
  EXPECT_EQ(at(truth_.points[0]), 255);  // an eye
  EXPECT_EQ(at(truth_.points[3]), 0);    // a corner of the mouth
}

TEST(FaceMask, HoldsTheFaceAndNotTheCorners) {
  const SyntheticTruth truth = draw_synthetic_face({}).faces[0];
  const Similarity to_crop = crop_from_image(truth.points, "ffhq_512", 256);
  Landmarks68 landmarks = truth.landmarks;
  for (Point& p : landmarks) p = to_crop(p);
  const Mask mask = face_mask(landmarks, 256);
  for (const Point& p : truth.points) {
    const Point in = to_crop(p);
    EXPECT_GT(mask.row(static_cast<int>(in.y))[static_cast<int>(in.x)], 200);  // eyes lie near the brows
  }
  for (const int x : {0, 255})
    for (const int y : {0, 255}) EXPECT_EQ(mask.row(y)[x], 0);
}

TEST(BoxMask, FadesToTheBorder) {
  const Mask mask = box_mask(128);
  EXPECT_EQ(mask.row(64)[64], 255);
  EXPECT_LT(mask.row(0)[64], 10);
  EXPECT_EQ(mask.row(5)[64], mask.row(64)[5]);
  EXPECT_EQ(mask.row(5)[64], mask.row(122)[64]);
}

}  // namespace
}  // namespace kyc
