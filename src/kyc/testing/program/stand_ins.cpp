// kyc_stand_ins MODELS OUT: a models folder with stand-ins for the networks that only a user can bring, for
// tests of the command line and for the sheets of docs/attacks.md.

#include <cstdio>
#include <exception>

#include "kyc/testing/stand_in_models.h"

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: kyc_stand_ins MODELS OUT\n", stderr);
    return 2;
  }
  try {
    kyc::write_stand_in_models(arguments[1], arguments[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "kyc_stand_ins: %s\n", error.what());
    return 3;
  }
  return 0;
}
