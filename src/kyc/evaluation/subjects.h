// Internal to evaluation/: what the kinds of subjects under test share.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/evaluation/attack_scores.h"
#include "kyc/face/analyzer.h"

namespace kyc {

// Decodes and scores files beside each other.
void score_files(std::span<const std::filesystem::path> files,
                 int frames,
                 int jobs,
                 const std::function<std::optional<double>(const Image&)>& score,
                 const AttackSubject::Sink& sink);

AnalyzerOptions subject_analysis();                                          // detection only
const FaceDetection* largest_face(const std::vector<FaceDetection>& faces);  // null: none

// description  JSON file beside the model, see docs/evaluation.md
std::unique_ptr<AttackSubject> make_onnx_attack_subject(const std::filesystem::path& description,
                                                        const ModelResources& resources,
                                                        const AttackSubjectOptions& options);

}  // namespace kyc
