// Internal to service/: a data set's manifest into the catalogue.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "kyc/service/state.h"
#include "kyc/store/catalogue.h"

namespace kyc {

// The folder of a data set, by its name below the folder that data sets are attached from.
// throws  HttpError 422 it leads out of there
std::filesystem::path dataset_path(const ServiceState& state, const std::string& folder);

// Reads the manifest again, from its first line, whatever was there before.
// keep_going  told how far it is; false stops with Error{Unavailable}
void import_dataset(ServiceState& state,
                    const std::string& dataset_id,
                    const std::function<bool(std::int64_t done, std::int64_t total)>& keep_going);

// The parents that a manifest line names: role, id, path, SHA-256.
struct LineParent {
  std::string role;
  std::string id;
  std::string path;
  std::string sha256;
};
std::vector<LineParent> parents_of_line(const std::string& line);

}  // namespace kyc
