// Did the person in a clip do what was asked, when it was asked? Values in, values out: no file, no network,
// no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "kyc/face/face.h"
#include "kyc/verification/challenge.h"

namespace kyc {

// Limits of the judge; where they come from: docs/verification.md.
struct ChallengeLimits {
  double turn_deg = 12;          // yaw, from one's own neutral look: a turn to the side
  double nod_deg = 8;            // pitch, likewise: a look up or down
  double mouth_open = 0.25;      // rise of the opening between the lips, in widths of the mouth
  double eyes_closed = 0.3;      // probability of open eyes, below which they are closed
  double rest_share = 0.5;       // of those angles and openings: below, one is back at rest
  double reaction_ms = 100;      // nobody reacts faster: what begins earlier began before its prompt
  double grace_ms = 500;         // after a prompt's end, within which an action may still come to its own
  double min_blink_ms = 90;      // from the last look at open eyes to the next: shorter ones are noise
  double max_blink_ms = 1000;    // longer ones are no blink
  double neutral_ms = 2000;      // before the first prompt, from which the neutral look is taken, at most
  double max_neutral_deg = 25;   // yaw and pitch of the neutral look: one looks at the camera
  double max_unseen_ms = 1000;   // without a face, or without a frame
  double max_unknown_ms = 4500;  // without a face that can be compared: a turned one can not

  bool operator==(const ChallengeLimits&) const = default;
};

// What one frame shows of the face.
struct ChallengeFace {
  HeadPose pose;
  double eyes_open = 0;              // probability that an eye is open, 0..1: of the one that is more open
  double mouth_open = 0;             // distance of the inner lips, in widths of the mouth; 0: closed
  std::optional<double> similarity;  // with the person of the neutral phase; nothing: turned too far
};
struct ChallengeObservation {
  double at_ms = 0;  // presentation time after the clip's first frame
  std::optional<ChallengeFace> face;
};

enum class PromptFault {
  NotSeen,         // nothing of the kind happened
  WrongDirection,  // the head turned the other way
  OtherMovement,   // the head moved as nobody asked
  TooEarly,        // it began before the prompt
  TooLate,         // it came, or ended, after the prompt's time
  EyesClosed,      // closed for longer than a blink takes
  FaceLost,        // the face was not seen for long enough to say
  NoNeutral,       // the look straight ahead that it is measured from is missing
};
std::string_view to_string(PromptFault fault);  // "not_seen", "wrong_direction", ...

struct PromptResult {
  ChallengePrompt prompt;
  std::optional<PromptFault> fault;  // nothing: passed
  std::optional<double> seen_at_ms;  // when the action was reached
  // How far it went at most within its time: degrees, or width of the opening; of a blink, milliseconds that
  // the eyes were closed. Nothing if there was no look at the face.
  std::optional<double> reached;

  bool passed() const { return !fault; }
};

// The person's own look straight ahead, before the first prompt.
struct NeutralLook {
  double yaw = 0;
  double pitch = 0;
  double eyes_open = 0;
  double mouth_open = 0;
};

struct ChallengeJudgement {
  std::vector<PromptResult> prompts;  // one for each of the challenge's
  std::optional<NeutralLook> neutral;
  double covered_ms = 0;                     // the clip reaches so far
  double longest_unseen_ms = 0;              // without a face, from the first frame to the last prompt's end
  double longest_unknown_ms = 0;             // without a face that could be compared, likewise
  std::optional<double> weakest_similarity;  // lowest median of three comparable frames in a row
  int unprompted = 0;  // movements of the head, as large as a prompted one, while none was asked for

  // All prompts passed, nothing else considered.
  bool followed() const;
  std::size_t passed_prompts() const;
};

// timeline  in the order of time; about 12 a second, 25 or more around a blink
ChallengeJudgement judge_challenge(const Challenge& challenge,
                                   std::span<const ChallengeObservation> timeline,
                                   const ChallengeLimits& limits);

}  // namespace kyc
