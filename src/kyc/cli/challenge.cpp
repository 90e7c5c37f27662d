// kyclops challenge: draws what a person is asked to do before the camera, and tells how often a recording
// that knows nothing of it would pass. Judging a clip: kyclops verify --challenge.

#include "kyc/cli/challenge.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kyc/cli/face_output.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/pipeline.h"
#include "kyc/face/analyzer.h"
#include "kyc/store/secrets.h"
#include "kyc/verification/challenge.h"
#include "kyc/verification/challenge_face.h"
#include "kyc/verification/challenge_judge.h"
#include "kyc/verification/policy.h"
#include "kyc/video/sampler.h"

namespace kyc::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kTrackRateHz = 30;

struct NewOptions {
  std::optional<std::uint64_t> seed;
  int prompts = ChallengeOptions{}.prompts;
};

struct TrackOptions {
  std::vector<std::string> clips;
  std::string policy;
  int draws = 1000;
  int prompts = ChallengeOptions{}.prompts;
  std::uint64_t seed = 1;
};

int draw_new(const NewOptions& options) {
  ChallengeOptions drawing;
  drawing.prompts = options.prompts;
  const Challenge challenge =
      draw_challenge(drawing, options.seed ? seeded_draw(*options.seed) : UniformDraw(random_below));
  std::printf("%s\n", challenge_to_json(challenge).c_str());
  return kDone;
}

using ObservedTrack = std::vector<ChallengeObservation>;

// What a judge would see of the whole clip.
ObservedTrack track_of(const FaceAnalyzer& analyzer,
                       const fs::path& path,
                       double rate_hz,
                       const GlobalOptions& global) {
  VideoReader reader(path);
  FrameSampler sampler(reader, rate_hz);
  const Progress progress = progress_bar(path.filename().string(), "frames", global);
  const auto total = static_cast<std::uint64_t>(reader.info().frame_count.value_or(0));
  ObservedTrack track;
  ordered_parallel<Frame, ChallengeObservation>(
      [&](Frame& frame) { return sampler.next(frame); },
      [&](const Frame& frame, int) {
        ChallengeObservation seen{frame.time_s * 1000, std::nullopt};
        const std::vector<Face> faces = analyzer.analyze(frame.image);
        if (!faces.empty()) seen.face = challenge_face(faces.front());
        return seen;
      },
      [&](ChallengeObservation&& seen) {
        track.push_back(seen);
        if (progress) progress(track.size(), total);
        return true;
      },
      jobs_of(global));
  return track;
}

int print_tracks(const TrackOptions& options, const GlobalOptions& global) {
  const ModelManifest models(global.models);
  const FaceAnalyzer analyzer(ModelResources{models, {}});
  for (const std::string& clip : options.clips) {
    if (!global.json) std::printf("# %s\nat_ms,yaw,pitch,roll,eyes_open,mouth_open\n", clip.c_str());
    Json frames = Json::array();
    for (const ChallengeObservation& each : track_of(analyzer, clip, kTrackRateHz, global)) {
      if (global.json) {
        Json frame = {{"at_ms", rounded(each.at_ms, 10)}};
        if (each.face)
          frame.update({{"yaw", rounded(static_cast<double>(each.face->pose.yaw), 100)},
                        {"pitch", rounded(static_cast<double>(each.face->pose.pitch), 100)},
                        {"roll", rounded(static_cast<double>(each.face->pose.roll), 100)},
                        {"eyes_open", rounded(each.face->eyes_open, 1000)},
                        {"mouth_open", rounded(each.face->mouth_open, 1000)}});
        frames.push_back(std::move(frame));
      } else if (each.face) {
        std::printf("%.0f,%.2f,%.2f,%.2f,%.3f,%.3f\n",
                    each.at_ms,
                    static_cast<double>(each.face->pose.yaw),
                    static_cast<double>(each.face->pose.pitch),
                    static_cast<double>(each.face->pose.roll),
                    each.face->eyes_open,
                    each.face->mouth_open);
      } else {
        std::printf("%.0f,,,,,\n", each.at_ms);
      }
    }
    if (global.json) print_json({{"path", clip}, {"frames", std::move(frames)}});
  }
  return kDone;
}

// How often one thing passed.
struct Count {
  int passed = 0;
  int asked = 0;
};

// The part of a track that a recording of this length would have shown.
ObservedTrack stretch_of(const ObservedTrack& track, double from_ms, double length_ms) {
  ObservedTrack out;
  for (const ChallengeObservation& each : track)
    if (each.at_ms >= from_ms && each.at_ms <= from_ms + length_ms)
      out.push_back({each.at_ms - from_ms, each.face});
  return out;
}

struct Chances {
  Count whole;
  std::map<std::string, Count> prompts;
  std::map<std::string, int> faults;

  void add(const ChallengeJudgement& judgement) {
    ++whole.asked;
    if (judgement.followed() && judgement.unprompted == 0) ++whole.passed;
    for (const PromptResult& result : judgement.prompts) {
      Count& count = prompts[std::string(to_string(result.prompt.action))];
      ++count.asked;
      if (result.passed()) ++count.passed;
      ++faults[result.fault ? std::string(to_string(*result.fault)) : "passed"];
    }
  }
};

Chances chances_of(const ObservedTrack& track, const TrackOptions& options, const ChallengeLimits& limits) {
  ChallengeOptions drawing;
  drawing.prompts = options.prompts;
  const UniformDraw draw = seeded_draw(options.seed);
  Chances out;
  for (int i = 0; i < options.draws; ++i) {
    const Challenge challenge = draw_challenge(drawing, draw);
    const double room = track.empty() ? -1 : track.back().at_ms - static_cast<double>(challenge.length_ms);
    if (room < 0) continue;
    const double from = draw(static_cast<std::uint32_t>(room) + 1);
    out.add(judge_challenge(
        challenge, stretch_of(track, from, static_cast<double>(challenge.length_ms)), limits));
  }
  return out;
}

Json json_of(const std::string& clip, const Chances& chances) {
  const auto counted = [](const Count& count) {
    return Json{{"passed", count.passed}, {"asked", count.asked}};
  };
  Json prompts = Json::object();
  for (const auto& [action, count] : chances.prompts) prompts[action] = counted(count);
  return {{"path", clip},
          {"challenges", counted(chances.whole)},
          {"prompts", std::move(prompts)},
          {"outcomes", chances.faults}};
}

void print_clip(const std::string& clip, const Chances& chances) {
  std::printf("%s\n  challenges passed: %d of %d\n", clip.c_str(), chances.whole.passed, chances.whole.asked);
  for (const auto& [action, count] : chances.prompts)
    std::printf("  %-12s %5d of %5d  %5.1f %%\n",
                action.c_str(),
                count.passed,
                count.asked,
                100.0 * count.passed / std::max(1, count.asked));
  for (const auto& [fault, count] : chances.faults) std::printf("    %-16s %d\n", fault.c_str(), count);
}

int print_chances(const TrackOptions& options, const GlobalOptions& global) {
  const VerificationPolicy policy =
      options.policy.empty() ? VerificationPolicy{}
                             : policy_from_json(read_text_file(options.policy, 1 << 20), options.policy);
  const ModelManifest models(global.models);
  const FaceAnalyzer analyzer(ModelResources{models, {}});
  for (const std::string& clip : options.clips) {
    const Chances chances =
        chances_of(track_of(analyzer, clip, kTrackRateHz, global), options, policy.challenge);
    if (chances.whole.asked == 0)
      throw Error(ErrorCode::InvalidArgument,
                  clip + ": too short for a challenge; fewer --prompts are shorter");
    if (global.json)
      print_json(json_of(clip, chances));
    else
      print_clip(clip, chances);
  }
  return kDone;
}

}  // namespace

std::vector<ChallengeObservation> every_frame_of(const fs::path& clip, const GlobalOptions& global) {
  const ModelManifest models(global.models);
  return track_of(FaceAnalyzer(ModelResources{models, {}}), clip, 0, global);
}

void add_challenge(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto prompts_option = [](App* verb, int& prompts) {
    verb->add_option("--prompts", prompts, "How many actions are asked")
        ->check(in_range(1, 10))
        ->capture_default_str();
  };
  const std::string about = "What a person is asked to do before the camera";
  App* verb =
      noun(app, "challenge", about)->add_subcommand("new", "Draw a challenge; kyclops verify judges it");
  verb->fallthrough();
  const auto drawn = std::make_shared<NewOptions>();
  verb->add_option("--seed", drawn->seed, "For tests: who knows the seed knows the challenge");
  prompts_option(verb, drawn->prompts);
  verb->callback([drawn, &chosen] { chosen.run = [drawn] { return draw_new(*drawn); }; });

  const auto options = std::make_shared<TrackOptions>();
  verb = noun(app, "challenge", about)
             ->add_subcommand("track", "Pose, eyes and mouth over a clip, as the judge sees them");
  verb->fallthrough();
  verb->add_option("clip", options->clips, "Clips")->required();
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return print_tracks(*options, global); };
  });

  verb = noun(app, "challenge", about)
             ->add_subcommand("chance", "How often a clip that knows nothing of a challenge passes it");
  verb->fallthrough();
  verb->add_option("clip", options->clips, "Clips, longer than a challenge")->required();
  verb->add_option("--draws", options->draws, "Challenges that are drawn, each over another part of the clip")
      ->check(in_range(1, 1000000))
      ->capture_default_str();
  prompts_option(verb, options->prompts);
  verb->add_option("--seed", options->seed, "Other draws")->capture_default_str();
  verb->add_option("--policy", options->policy, "JSON file with other limits; see docs/verification.md");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return print_chances(*options, global); };
  });
}

}  // namespace kyc::cli
