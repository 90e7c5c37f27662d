// The model that OpenCV ships, as a part of this library: scores are the same on every machine.
#include "kyc/quality/brisque.h"

// KYC_BRISQUE_DIR is set by CMake: the folder of Debian's opencv-data.
__asm__(
    ".pushsection .rodata\n"
    ".global kKycBrisqueModel\n"
    ".hidden kKycBrisqueModel\n"
    "kKycBrisqueModel: .incbin \"" KYC_BRISQUE_DIR
    "/brisque_model_live.yml\"\n"
    ".byte 0\n"
    ".global kKycBrisqueRanges\n"
    ".hidden kKycBrisqueRanges\n"
    "kKycBrisqueRanges: .incbin \"" KYC_BRISQUE_DIR
    "/brisque_range_live.yml\"\n"
    ".byte 0\n"
    ".popsection\n");
extern "C" const char kKycBrisqueModel[];
extern "C" const char kKycBrisqueRanges[];

namespace kyc {

const BrisqueModel& BrisqueModel::live() {
  static const BrisqueModel kModel(
      kKycBrisqueModel, "brisque_model_live.yml", kKycBrisqueRanges, "brisque_range_live.yml");
  return kModel;
}

}  // namespace kyc
