#include "kyc/evaluation/groups.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "kyc/core/error.h"
#include "kyc/evaluation/media.h"

namespace kyc {

std::string age_band(int age) {
  if (age >= 80) return "80+";
  const int low = age / 10 * 10;
  return (low == 0 ? "0" : std::to_string(low)) + "-" + std::to_string(low + 9);
}

std::optional<std::map<std::string, std::string>> groups_of_utkface_name(const std::string& name) {
  std::array<int, 3> numbers{};
  const char* at = name.data();
  const char* end = at + name.size();
  for (int& number : numbers) {
    const auto [stop, failure] = std::from_chars(at, end, number);
    if (failure != std::errc() || stop == end || *stop != '_' || number < 0) return std::nullopt;
    at = stop + 1;
  }
  static constexpr std::array<const char*, 2> kSex{"male", "female"};
  static constexpr std::array<const char*, 5> kRace{"white", "black", "asian", "indian", "other"};
  if (numbers[0] > 130 || numbers[1] > 1 || numbers[2] > 4) return std::nullopt;
  return std::map<std::string, std::string>{{"age", age_band(numbers[0])},
                                            {"sex", kSex[static_cast<std::size_t>(numbers[1])]},
                                            {"race", kRace[static_cast<std::size_t>(numbers[2])]}};
}

std::vector<GroupedImage> utkface_images(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder))
    throw Error(ErrorCode::NotFound, folder.string() + ": no such folder");
  std::vector<GroupedImage> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || !is_picture_file(name)) continue;
    if (auto groups = groups_of_utkface_name(name))
      out.push_back({name, entry.path(), "", std::move(*groups)});
  }
  if (out.empty())
    throw Error(ErrorCode::InvalidArgument,
                folder.string() +
                    ": expected pictures with names like 26_1_2_20170116.jpg (age_sex_race_...), got none");
  std::sort(out.begin(), out.end(), [](const GroupedImage& a, const GroupedImage& b) { return a.id < b.id; });
  return out;
}

std::vector<GroupErrors> group_errors(std::span<const GroupedImage> images,
                                      std::span<const std::optional<FaceTemplate>> templates,
                                      const std::string& attribute,
                                      double threshold) {
  std::map<std::string, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < images.size(); ++i)
    if (const auto found = images[i].groups.find(attribute); found != images[i].groups.end())
      members[found->second].push_back(i);
  std::vector<GroupErrors> out;
  for (const auto& [group, of_group] : members) {
    GroupErrors errors;
    errors.group = group;
    errors.images = of_group.size();
    for (std::size_t a = 0; a < of_group.size(); ++a) {
      const auto& first = templates[of_group[a]];
      if (!first) {
        ++errors.failed;
        continue;
      }
      for (std::size_t b = a + 1; b < of_group.size(); ++b) {
        const auto& second = templates[of_group[b]];
        if (!second) continue;
        const std::string& person = images[of_group[a]].identity;
        const bool mated = !person.empty() && person == images[of_group[b]].identity;
        const bool accepted = compare(*first, *second) >= threshold;
        ++(mated ? errors.mated : errors.non_mated);
        if (mated && !accepted) ++errors.false_non_matches;
        if (!mated && accepted) ++errors.false_matches;
      }
    }
    out.push_back(std::move(errors));
  }
  return out;
}

std::vector<GroupRates> group_rates(std::span<const GroupErrors> errors) {
  std::vector<GroupRates> out;
  const bool any_mated =
      std::any_of(errors.begin(), errors.end(), [](const GroupErrors& e) { return e.mated > 0; });
  for (const GroupErrors& e : errors) {
    if (e.non_mated == 0 || (any_mated && e.mated == 0)) continue;
    out.push_back(
        {e.group,
         static_cast<double>(e.false_matches) / static_cast<double>(e.non_mated),
         e.mated == 0 ? 0 : static_cast<double>(e.false_non_matches) / static_cast<double>(e.mated)});
  }
  return out;
}

}  // namespace kyc
