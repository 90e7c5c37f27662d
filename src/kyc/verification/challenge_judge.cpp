#include "kyc/verification/challenge_judge.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace kyc {
namespace {

constexpr std::size_t kLeastPause = 3;
constexpr std::size_t kLeastNeutral = 5;  // looks at the face that make a neutral one
constexpr double kSmoothingMs = 250;      // neighbours farther away say nothing about a frame
constexpr double kFollowedDrift = 0.75;   // of an action: people who sit differently than at first
constexpr double kUnpromptedMs = 150;     // shorter ones are noise
constexpr double kSeenShare =
    0.5;  // of a prompt's time, that the face must be seen in for "nothing happened"
constexpr double kOpenNeutral = 0.5;  // eyes that are open at rest can be seen to close

// A look at the face, smoothed: the median of three in a row, for one frame may be wrong.
struct Look {
  double at_ms = 0;
  double yaw = 0;
  double pitch = 0;
  double mouth = 0;
  double eyes = 0;  // as it came: a blink is short
};
using Looks = std::vector<Look>;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double median_of_three(double a, double b, double c) {
  return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

Looks smoothed(std::span<const ChallengeObservation> timeline) {
  Looks raw;
  for (const ChallengeObservation& each : timeline)
    if (each.face)
      raw.push_back({each.at_ms,
                     static_cast<double>(each.face->pose.yaw),
                     static_cast<double>(each.face->pose.pitch),
                     each.face->mouth_open,
                     each.face->eyes_open});
  Looks out = raw;
  for (std::size_t i = 1; i + 1 < raw.size(); ++i) {
    const Look& before = raw[i - 1];
    const Look& after = raw[i + 1];
    if (raw[i].at_ms - before.at_ms > kSmoothingMs || after.at_ms - raw[i].at_ms > kSmoothingMs) continue;
    out[i].yaw = median_of_three(before.yaw, raw[i].yaw, after.yaw);
    out[i].pitch = median_of_three(before.pitch, raw[i].pitch, after.pitch);
    out[i].mouth = median_of_three(before.mouth, raw[i].mouth, after.mouth);
  }
  return out;
}

std::span<const Look> between(const Looks& looks, double from_ms, double until_ms) {
  const auto before = [](const Look& look, double at) { return look.at_ms < at; };
  const auto begin = std::lower_bound(looks.begin(), looks.end(), from_ms, before);
  const auto end = std::lower_bound(begin, looks.end(), until_ms, before);
  return {begin, end};
}

template <typename Get>
double median_of(std::span<const Look> looks, const Get& get) {
  std::vector<double> values;
  for (const Look& look : looks) values.push_back(get(look));
  return median(std::move(values));
}

NeutralLook neutral_of(std::span<const Look> looks) {
  return {median_of(looks, [](const Look& l) { return l.yaw; }),
          median_of(looks, [](const Look& l) { return l.pitch; }),
          median_of(looks, [](const Look& l) { return l.eyes; }),
          median_of(looks, [](const Look& l) { return l.mouth; })};
}

// How far an action has gone; 1: it is there.
double share_of(ChallengeAction action,
                const Look& look,
                const NeutralLook& rest,
                const ChallengeLimits& limits) {
  switch (action) {
    case ChallengeAction::TurnLeft:
      return (look.yaw - rest.yaw) / limits.turn_deg;
    case ChallengeAction::TurnRight:
      return (rest.yaw - look.yaw) / limits.turn_deg;
    case ChallengeAction::LookUp:
      return (look.pitch - rest.pitch) / limits.nod_deg;
    case ChallengeAction::LookDown:
      return (rest.pitch - look.pitch) / limits.nod_deg;
    case ChallengeAction::OpenMouth:
      return (look.mouth - rest.mouth_open) / limits.mouth_open;
    case ChallengeAction::Blink:
      return look.eyes < limits.eyes_closed ? 1 : 0;
  }
  return 0;
}

double scale_of(ChallengeAction action, const ChallengeLimits& limits) {
  if (action == ChallengeAction::OpenMouth) return limits.mouth_open;
  const bool side = action == ChallengeAction::TurnLeft || action == ChallengeAction::TurnRight;
  return side ? limits.turn_deg : limits.nod_deg;
}

ChallengeAction opposite(ChallengeAction action) {
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
    case ChallengeAction::OpenMouth:
      return action;
  }
  return action;
}

// The movement of the head that is there, if one is: the one that went farthest, for a large turn to the side
// also shows as a small one up or down.
std::optional<ChallengeAction> movement(const Look& look,
                                        const NeutralLook& rest,
                                        const ChallengeLimits& limits) {
  std::optional<ChallengeAction> found;
  double farthest = 1;
  for (const ChallengeAction action : kChallengeActions) {
    if (!moves_head(action)) continue;
    const double share = share_of(action, look, rest, limits);
    if (share < farthest) continue;
    farthest = share;
    found = action;
  }
  return found;
}

// The time of one prompt.
struct Window {
  ChallengePrompt prompt;
  double end_ms = 0;  // with the grace; not into the next prompt's time
  std::span<const Look> looks;
  NeutralLook rest;
};

// What the head did that nobody asked for within the window.
std::optional<PromptFault> intrusion(const Window& window, const Look& look, const ChallengeLimits& limits) {
  const auto moved = movement(look, window.rest, limits);
  if (!moved || *moved == window.prompt.action) return std::nullopt;
  return *moved == opposite(window.prompt.action) ? PromptFault::WrongDirection : PromptFault::OtherMovement;
}

bool seen_enough(const Window& window) {
  double seen = 0;
  for (std::size_t i = 1; i < window.looks.size(); ++i) {
    const double gap = window.looks[i].at_ms - window.looks[i - 1].at_ms;
    if (gap <= kSmoothingMs) seen += gap;
  }
  return seen >= kSeenShare * static_cast<double>(window.prompt.until_ms - window.prompt.from_ms);
}

// Turns of the head, and the mouth: away from rest, and back.
PromptResult judge_movement(const Window& window, const ChallengeLimits& limits) {
  PromptResult result{window.prompt, std::nullopt, std::nullopt, std::nullopt};
  const double earliest = static_cast<double>(window.prompt.from_ms) + limits.reaction_ms;
  const auto until = static_cast<double>(window.prompt.until_ms);
  bool armed = false;  // at rest since the prompt came: what begins now, began after it
  bool early = false;
  bool late = false;
  bool back = false;
  double farthest = 0;
  for (const Look& look : window.looks) {
    const double share = share_of(window.prompt.action, look, window.rest, limits);
    farthest = std::max(farthest, share);
    if (const auto fault = intrusion(window, look, limits)) {
      result.fault = fault;
      break;
    }
    if (result.seen_at_ms) {
      back = back || share < limits.rest_share;
    } else if (share < limits.rest_share) {
      armed = true;
    } else if (!armed || look.at_ms < earliest) {
      armed = false;
      early = true;
    } else if (share >= 1) {
      late = look.at_ms > until;
      result.seen_at_ms = look.at_ms;
    }
  }
  if (!window.looks.empty()) result.reached = farthest * scale_of(window.prompt.action, limits);
  if (result.fault) return result;
  if (result.seen_at_ms) {
    if (late || !back) result.fault = PromptFault::TooLate;
  } else if (early) {
    result.fault = PromptFault::TooEarly;
  } else {
    result.fault = seen_enough(window) ? PromptFault::NotSeen : PromptFault::FaceLost;
  }
  return result;
}

// Eyes that close and open again.
struct Closure {
  double last_open_ms = 0;
  double first_closed_ms = 0;
  double last_closed_ms = 0;
  std::optional<double> open_again_ms;
};

std::vector<Closure> closures(const Looks& looks, const ChallengeLimits& limits) {
  std::vector<Closure> out;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    if (looks[i].eyes >= limits.eyes_closed) continue;
    Closure closure{
        i > 0 ? looks[i - 1].at_ms : looks[i].at_ms, looks[i].at_ms, looks[i].at_ms, std::nullopt};
    for (; i < looks.size() && looks[i].eyes < limits.eyes_closed; ++i)
      closure.last_closed_ms = looks[i].at_ms;
    if (i < looks.size()) closure.open_again_ms = looks[i].at_ms;
    out.push_back(closure);
  }
  return out;
}

PromptResult judge_blink(const Window& window, const Looks& looks, const ChallengeLimits& limits) {
  PromptResult result{window.prompt, std::nullopt, std::nullopt, std::nullopt};
  const double earliest = static_cast<double>(window.prompt.from_ms) + limits.reaction_ms;
  const auto until = static_cast<double>(window.prompt.until_ms);
  for (const Look& look : window.looks)
    if (intrusion(window, look, limits)) result.fault = PromptFault::OtherMovement;
  if (window.looks.empty()) {
    result.fault = PromptFault::FaceLost;
    return result;
  }
  result.reached = 0;
  std::optional<PromptFault> why_not;
  for (const Closure& closure : closures(looks, limits)) {
    if (closure.last_closed_ms < static_cast<double>(window.prompt.from_ms) ||
        closure.first_closed_ms >= window.end_ms)
      continue;
    const double again = closure.open_again_ms.value_or(closure.last_closed_ms);
    result.reached = std::max(*result.reached, closure.last_closed_ms - closure.first_closed_ms);
    if (closure.last_closed_ms - closure.first_closed_ms > limits.max_blink_ms)
      why_not = PromptFault::EyesClosed;
    else if (closure.first_closed_ms < earliest)
      why_not = why_not.value_or(PromptFault::TooEarly);
    else if (!closure.open_again_ms || again > window.end_ms || closure.first_closed_ms > until)
      why_not = why_not.value_or(PromptFault::TooLate);
    else if (again - closure.last_open_ms >= limits.min_blink_ms && !result.seen_at_ms)
      result.seen_at_ms = closure.first_closed_ms;
  }
  if (result.fault || result.seen_at_ms) return result;
  if (why_not) {
    result.fault = why_not;
  } else {
    result.fault = seen_enough(window) ? PromptFault::NotSeen : PromptFault::FaceLost;
  }
  return result;
}

std::optional<NeutralLook> first_neutral(const Challenge& challenge,
                                         const Looks& looks,
                                         const ChallengeLimits& limits) {
  const auto until = static_cast<double>(challenge.prompts.front().from_ms);
  const std::span<const Look> phase = between(looks, std::max(0.0, until - limits.neutral_ms), until);
  if (phase.size() < kLeastNeutral) return std::nullopt;
  const NeutralLook neutral = neutral_of(phase);
  if (std::abs(neutral.yaw) > limits.max_neutral_deg || std::abs(neutral.pitch) > limits.max_neutral_deg)
    return std::nullopt;
  // Who moves all the time has no neutral look: half of the looks must be at rest.
  std::size_t resting = 0;
  for (const Look& look : phase) {
    double farthest = 0;
    for (const ChallengeAction action : kChallengeActions)
      if (moves_head(action)) farthest = std::max(farthest, share_of(action, look, neutral, limits));
    if (farthest < limits.rest_share) ++resting;
  }
  return 2 * resting >= phase.size() ? std::optional(neutral) : std::nullopt;
}

// People sink and drift: the look between two prompts becomes the one to measure from, if it is near the one
// before. Who waits already turned is not near.
NeutralLook rest_before(std::span<const Look> pause,
                        const NeutralLook& before,
                        const ChallengeLimits& limits) {
  if (pause.size() < kLeastPause) return before;
  NeutralLook rest = neutral_of(pause);
  const bool near = std::abs(rest.yaw - before.yaw) < kFollowedDrift * limits.turn_deg &&
                    std::abs(rest.pitch - before.pitch) < kFollowedDrift * limits.nod_deg &&
                    std::abs(rest.yaw) <= limits.max_neutral_deg &&
                    std::abs(rest.pitch) <= limits.max_neutral_deg;
  if (!near) return before;
  rest.mouth_open = before.mouth_open;
  rest.eyes_open = before.eyes_open;
  return rest;
}

std::vector<Window> windows_of(const Challenge& challenge,
                               const Looks& looks,
                               const NeutralLook& neutral,
                               const ChallengeLimits& limits) {
  std::vector<Window> out;
  NeutralLook rest = neutral;
  for (std::size_t i = 0; i < challenge.prompts.size(); ++i) {
    const ChallengePrompt& prompt = challenge.prompts[i];
    const auto from = static_cast<double>(prompt.from_ms);
    double end = static_cast<double>(prompt.until_ms) + limits.grace_ms;
    if (i + 1 < challenge.prompts.size())
      end = std::min(end, static_cast<double>(challenge.prompts[i + 1].from_ms));
    if (i > 0)
      rest = rest_before(
          between(looks, static_cast<double>(challenge.prompts[i - 1].until_ms), from), rest, limits);
    out.push_back({prompt, end, between(looks, from, end), rest});
  }
  return out;
}

// Movements before the first prompt and between two.
int unprompted_movements(const std::vector<Window>& windows,
                         const Looks& looks,
                         const ChallengeLimits& limits) {
  int count = 0;
  double from = std::max(0.0, static_cast<double>(windows.front().prompt.from_ms) - limits.neutral_ms);
  for (const Window& window : windows) {
    const Look* first = nullptr;  // of the movement that is under way
    bool counted = false;
    for (const Look& look : between(looks, from, static_cast<double>(window.prompt.from_ms))) {
      if (!movement(look, window.rest, limits)) {
        first = nullptr;
        counted = false;
        continue;
      }
      if (first == nullptr) first = &look;
      if (!counted && look.at_ms - first->at_ms >= kUnpromptedMs) {
        ++count;
        counted = true;
      }
    }
    from = window.end_ms;
  }
  return count;
}

// The longest time in [0, until_ms] without an observation that `counts`.
template <typename Counts>
double longest_without(std::span<const ChallengeObservation> timeline,
                       double until_ms,
                       const Counts& counts) {
  double last = 0;
  double longest = 0;
  for (const ChallengeObservation& each : timeline) {
    if (each.at_ms > until_ms) break;
    if (!counts(each)) continue;
    longest = std::max(longest, each.at_ms - last);
    last = each.at_ms;
  }
  return std::max(longest, until_ms - last);
}

std::optional<double> weakest_similarity(std::span<const ChallengeObservation> timeline) {
  std::vector<double> values;
  for (const ChallengeObservation& each : timeline)
    if (each.face && each.face->similarity) values.push_back(*each.face->similarity);
  if (values.size() < 3) return std::nullopt;
  double weakest = 1;
  for (std::size_t i = 0; i + 3 <= values.size(); ++i)
    weakest = std::min(weakest, median_of_three(values[i], values[i + 1], values[i + 2]));
  return weakest;
}

}  // namespace

std::string_view to_string(PromptFault fault) {
  switch (fault) {
    case PromptFault::NotSeen:
      return "not_seen";
    case PromptFault::WrongDirection:
      return "wrong_direction";
    case PromptFault::OtherMovement:
      return "other_movement";
    case PromptFault::TooEarly:
      return "too_early";
    case PromptFault::TooLate:
      return "too_late";
    case PromptFault::EyesClosed:
      return "eyes_closed";
    case PromptFault::FaceLost:
      return "face_lost";
    case PromptFault::NoNeutral:
      return "no_neutral";
  }
  return "";
}

bool ChallengeJudgement::followed() const {
  return passed_prompts() == prompts.size();
}

std::size_t ChallengeJudgement::passed_prompts() const {
  return static_cast<std::size_t>(std::count_if(
      prompts.begin(), prompts.end(), [](const PromptResult& result) { return result.passed(); }));
}

ChallengeJudgement judge_challenge(const Challenge& challenge,
                                   std::span<const ChallengeObservation> timeline,
                                   const ChallengeLimits& limits) {
  check(challenge);
  ChallengeJudgement out;
  const auto end = static_cast<double>(challenge.prompts.back().until_ms);
  out.covered_ms = timeline.empty() ? 0 : timeline.back().at_ms;
  out.longest_unseen_ms =
      longest_without(timeline, end, [](const ChallengeObservation& each) { return each.face.has_value(); });
  out.longest_unknown_ms = longest_without(
      timeline, end, [](const ChallengeObservation& each) { return each.face && each.face->similarity; });
  out.weakest_similarity = weakest_similarity(timeline);

  const Looks looks = smoothed(timeline);
  out.neutral = first_neutral(challenge, looks, limits);
  if (!out.neutral) {
    for (const ChallengePrompt& prompt : challenge.prompts)
      out.prompts.push_back({prompt, PromptFault::NoNeutral, std::nullopt, std::nullopt});
    return out;
  }
  const std::vector<Window> windows = windows_of(challenge, looks, *out.neutral, limits);
  for (const Window& window : windows) {
    const bool blink = window.prompt.action == ChallengeAction::Blink;
    if (blink && out.neutral->eyes_open < kOpenNeutral)
      out.prompts.push_back({window.prompt, PromptFault::NoNeutral, std::nullopt, std::nullopt});
    else
      out.prompts.push_back(blink ? judge_blink(window, looks, limits) : judge_movement(window, limits));
  }
  out.unprompted = unprompted_movements(windows, looks, limits);
  return out;
}

}  // namespace kyc
