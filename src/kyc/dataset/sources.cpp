#include "kyc/dataset/sources.h"

#include <algorithm>
#include <optional>
#include <regex>
#include <set>

#include "kyc/core/csv.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/parallel.h"

namespace kyc {
namespace {

const std::set<std::string> kPictures = {".jpg", ".jpeg", ".png", ".bmp", ".webp"};
const std::set<std::string> kClips = {".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm"};
constexpr std::uint64_t kMaxTableBytes = 256U << 20;

bool has_extension(const std::filesystem::path& file, const std::set<std::string>& known) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return known.contains(extension);
}

// One folder of the recipe.
class Folder {
 public:
  Folder(const Recipe& recipe, const RecipeFolder& folder, SourceRole role)
      : recipe_(recipe), folder_(folder), role_(role), root_(recipe.resolve(folder.folder)) {
    if (!folder.name_pattern.empty()) pattern_.emplace(folder.name_pattern);
  }

  std::vector<SourceFile> find() const {
    if (!std::filesystem::is_directory(root_)) fail("'folder': no such folder: " + root_.string());
    std::vector<SourceFile> files = folder_.table ? from_table() : from_folder();
    if (files.empty())
      fail("'folder': no " + std::string(role_ == SourceRole::Victim ? "picture" : "clip") + " in " +
           root_.string());
    draw(files);
    for (SourceFile& file : files) complete(file);
    return files;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::InvalidArgument, folder_.place + ": " + what);
  }

  SourceFile source(const std::filesystem::path& name) const {
    SourceFile out;
    out.path = (folder_.folder / name).lexically_normal().generic_string();
    out.folder = folder_.folder.string();
    out.file = root_ / name;
    out.identity = name.stem().string();
    std::smatch match;
    const std::string text = name.filename().string();
    if (!pattern_) return out;
    if (!std::regex_search(text, match, *pattern_)) fail("'name_pattern' does not fit " + out.path);
    for (std::size_t i = 0; i < folder_.name_fields.size(); ++i) {
      const std::string& field = folder_.name_fields[i];
      if (field == "identity")
        out.identity = match[i + 1].str();
      else if (!field.empty())
        out.attributes[field] = {match[i + 1].str(), false};
    }
    return out;
  }

  std::vector<SourceFile> from_folder() const {
    std::vector<std::filesystem::path> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             root_, std::filesystem::directory_options::follow_directory_symlink))
      if (entry.is_regular_file() &&
          has_extension(entry.path(), role_ == SourceRole::Victim ? kPictures : kClips))
        names.push_back(entry.path().lexically_relative(root_));
    std::sort(names.begin(), names.end());
    std::vector<SourceFile> out;
    for (const auto& name : names) out.push_back(source(name));
    return out;
  }

  std::vector<SourceFile> from_table() const {
    const auto path = recipe_.resolve(*folder_.table);
    CsvReader table(read_text_file(path, kMaxTableBytes), path.string());
    const std::size_t file = table.column("file");
    const auto identity = table.optional_column("identity");
    const auto consent = table.optional_column("consent");
    const auto licence = table.optional_column("licence");
    std::vector<SourceFile> out;
    std::set<std::string> seen;
    while (table.next()) {
      if (table.field(file).empty()) table.fail("expected a file's name in column 'file', got nothing");
      SourceFile row = source(table.field(file));
      if (!seen.insert(row.path).second) table.fail("'" + table.field(file) + "' is there twice");
      if (identity && !table.field(*identity).empty()) row.identity = table.field(*identity);
      if (consent) row.consent = table.field(*consent);
      if (licence) row.licence = table.field(*licence);
      for (std::size_t i = 0; i < table.columns().size(); ++i) {
        const std::string& name = table.columns()[i];
        const bool known = name == "file" || name == "identity" || name == "consent" || name == "licence";
        if (!known && !table.field(i).empty()) row.attributes[name] = {table.field(i), false};
      }
      out.push_back(std::move(row));
    }
    return out;
  }

  // Keeps `limit` of them, in their order. Which ones depends on the seed and on their names, not on how many
  // others there are.
  void draw(std::vector<SourceFile>& files) const {
    if (folder_.limit == 0 || files.size() <= folder_.limit) return;
    std::vector<std::pair<std::string, std::size_t>> lots;
    for (std::size_t i = 0; i < files.size(); ++i) {
      const std::string text = std::to_string(recipe_.seed) + "/" + files[i].path;
      lots.emplace_back(sha256_hex({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}), i);
    }
    std::sort(lots.begin(), lots.end());
    std::set<std::size_t> kept;
    for (std::size_t i = 0; i < folder_.limit; ++i) kept.insert(lots[i].second);
    std::vector<SourceFile> out;
    for (const std::size_t i : kept) out.push_back(std::move(files[i]));
    files = std::move(out);
  }

  void complete(SourceFile& file) const {
    if (file.identity.empty()) fail(file.path + ": its identity is empty");
    file.consent = stated(file, file.consent, folder_.consent, folder_.no_consent_because, "consent");
    file.licence = stated(file, file.licence, folder_.licence, folder_.no_licence_because, "licence");
  }

  std::string stated(const SourceFile& file,
                     const std::string& own,
                     const std::string& of_all,
                     const std::string& because,
                     const std::string& what) const {
    if (!own.empty()) return own;
    if (!of_all.empty()) return of_all;
    if (!because.empty()) return "none stated: " + because;
    fail("no " + what + " is stated for " + file.path + ": expected '" + what +
         "' here or in the table, or 'no_" + what + "_because' with the reason why it may be used without");
  }

  const Recipe& recipe_;
  const RecipeFolder& folder_;
  SourceRole role_;
  std::filesystem::path root_;
  std::optional<std::regex> pattern_;
};

const std::vector<RecipeFolder>& folders_of(const Recipe& recipe, SourceRole role) {
  switch (role) {
    case SourceRole::Victim:
      return recipe.victims;
    case SourceRole::Driver:
      return recipe.drivers;
    case SourceRole::BonaFide:
      return recipe.bona_fide_clips;
  }
  throw Error(ErrorCode::Internal, "no such role of a source");
}

}  // namespace

std::vector<SourceFile> find_sources(const Recipe& recipe, SourceRole role, int jobs) {
  std::vector<SourceFile> out;
  std::set<std::string> seen;
  for (const RecipeFolder& folder : folders_of(recipe, role))
    for (SourceFile& file : Folder(recipe, folder, role).find()) {
      file.drives = role != SourceRole::BonaFide;
      if (!seen.insert(file.path).second)
        throw Error(ErrorCode::InvalidArgument, folder.place + ": " + file.path + " is named twice");
      out.push_back(std::move(file));
    }
  parallel_for(out.size(), jobs, [&](std::size_t i, int) {
    try {
      out[i].sha256 = sha256_hex_of_file(out[i].file);
    } catch (const Error& error) {
      out[i].failure = error.what();
    }
  });
  return out;
}

}  // namespace kyc
