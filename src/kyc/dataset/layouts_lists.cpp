// Layouts of lists and frames: DeepfakeBench, DF40, ForgeryNet.

#include <algorithm>
#include <charconv>
#include <regex>
#include <sstream>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/dataset/layouts.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

bool is_split(const std::string& name) {
  return name == "train" || name == "val" || name == "test";
}

// Real clips are called FF-real, CelebDFv2_real, DFDC_Real, ...
bool is_real_label(const std::string& label) {
  std::string lower = label;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return lower.ends_with("real") || lower == "bona_fide";
}

class DeepfakeBench {
 public:
  DeepfakeBench(LayoutTree& tree, const std::string& list) : tree_(tree), list_(list) {}

  void read() {
    json root;
    try {
      root = json::parse(tree_.text(list_));
    } catch (const json::exception& error) {
      fail(std::string("expected JSON: ") + error.what());
    }
    if (!root.is_object()) fail("expected an object of data sets");
    for (const auto& [dataset, labels] : root.items()) {
      expect_object(labels, dataset);
      for (const auto& [label, by_split] : labels.items()) {
        expect_object(by_split, label);
        for (const auto& [split, clips] : by_split.items()) {
          if (!is_split(split)) fail("expected train, val or test under " + label + ", got " + split);
          expect_object(clips, split);
          read_clips(clips, split);
        }
      }
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::Corrupt, (tree_.root() / list_).string() + ": " + what);
  }
  void expect_object(const json& value, const std::string& name) const {
    if (!value.is_object()) fail("expected an object under " + name + ", got " + value.type_name());
  }

  // Clips, or one level more: compressions.
  void read_clips(const json& clips, const std::string& split) {
    for (const auto& [name, value] : clips.items()) {
      expect_object(value, name);
      if (value.contains("frames") || value.contains("video")) {
        read_clip(name, value, split, "");
      } else {
        for (const auto& [clip, entry] : value.items()) {
          expect_object(entry, clip);
          read_clip(clip, entry, split, name == "raw" ? "c0" : name == "none" ? "" : name);
        }
      }
    }
  }

  void read_clip(const std::string& clip,
                 const json& entry,
                 const std::string& split,
                 const std::string& compression) {
    const auto text = [&](const char* key) {
      const auto found = entry.find(key);
      if (found == entry.end()) return std::string();
      if (!found->is_string()) fail(clip + ": \"" + key + "\": expected a string");
      return found->get<std::string>();
    };
    const std::string label = text("label");
    if (label.empty()) fail(clip + ": \"label\" is missing");
    const auto add = [&](const std::string& file) -> Sample& {
      Sample& sample =
          tree_.add(file, is_real_label(label) ? SampleKind::BonaFide : SampleKind::Attack, label, list_);
      // One clip in several splits (DeepfakeBench lists the test clips of some sets as val, too): the last of
      // train, val, test is what it must not be mixed with.
      const auto rank = [](const std::string& s) {
        return s == "test" ? 3 : s == "val" ? 2 : s == "train" ? 1 : 0;
      };
      if (rank(split) > rank(sample.split)) sample.split = split;
      sample.compression = compression;
      sample.identity = text("identity");
      sample.driver = text("driver");
      sample.record["clip"] = clip;
      sample.record["label"] = label;
      return sample;
    };
    if (entry.contains("video")) {
      Sample& sample = add(text("video"));
      const std::string mask = text("mask");
      if (tree_.has(mask))
        sample.mask = SampleFile{mask, "", 0};
      else if (!mask.empty())
        know(mask, text("video"), label);  // `sample` is not valid any more
      for (const char* key : {"frames", "masks"})
        for (const std::string& file : files(clip, entry, key)) know(file, text("video"), label);
      return;
    }
    if (!entry.contains("frames")) fail(clip + ": \"frames\" is missing");
    for (const std::string& file : files(clip, entry, "frames"))
      add(placed(file)).record["frame"] = stem_of(file);
  }

  // Of a key that may be absent.
  std::vector<std::string> files(const std::string& clip, const json& entry, const char* key) const {
    std::vector<std::string> out;
    const auto found = entry.find(key);
    if (found == entry.end()) return out;
    if (!found->is_array()) fail(clip + ": \"" + key + "\": expected a list of files");
    for (const json& file : *found) {
      if (!file.is_string()) fail(clip + ": \"" + key + "\": expected a list of files");
      out.push_back(file.get<std::string>());
      std::replace(out.back().begin(), out.back().end(), '\\', '/');
    }
    return out;
  }

  // A frame or a mask of a clip of our own exports: no sample, but it must be there.
  void know(const std::string& file, const std::string& video, const std::string& label) {
    if (file == video) return;
    if (!tree_.has(file))
      tree_.add(file, is_real_label(label) ? SampleKind::BonaFide : SampleKind::Attack, label, list_);
    else if (file.find('/') != std::string::npos)
      tree_.know(file.substr(0, file.find('/') + 1));
  }

  // The lists hold paths of the machine on which they were made: the longest end of it that is in the tree.
  std::string placed(const std::string& file) const {
    for (std::size_t at = 0; at != std::string::npos; at = file.find('/', at)) {
      if (file[at] == '/') ++at;
      if (tree_.has(file.substr(at))) return file.substr(at);
    }
    return file;
  }

  LayoutTree& tree_;
  const std::string& list_;
};

// The numbers at the end of a ForgeryNet line.
struct ForgeryLabels {
  int binary = 0;   // 0 real, 1 fake
  int triple = 0;   // 0 real, 1 identity replaced, 2 identity remained
  int sixteen = 0;  // 0 real, 1 to 15: the approach
};

class ForgeryNet {
 public:
  ForgeryNet(LayoutTree& tree, const std::string& list) : tree_(tree), list_(list) {}

  void read() {
    int number = 0;
    for (const std::string& line : tree_.lines(list_)) {
      ++number;
      std::vector<std::string> fields;
      std::istringstream in(line);
      for (std::string field; in >> field;) fields.push_back(field);
      const std::string place = (tree_.root() / list_).string() + ":" + std::to_string(number);
      const bool is_video = fields.size() >= 5 && whole_number(fields[0]).has_value();
      if (is_video)
        read_video(fields, place);
      else if (fields.size() == 4)
        add(fields[0], labels(fields, 1, place));
      else
        fail(place, line);
    }
  }

 private:
  [[noreturn]] static void fail(const std::string& place, const std::string& line) {
    throw Error(ErrorCode::Corrupt,
                place +
                    ": expected \"<name> <binary> <triple> <16-class>\" or \"<segments> <name> [<start> "
                    "<count> fake|real]* <binary> <triple> <16-class>\", got \"" +
                    line.substr(0, 80) + "\"");
  }

  static std::optional<int> whole_number(const std::string& text) {
    int value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, value);
    return failure == std::errc() && stop == end && value >= 0 ? std::optional(value) : std::nullopt;
  }

  static ForgeryLabels labels(const std::vector<std::string>& fields,
                              std::size_t first,
                              const std::string& place) {
    const auto binary = whole_number(fields[first]);
    const auto triple = whole_number(fields[first + 1]);
    const auto sixteen = whole_number(fields[first + 2]);
    const bool valid = binary && triple && sixteen && *binary <= 1 && *triple <= 2 && *sixteen <= 15 &&
                       (*binary == 0) == (*triple == 0) && (*binary == 0) == (*sixteen == 0);
    if (!valid)
      throw Error(ErrorCode::Corrupt,
                  place + ": expected labels 0..1, 0..2, 0..15 that are all 0 or all not, got " +
                      fields[first] + " " + fields[first + 1] + " " + fields[first + 2]);
    return {*binary, *triple, *sixteen};
  }

  void read_video(const std::vector<std::string>& fields, const std::string& place) {
    const auto segments = static_cast<std::size_t>(*whole_number(fields[0]));
    if (segments > fields.size() || fields.size() != 2 + 3 * segments + 3)
      fail(place, fields[0] + " " + fields[1]);
    std::string text;
    for (std::size_t s = 0; s < segments; ++s) {
      const std::size_t at = 2 + 3 * s;
      if (!whole_number(fields[at]) || !whole_number(fields[at + 1]) ||
          (fields[at + 2] != "fake" && fields[at + 2] != "real"))
        fail(place, fields[at] + " " + fields[at + 1] + " " + fields[at + 2]);
      text += (text.empty() ? "" : "; ") + fields[at] + " " + fields[at + 1] + " " + fields[at + 2];
    }
    Sample& sample = add(fields[1], labels(fields, fields.size() - 3, place));
    if (!text.empty()) sample.record["segments"] = text;
  }

  Sample& add(const std::string& name, const ForgeryLabels& label) {
    const std::string file = placed(name);
    Sample& sample = tree_.add(file,
                               label.binary == 0 ? SampleKind::BonaFide : SampleKind::Attack,
                               "ForgeryNet/" + std::to_string(label.sixteen),
                               list_);
    for (const std::string& part : path_parts(list_))
      if (sample.split.empty()) sample.split = split_of_name(part);
    if (label.binary != 0)
      sample.record["kind"] = label.triple == 1 ? "identity replaced" : "identity remained";
    return sample;
  }

  // Lists stand beside the folders of files, or in one of their own.
  std::string placed(const std::string& name) const {
    const fs::path beside = fs::path(list_).parent_path();
    for (const fs::path& folder : {beside, beside.parent_path(), fs::path()})
      for (const char* kind : {"", "images", "videos", "image", "video"}) {
        const std::string file = (folder / kind / name).lexically_normal().generic_string();
        if (tree_.has(file)) return file;
      }
    return name;
  }

  LayoutTree& tree_;
  const std::string& list_;
};

}  // namespace

// *.json at the top or in preprocessing/dataset_json/.
void read_deepfakebench(LayoutTree& tree) {
  for (const std::string& file : tree.files()) {
    const std::string folder = fs::path(file).parent_path().generic_string();
    const bool listed = folder.empty() || folder.ends_with("dataset_json");
    if (listed && file.ends_with(".json") && file != "build.json") DeepfakeBench(tree, file).read();
  }
}

// Lists anywhere: *list*.txt.
void read_forgerynet(LayoutTree& tree) {
  for (const std::string& file : tree.files())
    if (file.ends_with(".txt") && fs::path(file).filename().string().find("list") != std::string::npos)
      ForgeryNet(tree, file).read();
}

}  // namespace kyc
