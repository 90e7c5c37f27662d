// The report of `kyclops train detector`.
#pragma once

#include "kyc/report/report.h"
#include "kyc/training/detector_training.h"

namespace kyc::cli {

// Learning curves, what the detector reached on which data, and all options.
Report training_page(const DetectorTrainingOptions& options,
                     const TrainedDetector& detector,
                     const std::string& program);

// Loss of training and validation by epoch.
Plot learning_curve(const TrainedDetector& detector);

}  // namespace kyc::cli
