// Internal to verification/: what the judge of a challenge looks at in a face.
#pragma once

#include "kyc/face/face.h"
#include "kyc/verification/challenge_judge.h"

namespace kyc {

// pose        the mean of what the network and the landmarks say, each right where the other may be off
// eyes_open   of the eye that is more open: with a turned head one is hidden
// mouth_open  largest distance of the inner lips over the distance of the mouth's corners; both lie in the
// face's
//             plane, so that a turn to the side makes it larger: it is only judged while the head is at rest
// similarity  nothing
ChallengeFace challenge_face(const Face& face);

}  // namespace kyc
