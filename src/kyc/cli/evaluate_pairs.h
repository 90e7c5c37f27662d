// kyclops evaluate recognition --pairs: one recogniser on a list of pairs, as LFW's protocol has it.
#pragma once

#include <string>
#include <vector>

#include "kyc/cli/evaluation_run.h"

namespace kyc::cli {

struct PairsCommand {
  std::string pairs;                // the list
  std::string images;               // folder with one folder of images per person
  std::vector<std::string> models;  // one, of the manifest
  std::string detector;
  std::string scores;  // file for the score of every listed pair; may be empty
  EvaluationOptions run;
};

// Prints the figures; with run.out or run.assertions they end in a report as those of every evaluation.
// throws  as read_pairs and as the reading of images
int evaluate_pairs(const PairsCommand& command, const GlobalOptions& global);

}  // namespace kyc::cli
