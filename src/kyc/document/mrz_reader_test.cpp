#include "kyc/document/mrz_reader.h"

#include <cmath>
#include <filesystem>
#include <numbers>

#include <gtest/gtest.h>

#include "kyc/document/text_detector.h"
#include "kyc/image/draw.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

const MrzDate kToday{2026, 11, 22};
const std::vector<std::string> kPassport{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
                                         "L898902C36UTO7408122F1204159ZE184226B<<<<<10"};
const std::vector<std::string> kCard{
    "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"};

// A page of 1000 pixels' width with a zone at its foot. The font has no fixed width: every character is drawn
// into the middle of its cell.
Image page(const std::vector<std::string>& lines) {
  Image image = make_image(1000, 640);
  std::fill(image.pixels.begin(), image.pixels.end(), std::uint8_t{226});
  image = draw_text(std::move(image), {60, 60}, "UTOPIA", {40, 40, 90}, 48);
  image = draw_text(std::move(image), {380, 180}, "Anna Maria Eriksson", {40, 40, 90}, 30);
  const float pitch = 900.0F / static_cast<float>(lines[0].size());
  const float size = std::min(1.5F * pitch, 36.0F);
  for (std::size_t row = 0; row < lines.size(); ++row)
    for (std::size_t column = 0; column < lines[row].size(); ++column) {
      const std::string text(1, lines[row][column]);
      const float x = 50 + pitch * (static_cast<float>(column) + 0.5F) - text_size(text, size).width / 2;
      image = draw_text(std::move(image), {x, 440 + 52 * static_cast<float>(row)}, text, {20, 20, 20}, size);
    }
  return image;
}

// The page on a dark table, turned about its middle.
Image on_a_table(const Image& page, float degrees) {
  const float angle = degrees * std::numbers::pi_v<float> / 180;
  const float c = std::cos(angle);
  const float s = std::sin(angle);
  const float x = static_cast<float>(page.width) / 2;
  const float y = static_cast<float>(page.height) / 2;
  return warp(page, {c, s, 600 - c * x + s * y, 600 - s * x - c * y}, 1200, 1200);
}

class MrzReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path models(KYC_SOURCE_DIR "/models");
    if (!std::filesystem::exists(models / "files/ocr_read.onnx"))
      GTEST_SKIP() << "tools/setup fetches the models";
    reader_.emplace(ModelManifest(models));
  }

  std::optional<MrzReader> reader_;
};

TEST_F(MrzReaderTest, ReadsAPassportsPage) {
  const std::optional<MrzReading> reading = reader_->read(page(kPassport), kToday);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->lines[1], kPassport[1]);
  EXPECT_EQ(reading->mrz.format, MrzFormat::Td3);
  EXPECT_TRUE(reading->mrz.checks_valid());
  EXPECT_EQ(reading->mrz.document_number, "L898902C3");
  EXPECT_EQ(reading->mrz.date_of_birth, (MrzDate{1974, 8, 12}));
  EXPECT_GT(reading->confidence, 0.7);
  EXPECT_GT(reading->strip.width, 10 * reading->strip.height);
}

TEST_F(MrzReaderTest, ReadsACardHoweverItLies) {
  for (const float degrees : {0.0F, 180.0F, 90.0F, -25.0F}) {
    const std::optional<MrzReading> reading = reader_->read(on_a_table(page(kCard), degrees), kToday);
    ASSERT_TRUE(reading) << degrees;
    EXPECT_EQ(reading->mrz.format, MrzFormat::Td1) << degrees;
    EXPECT_TRUE(reading->mrz.checks_valid()) << degrees << ": " << testing::PrintToString(reading->lines);
    EXPECT_EQ(reading->mrz.document_number, "D23145890") << degrees;
  }
}

TEST_F(MrzReaderTest, AForgedDigitShows) {
  std::vector<std::string> lines = kPassport;
  lines[1][14] = '9';  // born 1979, says the forger
  const std::optional<MrzReading> reading = reader_->read(page(lines), kToday);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->mrz.date_of_birth, (MrzDate{1979, 8, 12}));
  EXPECT_FALSE(reading->mrz.checks_valid());
}

TEST_F(MrzReaderTest, FindsNoZoneWhereThereIsNone) {
  Image text = make_image(900, 600);
  std::fill(text.pixels.begin(), text.pixels.end(), std::uint8_t{240});
  text = draw_text(
      std::move(text),
      {40, 60},
      "This is a letter, and not a document. It goes on\nfor some lines, as letters do, and it\nends.",
      {0, 0, 0},
      32);
  const std::optional<MrzReading> reading = reader_->read(text, kToday);
  EXPECT_FALSE(reading) << testing::PrintToString(reading->lines) << " fit " << reading->fit
                        << ", confidence " << reading->confidence;
  EXPECT_FALSE(reader_->read(make_image(64, 64), kToday));
  EXPECT_FALSE(reader_->read(make_image(1, 1), kToday));
}

TEST(TextBoxes, AreTheSmallestRectanglesAndGrow) {
  // A bar of 40 x 8 at 45 degrees.
  std::vector<float> map(100 * 100, 0.0F);
  for (int y = 0; y < 100; ++y)
    for (int x = 0; x < 100; ++x) {
      const double u = (x + 0.5 - 50 + y + 0.5 - 50) / std::numbers::sqrt2;
      const double v = (y + 0.5 - 50 - (x + 0.5 - 50)) / std::numbers::sqrt2;
      if (std::fabs(u) < 20 && std::fabs(v) < 4) map[static_cast<std::size_t>(y * 100 + x)] = 0.8F;
    }
  const std::vector<TextBox> boxes = text_boxes(map, 100, 100);
  ASSERT_EQ(boxes.size(), 1U);
  EXPECT_NEAR(boxes[0].center.x, 50, 0.7);
  EXPECT_NEAR(boxes[0].center.y, 50, 0.7);
  EXPECT_NEAR(boxes[0].angle, std::numbers::pi / 4, 0.03);
  EXPECT_NEAR(boxes[0].score, 0.8, 1e-3);
  const double grow = 2 * 1.5 * 40 * 8 / (2 * (40 + 8));
  EXPECT_NEAR(boxes[0].width, 40 + grow, 3);
  EXPECT_NEAR(boxes[0].height, 8 + grow, 3);
}

TEST(TextBoxes, WeakAndTinyOnesAreDropped) {
  std::vector<float> map(64 * 64, 0.0F);
  for (std::size_t x = 0; x < 30; ++x)
    map[10 * 64 + x] = map[11 * 64 + x] = map[12 * 64 + x] = map[13 * 64 + x] = 0.5F;
  map[40 * 64 + 40] = 1;
  EXPECT_TRUE(text_boxes(map, 64, 64).empty());
  EXPECT_TRUE(text_boxes({}, 0, 0).empty());
}

}  // namespace
}  // namespace kyc
