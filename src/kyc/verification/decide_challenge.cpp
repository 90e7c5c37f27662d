// The signals of the active challenge.

#include "kyc/verification/inquiry.h"

namespace kyc {
namespace {

constexpr double kMs = 1000;

std::string limit_field(ChallengeAction action) {
  switch (action) {
    case ChallengeAction::TurnLeft:
    case ChallengeAction::TurnRight:
      return "challenge_turn_deg";
    case ChallengeAction::LookUp:
    case ChallengeAction::LookDown:
      return "challenge_nod_deg";
    case ChallengeAction::Blink:
      return "challenge_min_blink_ms";
    case ChallengeAction::OpenMouth:
      return "challenge_mouth_open";
  }
  return "";
}

std::string in_words(PromptFault fault, const ChallengePrompt& prompt) {
  switch (fault) {
    case PromptFault::NotSeen:
      return "this was not seen between " + number(static_cast<double>(prompt.from_ms) / kMs, 1) + " and " +
             number(static_cast<double>(prompt.until_ms) / kMs, 1) + " s";
    case PromptFault::WrongDirection:
      return "the head turned the other way";
    case PromptFault::OtherMovement:
      return "the head moved in another way";
    case PromptFault::TooEarly:
      return "it began before it was asked for";
    case PromptFault::TooLate:
      return "it came or ended too late";
    case PromptFault::EyesClosed:
      return "the eyes stayed closed";
    case PromptFault::FaceLost:
      return "the face was not in view";
    case PromptFault::NoNeutral:
      return "it could not be told from the look at the beginning";
  }
  return "";
}

// Of a prompt that the limit is compared with: degrees, openings, milliseconds.
Signal prompt_signal(std::size_t index, const PromptResult& result, const ChallengeLimits& limits) {
  const ChallengeAction action = result.prompt.action;
  const bool side = action == ChallengeAction::TurnLeft || action == ChallengeAction::TurnRight;
  Signal signal = policy_signal("challenge_prompt_" + std::to_string(index + 1),
                                "asked from " + number(static_cast<double>(result.prompt.from_ms) / kMs, 1) +
                                    " to " + number(static_cast<double>(result.prompt.until_ms) / kMs, 1) +
                                    " s: " + std::string(in_words(action)),
                                Effect::Reject,
                                ">=",
                                side ? limits.turn_deg : limits.nod_deg,
                                "deg",
                                limit_field(action));
  if (action == ChallengeAction::OpenMouth) {
    signal.threshold = limits.mouth_open;
    signal.unit = "";
  }
  if (action == ChallengeAction::Blink) {
    signal.threshold = limits.min_blink_ms;
    signal.unit = "ms";
  }
  signal.value = result.reached;
  return signal;
}

void ask_prompts(Inquiry& inquiry, const ChallengeJudgement& judgement, const ChallengeLimits& limits) {
  for (std::size_t i = 0; i < judgement.prompts.size(); ++i) {
    const PromptResult& result = judgement.prompts[i];
    const Signal signal = prompt_signal(i, result, limits);
    // Without a neutral look, or after the clip's end, another signal has named the cause.
    const bool beyond = judgement.covered_ms < static_cast<double>(result.prompt.until_ms);
    if (!judgement.neutral || (beyond && !result.passed())) {
      inquiry.note(signal);
      continue;
    }
    const PromptFault fault = result.fault.value_or(PromptFault::NotSeen);
    inquiry.conclude(
        signal,
        result.passed(),
        {"challenge_" + std::string(to_string(fault)),
         "Prompt " + std::to_string(i + 1) + ", \"" + std::string(in_words(result.prompt.action)) +
             "\": " + in_words(fault, result.prompt) + "."});
  }
}

void ask_continuity(Inquiry& inquiry,
                    const ChallengeJudgement& judgement,
                    const ChallengeLimits& limits,
                    const VerificationThresholds& thresholds) {
  inquiry.measure(policy_signal("challenge_face",
                                "longest time without a face while the challenge ran",
                                Effect::Reject,
                                "<=",
                                limits.max_unseen_ms / kMs,
                                "s",
                                "challenge_max_unseen_ms"),
                  judgement.longest_unseen_ms / kMs,
                  {"challenge_face_lost", "The face was out of view for too long while the challenge ran."});
  inquiry.measure(
      policy_signal("challenge_known_face",
                    "longest time in which the face was turned too far to tell who it is",
                    Effect::Reject,
                    "<=",
                    limits.max_unknown_ms / kMs,
                    "s",
                    "challenge_max_unknown_ms"),
      judgement.longest_unknown_ms / kMs,
      {"challenge_face_unknown", "For too long it could not be told whether it is the same person."});
  Signal identity = plain_signal("challenge_identity",
                                 "similarity of the face in the challenge with that before it (weakest)",
                                 Effect::Reject);
  identity.passes_when = ">=";
  identity.threshold = thresholds.review.value;
  identity.provenance = provenance(thresholds.review, thresholds.recogniser);
  if (judgement.weakest_similarity)
    inquiry.measure(identity,
                    *judgement.weakest_similarity,
                    {"challenge_identity_change", "Another face is seen in a part of the challenge."});
  else
    inquiry.note(identity);
  inquiry.measure(policy_signal("challenge_unprompted",
                                "movements of the head that nobody asked for, before and between the prompts",
                                Effect::Review,
                                "<=",
                                0,
                                "",
                                "(fixed)"),
                  judgement.unprompted,
                  {"challenge_unprompted_movement", "The head moved while it was not asked to."});
}

}  // namespace

void ask_challenge(Inquiry& inquiry,
                   const SelfieAnalysis& selfie,
                   const ChallengeLimits& limits,
                   const VerificationThresholds& thresholds) {
  if (!selfie.challenge) return;
  const ChallengeJudgement& judgement = selfie.challenge->judgement;
  const double needed = static_cast<double>(selfie.challenge->challenge.prompts.back().until_ms) / kMs;
  Signal covered = policy_signal("challenge_covered",
                                 "length of the clip, up to the end of the challenge",
                                 Effect::Reject,
                                 ">=",
                                 needed,
                                 "s",
                                 "(the challenge)");
  Signal neutral = plain_signal(
      "challenge_neutral", "a look straight into the camera before the first prompt", Effect::Reject);
  if (selfie.unreadable || selfie.track.empty()) {  // that there is no clip, or no face, is said already
    inquiry.note(covered);
    inquiry.note(neutral);
    return;
  }
  inquiry.measure(covered,
                  judgement.covered_ms / kMs,
                  {"challenge_cut_short",
                   "The clip ends after " + number(judgement.covered_ms / kMs, 1) +
                       " s, before the challenge does (" + number(needed, 1) + " s)."});
  inquiry.conclude(
      neutral,
      judgement.neutral.has_value(),
      {"challenge_no_neutral", "At the beginning the face did not look straight into the camera, still."});
  ask_prompts(inquiry, judgement, limits);
  ask_continuity(inquiry, judgement, limits, thresholds);
}

}  // namespace kyc
