#include "kyc/attack/network_cache.h"

#include <algorithm>

#include "kyc/core/error.h"

namespace kyc {

std::shared_ptr<const PictureNetwork> NetworkCache::get(const std::string& name,
                                                        const std::vector<std::string>& tasks) const {
  const ModelEntry& entry = models_.entry(name);
  if (std::find(tasks.begin(), tasks.end(), entry.task) == tasks.end())
    throw Error(ErrorCode::InvalidArgument,
                "model " + name + ": its task is " + entry.task + "; expected one of " + known(tasks));
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const PictureNetwork>& place = loaded_[name];
  if (!place) {
    try {
      place = std::make_shared<const PictureNetwork>(models_, name, session_);
    } catch (...) {
      loaded_.erase(name);
      throw;
    }
  }
  return place;
}

std::string NetworkCache::known(const std::vector<std::string>& tasks) const {
  std::string out;
  for (const ModelEntry& entry : models_.entries())
    if (entry.edit && std::find(tasks.begin(), tasks.end(), entry.task) != tasks.end())
      out += (out.empty() ? "" : ", ") + entry.name;
  return out.empty() ? "none" : out;
}

std::vector<std::string> NetworkCache::entries_of(const std::string& name) const {
  const ModelEntry& entry = models_.entry(name);
  std::vector<std::string> out{entry.name};
  if (entry.edit && entry.edit->identity) out.push_back(entry.edit->identity->model);
  return out;
}

}  // namespace kyc
