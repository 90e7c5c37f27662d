#include "kyc/service/assets.h"

// The bytes of a file in KYC_ASSET_DIR, which CMake sets, between two symbols.
#define KYC_ASSET(name, file)                                 \
  __asm__(                                                    \
      ".pushsection .rodata\n"                                \
      ".global kKyc" #name                                    \
      "Begin\n"                                               \
      ".hidden kKyc" #name                                    \
      "Begin\n"                                               \
      ".global kKyc" #name                                    \
      "End\n"                                                 \
      ".hidden kKyc" #name                                    \
      "End\n"                                                 \
      "kKyc" #name "Begin: .incbin \"" KYC_ASSET_DIR "/" file \
      "\"\n"                                                  \
      "kKyc" #name                                            \
      "End: .byte 0\n"                                        \
      ".popsection\n");                                       \
  extern "C" const char kKyc##name##Begin[];                  \
  extern "C" const char kKyc##name##End[]

KYC_ASSET(Openapi, "openapi.json");
KYC_ASSET(Landing, "landing.html");

namespace kyc {

std::string_view openapi_asset() {
  return {kKycOpenapiBegin, static_cast<std::size_t>(kKycOpenapiEnd - kKycOpenapiBegin)};
}

std::string_view landing_asset() {
  return {kKycLandingBegin, static_cast<std::size_t>(kKycLandingEnd - kKycLandingBegin)};
}

}  // namespace kyc
