#include "kyc/service/assets.h"

// The bytes of the files, named by CMake, between two symbols each.
#define KYC_ASSET(symbol, file)                          \
  __asm__(                                               \
      ".section .rodata\n"                               \
      ".global " #symbol                                 \
      "_begin\n"                                         \
      ".global " #symbol "_end\n" #symbol                \
      "_begin:\n"                                        \
      ".incbin \"" KYC_ASSET_DIR "/" file "\"\n" #symbol \
      "_end:\n"                                          \
      ".byte 0\n"                                        \
      ".previous\n");                                    \
  extern "C" const char symbol##_begin[];                \
  extern "C" const char symbol##_end[]

KYC_ASSET(kyc_openapi, "openapi.json");
KYC_ASSET(kyc_landing, "landing.html");

namespace kyc {

std::string_view openapi_asset() {
  return {kyc_openapi_begin, static_cast<std::size_t>(kyc_openapi_end - kyc_openapi_begin)};
}

std::string_view landing_asset() {
  return {kyc_landing_begin, static_cast<std::size_t>(kyc_landing_end - kyc_landing_begin)};
}

}  // namespace kyc
