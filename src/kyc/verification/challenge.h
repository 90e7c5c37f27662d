// The active challenge: what a person is asked to do before the camera, drawn at random, so that a clip that
// was recorded or made before can not show it. Whether a clip does: challenge_judge.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kyc {

// Left and right are the person's own.
enum class ChallengeAction { TurnLeft, TurnRight, LookUp, LookDown, Blink, OpenMouth };
inline constexpr ChallengeAction kChallengeActions[] = {ChallengeAction::TurnLeft,
                                                        ChallengeAction::TurnRight,
                                                        ChallengeAction::LookUp,
                                                        ChallengeAction::LookDown,
                                                        ChallengeAction::Blink,
                                                        ChallengeAction::OpenMouth};

std::string_view to_string(ChallengeAction action);  // "turn_left", "turn_right", "look_up", ...
std::optional<ChallengeAction> challenge_action_of(std::string_view text);
std::string_view in_words(ChallengeAction action);  // "turn your head to your left"
bool moves_head(ChallengeAction action);            // the first four

// Times are milliseconds after the first frame of the clip.
struct ChallengePrompt {
  ChallengeAction action = ChallengeAction::TurnLeft;
  std::int64_t from_ms = 0;  // the action begins and ends between these
  std::int64_t until_ms = 0;

  bool operator==(const ChallengePrompt&) const = default;
};

// Before the first prompt and between two the person looks straight ahead.
struct Challenge {
  std::vector<ChallengePrompt> prompts;  // in the order of time
  std::int64_t length_ms = 0;            // of the whole recording

  bool operator==(const Challenge&) const = default;
};

// throws  Error{InvalidArgument} if there is no prompt or more than 20, one begins earlier than a second, is
//         shorter than half a second, does not begin 300 ms or more after the one before it ended, or the
//         length does not reach the last one's end or exceeds two minutes
void check(const Challenge& challenge);

struct ChallengeOptions {
  int prompts = 4;          // 1..10
  int lead_ms = 2000;       // before the first prompt, and up to
  int lead_more_ms = 1000;  // ... so much more
  int window_ms = 2800;     // that an action has
  int gap_ms = 900;         // between two prompts, and up to
  int gap_more_ms = 600;
  int tail_ms = 800;  // after the last one
};

// A whole number in [0, below), each as likely; below >= 1.
using UniformDraw = std::function<std::uint32_t(std::uint32_t below)>;

// Every sequence is as likely that asks nothing twice in a row, blinking and opening the mouth at most once
// each, and in which at least half of the prompts move the head: people blink and open their mouths unasked.
// throws  Error{InvalidArgument} for options out of range
Challenge draw_challenge(const ChallengeOptions& options, const UniformDraw& draw);

// How many sequences of actions draw_challenge chooses from: 1 in so many is guessed right.
std::int64_t count_sequences(int prompts);

// The same draws for the same seed on every machine (SplitMix64). For tests: who knows the seed knows the
// challenge.
UniformDraw seeded_draw(std::uint64_t seed);

// {"length_ms", "prompts": [{"action", "from_ms", "until_ms"}]}. Reading also takes what the service adds to
// it (nonce, issued_at, expires_at), and nothing else. name    what error messages call the text throws
// Error{InvalidArgument}, as check() and for what is no challenge
Challenge challenge_from_json(std::string_view text, const std::string& name);
std::string challenge_to_json(const Challenge& challenge);

}  // namespace kyc
