// DF40 as it is downloaded (github.com/YZY-stack/DF40: readme, rearrange.py, issues 16, 20, 29, 40, 41).
//
// Frames of faces, in folders that differ from kind to kind of method:
//   <method>/{ff,cdf}/frames/<clip>/<frame>.png            swapping and reenactment; beside it landmarks/
//   <method>/ff/<clip>/<frame>.png                         synthesis
//   <method>/cdf/Fake_from_Celeb-real/<clip>/<frame>.png   (or Fake_from_YouTube-real)
//   e4e/ff/<clip>/<frame>.jpg, e4e/{ff,cdf/<source>}/inversions/<clip>.jpg
//   <method>/{fake,real}/[frames/][<clip>/]<frame>.png     the methods that bring their own real data;
//   videos, too <method>/frames/<clip>/<frame>.png, <method>/<clip>/<frame>.png   the training part, all of
//   FaceForensics++
// below any folder; the training part is known by a folder DF40_train or train above. The real data of the
// others are FaceForensics++ and Celeb-DF, of which DF40 gives away frames:
//   FaceForensics++/original_sequences/{youtube,actors}/<compression>/frames/<clip>/<frame>.png
//   Celeb-DF-v2/{Celeb-real,YouTube-real}/frames/<clip>/<frame>.png
// dataset_json/<name>.json says which file is in which split, and labels <method>_Fake and <method>_Real; it
// is known to name files that were never uploaded.

#include <algorithm>
#include <optional>
#include <regex>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/dataset/layouts.h"

namespace kyc {
namespace {

using Parts = std::vector<std::string>;

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return text;
}

// Folders of methods as they are called in the download, in lower case; the readme's names where they differ.
enum class Df40Kind { Swap, Reenactment, Synthesis, Editing };
const std::map<std::string, Df40Kind>& df40_methods() {
  static const std::map<std::string, Df40Kind> methods = [] {
    std::map<std::string, Df40Kind> out;
    const auto add = [&](Df40Kind kind, std::initializer_list<const char*> names) {
      for (const char* name : names) out[name] = kind;
    };
    add(Df40Kind::Swap,
        {"fsgan",
         "faceswap",
         "simswap",
         "inswap",
         "blendface",
         "uniface",
         "mobileswap",
         "e4s",
         "facedancer",
         "deepfacelab"});
    add(Df40Kind::Reenactment,
        {"fomm",
         "facevid2vid",
         "wav2lip",
         "mraa",
         "one_shot_free",
         "pirender",
         "tpsm",
         "lia",
         "danet",
         "sadtalker",
         "mcnet",
         "hyperreenact",
         "heygen"});
    add(Df40Kind::Synthesis,
        {"vqgan",
         "stylegan2",
         "stylegan3",
         "styleganxl",
         "sd2.1",
         "ddim",
         "rddm",
         "pixart",
         "dit",
         "sit",
         "midjourney",
         "whichisreal",
         "whichfaceisreal"});
    add(Df40Kind::Editing, {"collabdiff", "e4e", "stargan", "starganv2", "stargan2", "styleclip"});
    return out;
  }();
  return methods;
}

// Where in a path something stands; nothing if it does not.
std::optional<std::size_t> place_of(const Parts& parts, const std::string& name, std::size_t from = 0) {
  for (std::size_t i = from; i + 1 < parts.size(); ++i)
    if (lower_case(parts[i]) == name) return i;
  return std::nullopt;
}

// What a file's place in the tree says.
struct Df40File {
  std::string method;  // as its folder is called; empty: real data of FaceForensics++ or Celeb-DF
  bool real = false;
  std::string domain;  // "ff", "cdf", or nothing
  std::string split;
  std::string clip;
};

std::optional<Df40File> real_of_others(const Parts& parts) {
  Df40File out;
  out.real = true;
  out.clip = parts[parts.size() - 2];
  const auto frames = place_of(parts, "frames");
  if (!frames || *frames + 3 != parts.size()) return std::nullopt;
  if (place_of(parts, "original_sequences")) {
    out.domain = "ff";
    return out;
  }
  if (*frames == 0) return std::nullopt;
  const std::string folder = lower_case(parts[*frames - 1]);
  if (folder != "celeb-real" && folder != "youtube-real") return std::nullopt;
  out.domain = "cdf";
  return out;
}

std::optional<Df40File> described(const std::string& file) {
  const Parts parts = path_parts(file);
  if (parts.size() < 2) return std::nullopt;
  if (place_of(parts, "landmarks") || place_of(parts, "masks")) return std::nullopt;
  std::size_t at = 0;
  while (at + 1 < parts.size() && !df40_methods().contains(lower_case(parts[at]))) ++at;
  if (at + 1 >= parts.size()) return parts.size() >= 4 ? real_of_others(parts) : std::nullopt;

  Df40File out;
  out.method = parts[at];
  bool training = false;
  for (std::size_t i = 0; i < at; ++i) {
    const std::string folder = lower_case(parts[i]);
    training = training || folder == "df40_train" || folder == "train";
    if (folder == "test" || folder == "df40_test" || folder == "df40") out.split = "test";
  }
  if (training) out.split = "train";
  if (place_of(parts, "ff", at + 1)) out.domain = "ff";
  if (place_of(parts, "cdf", at + 1)) out.domain = "cdf";
  out.real = place_of(parts, "real", at + 1).has_value();
  const bool own_real = out.real || place_of(parts, "fake", at + 1).has_value();
  // The training part says no domain: it is all of FaceForensics++.
  if (out.domain.empty() && !own_real) {
    if (parts.size() < at + 3) return std::nullopt;
    out.domain = "ff";
  }
  // Names of clips are names of folders, but for pictures that lie in one heap, and videos.
  static const std::set<std::string> heaps = {"inversions", "fake", "real", "frames", "ff", "cdf"};
  const std::string& folder = parts[parts.size() - 2];
  out.clip = is_clip_name(file) || heaps.contains(lower_case(folder)) ? stem_of(file) : folder;
  return out;
}

// <target>_<source>: clips of FaceForensics++ by their numbers, of Celeb-DF "id0_id16_0000".
void read_people(const Df40File& file, Sample& sample) {
  static const std::regex sequences(R"(^(\d{3})_(\d{3})$)");
  static const std::regex celebrities(R"(^(id\d+)_(id\d+)_\d+$)");
  static const std::regex celebrity(R"(^(id\d+)_\d+$)");
  std::smatch match;
  if (file.real) {
    if (file.domain == "ff") sample.identity = file.clip;
    if (file.domain == "cdf")
      sample.identity =
          std::regex_match(file.clip, match, celebrity) ? match[1].str() : "youtube_" + file.clip;
    return;
  }
  // Whose face a reenacted, generated or edited picture shows, the names do not say.
  const auto method = df40_methods().find(lower_case(file.method));
  if (method == df40_methods().end() || method->second != Df40Kind::Swap) return;
  if (!std::regex_match(file.clip, match, file.domain == "cdf" ? celebrities : sequences)) return;
  sample.driver = match[1];
  sample.identity = match[2];
}

Sample& enter(LayoutTree& tree, const std::string& path, const Df40File& file, const std::string& list) {
  Sample& sample =
      tree.add(path, file.real ? SampleKind::BonaFide : SampleKind::Attack, "DF40/" + file.method, list);
  if (sample.split.empty()) sample.split = file.split;
  if (!file.domain.empty()) sample.record["domain"] = file.domain;
  sample.record["clip"] = file.clip;
  if (is_picture_name(path)) sample.record["frame"] = stem_of(path);
  read_people(file, sample);
  return sample;
}

// One of DF40's own lists: <name> -> <method>_Fake, <method>_Real -> split -> clip -> {label, frames}.
class Df40List {
 public:
  Df40List(LayoutTree& tree, const std::string& list) : tree_(tree), list_(list) {}

  void read() {
    try {
      const auto document = nlohmann::json::parse(tree_.text(list_));
      for (const auto& [name, labels] : document.items())
        for (const auto& [label, splits] : labels.items())
          for (const auto& [split, clips] : splits.items())
            for (const auto& [clip, entry] : clips.items())
              for (const auto& frame : entry.at("frames")) read_frame(frame.get<std::string>(), label, split);
    } catch (const nlohmann::json::exception& error) {
      throw Error(ErrorCode::Corrupt,
                  (tree_.root() / list_).string() +
                      ": expected label -> split -> clip -> {label, frames}: " + error.what());
    }
  }

 private:
  void read_frame(std::string frame, const std::string& label, const std::string& split) {
    std::replace(frame.begin(), frame.end(), '\\', '/');
    const std::string path = placed(frame);
    std::optional<Df40File> file = described(path);
    if (!file) return;
    const bool real = lower_case(label).ends_with("_real");
    if (tree_.has(path) && real != file->real)
      throw Error(
          ErrorCode::Corrupt,
          (tree_.root() / list_).string() + ": calls " + path + " the opposite of what its folder says");
    // What the data set lacks altogether (FaceForensics++ and Celeb-DF are separate downloads) is not
    // missing.
    if (!tree_.has(path) && !has_folder(path)) return;
    Sample& sample = enter(tree_, path, *file, list_);
    // The lists name test clips as val, too: the last of train, val, test is what it must not be mixed with.
    const auto rank = [](const std::string& s) {
      return s == "test" ? 3 : s == "val" ? 2 : s == "train" ? 1 : 0;
    };
    const bool listed = listed_.contains(path);
    if (!listed || rank(split) > rank(sample.split)) sample.split = split;
    listed_.insert(path);
  }

  // The lists hold paths of the machine on which they were made: the longest end of it that is in the tree;
  // else what stands behind the folder of all data sets.
  std::string placed(const std::string& file) const {
    for (std::size_t at = 0; at != std::string::npos; at = file.find('/', at)) {
      if (file[at] == '/') ++at;
      if (tree_.has(file.substr(at))) return file.substr(at);
    }
    static const std::string root = "deepfakes_detection_datasets/";
    const std::size_t at = file.find(root);
    return at == std::string::npos ? file : file.substr(at + root.size());
  }

  // Any file of the same method and part is there.
  bool has_folder(const std::string& path) {
    const Parts parts = path_parts(path);
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      if (!df40_methods().contains(lower_case(parts[i]))) continue;
      const std::string folder = parts[i] + "/" + parts[i + 1] + "/";
      const auto [known, fresh] = folders_.emplace(folder, false);
      if (fresh)
        known->second = std::any_of(tree_.files().begin(), tree_.files().end(), [&](const std::string& file) {
          return file.starts_with(folder) || file.find("/" + folder) != std::string::npos;
        });
      return known->second;
    }
    return false;
  }

  LayoutTree& tree_;
  const std::string& list_;
  std::set<std::string> listed_;
  std::map<std::string, bool> folders_;
};

}  // namespace

void read_df40(LayoutTree& tree) {
  for (const std::string& file : tree.files()) {
    const Parts parts = path_parts(file);
    if (file.ends_with(".json") && parts.size() >= 2 && parts[parts.size() - 2] == "dataset_json")
      Df40List(tree, file).read();
  }
  for (const std::string& path : tree.files()) {
    if (!is_clip_name(path) && !is_picture_name(path)) continue;
    if (const std::optional<Df40File> file = described(path)) enter(tree, path, *file, {});
  }
}

}  // namespace kyc
