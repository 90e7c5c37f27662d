#include "kyc/image/draw.h"

#include <limits>

#include <gtest/gtest.h>

#include "kyc/image/statistics.h"
#include "kyc/image/support_test.h"

namespace kyc {
namespace {

Color at(const Image& image, int x, int y) {
  const std::uint8_t* p = image.row(y) + x * 3;
  return {p[0], p[1], p[2]};
}

Image grey(int width, int height) {
  return draw_panel(make_image(width, height), {0, 0, 1e6F, 1e6F}, {128, 128, 128}, 1);
}

TEST(DrawLine, CoversItsWidthAndHasADarkRim) {
  const Image image = draw_line(grey(40, 20), {10, 10}, {30, 10}, kGreen, 2);
  for (const int y : {9, 10}) EXPECT_EQ(at(image, 20, y), kGreen);
  for (const int y : {8, 11}) EXPECT_LT(at(image, 20, y).green, 60);
  for (const int y : {6, 13}) EXPECT_EQ(at(image, 20, y), (Color{128, 128, 128}));
  EXPECT_EQ(at(image, 5, 10), (Color{128, 128, 128}));
}

TEST(DrawLine, HalfCoveredPixelsAreMixed) {
  const Image image = draw_line(make_image(20, 20), {2, 10.5F}, {18, 10.5F}, kWhite, 2);
  EXPECT_EQ(at(image, 10, 10), kWhite);
  EXPECT_NEAR(at(image, 10, 9).red, 128, 10);
  EXPECT_NEAR(at(image, 10, 11).red, 128, 10);
}

TEST(DrawLine, SteepAndFlatLinesCoverTheSame) {
  const Image flat = draw_line(make_image(60, 60), {5, 10}, {55, 25}, kWhite, 3);
  const Image steep = draw_line(make_image(60, 60), {10, 5}, {25, 55}, kWhite, 3);
  EXPECT_NEAR(mean_luma(flat, {0, 0, 60, 60}), mean_luma(steep, {0, 0, 60, 60}), 0.01);
  EXPECT_EQ(at(flat, 30, 17), kWhite);
}

TEST(Draw, WhatIsOutsideIsCutOff) {
  const Image image = grey(30, 20);
  EXPECT_EQ(draw_line(image, {-100, -100}, {-50, 1000}, kRed), image);
  EXPECT_EQ(draw_rectangle(image, {-1e9F, -1e9F, 2e9F, 2e9F}, kRed), image);
  EXPECT_EQ(draw_text(image, {500, 500}, "far away", kRed), image);
  EXPECT_EQ(draw_panel(image, {40, 0, 10, 10}, kRed), image);
  EXPECT_EQ(paste(image, grey(5, 5), 30, 0), image);
  EXPECT_EQ(paste(image, grey(5, 5), 0, -5), image);
  EXPECT_NE(draw_line(image, {-1e9F, 10}, {1e9F, 10}, kRed), image);
  const Point points[] = {{0, 0}, {30, 20}, {1e9F, -1e9F}};
  EXPECT_EQ(draw_points(image, points, kRed, 3).width, 30);
}

TEST(Draw, RefusesCoordinatesThatAreNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Image image = grey(10, 10);
  const Point bad[] = {{nan, 1}};
  refusal(ErrorCode::InvalidArgument, [&] { draw_line(image, {0, nan}, {1, 1}, kRed); });
  refusal(ErrorCode::InvalidArgument, [&] { draw_rectangle(image, {0, 0, nan, 1}, kRed); });
  refusal(ErrorCode::InvalidArgument, [&] { draw_points(image, bad, kRed); });
  refusal(ErrorCode::InvalidArgument, [&] { draw_panel(image, {nan, 0, 1, 1}, kRed); });
  refusal(ErrorCode::InvalidArgument, [&] { draw_text(image, {nan, 0}, "a", kRed); });
  refusal(ErrorCode::InvalidArgument, [&] { draw_text(image, {0, 0}, "a", kRed, 0); });
}

TEST(DrawRectangle, MarksItsEdgesAndNotItsInside) {
  const Image image = draw_rectangle(grey(40, 40), {10, 10, 20, 20}, kRed, 2);
  for (const auto& [x, y] : {std::pair{10, 20}, {29, 20}, {20, 10}, {20, 29}})
    EXPECT_EQ(at(image, x, y), kRed);
  EXPECT_EQ(at(image, 20, 20), (Color{128, 128, 128}));
}

TEST(DrawPoints, AreRoundAndCentred) {
  const Point point{10, 10};
  const Image image = draw_points(make_image(20, 20), {&point, 1}, kWhite, 4);
  for (int y = 0; y < 20; ++y)
    for (int x = 0; x < 20; ++x) EXPECT_EQ(at(image, x, y), at(image, 19 - x, y)) << x << ", " << y;
  EXPECT_EQ(at(image, 9, 9), kWhite);
  EXPECT_EQ(at(image, 10, 7), kWhite);
  EXPECT_LT(at(image, 6, 6).red, 255);
}

TEST(DrawPanel, MixesWithWhatIsBelow) {
  const Image image = draw_panel(grey(10, 10), {2, 2, 4, 4}, {0, 0, 255}, 0.5F);
  EXPECT_EQ(at(image, 3, 3), (Color{64, 64, 192}));
  EXPECT_EQ(at(image, 6, 6), (Color{128, 128, 128}));
}

TEST(Paste, PutsThePictureThereAndCutsTheRest) {
  const Image picture = noise_image(4, 4, 1);
  const Image image = paste(make_image(6, 6), picture, 3, -1);
  EXPECT_EQ(at(image, 3, 0), at(picture, 0, 1));
  EXPECT_EQ(at(image, 5, 2), at(picture, 2, 3));
  EXPECT_EQ(at(image, 3, 3), Color{});
  EXPECT_EQ(at(image, 2, 0), Color{});
}

TEST(DrawText, CanBeReadOnBlackAndOnWhite) {
  const Image black = draw_text(make_image(100, 30), {5, 5}, "HHH", kWhite, 20);
  EXPECT_GT(mean_luma(black, {5, 5, 40, 20}), 30);
  const Image white_ground = draw_panel(make_image(100, 30), {0, 0, 100, 30}, kWhite, 1);
  const Image white = draw_text(white_ground, {5, 5}, "HHH", kWhite, 20);
  EXPECT_LT(mean_luma(white, {5, 5, 40, 20}), 225);
  EXPECT_EQ(at(white, 90, 25), kWhite);
}

TEST(TextSize, GrowsWithLengthLinesAndSize) {
  EXPECT_EQ(text_size("", 20).width, 0);
  EXPECT_EQ(text_size("", 20).height, 20);
  EXPECT_GT(text_size("ab", 20).width, text_size("a", 20).width);
  EXPECT_NEAR(text_size("ab", 40).width, 2 * text_size("ab", 20).width, 0.01);
  EXPECT_EQ(text_size("a\nbb", 20).height, 40);
  EXPECT_EQ(text_size("a\nbb", 20).width, text_size("bb", 20).width);
  // One letter of two bytes; a byte that is no UTF-8 is one replacement sign.
  EXPECT_EQ(text_size("\xC3\xA9", 20).width, text_size("e", 20).width);
  EXPECT_EQ(text_size("\xFF", 20).width, text_size("\xEF\xBF\xBD", 20).width);
  EXPECT_EQ(text_size("\xC3", 20).width, text_size("\xEF\xBF\xBD", 20).width);
}

TEST(ContactSheet, HoldsEveryCellInRows) {
  std::vector<ContactSheetCell> cells(5, {grey(80, 40), "", {}});
  cells[4] = {draw_panel(make_image(80, 40), {0, 0, 80, 40}, kBlue, 1), "caption", kGreen};
  const Image sheet = contact_sheet(cells, 2, 100, 60);
  EXPECT_EQ(sheet.width, 2 * 100 + 3 * 12);
  EXPECT_GT(sheet.height, 3 * 60);
  int blue = 0;
  int green = 0;
  for (int y = 0; y < sheet.height; ++y)
    for (int x = 0; x < sheet.width; ++x) {
      blue += at(sheet, x, y) == kBlue ? 1 : 0;
      green += at(sheet, x, y) == kGreen ? 1 : 0;
    }
  EXPECT_EQ(blue, 100 * 50);  // fitted, proportions kept
  EXPECT_EQ(green, 100 * 4);
}

TEST(ContactSheet, ShortensCaptionsThatAreTooLong) {
  const std::vector<ContactSheetCell> cells = {{grey(40, 40), std::string(500, 'W'), {}},
                                               {grey(40, 40), "", {}}};
  const Image sheet = contact_sheet(cells, 2, 64, 64);
  EXPECT_LT(mean_luma(sheet, {88, 84, 64, 20}), 40);  // nothing of the first caption under the second picture
}

TEST(ContactSheet, RefusesNoCellsAndTinyOnes) {
  const std::vector<ContactSheetCell> cells = {{grey(40, 40), "", {}}};
  refusal(ErrorCode::InvalidArgument, [&] { contact_sheet({}, 2, 64, 64); });
  refusal(ErrorCode::InvalidArgument, [&] { contact_sheet(cells, 0, 64, 64); });
  refusal(ErrorCode::InvalidArgument, [&] { contact_sheet(cells, 1, 15, 64); });
}

}  // namespace
}  // namespace kyc
