// Video layouts: FaceForensics++, Celeb-DF, DFDC, DeeperForensics.

#include "kyc/dataset/layouts.h"

#include <algorithm>
#include <regex>
#include <sstream>

#include <nlohmann/json.hpp>

#include "kyc/core/csv.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxListBytes = 512U << 20;

bool ends_in(const std::string& path, const std::set<std::string>& known) {
  std::string extension = fs::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return known.contains(extension);
}

// FaceForensics++ says "raw" for what is C0 here.
std::string compression_name(const std::string& folder) {
  return folder == "raw" ? "c0" : folder;
}

nlohmann::json json_of(const LayoutTree& tree, const std::string& file) {
  try {
    return nlohmann::json::parse(tree.text(file));
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::Corrupt, (tree.root() / file).string() + ": expected JSON: " + error.what());
  }
}

// train.json, val.json, test.json: lists of pairs of sequences.
std::map<std::string, std::string> faceforensics_splits(const LayoutTree& tree) {
  std::map<std::string, std::string> out;
  for (const std::string split : {"train", "val", "test"})
    for (const std::string& folder : {std::string(), std::string("splits/")}) {
      const std::string file = folder + split + ".json";
      if (!tree.has(file)) continue;
      try {
        for (const auto& pair : json_of(tree, file)) {
          const auto a = pair.at(0).get<std::string>();
          const auto b = pair.at(1).get<std::string>();
          for (const std::string& name : {a, b, a + "_" + b, b + "_" + a}) out[name] = split;
        }
      } catch (const nlohmann::json::exception&) {
        throw Error(ErrorCode::Corrupt,
                    (tree.root() / file).string() + ": expected a list of pairs of names");
      }
    }
  return out;
}

}  // namespace

LayoutTree::LayoutTree(const fs::path& root) : root_(root) {
  if (!fs::is_directory(root)) throw Error(ErrorCode::NotFound, root.string() + ": no such folder");
  for (const auto& entry :
       fs::recursive_directory_iterator(root, fs::directory_options::follow_directory_symlink))
    if (entry.is_regular_file()) files_.push_back(entry.path().lexically_relative(root).generic_string());
  std::sort(files_.begin(), files_.end());
  set_.insert(files_.begin(), files_.end());
}

std::string LayoutTree::text(const std::string& file) const {
  return read_text_file(root_ / file, kMaxListBytes);
}

std::vector<std::string> LayoutTree::lines(const std::string& file) const {
  std::vector<std::string> out;
  std::istringstream in(text(file));
  for (std::string line; std::getline(in, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) out.push_back(line);
  }
  return out;
}

Sample& LayoutTree::add(const std::string& file,
                        SampleKind kind,
                        const std::string& species,
                        const std::string& list) {
  const auto [known, fresh] = index_.emplace(file, samples_.size());
  if (!fresh) return samples_[known->second];
  Sample sample;
  sample.path = file;
  sample.kind = kind;
  sample.species = kind == SampleKind::BonaFide ? "bona_fide" : species;
  if (!has(file)) sample.failure = file + ": is in " + list + ", but not in the tree";
  samples_.push_back(std::move(sample));
  return samples_.back();
}

SampleParent parent_file(const std::string& role, const std::string& file) {
  return {role, "", file, ""};
}

std::vector<std::string> path_parts(const std::string& path) {
  std::vector<std::string> out;
  for (const auto& part : fs::path(path)) out.push_back(part.string());
  return out;
}

std::string stem_of(const std::string& path) {
  return fs::path(path).stem().string();
}

bool is_clip_name(const std::string& path) {
  return ends_in(path, {".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm"});
}

bool is_picture_name(const std::string& path) {
  return ends_in(path, {".jpg", ".jpeg", ".png", ".bmp", ".webp"});
}

std::string split_of_name(const std::string& name) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  if (lower.starts_with("train")) return "train";
  if (lower.starts_with("val")) return "val";
  if (lower.starts_with("test")) return "test";
  return {};
}

// original_sequences/{youtube,actors}/<compression>/videos/<name>.mp4
// manipulated_sequences/<method>/<compression>/videos/<target>_<source>.mp4, of actors with __<scene>__<code>
// Face2Face and NeuralTextures move the target's own face: it keeps its identity.
void read_faceforensics(LayoutTree& tree) {
  const auto splits = faceforensics_splits(tree);
  const std::regex pair(R"(^(\w+?)_(\w+?)(__.*)?$)");
  const std::set<std::string> reenactments = {"Face2Face", "NeuralTextures"};
  for (const std::string& file : tree.files()) {
    const auto parts = path_parts(file);
    if (parts.size() != 5 || parts[3] != "videos" || !is_clip_name(file)) continue;
    const std::string name = stem_of(file);
    const bool real = parts[0] == "original_sequences";
    if (!real && parts[0] != "manipulated_sequences") continue;
    const auto split = splits.find(name);
    Sample& sample =
        tree.add(file, real ? SampleKind::BonaFide : SampleKind::Attack, "FaceForensics++/" + parts[1]);
    sample.compression = compression_name(parts[2]);
    sample.split = split == splits.end() ? "" : split->second;
    if (real) {
      // Of actors the first number is the person, of YouTube every sequence is one.
      sample.identity = parts[1] == "actors" ? name.substr(0, name.find("__")) : name;
      continue;
    }
    std::smatch match;
    if (!std::regex_match(name, match, pair)) continue;
    const bool actors = match[3].matched;
    const std::string target = match[1];
    const std::string source = match[2];
    sample.identity = reenactments.contains(parts[1]) ? target : source;
    sample.driver = reenactments.contains(parts[1]) ? source : target;
    const auto original = [&](const std::string& who) {
      return actors ? std::string() : "original_sequences/youtube/" + parts[2] + "/videos/" + who + ".mp4";
    };
    if (!actors)
      sample.parents = {parent_file("source", original(source)), parent_file("target", original(target))};
  }
}

// Celeb-real/id0_0000.mp4, YouTube-real/00000.mp4, Celeb-synthesis/<target>_<source>_<number>.mp4;
// List_of_testing_videos.txt: "1 Celeb-real/id0_0001.mp4" (1 real, 0 fake). What it does not list is train.
void read_celeb_df(LayoutTree& tree) {
  const std::string list = "List_of_testing_videos.txt";
  std::map<std::string, bool> testing;  // file -> real
  if (tree.has(list))
    for (const std::string& line : tree.lines(list)) {
      const bool known = line.size() > 2 && (line[0] == '0' || line[0] == '1') && line[1] == ' ';
      if (!known)
        throw Error(ErrorCode::Corrupt,
                    (tree.root() / list).string() + ": expected \"1 folder/clip.mp4\" or \"0 ...\", got \"" +
                        line.substr(0, 60) + "\"");
      testing[line.substr(2)] = line[0] == '1';
    }
  const std::regex forged(R"(^(id\d+)_(id\d+)_(\d+)$)");
  const std::regex celebrity(R"(^(id\d+)_\d+$)");
  const auto add = [&](const std::string& file) {
    const auto parts = path_parts(file);
    if (parts.size() != 2 || !is_clip_name(file)) return;
    const bool fake = parts[0] == "Celeb-synthesis";
    if (!fake && parts[0] != "Celeb-real" && parts[0] != "YouTube-real") return;
    const auto listed = testing.find(file);
    if (listed != testing.end() && listed->second == fake)
      throw Error(
          ErrorCode::Corrupt,
          (tree.root() / list).string() + ": calls " + file + " the opposite of what its folder says");
    Sample& sample = tree.add(file, fake ? SampleKind::Attack : SampleKind::BonaFide, "Celeb-DF", list);
    if (!testing.empty()) sample.split = listed != testing.end() ? "test" : "train";
    const std::string name = stem_of(file);
    std::smatch match;
    if (fake && std::regex_match(name, match, forged)) {
      sample.identity = match[2];
      sample.driver = match[1];
      sample.parents = {
          parent_file("target", "Celeb-real/" + match[1].str() + "_" + match[3].str() + ".mp4")};
    } else if (!fake) {
      sample.identity = std::regex_match(name, match, celebrity) ? match[1].str() : "youtube_" + name;
    }
  };
  for (const std::string& file : tree.files()) add(file);
  for (const auto& [file, real] : testing)
    if (!tree.has(file)) add(file);
}

// Any folder with metadata.json: clip -> {label: REAL or FAKE, split, original}; dataset.json of the preview
// set: clip -> {label, set, target_id, swapped_id}; labels.csv: filename, label (1 fake).
void read_dfdc(LayoutTree& tree) {
  const auto add = [&](const std::string& file, bool fake, const std::string& list) -> Sample& {
    return tree.add(file, fake ? SampleKind::Attack : SampleKind::BonaFide, "DFDC", list);
  };
  const auto is_fake = [](const nlohmann::json& entry) {
    const auto label = entry.at("label").get<std::string>();
    return label == "FAKE" || label == "fake";
  };
  for (const std::string& list : tree.files()) {
    const std::string folder = fs::path(list).parent_path().generic_string();
    const std::string prefix = folder.empty() ? "" : folder + "/";
    const std::string name = fs::path(list).filename().string();
    try {
      if (name == "metadata.json") {
        const nlohmann::json clips = json_of(tree, list);
        for (const auto& [clip, entry] : clips.items()) {
          Sample& sample = add(prefix + clip, is_fake(entry), list);
          sample.split = split_of_name(entry.value("split", ""));
          const auto original = entry.find("original");
          if (original != entry.end() && original->is_string())
            sample.parents = {parent_file("target", prefix + original->get<std::string>())};
        }
      } else if (name == "dataset.json") {
        const nlohmann::json clips = json_of(tree, list);
        for (const auto& [clip, entry] : clips.items()) {
          Sample& sample = add(prefix + clip, is_fake(entry), list);
          sample.split = split_of_name(entry.value("set", ""));
          const auto text = [&fields = entry](const char* key) {
            const auto value = fields.find(key);
            return value == fields.end() || value->is_null() ? std::string()
                   : value->is_string()                      ? value->get<std::string>()
                                                             : value->dump();
          };
          // The person whose clip it is, and the one whose face was put there.
          sample.identity = text("swapped_id").empty() ? text("target_id") : text("swapped_id");
          if (sample.kind == SampleKind::Attack) sample.driver = text("target_id");
        }
      } else if (name == "labels.csv") {
        CsvReader table(tree.text(list), (tree.root() / list).string());
        const auto file = table.column("filename");
        const auto label = table.column("label");
        while (table.next()) add(prefix + table.field(file), table.boolean(label), list).split = "test";
      }
    } catch (const nlohmann::json::exception& error) {
      throw Error(ErrorCode::Corrupt,
                  (tree.root() / list).string() + ": expected clip -> {label, ...}: " + error.what());
    }
  }
}

// source_videos/<actor>/.../<actor>_light_<light>_<emotion>_camera_<camera>.mp4 and the like;
// manipulated_videos/<variant>/<target>_<source>.mp4; lists/splits/{train,val,test}.txt name manipulated
// clips.
void read_deeperforensics(LayoutTree& tree) {
  std::map<std::string, std::string> splits;
  for (const std::string split : {"train", "val", "test"}) {
    const std::string list = "lists/splits/" + split + ".txt";
    if (!tree.has(list)) continue;
    for (const std::string& line : tree.lines(list)) splits[stem_of(line)] = split;
  }
  const std::regex actor(R"(^([MW])([01])\d\d)");
  const std::regex clip(
      R"(^([MW]\d{3})_(?:light_([a-z]+)_([a-z]+)|BlendShape(?:_extra_light_([a-z]+))?)_camera_([a-z]+)$)");
  const std::regex forged(R"(^(\w+?)_([MW]\d{3})$)");
  const auto describe = [&](Sample& sample) {
    std::smatch match;
    if (!std::regex_search(sample.identity, match, actor)) return;
    sample.attributes["sex"] = {match[1] == "M" ? "male" : "female", false};
    sample.attributes["asian"] = {match[2] == "1" ? "yes" : "no", false};
  };
  for (const std::string& file : tree.files()) {
    const auto parts = path_parts(file);
    if (!is_clip_name(file)) continue;
    const std::string name = stem_of(file);
    std::smatch match;
    if (parts[0] == "source_videos" && std::regex_match(name, match, clip)) {
      Sample& sample = tree.add(file, SampleKind::BonaFide, "");
      sample.identity = match[1];
      const std::string light = match[2].matched ? match[2].str() : match[4].str();
      if (!light.empty()) sample.record["light"] = light;
      sample.record["expression"] = match[3].matched ? match[3].str() : "BlendShape";
      sample.record["camera"] = match[5];
      describe(sample);
    } else if (parts[0] == "manipulated_videos" && parts.size() == 3 &&
               std::regex_match(name, match, forged)) {
      Sample& sample = tree.add(file, SampleKind::Attack, "DeeperForensics/" + parts[1]);
      sample.identity = match[2];
      sample.driver = match[1];
      const auto split = splits.find(name);
      if (split != splits.end()) sample.split = split->second;
      describe(sample);
    }
  }
}

}  // namespace kyc
