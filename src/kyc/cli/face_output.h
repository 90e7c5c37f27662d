// Faces for machines, for people, and drawn into the picture.
#pragma once

#include <exception>
#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "kyc/face/face.h"
#include "kyc/image/image.h"

namespace kyc::cli {

using Json = nlohmann::ordered_json;

// To the nearest 1/steps: numbers as people would write them.
double rounded(double value, double steps);

// with_landmarks  also the 68 points
Json face_to_json(const Face& face, bool with_landmarks);

// One line: size, eyes, pose.
std::string face_to_text(const Face& face);

// Box, 68 points and the head's three axes (red: its left, green: down, blue: where the nose points), and
// `label` above the box.
Image draw_face(Image image, const Face& face, const std::string& label);

// {"path", "error": {"code", "message"}}
Json failure_to_json(const std::filesystem::path& path, const std::string& code, const std::string& message);
Json failure_to_json(const std::filesystem::path& path, const std::exception& error);

// One line on stdout; what is no UTF-8 is replaced.
void print_json(const Json& json);

}  // namespace kyc::cli
