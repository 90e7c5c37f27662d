#include "kyc/face/search.h"

#include <gtest/gtest.h>

namespace kyc {
namespace {

// Finds white squares, if they are at least a tenth as wide as the picture it is shown: like a network with a
// small input. A white square that the picture's edge cuts is found too.
class SquareDetector final : public FaceDetector {
 public:
  std::vector<FaceDetection> detect(const Image& image) const override {
    ++calls;
    std::vector<FaceDetection> found;
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x) {
        const auto white = [&](int px, int py) {
          return px >= 0 && py >= 0 && px < image.width && py < image.height && image.row(py)[3 * px] == 255;
        };
        if (!white(x, y) || white(x - 1, y) || white(x, y - 1)) continue;
        int width = 0;
        int height = 0;
        while (white(x + width, y)) ++width;
        while (white(x, y + height)) ++height;
        if (10 * width >= image.width)
          found.push_back({{static_cast<float>(x),
                            static_cast<float>(y),
                            static_cast<float>(width),
                            static_cast<float>(height)},
                           0.9F,
                           std::nullopt});
      }
    return found;
  }
  mutable int calls = 0;
};

Image with_squares(int width, int height, const std::vector<Box>& squares) {
  Image image = make_image(width, height);
  for (const Box& box : squares)
    for (int y = static_cast<int>(box.y); y < static_cast<int>(box.bottom()); ++y)
      std::fill_n(image.row(y) + 3 * static_cast<int>(box.x), 3 * static_cast<int>(box.width), 255);
  return image;
}

TEST(SearchFaces, WholeLooksOnce) {
  const SquareDetector detector;
  EXPECT_TRUE(
      search_faces(detector, with_squares(1600, 1200, {{500, 300, 60, 60}}), Search::Whole, 0.5F).empty());
  EXPECT_EQ(detector.calls, 1);
}

TEST(SearchFaces, UntilFoundStopsAtTheFirstLevelThatFinds) {
  const SquareDetector detector;
  const Box small{500, 300, 60, 60};
  const auto found = search_faces(detector, with_squares(1600, 1200, {small}), Search::UntilFound, 0.5F);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].box, small);
  const SquareDetector fresh;
  search_faces(fresh, with_squares(1600, 1200, {{500, 300, 300, 300}}), Search::UntilFound, 0.5F);
  EXPECT_EQ(fresh.calls, 1);
}

TEST(SearchFaces, EverywhereFindsLargeAndSmallOnesOnce) {
  const SquareDetector detector;
  const std::vector<Box> squares{
      {100, 100, 400, 400}, {1400, 1000, 30, 30}, {790, 590, 40, 40}, {5, 1100, 50, 50}};
  const auto found = search_faces(detector, with_squares(1600, 1200, squares), Search::Everywhere, 0.5F);
  ASSERT_EQ(found.size(), squares.size());
  for (const Box& square : squares)
    EXPECT_TRUE(
        std::any_of(found.begin(), found.end(), [&](const auto& face) { return face.box == square; }));
}

TEST(SearchFaces, FindsASquareWhereverItLies) {
  // Every place must be seen whole by some part, as long as the square is not larger than the overlap.
  for (int y = 0; y + 40 <= 750; y += 142)
    for (int x = 0; x + 40 <= 1000; x += 96) {
      const SquareDetector detector;
      const Box box{static_cast<float>(x), static_cast<float>(y), 40, 40};
      const auto found = search_faces(detector, with_squares(1000, 750, {box}), Search::UntilFound, 0.5F);
      ASSERT_EQ(found.size(), 1U) << x << " " << y;
      EXPECT_EQ(found[0].box, box);
    }
}

TEST(SearchFaces, CopesWithOddShapesInBoundedWork) {
  for (const auto& [width, height] :
       {std::pair{1, 1}, {1, 900}, {900, 1}, {12000, 40}, {40, 12000}, {6000, 4500}}) {
    const SquareDetector detector;
    EXPECT_TRUE(search_faces(detector, make_image(width, height), Search::Everywhere, 0.5F).empty());
    EXPECT_LE(detector.calls, 301) << width << " x " << height;
  }
}

TEST(SearchFaces, DropsWhatIsNotConfident) {
  const SquareDetector detector;
  EXPECT_TRUE(
      search_faces(detector, with_squares(400, 300, {{50, 50, 100, 100}}), Search::Whole, 0.95F).empty());
}

}  // namespace
}  // namespace kyc
