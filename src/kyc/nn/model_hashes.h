// The SHA-256 of the files that networks are run from: what a result leads back to.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "kyc/nn/manifest.h"

namespace kyc {

// Thread-safe. A hash that the manifest pins is taken from it, since loading checks the file against it; a
// file without one (a network that the user brings) is read, once.
class ModelHashes {
 public:
  // models  must outlive this object
  explicit ModelHashes(const ModelManifest& models) : models_(models) {}

  // "fr_detect 12ab..."; of a network of several files all their hashes, joined by '+'. "absent" in the place
  // of a hash where there is no file.
  // throws  Error{NotFound} an unknown name; Error{Unavailable} a file that can not be read
  std::string described(const std::string& name) const;

 private:
  const ModelManifest& models_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::string> known_;
};

}  // namespace kyc
