#include "kyc/quality/brisque.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"
#include "kyc/testing/synthetic.h"

#ifdef KYC_HAS_OPENCV_QUALITY
#include <opencv2/imgproc.hpp>
#include <opencv2/quality/qualitybrisque.hpp>
#endif

namespace kyc {
namespace {

namespace fs = std::filesystem;

const fs::path kSamples = fs::path(KYC_SOURCE_DIR) / "samples";

// Values of OpenCV 4.6, all digits known; ours round differently in the eighth.
TEST(Brisque, HasOpenCvsValuesOnSamplePhotos) {
  if (!fs::exists(kSamples)) GTEST_SKIP() << "the sample media are absent: run tools/setup";
  const double expected[] = {45.5707, 33.0013, 34.5086, 38.7688, 55.0131, 29.1776};
  for (std::size_t i = 0; i < 6; ++i) {
    const Image image = read_image(kSamples / ("sample" + std::to_string(i + 1) + ".jpg"));
    const std::optional<BrisqueScore> score = brisque(image);
    ASSERT_TRUE(score);
    EXPECT_NEAR(score->score, expected[i], 5e-4);
    EXPECT_EQ(score->width, image.width);
    EXPECT_EQ(score->height, image.height);
  }
}

// Photos as they are, at odd sizes, compressed, blurred by shrinking, and with flat parts (where the last bit
// of a filter decides the sign of a value).
std::vector<Image> many_pictures() {
  std::vector<Image> out;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kSamples))
    if (entry.path().extension() == ".jpg") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (std::size_t i = 0; out.size() < 200 && i < 20 * files.size(); ++i) {
    const Image photo = read_image(files[i % files.size()]);
    const auto part = [](int side, double share) { return std::max(16, static_cast<int>(side * share)); };
    switch (i / files.size()) {
      case 0:
        out.push_back(photo);
        break;
      case 1:
        out.push_back(resize(photo, 256, 256, Interpolation::Area));
        break;
      case 2:
        out.push_back(
            decode_image(encode_jpeg(resize(photo, part(photo.width, 0.53), part(photo.height, 0.47)), 15),
                         files[i % files.size()].string()));
        break;
      case 3: {
        Image flat = resize(photo, 333, 241);
        for (int y = 60; y < 170; ++y)
          std::fill_n(flat.row(y) + 90 * 3, 150 * 3, static_cast<std::uint8_t>(i));
        out.push_back(std::move(flat));
        break;
      }
      default:
        out.push_back(resize(resize(photo, 64, 48), 201, 177 + static_cast<int>(i)));
    }
  }
  return out;
}

const fs::path kGolden = fs::path(KYC_SOURCE_DIR) / "tests/golden/brisque_opencv_4.6.csv";

// What OpenCV 4.6 of Debian 12 said of them, on a processor with FMA.
TEST(Brisque, HasTheValuesThatOpenCvGave200Pictures) {
  if (!fs::exists(kSamples)) GTEST_SKIP() << "the sample media are absent: run tools/setup";
  const std::vector<Image> pictures = many_pictures();
  ASSERT_EQ(pictures.size(), 200);
  std::ifstream in(kGolden);
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, "picture,width,height,brisque");
  // Without FMA the last bit of OpenCV's filters differs, and flat parts of pictures show it.
  const double tolerance = __builtin_cpu_supports("fma") ? 1e-3 : 0.5;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    ASSERT_TRUE(std::getline(in, line));
    const std::size_t last = line.rfind(',');
    const std::string place = std::to_string(i) + "," + std::to_string(pictures[i].width) + "," +
                              std::to_string(pictures[i].height);
    ASSERT_EQ(line.substr(0, last), place);
    EXPECT_NEAR(brisque(pictures[i])->score, std::stod(line.substr(last + 1)), tolerance) << place;
  }
}

#ifdef KYC_HAS_OPENCV_QUALITY
double opencv_score(const Image& picture) {
  static const auto kOpenCv = cv::quality::QualityBRISQUE::create(KYC_BRISQUE_DIR "/brisque_model_live.yml",
                                                                  KYC_BRISQUE_DIR "/brisque_range_live.yml");
  const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.pixels.data()));
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  return kOpenCv->compute(bgr)[0];
}

// KYC_UPDATE_GOLDEN=1 writes what OpenCV says into the file that the test above reads.
TEST(Brisque, IsWithinAThousandthOfOpenCvOn200Pictures) {
  if (!fs::exists(kSamples)) GTEST_SKIP() << "the sample media are absent: run tools/setup";
  const std::vector<Image> pictures = many_pictures();
  std::ofstream golden;
  if (std::getenv("KYC_UPDATE_GOLDEN") != nullptr) golden.open(kGolden);
  golden << "picture,width,height,brisque\n";
  double largest = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const Image& picture = pictures[i];
    const double theirs = opencv_score(picture);
    golden << i << "," << picture.width << "," << picture.height << "," << std::setprecision(9) << theirs
           << "\n";
    const double deviation = std::abs(brisque(picture)->score - theirs);
    EXPECT_LE(deviation, 1e-3) << i << ": " << picture.width << " x " << picture.height;
    largest = std::max(largest, deviation);
  }
  std::cout << "largest deviation from OpenCV on " << pictures.size() << " pictures: " << largest << "\n";
}
#else
TEST(Brisque, IsWithinAThousandthOfOpenCvOn200Pictures) {
  GTEST_SKIP() << "OpenCV's quality module is absent (apt-get install libopencv-contrib-dev)";
}
#endif

TEST(Brisque, FindsABlockyPictureWorse) {
  const Image face = resize(draw_synthetic_face().image, 256, 256);
  const Image blocky = decode_image(encode_jpeg(face, 3), "blocky");
  EXPECT_GT(brisque(blocky)->score, brisque(face)->score + 5);
}

TEST(Brisque, SaysNothingOfPicturesWithoutStructure) {
  Image grey = make_image(64, 64);
  for (auto& value : grey.pixels) value = 100;
  EXPECT_FALSE(brisque(grey));
  EXPECT_FALSE(brisque(make_image(16, 16)));
}

TEST(Brisque, WantsSixteenPixels) {
  EXPECT_THROW(brisque(make_image(15, 100)), Error);
}

// A model of one vector, to damage.
std::string small_model() {
  std::ostringstream out;
  out << "%YAML:1.0\n---\nopencv_ml_svm:\n   format: 3\n   svmType: EPS_SVR\n   kernel:\n      type: RBF\n"
         "      gamma: 5.0e-02\n   C: 1024.\n   var_count: 36\n   sv_total: 1\n   support_vectors:\n      - "
         "[ ";
  for (int i = 0; i < 36; ++i) out << (i > 0 ? ",\n          " : "") << "0.";
  out << " ]\n   decision_functions:\n      -\n         sv_count: 1\n         rho: -10.\n"
         "         alpha: [ 2. ]\n";
  return out.str();
}

std::string small_ranges() {
  std::ostringstream out;
  out << "%YAML:1.0\n---\nrange: !!opencv-matrix\n   rows: 2\n   cols: 36\n   dt: f\n   data: [ ";
  for (int i = 0; i < 72; ++i) out << (i > 0 ? ", " : "") << (i < 36 ? "-1." : "1.");
  out << " ]\n";
  return out.str();
}

std::string message_of(const std::string& model, const std::string& ranges) {
  try {
    BrisqueModel(model, "model.yml", ranges, "ranges.yml");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? "not found: " + from : text.replace(at, from.size(), to);
}

TEST(BrisqueModel, FollowsItsFormula) {
  const BrisqueModel model(small_model(), "model.yml", small_ranges(), "ranges.yml");
  BrisqueFeatures features{};
  EXPECT_NEAR(model.score(features), 12, 1e-6);
  features[3] = 2;
  EXPECT_NEAR(model.score(features), 10 + 2 * std::exp(-0.05 * 4), 1e-6);
}

TEST(BrisqueModel, TellsWhatIsWrongWithAFile) {
  using testing::HasSubstr;
  EXPECT_THAT(message_of("", small_ranges()), HasSubstr("model.yml, line 1: expected 'opencv_ml_svm:'"));
  EXPECT_THAT(message_of(small_model(), "nothing"), HasSubstr("ranges.yml, line 1: expected 'range:'"));
  EXPECT_THAT(message_of(replaced(small_model(), "RBF", "LINEAR"), small_ranges()),
              HasSubstr("model.yml, line 7: expected type RBF, got 'LINEAR'"));
  EXPECT_THAT(message_of(replaced(small_model(), "sv_total: 1", "sv_total: 1000000000"), small_ranges()),
              HasSubstr("expected a whole number of 1 to"));
  EXPECT_THAT(message_of(replaced(small_model(), "rho: -10.", "rho: none"), small_ranges()),
              HasSubstr("expected a number, got 'none'"));
  EXPECT_THAT(message_of(replaced(small_model(), "alpha: [ 2. ]", "alpha: [ nan ]"), small_ranges()),
              HasSubstr("expected a number, got 'nan ]'"));
  EXPECT_THAT(message_of(replaced(small_model(), "alpha: [ 2. ]", "alpha: [ 2., 3. ]"), small_ranges()),
              HasSubstr("expected ']', got ', 3. ]'"));
  EXPECT_THAT(message_of(small_model(), replaced(small_ranges(), " 1., 1.", " -1., 1.")),
              HasSubstr("expected a range of feature"));
}

// Every prefix of the files ends in an error, never in a crash or a wait.
TEST(BrisqueModel, RefusesCutFiles) {
  const std::string model = small_model();
  for (std::size_t length = 0; length + 4 < model.size(); ++length)
    EXPECT_NE(message_of(model.substr(0, length), small_ranges()), "no error") << length;
  const std::string ranges = small_ranges();
  for (std::size_t length = 0; length + 2 < ranges.size(); ++length)
    EXPECT_NE(message_of(small_model(), ranges.substr(0, length)), "no error") << length;
}

}  // namespace
}  // namespace kyc
