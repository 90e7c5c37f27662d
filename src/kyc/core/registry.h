// Methods that register themselves: one .cpp per method, ending in one Registration line.
//
//   const Registration<FaceDetector, FrDetect> kFrDetect{"fr_detect", "SSD on 240 x 320"};
//
// Interface::Resources is what every method of that kind is constructed from. Names are unique; list() is
// sorted. Registration happens before main(); after that the registry is read-only and safe to use from any
// thread.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kyc/core/error.h"

namespace kyc {

struct MethodInfo {
  std::string name;
  std::string description;  // one line for people
};

template <typename Interface>
class Registry {
 public:
  using Resources = typename Interface::Resources;
  using Factory = std::function<std::unique_ptr<Interface>(const Resources&)>;

  // Two methods of one name are a mistake of the build, found at the first start of the program.
  static void add(const std::string& name, const std::string& description, Factory factory) {
    if (!entries().emplace(name, Entry{description, std::move(factory)}).second) {
      std::fprintf(stderr, "method '%s' is registered twice\n", name.c_str());
      std::abort();
    }
  }

  // throws  Error{NotFound} that lists the known names
  static std::unique_ptr<Interface> make(const std::string& name, const Resources& resources) {
    const auto found = entries().find(name);
    if (found == entries().end()) {
      std::string known;
      for (const auto& [key, entry] : entries()) known += (known.empty() ? "" : ", ") + key;
      throw Error(ErrorCode::NotFound, "no method '" + name + "'; known: " + known);
    }
    return found->second.factory(resources);
  }

  static std::vector<MethodInfo> list() {
    std::vector<MethodInfo> out;
    for (const auto& [name, entry] : entries()) out.push_back({name, entry.description});
    return out;
  }

 private:
  struct Entry {
    std::string description;
    Factory factory;
  };
  static std::map<std::string, Entry>& entries() {
    static std::map<std::string, Entry> map;
    return map;
  }
};

template <typename Interface, typename Method>
struct Registration {
  Registration(const std::string& name, const std::string& description) {
    Registry<Interface>::add(name, description, [](const typename Interface::Resources& resources) {
      return std::unique_ptr<Interface>(std::make_unique<Method>(resources));
    });
  }
};

}  // namespace kyc
