#include "kyc/image/codec.h"

#include <chrono>
#include <random>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>
#include <webp/encode.h>

#include "kyc/core/files.h"
#include "kyc/image/support_test.h"

namespace kyc {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

std::filesystem::path scratch(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / ("codec" + std::to_string(::getpid()) + name);
}

TEST(Codec, WhatIsWrittenIsRead) {
  const Image image = smooth_image(40, 30);
  for (const char* name : {"a.png", "a.PNG"}) {
    write_image(scratch(name), image);
    EXPECT_EQ(read_image(scratch(name)), image);
    std::filesystem::remove(scratch(name));
  }
  for (const char* name : {"a.jpg", "a.jpeg", "a.JPG"}) {
    write_image(scratch(name), image);
    EXPECT_LE(largest_difference(read_image(scratch(name)), image), 12);
    std::filesystem::remove(scratch(name));
  }
}

TEST(Codec, TheFormatIsToldByContentNotByName) {
  write_file(scratch("png.jpg"), encode_png(smooth_image(4, 3)));
  EXPECT_EQ(read_image(scratch("png.jpg")).width, 4);
  std::filesystem::remove(scratch("png.jpg"));
}

TEST(Codec, RefusesToWriteAnUnknownFormat) {
  const std::string message = refusal(ErrorCode::Unsupported, [] { write_image("a.gif", make_image(1, 1)); });
  EXPECT_EQ(message, "a.gif: expected a name that ends in .jpg, .jpeg or .png");
  EXPECT_FALSE(std::filesystem::exists("a.gif"));
}

TEST(Codec, RefusesWhatIsNoPicture) {
  const Bytes text = {'h', 'e', 'l', 'l', 'o'};
  EXPECT_FALSE(is_image(text));
  EXPECT_FALSE(is_image({}));
  EXPECT_TRUE(is_image(encode_png(make_image(1, 1))));
  EXPECT_TRUE(is_image(encode_jpeg(make_image(1, 1))));
  EXPECT_EQ(refusal(ErrorCode::Unsupported, [&] { decode_image(text, "a.txt"); }),
            "a.txt: is no picture in a known format (expected JPEG, PNG, BMP or WebP)");
  EXPECT_EQ(refusal(ErrorCode::Unsupported, [&] { decode_image({}, "a.txt"); }),
            "a.txt: is empty (expected JPEG, PNG, BMP or WebP)");
  refusal(ErrorCode::NotFound, [] { read_image("no/such/file.jpg"); });
}

// Hostile files, each of which must end in a picture or in an Error that begins with the name.
void expect_defined(const Bytes& bytes, const std::string& what) {
  try {
    const Image image = decode_image(bytes, "name", {.max_pixels = 1'000'000});
    EXPECT_EQ(image.pixels.size(),
              static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3);
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("name: ", 0), 0U) << what << ": " << error.what();
  }
}

// 20 x 16 pixels of 8 or 24 bits.
Bytes small_bmp(std::uint8_t bits) {
  Bytes out(54 + (bits == 8 ? 1024 : 0) + 3 * 20 * 16, 90);
  const Bytes header = {'B', 'M', 0, 0,  0, 0, 0, 0,  0, 0, 54, 0, 0, 0,    40,
                        0,   0,   0, 20, 0, 0, 0, 16, 0, 0, 0,  1, 0, bits, 0};
  std::fill(out.begin(), out.begin() + 54, std::uint8_t{0});
  std::copy(header.begin(), header.end(), out.begin());
  if (bits == 8) out[11] = 4;
  return out;
}

Bytes small_webp(bool lossless) {
  const Image image = smooth_image(61, 47);
  std::uint8_t* data = nullptr;
  const std::size_t size =
      lossless ? WebPEncodeLosslessRGB(image.pixels.data(), image.width, image.height, image.width * 3, &data)
               : WebPEncodeRGB(image.pixels.data(), image.width, image.height, image.width * 3, 80, &data);
  Bytes out(data, data + size);
  WebPFree(data);
  return out;
}

TEST(Codec, FlippedBitsEndInAPictureOrInAnError) {
  const std::vector<std::pair<std::string, Bytes>> files = {{"jpeg", encode_jpeg(smooth_image(61, 47))},
                                                            {"png", encode_png(smooth_image(61, 47))},
                                                            {"webp", small_webp(false)},
                                                            {"webp lossless", small_webp(true)},
                                                            {"bmp24", small_bmp(24)},
                                                            {"bmp8", small_bmp(8)}};
  for (const auto& [name, whole] : files) {
    std::mt19937 random(20);
    for (int round = 0; round < 1500; ++round) {
      Bytes damaged = whole;
      const unsigned flips = 1 + random() % 8;
      for (unsigned i = 0; i < flips; ++i) {
        // Every second round in the headers, where it matters most.
        const std::size_t range = round % 2 == 0 ? damaged.size() : std::min<std::size_t>(damaged.size(), 64);
        damaged[random() % range] ^= static_cast<std::uint8_t>(1U << random() % 8);
      }
      expect_defined(damaged, name + " round " + std::to_string(round));
    }
  }
}

TEST(CorruptImages, NoneCrashesHangsOrTakesMuchMemory) {
  const std::filesystem::path folder = kVectors / "corrupt-images";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "The damaged files are not here: " << folder;
  int files = 0;
  int pictures = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    ++files;
    const auto start = std::chrono::steady_clock::now();
    try {
      const Image image = read_image(entry.path());
      EXPECT_GT(image.width, 0);
      ++pictures;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).rfind(entry.path().string() + ": ", 0), 0U) << error.what();
      EXPECT_NE(error.code(), ErrorCode::Internal) << error.what();
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    EXPECT_LT(seconds.count(), kSanitized ? 20 : 2) << entry.path();
  }
  EXPECT_EQ(files, 595);
  EXPECT_GT(pictures, 0);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  EXPECT_LT(usage.ru_maxrss, kSanitized ? 4 << 20 : 1 << 20) << "KiB resident at most";
}

}  // namespace
}  // namespace kyc
