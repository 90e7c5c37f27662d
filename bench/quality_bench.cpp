// quality/ beside OpenCV's quality module on one thread doing the same. Compare within one run.
#include <random>

#include <benchmark/benchmark.h>
#include <opencv2/imgproc.hpp>
#include <opencv2/quality/qualitybrisque.hpp>

#include "kyc/quality/brisque.h"
#include "kyc/quality/similarity.h"

namespace kyc {
namespace {

// Smooth shapes with some noise, as a photo has.
Image picture(int width, int height, unsigned seed) {
  std::mt19937 random(seed);
  Image image = make_image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width * 3; ++x) {
      const double shape = 100 + 80 * std::sin(x * 0.01) * std::cos(y * 0.02 + 1e-4 * x * y);
      image.row(y)[x] = static_cast<std::uint8_t>(shape + static_cast<double>(random() % 16));
    }
  return image;
}

void brisque_score(benchmark::State& state) {
  const Image image = picture(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)), 1);
  for (auto _ : state) benchmark::DoNotOptimize(brisque(image));
}
BENCHMARK(brisque_score)->Args({512, 512})->Args({1280, 720})->Unit(benchmark::kMillisecond);

void brisque_score_opencv(benchmark::State& state) {
  cv::setNumThreads(1);
  const Image image = picture(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)), 1);
  const cv::Mat rgb(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data()));
  cv::Mat bgr;
  cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
  const auto model = cv::quality::QualityBRISQUE::create(KYC_BRISQUE_DIR "/brisque_model_live.yml",
                                                         KYC_BRISQUE_DIR "/brisque_range_live.yml");
  for (auto _ : state) benchmark::DoNotOptimize(model->compute(bgr));
}
BENCHMARK(brisque_score_opencv)->Args({512, 512})->Args({1280, 720})->Unit(benchmark::kMillisecond);

void structural_similarity(benchmark::State& state) {
  const Image a = picture(1280, 720, 1);
  const Image b = picture(1280, 720, 2);
  for (auto _ : state) benchmark::DoNotOptimize(ssim(a, b));
}
BENCHMARK(structural_similarity)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kyc
