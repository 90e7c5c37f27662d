// What a data set is built from: a TOML file. docs/dataset.md explains every key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kyc/attack/run.h"

namespace kyc {

// A folder of portraits (victims) or clips (drivers), and what is known about the people in it.
struct RecipeFolder {
  std::filesystem::path folder;                // as the recipe has it, relative to the recipe's own folder
  std::optional<std::filesystem::path> table;  // CSV: file, and optionally identity, consent, licence;
                                               // every other column is an attribute
  std::string name_pattern;  // regular expression on the file's name; its groups are `name_fields`
  std::vector<std::string> name_fields;  // "identity", or an attribute; "" for a group that means nothing
  std::string consent;                   // of all files that the table says nothing else about
  std::string licence;
  std::string no_consent_because;  // why files without may be used all the same
  std::string no_licence_because;
  std::size_t limit = 0;  // files, drawn by the seed; 0: all
  std::string place;      // "recipe.toml:12", for messages
};

struct RecipeAttack {
  std::string method;
  std::string species;                         // the manifest's name for it; as the method unless given
  std::map<std::string, std::string> options;  // of the method
  std::vector<std::vector<std::string>> post;  // chains of post-processing; an empty one: none
  std::size_t limit = 0;                       // clips before compression, drawn by the seed; 0: all
  // Whether it is made on the drivers' clips. Nothing: if it needs clips. Attacks that can do with and
  // without may be told: a print before a driver's face, a replay of portraits.
  std::optional<bool> drivers;
  // Only the clips of these folders, each as its [[drivers]] has it; none: all. A reenactment says nothing
  // where the driver is a photo that does not move.
  std::vector<std::string> driver_folders;
  std::string place;
};

struct Recipe {
  std::filesystem::path file;
  std::string text;  // the file's own
  std::string name;
  std::uint64_t seed = 0;
  double max_seconds = 0;  // of every clip; 0: all of it
  std::vector<Compression> compressions;
  std::string preset = "medium";  // x264's
  bool bona_fide = true;          // the drivers' own clips, at the same compressions
  bool portraits = true;          // the victims' portraits, as they came
  bool masks = false;             // of every attack, what it changed, as a file of its own
  bool estimate_age = false;      // where no table says it
  bool estimate_sex = false;
  double train = 0;  // shares of identities; sum 1
  double val = 0;
  double test = 1;
  std::vector<RecipeFolder> victims;
  std::vector<RecipeFolder> drivers;
  std::vector<RecipeFolder>
      bona_fide_clips;  // shown as they are, at the same compressions; nothing is made of them
  std::vector<RecipeAttack> attacks;

  // A path of the recipe, as this process can open it.
  std::filesystem::path resolve(const std::filesystem::path& path) const { return file.parent_path() / path; }
};

// Reads and checks everything that can be checked without opening a source or a network.
// throws  Error{NotFound} no such file; Error{Corrupt} no TOML; Error{InvalidArgument} unknown or missing
//         keys, values out of range, an unknown attack, post-processing or option. Every message begins
//         "file:line: " and says what was expected and what came.
Recipe read_recipe(const std::filesystem::path& file);
Recipe parse_recipe(const std::string& text, const std::filesystem::path& file);

}  // namespace kyc
