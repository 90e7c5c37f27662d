#include <gtest/gtest.h>

#include "kyc/image/codecs.h"
#include "kyc/image/support_test.h"

namespace kyc {
namespace {

TEST(ExifOrientation, IsReadInBothByteOrders) {
  for (int value = 1; value <= 8; ++value) {
    EXPECT_EQ(exif_orientation(exif_with_orientation(value, true)), value);
    EXPECT_EQ(exif_orientation(exif_with_orientation(value, false)), value);
  }
}

TEST(ExifOrientation, IsFoundBehindOtherEntries) {
  Bytes exif = exif_with_orientation(6);
  const Bytes other = {0x01, 0x0F, 0, 2, 0, 0, 0, 1, 'K', 0, 0, 0};
  exif.insert(exif.begin() + 10, other.begin(), other.end());
  exif[9] = 2;
  EXPECT_EQ(exif_orientation(exif), 6);
}

TEST(ExifOrientation, IsUprightWhereTheDataMakesNoSense) {
  EXPECT_EQ(exif_orientation({}), 1);
  EXPECT_EQ(exif_orientation(exif_with_orientation(0)), 1);
  EXPECT_EQ(exif_orientation(exif_with_orientation(9)), 1);
  Bytes wrong_type = exif_with_orientation(6);
  wrong_type[13] = 4;
  EXPECT_EQ(exif_orientation(wrong_type), 1);
  Bytes far_directory = exif_with_orientation(6);
  far_directory[4] = 0xFF;
  EXPECT_EQ(exif_orientation(far_directory), 1);
  Bytes many_entries = exif_with_orientation(6);
  many_entries[8] = 0xFF;
  many_entries[11] = 0x13;  // no orientation among them
  EXPECT_EQ(exif_orientation(many_entries), 1);
}

TEST(ExifOrientation, NeverReadsBeyondItsData) {
  const Bytes whole = exif_with_orientation(6);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(exif_orientation(cut), size < 22 ? 1 : 6) << size;
  }
}

}  // namespace
}  // namespace kyc
