// How a face moved between two frames of a clip, as a picture that a network can be shown. Internal to
// detection/ and training/.
//
// This project's own. Where a person moves, parts come into sight and go, and light wanders: what is there is
// no bent copy of what was there. A portrait that is driven bends, and nothing else happens; a photo before a
// camera does not even bend.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "kyc/detection/still_view.h"
#include "kyc/image/image.h"

namespace kyc {

// red    nothing. A network that is shown the face (its luma) learns the few filmed people by heart: of those
// it had not seen
//        it took some for driven portraits nearly always.
// green  by how much what is there in the other frame (found by optical flow) differs: 255 * sqrt(grey levels
// / 64) blue   how far it moved beyond the flat movement nearest to the face's: 255 * sqrt(face widths /
// 0.25) Black where one of the frames shows nothing. Mirrored frames give the mirrored picture.
//
// width  of the square around the middle of the face that is shown, in pixels of the views, up to kStillSide
// side   pixels of the picture
Image movement_picture(const StillView& from, const StillView& to, const Face& face, float width, int side);

// Pairs of frames between which the 68 points bent and moved most, by falling movement; up to `count`. At
// most kMovementFrames frames, evenly over all of them, are looked at, and none is in more than three pairs.
// Frames whose face is narrower than kLeastMovementFace pixels are left out: they have no detail that could
// come into sight, and every movement looks like bending.
inline constexpr std::size_t kMovementFrames = 14;
inline constexpr float kLeastMovementFace = 48;
std::vector<std::pair<std::size_t, std::size_t>> movement_pairs(std::span<const SeenFrame> frames,
                                                                std::size_t count);

}  // namespace kyc
