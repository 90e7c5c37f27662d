#include "kyc/dataset/recipe.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <regex>
#include <set>
#include <sstream>

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/registry.h"

namespace kyc {
namespace {

constexpr std::uint64_t kMaxRecipeBytes = 4U << 20;

// A table of the recipe; every complaint names file and line.
class Table {
 public:
  Table(const toml::table& table, const std::string& file, std::string name)
      : table_(table), file_(file), name_(std::move(name)) {}

  std::string place() const { return place(table_.source()); }

  [[noreturn]] void fail(const toml::source_region& region, const std::string& what) const {
    throw Error(ErrorCode::InvalidArgument, place(region) + ": " + what);
  }
  [[noreturn]] void fail(const std::string& key, const std::string& what) const {
    const toml::node* node = table_.get(key);
    fail(node != nullptr ? node->source() : table_.source(), "'" + key + "': " + what);
  }

  void expect_keys(const std::set<std::string>& known) const {
    std::string list;
    for (const std::string& key : known) list += (list.empty() ? "" : ", ") + key;
    for (const auto& [key, value] : table_)
      if (!known.contains(std::string(key.str())))
        fail(value.source(), "unknown key '" + std::string(key.str()) + "' in " + name_ + "; known: " + list);
  }

  bool has(const std::string& key) const { return table_.contains(key); }

  std::string text(const std::string& key, const std::string& standard = {}) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return standard;
    const auto* value = node->as_string();
    if (value == nullptr) fail(key, "expected a string");
    return value->get();
  }

  std::string some_text(const std::string& key) const {
    if (!has(key)) fail(table_.source(), "'" + key + "' is missing in " + name_);
    std::string out = text(key);
    if (out.empty()) fail(key, "must not be empty");
    return out;
  }

  bool is_list(const std::string& key) const {
    const toml::node* node = table_.get(key);
    return node != nullptr && node->is_array();
  }

  // or_else  what else may stand there, for the message
  bool flag(const std::string& key, bool standard, const std::string& or_else = "") const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return standard;
    const auto* value = node->as_boolean();
    if (value == nullptr) fail(key, "expected true or false" + or_else);
    return value->get();
  }

  std::int64_t whole_number(const std::string& key, std::int64_t standard) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return standard;
    const auto* value = node->as_integer();
    if (value == nullptr || value->get() < 0) fail(key, "expected a whole number from 0 on");
    return value->get();
  }

  double number(const std::string& key, double standard, double least, double most) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return standard;
    const auto value = node->value<double>();
    if (!value || node->is_boolean() || !(*value >= least && *value <= most)) {
      std::ostringstream range;
      range << "expected a number from " << least << " to " << most;
      fail(key, range.str());
    }
    return *value;
  }

  // Nothing if the key is not there.
  std::vector<std::string> texts(const std::string& key, const std::vector<std::string>& standard) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return standard;
    const toml::array* array = node->as_array();
    if (array == nullptr) fail(key, "expected a list of strings");
    std::vector<std::string> out;
    for (const toml::node& element : *array) {
      const auto* value = element.as_string();
      if (value == nullptr) fail(element.source(), "'" + key + "': expected a list of strings");
      out.push_back(value->get());
    }
    return out;
  }

  std::optional<Table> table(const std::string& key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return std::nullopt;
    if (node->as_table() == nullptr) fail(key, "expected a table");
    return Table(*node->as_table(), file_, "[" + key + "]");
  }

  // [[key]], as many as there are.
  std::vector<Table> tables(const std::string& key) const {
    std::vector<Table> out;
    const toml::node* node = table_.get(key);
    if (node == nullptr) return out;
    const toml::array* array = node->as_array();
    if (array == nullptr) fail(key, "expected [[" + key + "]]");
    for (const toml::node& element : *array) {
      if (element.as_table() == nullptr) fail(element.source(), "expected [[" + key + "]]");
      out.emplace_back(*element.as_table(), file_, "[[" + key + "]]");
    }
    return out;
  }

  // Every value as text: strings as they are, true and false as on and off.
  std::map<std::string, std::string> values_as_text(const std::string& key) const {
    std::map<std::string, std::string> out;
    const std::optional<Table> inner = table(key);
    if (!inner) return out;
    for (const auto& [name, value] : inner->table_) {
      std::string text;
      if (const auto* as_text = value.as_string()) {
        text = as_text->get();
      } else if (const auto* as_flag = value.as_boolean()) {
        text = as_flag->get() ? "on" : "off";
      } else if (const auto* as_integer = value.as_integer()) {
        text = std::to_string(as_integer->get());
      } else if (const auto* as_float = value.as_floating_point()) {
        char digits[40];
        const auto [end, failure] = std::to_chars(std::begin(digits), std::end(digits), as_float->get());
        text.assign(digits, end);
      } else {
        fail(value.source(), "'" + std::string(name.str()) + "': expected a string, a number, true or false");
      }
      out[std::string(name.str())] = text;
    }
    return out;
  }

 private:
  std::string place(const toml::source_region& region) const {
    return file_ + ":" + std::to_string(region.begin.line);
  }

  const toml::table& table_;
  const std::string& file_;
  std::string name_;
};

RecipeFolder read_folder(const Table& table) {
  table.expect_keys({"folder",
                     "table",
                     "name_pattern",
                     "name_fields",
                     "consent",
                     "licence",
                     "no_consent_because",
                     "no_licence_because",
                     "limit"});
  RecipeFolder out;
  out.place = table.place();
  out.folder = table.some_text("folder");
  if (table.has("table")) out.table = table.some_text("table");
  out.name_pattern = table.text("name_pattern");
  out.name_fields = table.texts("name_fields", {});
  if (out.name_pattern.empty() != out.name_fields.empty())
    table.fail("name_pattern", "name_pattern and name_fields belong together");
  if (!out.name_pattern.empty()) {
    std::size_t groups = 0;
    try {
      groups = std::regex(out.name_pattern).mark_count();
    } catch (const std::regex_error& error) {
      table.fail("name_pattern", std::string("expected a regular expression (ECMAScript): ") + error.what());
    }
    if (groups != out.name_fields.size())
      table.fail("name_fields",
                 "expected as many as name_pattern has groups (" + std::to_string(groups) + "), got " +
                     std::to_string(out.name_fields.size()));
  }
  out.consent = table.text("consent");
  out.licence = table.text("licence");
  out.no_consent_because = table.text("no_consent_because");
  out.no_licence_because = table.text("no_licence_because");
  out.limit = static_cast<std::size_t>(table.whole_number("limit", 0));
  return out;
}

std::vector<std::string> chain_of(const Table& table, const std::string& text) {
  std::vector<std::string> chain;
  if (text == "none") return chain;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, '+');) {
    const std::string name = part.substr(0, part.find(':'));
    const auto known = Registry<Restorer>::list();
    if (std::none_of(known.begin(), known.end(), [&](const MethodInfo& m) { return m.name == name; })) {
      std::string list;
      for (const MethodInfo& method : known) list += ", " + method.name;
      table.fail("post", "no post-processing '" + name + "'; known: none" + list);
    }
    chain.push_back(part);
  }
  if (chain.empty()) table.fail("post", "expected \"none\" or methods joined by '+', got \"" + text + "\"");
  return chain;
}

RecipeAttack read_attack(const Table& table, const std::vector<std::string>& standard_post) {
  table.expect_keys({"method", "species", "options", "post", "limit", "drivers"});
  RecipeAttack out;
  out.place = table.place();
  out.method = table.some_text("method");
  const auto known = Registry<Attack>::list();
  if (std::none_of(known.begin(), known.end(), [&](const MethodInfo& m) { return m.name == out.method; })) {
    std::string list;
    for (const MethodInfo& method : known) list += (list.empty() ? "" : ", ") + method.name;
    table.fail("method", "no attack '" + out.method + "'; known: " + list);
  }
  out.species = table.text("species", out.method);
  if (out.species.empty() || out.species == "bona_fide")
    table.fail("species", "must not be empty, nor \"bona_fide\"");
  out.options = table.values_as_text("options");
  for (const std::string& text : table.texts("post", standard_post))
    out.post.push_back(chain_of(table, text));
  out.limit = static_cast<std::size_t>(table.whole_number("limit", 0));
  if (table.is_list("drivers")) {
    out.drivers = true;
    out.driver_folders = table.texts("drivers", {});
    if (out.driver_folders.empty()) table.fail("drivers", "expected at least one folder of [[drivers]]");
  } else if (table.has("drivers")) {
    out.drivers = table.flag("drivers", true, ", or a list of folders");
  }
  return out;
}

void read_split(const Table& root, Recipe& recipe) {
  const std::optional<Table> split = root.table("split");
  if (!split) return;
  split->expect_keys({"train", "val", "test"});
  recipe.train = split->number("train", 0, 0, 1);
  recipe.val = split->number("val", 0, 0, 1);
  recipe.test = split->number("test", 0, 0, 1);
  const double sum = recipe.train + recipe.val + recipe.test;
  if (std::abs(sum - 1) > 1e-6) {
    std::ostringstream message;
    message << split->place() << ": [split]: expected shares that add up to 1, got " << sum;
    throw Error(ErrorCode::InvalidArgument, message.str());
  }
}

void read_clips(const Table& root, Recipe& recipe) {
  recipe.max_seconds = root.number("max_seconds", 0, 0, 1e6);
  for (const std::string& name : root.texts("compression", {"c0", "c23", "c40"})) {
    try {
      const Compression compression = compression_of(name);
      if (std::find(recipe.compressions.begin(), recipe.compressions.end(), compression) !=
          recipe.compressions.end())
        root.fail("compression", "'" + name + "' is there twice");
      recipe.compressions.push_back(compression);
    } catch (const Error& error) {
      root.fail("compression", error.what());
    }
  }
  if (recipe.compressions.empty()) root.fail("compression", "expected at least one of c0, c23, c40");
  std::sort(recipe.compressions.begin(), recipe.compressions.end());
  recipe.preset = root.text("preset", recipe.preset);
  try {
    WriteOptions options;
    options.width = options.height = 2;
    options.preset = recipe.preset;
    check(options);
  } catch (const Error& error) {
    root.fail("preset", error.what());
  }
}

void check_driver_folders(const Recipe& recipe) {
  for (const RecipeAttack& attack : recipe.attacks)
    for (const std::string& folder : attack.driver_folders)
      if (std::none_of(recipe.drivers.begin(), recipe.drivers.end(), [&](const RecipeFolder& drivers) {
            return drivers.folder == folder;
          }))
        throw Error(ErrorCode::InvalidArgument,
                    attack.place + ": 'drivers': no [[drivers]] has the folder \"" + folder + "\"");
}

Recipe read_root(const Table& root) {
  root.expect_keys({"name",
                    "seed",
                    "max_seconds",
                    "compression",
                    "preset",
                    "bona_fide",
                    "portraits",
                    "masks",
                    "estimate",
                    "post",
                    "split",
                    "victims",
                    "drivers",
                    "bona_fide_clips",
                    "attacks"});
  Recipe recipe;
  recipe.name = root.some_text("name");
  recipe.seed = static_cast<std::uint64_t>(root.whole_number("seed", 0));
  read_clips(root, recipe);
  recipe.bona_fide = root.flag("bona_fide", true);
  recipe.portraits = root.flag("portraits", true);
  recipe.masks = root.flag("masks", false);
  for (const std::string& what : root.texts("estimate", {})) {
    if (what != "age" && what != "sex")
      root.fail("estimate", "expected \"age\" or \"sex\", got \"" + what + "\"");
    (what == "age" ? recipe.estimate_age : recipe.estimate_sex) = true;
  }
  read_split(root, recipe);
  for (const Table& table : root.tables("victims")) recipe.victims.push_back(read_folder(table));
  for (const Table& table : root.tables("drivers")) recipe.drivers.push_back(read_folder(table));
  for (const Table& table : root.tables("bona_fide_clips"))
    recipe.bona_fide_clips.push_back(read_folder(table));
  const std::vector<std::string> post = root.texts("post", {"none"});
  for (const Table& table : root.tables("attacks")) recipe.attacks.push_back(read_attack(table, post));
  check_driver_folders(recipe);
  if (recipe.attacks.empty() && !recipe.bona_fide && !recipe.portraits && recipe.bona_fide_clips.empty())
    throw Error(ErrorCode::InvalidArgument,
                root.place() + ": nothing to build: no [[attacks]], no bona fide half");
  if (recipe.victims.empty() && recipe.drivers.empty() && recipe.bona_fide_clips.empty())
    throw Error(ErrorCode::InvalidArgument,
                root.place() + ": expected [[victims]], [[drivers]] or [[bona_fide_clips]], got none");
  return recipe;
}

}  // namespace

Recipe parse_recipe(const std::string& text, const std::filesystem::path& file) {
  const std::string name = file.string();
  toml::table table;
  try {
    table = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorCode::Corrupt,
                name + ":" + std::to_string(error.source().begin.line) +
                    ": expected TOML: " + std::string(error.description()));
  }
  Recipe recipe = read_root(Table(table, name, "the recipe"));
  recipe.file = file;
  recipe.text = text;
  return recipe;
}

Recipe read_recipe(const std::filesystem::path& file) {
  return parse_recipe(read_text_file(file, kMaxRecipeBytes), file);
}

}  // namespace kyc
