// The people and the attempts of `kyclops demo`, made from the sample media that tools/setup installs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kyc/image/image.h"

namespace kyc::cli {

// A document photo: who is on it, and the picture.
struct DemoDocument {
  std::string name;    // "person-b-card"
  std::string person;  // documents and selfies of equal `person` show the same one
  std::string origin;  // file of the sample media; a selfie of the same file is no test and is left out
  Image picture;
};

struct DemoSelfie {
  std::string name;
  std::string person;
  std::string origin;
  std::filesystem::path clip;
};

// An attempt that must not be accepted, and the reason that must be among those given.
struct DemoAttempt {
  std::string name;
  std::string description;
  std::string reason;  // code
  std::filesystem::path clip;
};

// throws  Error{NotFound} that names a missing sample
std::vector<DemoSelfie> demo_selfies(const std::filesystem::path& samples);

// Specimen cards for the people of the clips (one frame of each clip, printed small on a drawn card that is
// photographed at an angle), and the portraits as they are.
std::vector<DemoDocument> demo_documents(const std::filesystem::path& samples);

// Writes the clips of the attempts into `folder`: a still picture as a clip, a single frame, nobody, two
// people, one person after another, a damaged file.
std::vector<DemoAttempt> make_demo_attempts(const std::filesystem::path& samples,
                                            const std::filesystem::path& folder);

}  // namespace kyc::cli
