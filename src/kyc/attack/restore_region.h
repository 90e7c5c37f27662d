// Which part of a frame a restorer works on.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "kyc/attack/restorer.h"

namespace kyc {

// The option "where": face (soft-edged, around the face; frames without a face are left alone), mask (what
// the attack changed) or whole.
AttackOption where_option(const std::string& standard);

// Restores only there: cuts out the rectangle around it (with `margin` pixels more), lets `restore` work on
// the cut-out, and blends the result in. restore  keeps the size
Image restore_where(Image image,
                    const RestoreFrame& frame,
                    const OptionValues& values,
                    int margin,
                    const std::function<Image(const Image& cut)>& restore);

}  // namespace kyc
