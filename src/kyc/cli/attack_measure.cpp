// kyclops attack measure: every source on every target, and what recognisers say of the results.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "kyc/attack/run.h"
#include "kyc/cli/attack_values.h"
#include "kyc/cli/commands.h"
#include "kyc/core/error.h"
#include "kyc/evaluation/forgery.h"

namespace kyc::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct AttackMeasureFlags {
  std::string method;
  std::vector<std::string> sources;
  std::vector<std::string> targets;
  std::string compression = "c23";
  std::vector<std::string> values;
  std::vector<std::string> post;
  std::string threshold = "fmr_1e-3";
  int every = 5;
  double max_s = 4;
  std::uint64_t seed = 0;
};

// A folder for the clips, gone with this object.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (fs::temp_directory_path() / "kyclops_measure_XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
      throw Error(ErrorCode::Unavailable, "no folder can be made in " + fs::temp_directory_path().string());
    path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The recognisers that are there and have the threshold.
struct Panel {
  std::vector<std::unique_ptr<Recognizer>> owned;
  std::vector<ForgeryRecognizer> members;
  std::vector<std::string> names;
};
Panel panel_of(const ModelResources& resources, const std::string& threshold_name) {
  Panel panel;
  for (const ModelEntry& entry : resources.models.entries()) {
    if (entry.task != "recognition" || !resources.models.is_present(entry)) continue;
    const auto set = std::find_if(entry.thresholds.begin(), entry.thresholds.end(), [&](const auto& t) {
      return t.name == threshold_name;
    });
    if (set == entry.thresholds.end()) continue;
    panel.owned.push_back(std::make_unique<Recognizer>(resources, entry.name));
    panel.members.push_back({panel.owned.back().get(), set->value});
    panel.names.push_back(entry.name);
  }
  if (panel.members.empty())
    throw Error(ErrorCode::NotFound, "no recogniser with a threshold '" + threshold_name + "' is there");
  return panel;
}

struct MeasuredAttack {
  std::string source;
  std::string target;
  ForgeryMeasurement numbers;
};

double rounded3(double value) {
  return std::round(value * 1e3) / 1e3;
}

Json measured_json(const MeasuredAttack& measured, const Panel& panel) {
  Json json = {{"source", measured.source}, {"target", measured.target}};
  for (std::size_t r = 0; r < panel.names.size(); ++r) {
    const IdentityShift& shift = measured.numbers.identity[r];
    json["recognisers"][panel.names[r]] = {{"victim_before", rounded3(shift.victim_before)},
                                           {"victim_after", rounded3(shift.victim_after)},
                                           {"driver_before", rounded3(shift.driver_before)},
                                           {"driver_after", rounded3(shift.driver_after)},
                                           {"accepted_as_victim", shift.as_victim},
                                           {"accepted_as_driver", shift.as_driver}};
  }
  const auto flicker = [](const Flicker& f) {
    return Json{{"points", rounded3(f.points)}, {"colour", rounded3(f.colour)}};
  };
  json["flicker"] = {{"target", flicker(measured.numbers.target)},
                     {"result", flicker(measured.numbers.result)}};
  return json;
}

double middle_of(const std::vector<MeasuredAttack>& all,
                 const std::function<double(const MeasuredAttack&)>& value) {
  std::vector<double> values;
  for (const MeasuredAttack& m : all) values.push_back(value(m));
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Json summary_json_of(const std::vector<MeasuredAttack>& all,
                     const Panel& panel,
                     const AttackMeasureFlags& options) {
  Json json = {{"method", options.method}, {"clips", all.size()}, {"compression", options.compression}};
  for (std::size_t r = 0; r < panel.names.size(); ++r) {
    const auto shift = [r](const MeasuredAttack& m) -> const IdentityShift& { return m.numbers.identity[r]; };
    const auto share = [&](bool IdentityShift::*flag) {
      const auto count =
          std::count_if(all.begin(), all.end(), [&](const MeasuredAttack& m) { return shift(m).*flag; });
      return rounded3(static_cast<double>(count) / static_cast<double>(all.size()));
    };
    const auto middle = [&](double IdentityShift::*value) {
      return rounded3(middle_of(all, [&](const MeasuredAttack& m) { return shift(m).*value; }));
    };
    json["recognisers"][panel.names[r]] = {{"threshold", panel.members[r].threshold},
                                           {"accepted_as_victim", share(&IdentityShift::as_victim)},
                                           {"accepted_as_driver", share(&IdentityShift::as_driver)},
                                           {"victim_before", middle(&IdentityShift::victim_before)},
                                           {"victim_after", middle(&IdentityShift::victim_after)},
                                           {"driver_before", middle(&IdentityShift::driver_before)},
                                           {"driver_after", middle(&IdentityShift::driver_after)}};
  }
  const auto flicker = [&](double Flicker::*value) {
    return Json{{"target",
                 rounded3(middle_of(all, [&](const MeasuredAttack& m) { return m.numbers.target.*value; }))},
                {"result",
                 rounded3(middle_of(all, [&](const MeasuredAttack& m) { return m.numbers.result.*value; }))},
                {"ratio", rounded3(middle_of(all, [&](const MeasuredAttack& m) {
                   return m.numbers.result.*value / std::max(1e-9, m.numbers.target.*value);
                 }))}};
  };
  json["flicker"] = {{"points", flicker(&Flicker::points)}, {"colour", flicker(&Flicker::colour)}};
  return json;
}

void print_summary(const Json& summary) {
  std::printf("%s, %d clips at %s\n",
              summary["method"].get<std::string>().c_str(),
              summary["clips"].get<int>(),
              summary["compression"].get<std::string>().c_str());
  std::printf("%-26s %9s %16s %16s %22s %22s\n",
              "recogniser",
              "threshold",
              "taken for victim",
              "taken for driver",
              "similarity to victim",
              "similarity to driver");
  for (const auto& [name, r] : summary["recognisers"].items())
    std::printf("%-26s %9.3f %14.0f %% %14.0f %% %9.3f -> %9.3f %9.3f -> %9.3f\n",
                name.c_str(),
                r["threshold"].get<double>(),
                100 * r["accepted_as_victim"].get<double>(),
                100 * r["accepted_as_driver"].get<double>(),
                r["victim_before"].get<double>(),
                r["victim_after"].get<double>(),
                r["driver_before"].get<double>(),
                r["driver_after"].get<double>());
  for (const auto& [name, f] : summary["flicker"].items())
    std::printf("flicker of %-6s  target %.3f  result %.3f  ratio %.2f\n",
                name.c_str(),
                f["target"].get<double>(),
                f["result"].get<double>(),
                f["ratio"].get<double>());
}

// One attack, stored as it would be.
void forge_to(const Forge& forge, const AttackJob& job, Compression compression, const fs::path& path) {
  std::optional<VideoWriter> writer;
  WriteOptions write = write_options(compression);
  write.preset = "veryfast";
  forge.run(job, [&](const Frame& target, const ForgedFrame& forged) {
    if (!writer) {
      write.width = forged.image.width;
      write.height = forged.image.height;
      writer.emplace(path, write);
    }
    writer->write(forged.image, target.time_s);
  });
  if (writer) writer->finish();
}

int run_attack_measure(const AttackMeasureFlags& options, const GlobalOptions& global) {
  const Compression compression = compression_of(options.compression);
  const ModelManifest models(global.models);
  const ModelResources resources{models, {}};
  AnalyzerOptions analysis;
  analysis.eyes = false;
  const FaceAnalyzer analyzer(resources, analysis);
  analysis.pose = false;
  const FaceAnalyzer observer(resources, analysis);
  const Forge forge(analyzer, resources);
  const Panel panel = panel_of(resources, options.threshold);
  const ScratchFolder scratch;
  const int jobs = jobs_of(global);

  std::vector<std::vector<FaceTemplate>> victims;
  for (const std::string& source : options.sources) {
    const AttackSource portrait = read_source(observer, source);
    if (!portrait.face) throw Error(ErrorCode::InvalidArgument, source + ": shows no face");
    victims.emplace_back();
    for (const ForgeryRecognizer& r : panel.members)
      victims.back().push_back(r.recognizer->extract(portrait.image, portrait.face->points));
  }

  const Progress progress = progress_bar(options.method, "clips", global);
  const std::uint64_t total = options.sources.size() * options.targets.size();
  std::vector<MeasuredAttack> all;
  bool failed = false;
  for (const std::string& target : options.targets) {
    const fs::path track = scratch.path() / "target.track";
    forge.write_track(target, track, options.max_s, jobs);
    const ObservedClip driver =
        observe_clip(target, observer, panel.members, options.every, options.max_s, jobs);
    for (std::size_t s = 0; s < options.sources.size(); ++s) {
      AttackJob job;
      job.method = options.method;
      job.sources = {options.sources[s]};
      job.target = target;
      job.post = options.post;
      job.options.seed = options.seed;
      job.options.values = attack_values(options.values);
      job.max_s = options.max_s;
      job.track = track;
      job.jobs = jobs;
      const fs::path clip = scratch.path() / "result.mp4";
      forge_to(forge, job, compression, clip);
      const ObservedClip result = observe_clip(clip, observer, panel.members, options.every, 0, jobs);
      const auto numbers = measure_forgery(panel.members, victims[s], driver, result);
      if (progress) progress(s + 1 + all.size() / options.sources.size() * options.sources.size(), total);
      if (!numbers) {
        std::fprintf(stderr,
                     "kyclops: %s on %s: no face is found in the result\n",
                     options.sources[s].c_str(),
                     target.c_str());
        failed = true;
        continue;
      }
      all.push_back({options.sources[s], target, *numbers});
      if (global.json) std::printf("%s\n", measured_json(all.back(), panel).dump().c_str());
    }
  }
  if (all.empty()) return kBadInput;
  const Json summary = summary_json_of(all, panel, options);
  if (global.json)
    std::printf("%s\n", Json{{"summary", summary}}.dump().c_str());
  else
    print_summary(summary);
  return failed ? kBadInput : kDone;
}

}  // namespace

std::map<std::string, std::string> attack_values(const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> out;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(ErrorCode::InvalidArgument, "--option " + pair + ": expected NAME=VALUE");
    out[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return out;
}

void add_attack_measure(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<AttackMeasureFlags>();
  App* verb = noun(app, "attack", "Forge attacks")
                  ->add_subcommand("measure", "Forge every source on every target; how far identity moves");
  verb->fallthrough();
  verb->add_option("method", options->method, "An attack with one source; see kyclops attack list")
      ->required();
  verb->add_option("--source", options->sources, "Portraits of victims")->required();
  verb->add_option("--target", options->targets, "Clips of drivers")->required();
  verb->add_option("--compression", options->compression, "c0, c23, c40: how results are stored")
      ->check(is_member({"c0", "c23", "c40"}))
      ->capture_default_str();
  verb->add_option("--option", options->values, "NAME=VALUE of the attack's own options");
  verb->add_option("--post", options->post, "Post-processing, in order: NAME or NAME:key=value,key=value");
  verb->add_option("--threshold", options->threshold, "Name of the recognisers' threshold")
      ->capture_default_str();
  verb->add_option("--every", options->every, "Recognise every so many frames")
      ->check(in_range(1, 1000))
      ->capture_default_str();
  verb->add_option("--max-seconds", options->max_s, "Only the beginning of each target; 0: all of it")
      ->capture_default_str();
  verb->add_option("--seed", options->seed, "Of everything random");
  verb->footer(
      "A clip is taken for the victim (the driver) if the median similarity of its frames to the victim's "
      "portrait\n"
      "(to the target's most frontal frame) reaches the threshold. Flicker: second differences over time of "
      "the 68\n"
      "points beside the head's motion (1/100 eye distance) and of the skin's colours (levels).");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_attack_measure(*options, global); };
  });
}

}  // namespace kyc::cli
