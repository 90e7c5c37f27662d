// The portraits and clips that a recipe names, with what is known about the people in them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "kyc/dataset/recipe.h"
#include "kyc/dataset/sample.h"

namespace kyc {

struct SourceFile {
  std::string path;            // as the recipe names it: its folder and the name in it, '/' between
  std::filesystem::path file;  // the same, to be opened
  std::string folder;          // as the recipe names it
  std::string identity;
  std::map<std::string, SampleAttribute> attributes;
  std::string consent;  // what was stated, or "none stated: " and the recipe's reason
  std::string licence;
  std::string sha256;   // of its bytes; empty: see `failure`
  std::string failure;  // why it can not be read
  bool drives = true;   // of a clip: attacks are made on it; false: it is only shown as it is
};

enum class SourceRole { Victim, Driver, BonaFide };

// With a table: the files that the table lists, in its order. Without: the pictures (victims) or clips
// (the others) in the folder and the folders in it, sorted by name. The identity is what table or name
// pattern say, else the file's name without its extension. Files are read to hash them, `jobs` at a time; one
// that can not be read stays in the list with its failure. throws  Error{NotFound} no such folder or table;
// Error{Corrupt} a table that is none; Error{InvalidArgument}
//         no file in the folder, a file without consent or licence where the recipe gives no reason, or two
//         identities for one file. The message begins with the place in the recipe or the table.
std::vector<SourceFile> find_sources(const Recipe& recipe, SourceRole role, int jobs);

}  // namespace kyc
