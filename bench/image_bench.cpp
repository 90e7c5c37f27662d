// image/ on a 720p frame, beside OpenCV on one thread doing the same. Compare within one run.
#include <random>

#include <benchmark/benchmark.h>
#include <opencv2/imgproc.hpp>

#include "kyc/image/codec.h"
#include "kyc/image/statistics.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

Image frame() {
  std::mt19937 random(1);
  Image image = make_image(1280, 720);
  for (int y = 0; y < image.height; ++y)
    for (int i = 0; i < image.width * 3; ++i)
      image.row(y)[i] = static_cast<std::uint8_t>((y + i / 3 + static_cast<int>(random() % 16)) % 256);
  return image;
}

cv::Mat view(const Image& image) {
  return {image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data())};
}

// range(0): output size; the box is 300 pixels wide, as a face of a selfie clip
void crop_face(benchmark::State& state) {
  const Image image = frame();
  const int size = static_cast<int>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(crop(image, {400.25F, 200.5F, 300.5F, 300.5F}, size, size));
}
BENCHMARK(crop_face)->Arg(64)->Arg(112)->Arg(128)->Unit(benchmark::kMicrosecond);

void crop_face_opencv(benchmark::State& state) {
  cv::setNumThreads(1);
  const Image image = frame();
  const int size = static_cast<int>(state.range(0));
  for (auto _ : state) {
    cv::Mat out;
    cv::resize(view(image)(cv::Rect(400, 200, 300, 300)), out, {size, size}, 0, 0, cv::INTER_LINEAR);
    benchmark::DoNotOptimize(out.data);
  }
}
BENCHMARK(crop_face_opencv)->Arg(64)->Arg(112)->Arg(128)->Unit(benchmark::kMicrosecond);

void warp_face(benchmark::State& state) {
  const Image image = frame();
  for (auto _ : state) benchmark::DoNotOptimize(warp(image, {0.4F, 0.05F, -150, -90}, 112, 112));
}
BENCHMARK(warp_face)->Unit(benchmark::kMicrosecond);

void warp_face_opencv(benchmark::State& state) {
  cv::setNumThreads(1);
  const Image image = frame();
  const cv::Matx23d matrix(0.4, -0.05, -150, 0.05, 0.4, -90);
  for (auto _ : state) {
    cv::Mat out;
    cv::warpAffine(view(image), out, matrix, {112, 112}, cv::INTER_LINEAR);
    benchmark::DoNotOptimize(out.data);
  }
}
BENCHMARK(warp_face_opencv)->Unit(benchmark::kMicrosecond);

// range(0): 0 linear, 1 area; to the size of the face detector's input
void resize_frame(benchmark::State& state) {
  const Image image = frame();
  const auto way = state.range(0) == 0 ? Interpolation::Linear : Interpolation::Area;
  for (auto _ : state) benchmark::DoNotOptimize(resize(image, 320, 240, way));
}
BENCHMARK(resize_frame)->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

void resize_frame_opencv(benchmark::State& state) {
  cv::setNumThreads(1);
  const Image image = frame();
  const int way = state.range(0) == 0 ? cv::INTER_LINEAR : cv::INTER_AREA;
  for (auto _ : state) {
    cv::Mat out;
    cv::resize(view(image), out, {320, 240}, 0, 0, way);
    benchmark::DoNotOptimize(out.data);
  }
}
BENCHMARK(resize_frame_opencv)->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

void turn_frame(benchmark::State& state) {
  const Image image = frame();
  for (auto _ : state) benchmark::DoNotOptimize(turn(image, Turn::Clockwise90));
}
BENCHMARK(turn_frame)->Unit(benchmark::kMicrosecond);

void sharpness_of_face(benchmark::State& state) {
  const Image image = frame();
  for (auto _ : state) benchmark::DoNotOptimize(sharpness(image, {400, 200, 300, 300}));
}
BENCHMARK(sharpness_of_face)->Unit(benchmark::kMicrosecond);

void difference_of_frames(benchmark::State& state) {
  const Image image = frame();
  const Image other = mirror(image);
  for (auto _ : state) benchmark::DoNotOptimize(mean_absolute_difference(image, other));
}
BENCHMARK(difference_of_frames)->Unit(benchmark::kMicrosecond);

void decode_jpeg_frame(benchmark::State& state) {
  const auto bytes = encode_jpeg(frame());
  for (auto _ : state) benchmark::DoNotOptimize(decode_image(bytes, "frame"));
}
BENCHMARK(decode_jpeg_frame)->Unit(benchmark::kMillisecond);

void decode_png_frame(benchmark::State& state) {
  const auto bytes = encode_png(frame());
  for (auto _ : state) benchmark::DoNotOptimize(decode_image(bytes, "frame"));
}
BENCHMARK(decode_png_frame)->Unit(benchmark::kMillisecond);

void encode_jpeg_frame(benchmark::State& state) {
  const Image image = frame();
  for (auto _ : state) benchmark::DoNotOptimize(encode_jpeg(image));
}
BENCHMARK(encode_jpeg_frame)->Unit(benchmark::kMillisecond);

void encode_png_frame(benchmark::State& state) {
  const Image image = frame();
  for (auto _ : state) benchmark::DoNotOptimize(encode_png(image));
}
BENCHMARK(encode_png_frame)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kyc
