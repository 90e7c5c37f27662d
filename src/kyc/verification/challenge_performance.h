// The attacker's side of a challenge, and the tests': a recording of somebody is cut so that it does what is
// asked. Who has minutes of a person turning the head about can do this in a second, which is why a challenge
// alone is not enough (docs/verification.md).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kyc/verification/challenge_judge.h"

namespace kyc {

// Frames of a clip, by their numbers.
using FramePath = std::vector<std::int64_t>;

// Where in a clip something is done.
struct Moves {
  FramePath neutral;  // the look straight ahead: a stretch that can be shown there and back again without end
  // From rest to where the action has been reached, in steps; the way back is the same. Of a blink: from open
  // to open eyes. The frames need not follow each other in the clip: what moves is the face.
  std::map<ChallengeAction, FramePath> actions;

  bool operator==(const Moves&) const = default;
};

// track   one observation for each frame of the clip
// throws  Error{NotFound} if there is no second of a steady look; actions that the clip does not show are
// left out
Moves find_moves(std::span<const ChallengeObservation> track, const ChallengeLimits& limits);

enum class Performance {
  Follow,
  Still,           // one picture of the neutral look
  WrongDirection,  // left for right, up for down, blink for mouth, and the other way round
  TooEarly,        // everything a second and a half before it is asked
};
std::string_view to_string(Performance performance);  // "follow", "still", "wrong_direction", "too_early"

// returns  which frame of the clip to show, frame by frame, from the first one to half a second after the
// challenge throws   Error{NotFound} if the moves lack what is asked
FramePath perform(const Challenge& challenge,
                  const Moves& moves,
                  double frame_rate,
                  Performance performance = Performance::Follow);

// {"neutral": [frame, frame, ...], "turn_left": [frame, ...], ...}
std::string moves_to_json(const Moves& moves);
// throws  Error{InvalidArgument}
Moves moves_from_json(std::string_view text, const std::string& name);

}  // namespace kyc
