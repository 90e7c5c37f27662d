#include "kyc/attack/paper.h"

#include <cmath>

#include <gtest/gtest.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr double kWidth = 40;  // mm: a small sheet is printed fast
constexpr double kHeight = 30;

Image even_sheet(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  Image image = make_image(64, 48);
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) {
    image.pixels[i] = red;
    image.pixels[i + 1] = green;
    image.pixels[i + 2] = blue;
  }
  return image;
}

struct Tone {
  double mean = 0;
  double deviation = 0;
};

Tone tone(const PrintedSheet& sheet, int channel) {
  double sum = 0;
  double squares = 0;
  int count = 0;
  for (double v = -8; v < 8; v += 0.05)
    for (double u = -8; u < 8; u += 0.05) {
      const double value = sheet.reflectance(static_cast<float>(u), static_cast<float>(v), channel);
      sum += value;
      squares += value * value;
      ++count;
    }
  return {sum / count, std::sqrt(std::max(0.0, squares / count - sum * sum / count / count))};
}

PrintedSheet print(const Image& picture, const std::string& printer) {
  return {picture, {kWidth, kHeight, 3, printer}, 1};
}

TEST(PrintedSheet, KeepsTonesInOrderOnEveryPrinter) {
  for (const char* printer : {"laser", "inkjet", "photo"}) {
    SCOPED_TRACE(printer);
    double last = -1;
    for (const std::uint8_t grey : std::vector<std::uint8_t>{0, 90, 150, 200, 255}) {
      const Tone green = tone(print(even_sheet(grey, grey, grey), printer), 1);
      EXPECT_GT(green.mean, last + 0.02);
      last = green.mean;
    }
    EXPECT_GT(last, 0.75);  // paper
    EXPECT_LT(tone(print(even_sheet(0, 0, 0), printer), 1).mean, 0.09);
    const PrintedSheet red = print(even_sheet(220, 40, 40), printer);
    EXPECT_GT(tone(red, 0).mean, 2 * tone(red, 1).mean);
    const PrintedSheet blue = print(even_sheet(40, 40, 220), printer);
    EXPECT_GT(tone(blue, 2).mean, 1.5 * tone(blue, 0).mean);
  }
}

TEST(PrintedSheet, HasFewerColoursThanAScreen) {
  // Green light that a screen's full green has not, a print's has: inks are not ideal.
  const PrintedSheet green = print(even_sheet(0, 255, 0), "photo");
  EXPECT_LT(tone(green, 1).mean, 0.6);
  EXPECT_GT(tone(green, 0).mean, 0.03);
}

TEST(PrintedSheet, OfALaserPrinterHasDotsInAGrid) {
  const Image grey = even_sheet(150, 150, 150);
  EXPECT_LT(tone(print(grey, "photo"), 1).deviation, 0.01);
  EXPECT_GT(tone(print(grey, "inkjet"), 1).deviation, 0.03);
  const PrintedSheet laser = print(grey, "laser");
  EXPECT_GT(tone(laser, 1).deviation, 0.08);
  // A row looks the same three cells of the black screen further (3 x 6 dots of 600 per inch).
  const double step = 18 * 25.4 / 600 * 17;  // and a whole number of cells of the others (17 dots)
  double same = 0;
  double shifted = 0;
  for (double u = -9; u < 9 - step; u += 0.04) {
    const auto at = [&](double x) { return laser.reflectance(static_cast<float>(x), 1.0F, 1); };
    same += std::abs(at(u) - at(u + step));
    shifted += std::abs(at(u) - at(u + step + 0.1));
  }
  EXPECT_LT(same, 0.5 * shifted);
}

TEST(PrintedSheet, HasAWhiteBorder) {
  const PrintedSheet sheet = print(even_sheet(0, 0, 0), "inkjet");
  EXPECT_GT(sheet.reflectance(-19, -14, 1), 0.75F);
  EXPECT_GT(sheet.reflectance(-1000, 0, 1), 0.75F);  // beyond the sheet: its edge
  EXPECT_LT(sheet.reflectance(0, 0, 1), 0.2F);
}

TEST(PrintedSheet, KnowsItsPrinters) {
  EXPECT_THROW(print(even_sheet(0, 0, 0), "typewriter"), Error);
}

}  // namespace
}  // namespace kyc
