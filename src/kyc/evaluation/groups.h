// People by age, sex and race: error rates of a recogniser within each group.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/metrics/demographics.h"
#include "kyc/recognition/recognizer.h"

namespace kyc {

struct GroupedImage {
  std::string id;
  std::filesystem::path path;
  std::string identity;  // images of one identity are mated; "": of somebody else than all others
  std::map<std::string, std::string> groups;  // "age" -> "20-29", "sex" -> "female", "race" -> "asian"
};

// "26_1_2_2016...jpg" -> age 26 (as "20-29"), sex 1 female, race 2 asian: the names of UTKFace. Nothing for
// other names.
std::optional<std::map<std::string, std::string>> groups_of_utkface_name(const std::string& name);
std::string age_band(int age);  // "0-9", "10-19", ... "80+"

// Every picture of a folder whose name is such a one, sorted by name.
// throws  Error{NotFound}; Error{InvalidArgument} if there is none
std::vector<GroupedImage> utkface_images(const std::filesystem::path& folder);

struct GroupErrors {
  std::string group;
  std::uint64_t images = 0;
  std::uint64_t failed = 0;  // without template
  std::uint64_t non_mated = 0, false_matches = 0;
  std::uint64_t mated = 0, false_non_matches = 0;
};

// Comparisons within each group of one attribute ("sex"), every image with every other one.
// templates  one per image; nothing: failed
std::vector<GroupErrors> group_errors(std::span<const GroupedImage> images,
                                      std::span<const std::optional<FaceTemplate>> templates,
                                      const std::string& attribute,
                                      double threshold);

// Of the groups that have comparisons; FNMR counts as 0 in every group if none has mated comparisons.
std::vector<GroupRates> group_rates(std::span<const GroupErrors> errors);

}  // namespace kyc
