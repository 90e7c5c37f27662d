// Internal to dataset/: which sources of a plan go together.
#pragma once

#include <vector>

#include "kyc/dataset/plan.h"

namespace kyc {

// What is shown as it is: portraits, the drivers' clips, further bona fide clips; as far as the recipe wants
// it.
std::vector<PlannedGroup> bona_fide_groups(const Plan& plan);

// Every attack with every chain of post-processing, ordered by driver. `skips` counts what is left out.
// plan  with sources, splits, traits and networks; `groups` is not looked at
std::vector<PlannedGroup> attack_groups(const Plan& plan, PlanSkips& skips);

}  // namespace kyc
