// Rows stream through: filtered along x, then along y, normalised, multiplied with neighbours, summed up. The
// same code is compiled for three generations of processors; the best one is chosen when it runs. In flat
// parts of a picture the last bit of a filter decides the sign of a value, so products and sums are fused
// exactly where OpenCV fuses them: in its filters, on processors that can.
#include "kyc/quality/brisque_pass.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <vector>

#define KYC_INLINE __attribute__((always_inline)) inline

namespace kyc {
namespace {

constexpr int kRadius = 3;
constexpr int kTaps = 2 * kRadius + 1;
constexpr std::size_t kLanes = 16;
constexpr std::size_t kBlock = 8 * kLanes;  // magnitudes that are summed up in float before they go to double

typedef float Floats __attribute__((vector_size(4 * kLanes)));
typedef std::int32_t Ints __attribute__((vector_size(4 * kLanes)));
typedef double Doubles __attribute__((vector_size(8 * kLanes)));

struct Kernel {
  float taps[kRadius + 1];  // from the centre outwards

  Kernel() {
    double weights[kRadius + 1];
    double sum = 0;
    for (int i = 0; i <= kRadius; ++i) {
      weights[i] = std::exp(-i * i / (2 * (7.0 / 6) * (7.0 / 6)));
      sum += i == 0 ? weights[i] : 2 * weights[i];
    }
    for (int i = 0; i <= kRadius; ++i) taps[i] = static_cast<float>(weights[i] / sum);
  }
};

// Rows that go round: each is `stride` floats, of which the first kLanes and all behind the width are spare.
struct Rows {
  std::size_t stride;
  std::vector<float> values;

  Rows(std::size_t count, std::size_t row_stride) : stride(row_stride), values(count * row_stride) {}
  float* row(std::size_t i) { return values.data() + i * stride + kLanes; }
};

struct Sums {
  double positive_squares = 0;
  double squares = 0;
  double magnitudes = 0;
  std::int64_t positive = 0;
  std::int64_t negative = 0;
};

template <bool Fused>
KYC_INLINE float multiply_add(float a, float b, float sum) {
  return Fused ? __builtin_fmaf(a, b, sum) : a * b + sum;
}

KYC_INLINE Floats load(const float* p) {
  Floats v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

KYC_INLINE double total(const Doubles& v) {
  double sum = 0;
  for (std::size_t i = 0; i < kLanes; ++i) sum += v[i];
  return sum;
}

KYC_INLINE std::int64_t total(const Ints& v) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < kLanes; ++i) sum += v[i];
  return sum;
}

// Moments of a[i] * b[i], or of a[i] alone. Squares are summed up in double: features are differences of
// them.
template <bool Product>
KYC_INLINE void gather(const float* a, const float* b, std::size_t count, Sums& sums) {
  Doubles positive_squares = {};
  Doubles squares = {};
  Doubles magnitudes = {};
  Ints positive = {};
  Ints negative = {};
  for (std::size_t start = 0; start < count; start += kBlock) {
    const std::size_t end = std::min(start + kBlock, count);
    Floats block_magnitudes = {};
    for (std::size_t i = start; i < end; i += kLanes) {
      Floats v = load(a + i);
      if (Product) v *= load(b + i);
      const Ints above = v > 0.0F;
      const Ints below = v < 0.0F;
      positive -= above;
      negative -= below;
      Ints bits;
      std::memcpy(&bits, &v, sizeof(bits));
      const Ints positive_bits = bits & above;
      const Ints magnitude_bits = bits & 0x7FFFFFFF;
      Floats kept;
      std::memcpy(&kept, &magnitude_bits, sizeof(kept));
      block_magnitudes += kept;
      const Doubles wide = __builtin_convertvector(v, Doubles);
      squares += wide * wide;
      std::memcpy(&kept, &positive_bits, sizeof(kept));
      const Doubles wide_positive = __builtin_convertvector(kept, Doubles);
      positive_squares += wide_positive * wide_positive;
    }
    magnitudes += __builtin_convertvector(block_magnitudes, Doubles);
  }
  sums.positive_squares += total(positive_squares);
  sums.squares += total(squares);
  sums.magnitudes += total(magnitudes);
  sums.positive += total(positive);
  sums.negative += total(negative);
}

KYC_INLINE void square_row(const float* in, std::ptrdiff_t from, std::ptrdiff_t to, float* out) {
  for (std::ptrdiff_t x = from; x < to; ++x) out[x] = in[x] * in[x];
}

template <bool Fused>
KYC_INLINE void filter_row(const float* in, std::size_t count, const Kernel& kernel, float* out) {
  const float k0 = kernel.taps[0];
  const float k1 = kernel.taps[1];
  const float k2 = kernel.taps[2];
  const float k3 = kernel.taps[3];
  const float* s = in - kRadius;
  for (std::size_t x = 0; x < count; ++x) {
    float sum = s[x] * k3;
    sum = multiply_add<Fused>(s[x + 1], k2, sum);
    sum = multiply_add<Fused>(s[x + 2], k1, sum);
    sum = multiply_add<Fused>(s[x + 3], k0, sum);
    sum = multiply_add<Fused>(s[x + 4], k1, sum);
    sum = multiply_add<Fused>(s[x + 5], k2, sum);
    out[x] = multiply_add<Fused>(s[x + 6], k3, sum);
  }
}

template <bool Fused>
KYC_INLINE void filter_columns(const float* const (&rows)[kTaps],
                               std::size_t count,
                               const Kernel& kernel,
                               float* out) {
  const float k0 = kernel.taps[0];
  const float k1 = kernel.taps[1];
  const float k2 = kernel.taps[2];
  const float k3 = kernel.taps[3];
  for (std::size_t x = 0; x < count; ++x) {
    float sum = rows[3][x] * k0;
    sum = multiply_add<Fused>(rows[4][x] + rows[2][x], k1, sum);
    sum = multiply_add<Fused>(rows[5][x] + rows[1][x], k2, sum);
    out[x] = multiply_add<Fused>(rows[6][x] + rows[0][x], k3, sum);
  }
}

// Where rounding makes a variance negative OpenCV has a NaN, which counts in no class: 0 here, which is the
// same.
KYC_INLINE void normalise_row(const float* in,
                              const float* mean,
                              const float* mean_square,
                              const float* square_mean,
                              std::size_t count,
                              float* out) {
  constexpr auto kFloor = static_cast<float>(1.0 / 255);
  for (std::size_t x = 0; x < count; ++x) {
    const float variance = square_mean[x] - mean_square[x];
    const float value = (in[x] - mean[x]) / (__builtin_sqrtf(variance < 0 ? 0 : variance) + kFloor);
    out[x] = variance < 0 ? 0 : value;
  }
}

template <bool Fused>
KYC_INLINE void pass(const LumaPlane& plane, Sums (&sums)[5]) {
  static const Kernel kKernel;
  const auto width = static_cast<std::size_t>(plane.width);
  const std::size_t padded = (width + kLanes - 1) / kLanes * kLanes;
  const std::size_t stride = padded + 4 * kLanes;
  Rows source(2, stride);  // the row and its squares, with replicated ends
  Rows filtered(2 * kTaps, stride);
  Rows vertical(3, stride);    // mean, its square, mean of squares
  Rows normalised(2, stride);  // of this row and of the one above
  int filtered_rows = 0;       // along x
  for (int y = 0; y < plane.height; ++y) {
    for (; filtered_rows < std::min(y + kRadius + 1, plane.height); ++filtered_rows) {
      float* row = source.row(0);
      std::memcpy(row, plane.row(filtered_rows), width * sizeof(float));
      std::fill(row - kRadius, row, row[0]);
      std::fill(row + width, row + padded + kRadius, row[width - 1]);
      square_row(row, -kRadius, static_cast<std::ptrdiff_t>(padded) + kRadius, source.row(1));
      const auto slot = static_cast<std::size_t>(filtered_rows % kTaps);
      filter_row<Fused>(row, padded, kKernel, filtered.row(slot));
      filter_row<Fused>(source.row(1), padded, kKernel, filtered.row(kTaps + slot));
    }
    const float* means[kTaps];
    const float* squares[kTaps];
    for (int k = 0; k < kTaps; ++k) {
      const auto slot = static_cast<std::size_t>(std::clamp(y + k - kRadius, 0, plane.height - 1) % kTaps);
      means[k] = filtered.row(slot);
      squares[k] = filtered.row(kTaps + slot);
    }
    filter_columns<Fused>(means, padded, kKernel, vertical.row(0));
    filter_columns<Fused>(squares, padded, kKernel, vertical.row(2));
    square_row(vertical.row(0), 0, static_cast<std::ptrdiff_t>(padded), vertical.row(1));
    float* here = normalised.row(static_cast<std::size_t>(y % 2));
    const float* above = normalised.row(static_cast<std::size_t>((y + 1) % 2));  // zeros at first
    normalise_row(plane.row(y), vertical.row(0), vertical.row(1), vertical.row(2), width, here);
    std::fill(here + width, here + padded + kLanes, 0.0F);
    gather<false>(here, nullptr, padded, sums[0]);
    gather<true>(here, here + 1, padded, sums[1]);
    gather<true>(above, here, padded, sums[2]);
    gather<true>(above, here + 1, padded, sums[3]);
    gather<true>(here, above + 1, padded, sums[4]);
  }
}

__attribute__((target("arch=x86-64-v4,prefer-vector-width=512"))) void pass_v4(const LumaPlane& plane,
                                                                               Sums (&sums)[5]) {
  pass<true>(plane, sums);
}

__attribute__((target("arch=x86-64-v3"))) void pass_v3(const LumaPlane& plane, Sums (&sums)[5]) {
  pass<true>(plane, sums);
}

void pass_v1(const LumaPlane& plane, Sums (&sums)[5]) {
  pass<false>(plane, sums);
}

}  // namespace

std::array<SignedMoments, 5> brisque_moments(const LumaPlane& plane) {
  Sums sums[5];
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512cd"))
    pass_v4(plane, sums);
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    pass_v3(plane, sums);
  else
    pass_v1(plane, sums);
  std::array<SignedMoments, 5> out;
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = {static_cast<std::uint64_t>(sums[i].positive),
              static_cast<std::uint64_t>(sums[i].negative),
              sums[i].positive_squares,
              sums[i].squares - sums[i].positive_squares,
              sums[i].magnitudes};
  return out;
}

}  // namespace kyc
