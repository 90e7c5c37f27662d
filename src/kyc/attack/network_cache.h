// Networks that users bring, loaded when they are first asked for by name.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "kyc/attack/picture_network.h"

namespace kyc {

// Thread-safe.
class NetworkCache {
 public:
  explicit NetworkCache(const ModelResources& resources)
      : models_(resources.models), session_(resources.session) {}

  // throws  as PictureNetwork; Error{InvalidArgument} if the entry's task is another one: lists those of
  // `task`
  std::shared_ptr<const PictureNetwork> get(const std::string& name,
                                            const std::vector<std::string>& tasks) const;

  // "inswapper_128, simswap, ...": entries of these tasks that say how they are used, for option texts.
  std::string known(const std::vector<std::string>& tasks) const;
  // Names of the entries that a network runs, without loading it.
  std::vector<std::string> entries_of(const std::string& name) const;

 private:
  ModelManifest models_;
  SessionOptions session_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::shared_ptr<const PictureNetwork>> loaded_;
};

}  // namespace kyc
