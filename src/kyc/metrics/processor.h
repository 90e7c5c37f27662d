// Internal to metrics/: which vector instructions this processor has.
#pragma once

namespace kyc {

// The levels of the x86-64 psABI: V1 SSE2, V3 with AVX2 and FMA, V4 with AVX-512.
enum class Generation { V1, V3, V4 };

Generation processor_generation();

}  // namespace kyc
