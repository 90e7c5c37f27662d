#include "kyc/verification/challenge_performance.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr double kNeutralMs = 1500;
constexpr double kPeak = 1.4;  // of the judge's limit: re-encoded, it will be measured a little differently
constexpr double kLeastTop = 1.15;
constexpr double kStep = 0.15;  // between two frames of a path
constexpr double kLargestError = 0.12;
constexpr double kStepMs = 80;  // that each of them is shown
constexpr double kReactionMs = 600;
constexpr double kEarlyMs = 1500;
constexpr double kHoldMs = 250;  // at the farthest point
constexpr double kExtraMs = 500;
constexpr double kAtRest = 0.4;  // of the judge's limits, where an action begins
constexpr double kAside = 0.7;   // the most that another movement may show meanwhile
constexpr std::size_t kLooksTried = 60;

// How far the head is from a look, in the judge's limits: 1 is a movement.
double farness(const ChallengeFace& face, const NeutralLook& look, const ChallengeLimits& limits) {
  return std::max(std::abs(static_cast<double>(face.pose.yaw) - look.yaw) / limits.turn_deg,
                  std::abs(static_cast<double>(face.pose.pitch) - look.pitch) / limits.nod_deg);
}

double share_shown(ChallengeAction action,
                   const ChallengeFace& face,
                   const NeutralLook& look,
                   const ChallengeLimits& limits) {
  const double yaw = (static_cast<double>(face.pose.yaw) - look.yaw) / limits.turn_deg;
  const double pitch = (static_cast<double>(face.pose.pitch) - look.pitch) / limits.nod_deg;
  switch (action) {
    case ChallengeAction::TurnLeft:
      return yaw;
    case ChallengeAction::TurnRight:
      return -yaw;
    case ChallengeAction::LookUp:
      return pitch;
    case ChallengeAction::LookDown:
      return -pitch;
    case ChallengeAction::OpenMouth:
      return (face.mouth_open - look.mouth_open) / limits.mouth_open;
    case ChallengeAction::Blink:
      return face.eyes_open < limits.eyes_closed ? 1 : 0;
  }
  return 0;
}

// How much else the head does.
double aside(ChallengeAction action,
             const ChallengeFace& face,
             const NeutralLook& look,
             const ChallengeLimits& limits) {
  double most = 0;
  for (const ChallengeAction other : kChallengeActions)
    if (other != action && moves_head(other)) most = std::max(most, share_shown(other, face, look, limits));
  return most;
}

class MoveSearch {
 public:
  MoveSearch(std::span<const ChallengeObservation> track, const ChallengeLimits& limits)
      : track_(track), limits_(limits) {}

  // The look from which most actions can be shown; of those the calmest.
  Moves find() {
    Moves best;
    for (const FramePath& neutral : looks()) {
      look_ = look_at(neutral);
      Moves moves{neutral, {}};
      for (const ChallengeAction action : kChallengeActions) {
        FramePath path = action == ChallengeAction::Blink ? blink() : way_to(action);
        if (!path.empty()) moves.actions[action] = std::move(path);
      }
      if (best.neutral.empty() || moves.actions.size() > best.actions.size()) best = std::move(moves);
    }
    if (best.neutral.empty())
      throw Error(ErrorCode::NotFound, "the clip shows no steady look with open eyes");
    return best;
  }

 private:
  const std::optional<ChallengeFace>& at(std::size_t i) const { return track_[i].face; }
  const std::optional<ChallengeFace>& at(std::int64_t i) const { return at(static_cast<std::size_t>(i)); }
  double ms(std::size_t i) const { return track_[i].at_ms; }
  static FramePath path(std::size_t first, std::size_t last) {
    FramePath out;
    for (std::size_t i = first; i <= last; ++i) out.push_back(static_cast<std::int64_t>(i));
    return out;
  }

  // Steady stretches with open eyes and closed mouth, the calmest first; not more than are worth trying.
  std::vector<FramePath> looks() const {
    std::vector<std::pair<double, FramePath>> found;
    std::size_t end = 0;
    for (std::size_t begin = 0; begin < track_.size(); begin += 6) {
      while (end < track_.size() && ms(end) < ms(begin) + kNeutralMs) ++end;
      if (end == track_.size()) break;
      FramePath stretch = path(begin, end - 1);
      if (const auto cost = unrest(stretch)) found.emplace_back(*cost, std::move(stretch));
    }
    std::sort(found.begin(), found.end());
    const std::size_t step = std::max<std::size_t>(1, found.size() / kLooksTried);
    std::vector<FramePath> out;
    for (std::size_t i = 0; i < found.size(); i += step) out.push_back(std::move(found[i].second));
    return out;
  }

  NeutralLook look_at(const FramePath& stretch) const {
    NeutralLook sum;
    for (const std::int64_t i : stretch) {
      sum.yaw += static_cast<double>(at(i)->pose.yaw);
      sum.pitch += static_cast<double>(at(i)->pose.pitch);
      sum.eyes_open += at(i)->eyes_open;
      sum.mouth_open += at(i)->mouth_open;
    }
    const auto n = static_cast<double>(stretch.size());
    return {sum.yaw / n, sum.pitch / n, sum.eyes_open / n, sum.mouth_open / n};
  }

  // Smaller is calmer; nothing: no neutral look.
  std::optional<double> unrest(const FramePath& stretch) const {
    for (const std::int64_t i : stretch)
      if (!at(i) || at(i)->eyes_open < 0.5) return std::nullopt;
    const NeutralLook look = look_at(stretch);
    if (std::abs(look.yaw) > limits_.max_neutral_deg / 2 ||
        std::abs(look.pitch) > limits_.max_neutral_deg / 2)
      return std::nullopt;
    double farthest = 0;
    for (const std::int64_t i : stretch) farthest = std::max(farthest, farness(*at(i), look, limits_));
    if (farthest > kAtRest) return std::nullopt;
    return farthest + 2 * look.mouth_open;
  }

  // Step by step from rest, each time the frame that shows it best and nothing else. Empty: it is not
  // reached.
  FramePath way_to(ChallengeAction action) const {
    FramePath out;
    double reached = 0;
    for (double level = kAtRest - kStep; level < kPeak + kStep / 2; level += kStep) {
      std::optional<std::size_t> best;
      double least = kLargestError + kAside;
      for (std::size_t i = 0; i < track_.size(); ++i) {
        if (!at(i)) continue;
        const double error = std::abs(share_shown(action, *at(i), look_, limits_) - level);
        const double other = aside(action, *at(i), look_, limits_);
        if (error > kLargestError || other > kAside || error + other >= least) continue;
        least = error + other;
        best = i;
      }
      if (!best) break;
      reached = level;
      out.push_back(static_cast<std::int64_t>(*best));
    }
    return reached >= kLeastTop ? out : FramePath{};
  }

  // The blink nearest to the neutral look, of the length that most have.
  FramePath blink() const {
    FramePath best;
    double least = 2 * kAside;
    for (std::size_t i = 3; i + 3 < track_.size(); ++i) {
      if (!closed(i) || closed(i - 1)) continue;
      std::size_t end = i;
      while (end + 3 < track_.size() && closed(end)) ++end;
      const double length = ms(end) - ms(i);
      if (closed(end) || length < 1.2 * limits_.min_blink_ms || length > 400) continue;
      double farthest = 0;
      bool seen = true;
      for (std::size_t k = i - 3; k <= end + 3; ++k) {
        seen = seen && at(k);
        if (at(k)) farthest = std::max(farthest, farness(*at(k), look_, limits_));
      }
      if (!seen || farthest > kAside || farthest >= least) continue;
      least = farthest;
      best = path(i - 3, end + 3);
    }
    return best;
  }
  bool closed(std::size_t i) const { return at(i) && at(i)->eyes_open < limits_.eyes_closed; }

  std::span<const ChallengeObservation> track_;
  const ChallengeLimits& limits_;
  NeutralLook look_;
};

ChallengeAction mistaken(ChallengeAction action) {
  switch (action) {
    case ChallengeAction::TurnLeft:
      return ChallengeAction::TurnRight;
    case ChallengeAction::TurnRight:
      return ChallengeAction::TurnLeft;
    case ChallengeAction::LookUp:
      return ChallengeAction::LookDown;
    case ChallengeAction::LookDown:
      return ChallengeAction::LookUp;
    case ChallengeAction::Blink:
      return ChallengeAction::OpenMouth;
    case ChallengeAction::OpenMouth:
      return ChallengeAction::Blink;
  }
  return action;
}

// There and back again, without end.
std::int64_t ping_pong(const FramePath& path, std::size_t step) {
  const std::size_t span = std::max<std::size_t>(1, path.size() - 1);
  const std::size_t at = step % (2 * span);
  return path[std::min(at <= span ? at : 2 * span - at, path.size() - 1)];
}

FramePath frames_of(ChallengeAction action, const FramePath& path, double frame_rate) {
  if (action == ChallengeAction::Blink) return path;
  const auto frames = [&](double ms) {
    return static_cast<std::size_t>(std::max(1L, std::lround(ms * frame_rate / 1000)));
  };
  FramePath out;
  for (const std::int64_t frame : path) out.insert(out.end(), frames(kStepMs), frame);
  FramePath back(out.rbegin(), out.rend());
  out.insert(out.end(), frames(kHoldMs), path.back());
  out.insert(out.end(), back.begin(), back.end());
  return out;
}

}  // namespace

std::string_view to_string(Performance performance) {
  switch (performance) {
    case Performance::Follow:
      return "follow";
    case Performance::Still:
      return "still";
    case Performance::WrongDirection:
      return "wrong_direction";
    case Performance::TooEarly:
      return "too_early";
  }
  return "";
}

Moves find_moves(std::span<const ChallengeObservation> track, const ChallengeLimits& limits) {
  return MoveSearch(track, limits).find();
}

FramePath perform(const Challenge& challenge,
                  const Moves& moves,
                  double frame_rate,
                  Performance performance) {
  check(challenge);
  if (moves.neutral.empty()) throw Error(ErrorCode::InvalidArgument, "the moves have no neutral look");
  const auto index_at = [&](double at_ms) {
    return static_cast<std::size_t>(std::max(0.0, std::round(at_ms * frame_rate / 1000)));
  };
  FramePath out(index_at(static_cast<double>(challenge.length_ms) + kExtraMs) + 1, moves.neutral.front());
  if (performance == Performance::Still) return out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = ping_pong(moves.neutral, i);
  for (const ChallengePrompt& prompt : challenge.prompts) {
    const ChallengeAction action =
        performance == Performance::WrongDirection ? mistaken(prompt.action) : prompt.action;
    const auto found = moves.actions.find(action);
    if (found == moves.actions.end() || found->second.empty())
      throw Error(ErrorCode::NotFound, "the clip does not show this: " + std::string(to_string(action)));
    const double early = performance == Performance::TooEarly ? kEarlyMs : 0;
    std::size_t at = index_at(static_cast<double>(prompt.from_ms) + kReactionMs - early);
    for (const std::int64_t frame : frames_of(action, found->second, frame_rate))
      if (at < out.size()) out[at++] = frame;
  }
  return out;
}

std::string moves_to_json(const Moves& moves) {
  nlohmann::ordered_json json = {{"neutral", moves.neutral}};
  for (const auto& [action, path] : moves.actions) json[std::string(to_string(action))] = path;
  return json.dump();
}

Moves moves_from_json(std::string_view text, const std::string& name) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("neutral"))
    throw Error(ErrorCode::InvalidArgument, name + ": expected a JSON object with neutral: [frame, ...]");
  Moves moves;
  for (const auto& [key, value] : json.items()) {
    const auto action = challenge_action_of(key);
    FramePath path;
    if (value.is_array())
      for (const auto& frame : value)
        if (frame.is_number_unsigned()) path.push_back(frame.get<std::int64_t>());
    if (path.empty() || path.size() != value.size() || (!action && key != "neutral"))
      throw Error(ErrorCode::InvalidArgument,
                  name + ": " + key + ": expected an action, and frames of the clip");
    (action ? moves.actions[*action] : moves.neutral) = std::move(path);
  }
  return moves;
}

}  // namespace kyc
