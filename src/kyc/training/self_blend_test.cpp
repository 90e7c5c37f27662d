#include "kyc/training/self_blend.h"

#include <cmath>
#include <cstdlib>

#include "kyc/image/statistics.h"
#include "kyc/training/drawn_set_test.h"

namespace kyc {
namespace {

TEST(SelfBlended, IsTheSameForTheSameKeyAndNeverThePictureItself) {
  const SyntheticPicture picture = draw_synthetic_face();
  const Landmarks68& landmarks = picture.faces[0].landmarks;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const Image made = self_blended(picture.image, landmarks, Random({1, i}));
    EXPECT_EQ(made, self_blended(picture.image, landmarks, Random({1, i})));
    EXPECT_NE(made, picture.image);
    EXPECT_NE(made, self_blended(picture.image, landmarks, Random({2, i})));
    EXPECT_LT(mean_absolute_difference(made, picture.image), 40) << "the picture is no face any more";
  }
}

// Whichever of the two was altered: the outside is one of them as it is, or wholly altered; the inside is the
// other.
TEST(SelfBlended, InsideAndOutsideDiffer) {
  const SyntheticPicture picture = draw_synthetic_face();
  const SyntheticTruth& truth = picture.faces[0];
  const Point nose = truth.landmarks[30];
  int outside_kept = 0;
  int differing = 0;
  constexpr int kPictures = 60;
  for (std::uint64_t i = 0; i < kPictures; ++i) {
    const Image made = self_blended(picture.image, truth.landmarks, Random({7, i}));
    bool same_corner = true;
    for (int y = 0; y < 20; ++y)
      for (int x = 0; x < 60; ++x) same_corner = same_corner && made.row(y)[x] == picture.image.row(y)[x];
    outside_kept += same_corner ? 1 : 0;
    const Box inside{nose.x - 15, nose.y - 15, 30, 30};
    const Box corner{0, 0, 20, 20};
    const double change_inside = std::abs(mean_luma(made, inside) - mean_luma(picture.image, inside));
    const double change_outside = std::abs(mean_luma(made, corner) - mean_luma(picture.image, corner));
    differing += std::abs(change_inside - change_outside) > 0.5 ? 1 : 0;
  }
  EXPECT_GT(outside_kept, kPictures / 4);  // a half of them on average
  EXPECT_LT(outside_kept, kPictures * 3 / 4);
  EXPECT_GT(differing, kPictures * 3 / 4);
}

}  // namespace
}  // namespace kyc
