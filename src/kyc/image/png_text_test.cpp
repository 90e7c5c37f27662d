#include "kyc/image/png_text.h"

#include <string>

#include <gtest/gtest.h>

#include "kyc/image/codec.h"

namespace kyc {
namespace {

TEST(PngText, IsInTheFileAndThePictureStaysTheSame) {
  Image image = make_image(7, 5);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(5 * i);
  const std::vector<std::uint8_t> png = encode_png(image);
  const std::vector<std::uint8_t> marked = with_png_text(png, "Comment", "made by an attack");
  EXPECT_EQ(marked.size(), png.size() + 12 + 7 + 1 + 17);  // length, type, checksum; keyword, zero, text
  const std::string bytes(marked.begin(), marked.end());
  EXPECT_NE(bytes.find(std::string("tEXtComment\0made by an attack", 29)), std::string::npos);
  // The decoder refuses chunks whose checksum is wrong.
  EXPECT_EQ(decode_image(marked, "marked"), image);
}

}  // namespace
}  // namespace kyc
