// Moved to core/, where other folders than this can use it too.
#pragma once

#include "kyc/core/csv.h"
