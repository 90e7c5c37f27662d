#include "kyc/nn/model_hashes.h"

#include <filesystem>

#include "kyc/core/files.h"

namespace kyc {
namespace {

std::string hash_of(const std::filesystem::path& file, const std::string& pinned) {
  if (!pinned.empty()) return pinned;
  std::error_code failure;
  if (!std::filesystem::is_regular_file(file, failure)) return "absent";
  return sha256_hex_of_file(file);
}

}  // namespace

std::string ModelHashes::described(const std::string& name) const {
  const ModelEntry& entry = models_.entry(name);
  const std::lock_guard lock(mutex_);
  std::string& text = known_[name];
  if (text.empty()) {
    std::string hashes = hash_of(models_.file_of(entry), entry.sha256);
    for (const ModelPart& part : entry.parts)
      hashes += "+" + hash_of(models_.folder() / part.file, part.sha256);
    text = name + " " + hashes;
  }
  return text;
}

}  // namespace kyc
