#include "kyc/verification/challenge.h"

#include <algorithm>
#include <memory>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr std::size_t kMostPrompts = 20;
constexpr std::int64_t kLeastLeadMs = 1000;  // the person's own neutral look is measured there
constexpr std::int64_t kLeastWindowMs = 500;
constexpr std::int64_t kLeastGapMs = 300;
constexpr std::int64_t kMostLengthMs = 120'000;

[[noreturn]] void refuse_challenge(const std::string& what) {
  throw Error(ErrorCode::InvalidArgument, "challenge: " + what);
}

void check_range(const char* name, int value, int least, int most) {
  if (value < least || value > most)
    refuse_challenge(std::string(name) + ": expected " + std::to_string(least) + ".." + std::to_string(most) +
                     ", got " + std::to_string(value));
}

void check(const ChallengeOptions& options) {
  check_range("prompts", options.prompts, 1, 10);
  check_range("lead_ms", options.lead_ms, 1000, 10'000);
  check_range("lead_more_ms", options.lead_more_ms, 0, 10'000);
  check_range("window_ms", options.window_ms, 500, 10'000);
  check_range("gap_ms", options.gap_ms, 300, 10'000);
  check_range("gap_more_ms", options.gap_more_ms, 0, 10'000);
  check_range("tail_ms", options.tail_ms, 0, 10'000);
}

bool is_fair(const std::vector<ChallengeAction>& actions) {
  for (std::size_t i = 1; i < actions.size(); ++i)
    if (actions[i] == actions[i - 1]) return false;
  const auto count = [&](ChallengeAction action) {
    return std::count(actions.begin(), actions.end(), action);
  };
  const auto moving = std::count_if(actions.begin(), actions.end(), moves_head);
  return count(ChallengeAction::Blink) <= 1 && count(ChallengeAction::OpenMouth) <= 1 &&
         2 * moving >= static_cast<std::ptrdiff_t>(actions.size());
}

int drawn_up_to(const UniformDraw& draw, int most) {
  return static_cast<int>(draw(static_cast<std::uint32_t>(most) + 1));
}

std::int64_t integer_of(const nlohmann::json& object, const char* field, const std::string& name) {
  if (!object.contains(field) || !object[field].is_number_integer())
    throw Error(ErrorCode::InvalidArgument,
                name + ": " + field + ": expected a whole number of milliseconds");
  return object[field].get<std::int64_t>();
}

void refuse_others(const nlohmann::json& object,
                   std::initializer_list<std::string_view> known,
                   const std::string& name) {
  for (const auto& [key, value] : object.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw Error(ErrorCode::InvalidArgument, name + ": " + key + ": a challenge has no such field");
}

}  // namespace

std::string_view to_string(ChallengeAction action) {
  switch (action) {
    case ChallengeAction::TurnLeft:
      return "turn_left";
    case ChallengeAction::TurnRight:
      return "turn_right";
    case ChallengeAction::LookUp:
      return "look_up";
    case ChallengeAction::LookDown:
      return "look_down";
    case ChallengeAction::Blink:
      return "blink";
    case ChallengeAction::OpenMouth:
      return "open_mouth";
  }
  return "";
}

std::optional<ChallengeAction> challenge_action_of(std::string_view text) {
  for (const ChallengeAction action : kChallengeActions)
    if (to_string(action) == text) return action;
  return std::nullopt;
}

std::string_view in_words(ChallengeAction action) {
  switch (action) {
    case ChallengeAction::TurnLeft:
      return "turn your head to your left";
    case ChallengeAction::TurnRight:
      return "turn your head to your right";
    case ChallengeAction::LookUp:
      return "look up";
    case ChallengeAction::LookDown:
      return "look down";
    case ChallengeAction::Blink:
      return "blink";
    case ChallengeAction::OpenMouth:
      return "open your mouth wide";
  }
  return "";
}

bool moves_head(ChallengeAction action) {
  return action != ChallengeAction::Blink && action != ChallengeAction::OpenMouth;
}

void check(const Challenge& challenge) {
  if (challenge.prompts.empty() || challenge.prompts.size() > kMostPrompts)
    refuse_challenge("expected 1 to " + std::to_string(kMostPrompts) + " prompts, got " +
                     std::to_string(challenge.prompts.size()));
  std::int64_t earliest = kLeastLeadMs;
  for (const ChallengePrompt& prompt : challenge.prompts) {
    if (prompt.from_ms < earliest || prompt.from_ms > kMostLengthMs)
      refuse_challenge("a prompt from " + std::to_string(prompt.from_ms) + " ms on: expected " +
                       std::to_string(earliest) + " or later");
    if (prompt.until_ms < prompt.from_ms + kLeastWindowMs || prompt.until_ms > kMostLengthMs)
      refuse_challenge("a prompt until " + std::to_string(prompt.until_ms) + " ms: expected " +
                       std::to_string(prompt.from_ms + kLeastWindowMs) + ".." +
                       std::to_string(kMostLengthMs));
    earliest = prompt.until_ms + kLeastGapMs;
  }
  if (challenge.length_ms < challenge.prompts.back().until_ms || challenge.length_ms > kMostLengthMs)
    refuse_challenge("length_ms: expected " + std::to_string(challenge.prompts.back().until_ms) + ".." +
                     std::to_string(kMostLengthMs) + ", got " + std::to_string(challenge.length_ms));
}

Challenge draw_challenge(const ChallengeOptions& options, const UniformDraw& draw) {
  check(options);
  std::vector<ChallengeAction> actions(static_cast<std::size_t>(options.prompts));
  do {  // rejected ones are drawn anew as a whole, so that all others stay equally likely
    for (ChallengeAction& action : actions) action = kChallengeActions[draw(std::size(kChallengeActions))];
  } while (!is_fair(actions));
  Challenge challenge;
  std::int64_t at = options.lead_ms + drawn_up_to(draw, options.lead_more_ms);
  for (const ChallengeAction action : actions) {
    challenge.prompts.push_back({action, at, at + options.window_ms});
    at += options.window_ms + options.gap_ms + drawn_up_to(draw, options.gap_more_ms);
  }
  challenge.length_ms = challenge.prompts.back().until_ms + options.tail_ms;
  return challenge;
}

std::int64_t count_sequences(int prompts) {
  check_range("prompts", prompts, 1, 10);
  std::vector<ChallengeAction> actions;
  const std::function<std::int64_t()> count = [&]() -> std::int64_t {
    if (actions.size() == static_cast<std::size_t>(prompts)) return is_fair(actions) ? 1 : 0;
    std::int64_t sum = 0;
    for (const ChallengeAction action : kChallengeActions) {
      if (!actions.empty() && actions.back() == action) continue;
      actions.push_back(action);
      sum += count();
      actions.pop_back();
    }
    return sum;
  };
  return count();
}

UniformDraw seeded_draw(std::uint64_t seed) {
  return [state = seed](std::uint32_t below) mutable {
    state += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    // The upper 32 bits as a fraction of one: uneven by 2^-32 at most, which tests do not see.
    return static_cast<std::uint32_t>(((z >> 32) * below) >> 32);
  };
}

Challenge challenge_from_json(std::string_view text, const std::string& name) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) throw Error(ErrorCode::InvalidArgument, name + ": expected a JSON object");
  refuse_others(json, {"nonce", "issued_at", "expires_at", "length_ms", "prompts"}, name);
  if (!json.contains("prompts") || !json["prompts"].is_array())
    throw Error(ErrorCode::InvalidArgument, name + ": prompts: expected a list");
  Challenge challenge;
  challenge.length_ms = integer_of(json, "length_ms", name);
  for (const nlohmann::json& each : json["prompts"]) {
    if (!each.is_object()) throw Error(ErrorCode::InvalidArgument, name + ": prompts: expected objects");
    refuse_others(each, {"action", "from_ms", "until_ms"}, name);
    const bool named = each.contains("action") && each["action"].is_string();
    const auto action = named ? challenge_action_of(each["action"].get<std::string>()) : std::nullopt;
    if (!action)
      throw Error(ErrorCode::InvalidArgument,
                  name + ": action: expected turn_left, turn_right, look_up, look_down, blink or open_mouth");
    challenge.prompts.push_back(
        {*action, integer_of(each, "from_ms", name), integer_of(each, "until_ms", name)});
  }
  try {
    check(challenge);
  } catch (const Error& error) {
    throw Error(error.code(), name + ": " + error.what());
  }
  return challenge;
}

std::string challenge_to_json(const Challenge& challenge) {
  nlohmann::ordered_json prompts = nlohmann::ordered_json::array();
  for (const ChallengePrompt& prompt : challenge.prompts)
    prompts.push_back(
        {{"action", to_string(prompt.action)}, {"from_ms", prompt.from_ms}, {"until_ms", prompt.until_ms}});
  return nlohmann::ordered_json{{"length_ms", challenge.length_ms}, {"prompts", std::move(prompts)}}.dump();
}

}  // namespace kyc
