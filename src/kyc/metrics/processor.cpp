#include "kyc/metrics/processor.h"

namespace kyc {

Generation processor_generation() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512cd"))
    return Generation::V4;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Generation::V3;
  return Generation::V1;
}

}  // namespace kyc
