// The binary files of a TensorFlow.js model -> tensors.

#include <bit>
#include <cmath>
#include <cstring>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/nn/tfjs_model.h"

namespace kyc {
namespace {

constexpr std::size_t kTooMany = std::size_t{1} << 60;

// IEEE 754 binary16 -> binary32.
float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16U;
  const std::uint32_t exponent = (half >> 10U) & 0x1FU;
  const std::uint32_t fraction = half & 0x3FFU;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000U | (fraction << 13U));
  if (exponent == 0) {  // zero, or a subnormal number: fraction * 2^-24
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | ((exponent + 112U) << 23U) | (fraction << 13U));
}

template <typename T>
T read(const std::uint8_t* from) {
  static_assert(std::endian::native == std::endian::little, "TensorFlow.js files are little endian");
  T out;
  std::memcpy(&out, from, sizeof(T));
  return out;
}

std::size_t width_of(const std::string& stored) {
  if (stored == "uint8") return 1;
  return stored == "uint16" || stored == "float16" ? 2 : 4;
}

TfjsTensor decoded(const TfjsWeightSpec& spec, const std::uint8_t* bytes) {
  TfjsTensor out{spec.shape, spec.is_integer, {}, {}};
  const std::size_t count = spec.count();
  const std::size_t width = width_of(spec.stored);
  // As TensorFlow.js computes it: in double precision, rounded once.
  const auto affine = [&](std::size_t i) {
    const double stored = width == 1 ? bytes[i] : read<std::uint16_t>(bytes + 2 * i);
    return stored * spec.scale + spec.min;
  };
  if (spec.is_integer) {
    out.integers.resize(count);
    for (std::size_t i = 0; i < count; ++i)
      out.integers[i] = spec.stored == "int32" ? read<std::int32_t>(bytes + 4 * i) : std::llround(affine(i));
    return out;
  }
  out.floats.resize(count);
  if (spec.stored == "float32") {
    if (count > 0) std::memcpy(out.floats.data(), bytes, 4 * count);
  } else if (spec.stored == "float16") {
    for (std::size_t i = 0; i < count; ++i) out.floats[i] = half_to_float(read<std::uint16_t>(bytes + 2 * i));
  } else {
    for (std::size_t i = 0; i < count; ++i) out.floats[i] = static_cast<float>(affine(i));
  }
  return out;
}

}  // namespace

std::size_t TfjsWeightSpec::count() const {
  std::size_t out = 1;
  for (const std::int64_t dimension : shape) {
    out *= static_cast<std::size_t>(dimension);
    if (out > kTooMany >> 28U) return kTooMany;  // dimensions are below 2^28: no product wraps around
  }
  return out;
}

std::size_t TfjsWeightSpec::bytes() const {
  return count() * width_of(stored);
}

TfjsWeights read_tfjs_weights(const std::vector<TfjsWeightGroup>& groups,
                              const std::string& name,
                              const TfjsFiles& files) {
  TfjsWeights out;
  for (const TfjsWeightGroup& group : groups) {
    std::size_t expected = 0;
    for (const TfjsWeightSpec& weight : group.weights) expected += weight.bytes();
    std::vector<std::uint8_t> bytes;
    for (const std::string& path : group.paths) {
      const std::vector<std::uint8_t> part = files(path, expected - bytes.size());
      if (part.size() > expected - bytes.size())
        throw Error(ErrorCode::Corrupt,
                    name + ": the weight files are larger than their " + std::to_string(expected) + " bytes");
      bytes.insert(bytes.end(), part.begin(), part.end());
    }
    if (bytes.size() != expected)
      throw Error(ErrorCode::Corrupt,
                  name + ": its weights need " + std::to_string(expected) + " bytes, the files have " +
                      std::to_string(bytes.size()));
    const std::uint8_t* at = bytes.data();
    for (const TfjsWeightSpec& weight : group.weights) {
      out.emplace(weight.name, decoded(weight, at));
      at += weight.bytes();
    }
  }
  return out;
}

TfjsFiles tfjs_files_beside(const std::filesystem::path& model) {
  return [folder = model.parent_path(), model](const std::string& path, std::uint64_t max_bytes) {
    const std::filesystem::path file = path;
    bool inside = file.is_relative() && !file.empty();
    for (const auto& part : file) inside = inside && part != "..";
    if (!inside)
      throw Error(ErrorCode::Corrupt,
                  model.string() + ": its weight files must lie beside it, it names '" + path + "'");
    return read_file(folder / file, max_bytes);
  };
}

}  // namespace kyc
