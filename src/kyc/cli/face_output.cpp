#include "kyc/cli/face_output.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>

#include "kyc/core/error.h"
#include "kyc/face/pose.h"
#include "kyc/image/draw.h"

namespace kyc::cli {
namespace {

// Pixels and degrees to 1/100, the rest to 1/10000.
double pixels(float value) {
  return rounded(value, 100);
}
double degrees(float value) {
  return rounded(value, 100);
}
double share(float value) {
  return rounded(value, 10000);
}

Json points_to_json(std::span<const Point> points) {
  Json json = Json::array();
  for (const Point& p : points) json.push_back({pixels(p.x), pixels(p.y)});
  return json;
}

Json pose_to_json(const HeadPose& pose) {
  return {{"yaw", degrees(pose.yaw)}, {"pitch", degrees(pose.pitch)}, {"roll", degrees(pose.roll)}};
}

Image draw_axes(Image image, const Face& face, float thickness) {
  const Rotation r = rotation_of(face.pose);
  const float length = std::max(8.0F, 0.55F * face.detection.box.width);
  const Point nose = face.points[2];
  // Column k of the rotation is where the head's axis k points; the nose points along the negative third.
  constexpr std::array<Color, 3> kColors{kRed, kGreen, kBlue};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const float sign = axis == 2 ? -1.0F : 1.0F;
    const Point end{nose.x + sign * length * static_cast<float>(r[axis]),
                    nose.y + sign * length * static_cast<float>(r[3 + axis])};
    image = draw_line(std::move(image), nose, end, kColors[axis], thickness);
  }
  return image;
}

}  // namespace

double rounded(double value, double steps) {
  return std::round(value * steps) / steps;
}

Json face_to_json(const Face& face, bool with_landmarks) {
  const Box& box = face.detection.box;
  Json json;
  json["box"] = {pixels(box.x), pixels(box.y), pixels(box.width), pixels(box.height)};
  json["confidence"] = share(face.detection.confidence);
  json["inter_eye_distance"] = pixels(inter_eye_distance(face.points));
  json["points"] = points_to_json(face.points);
  json["pose"] = pose_to_json(face.pose);
  json["pose_geometric"] = pose_to_json(face.pose_geometric);
  json["eyes"] = {{"image_left", share(face.eyes.image_left)}, {"image_right", share(face.eyes.image_right)}};
  if (with_landmarks) json["landmarks"] = points_to_json(face.landmarks);
  return json;
}

std::string face_to_text(const Face& face) {
  const Box& box = face.detection.box;
  const auto eye = [](float open) { return open >= 0.5F ? "open" : "closed"; };
  char text[200];
  std::snprintf(
      text,
      sizeof(text),
      "%4.0f x %-4.0f at (%.0f, %.0f)  confidence %.2f  eyes %.0f px apart, %s/%s  yaw %+.0f pitch %+.0f "
      "roll %+.0f",
      box.width,
      box.height,
      box.x,
      box.y,
      face.detection.confidence,
      inter_eye_distance(face.points),
      eye(face.eyes.image_left),
      eye(face.eyes.image_right),
      face.pose.yaw,
      face.pose.pitch,
      face.pose.roll);
  return text;
}

Image draw_face(Image image, const Face& face, const std::string& label) {
  const Box& box = face.detection.box;
  const float thickness = std::clamp(box.width / 90, 1.0F, 6.0F);
  image = draw_rectangle(std::move(image), box, kAmber, thickness);
  image = draw_points(std::move(image), face.landmarks, kWhite, std::clamp(box.width / 110, 0.8F, 5.0F));
  image = draw_axes(std::move(image), face, 1.5F * thickness);
  if (label.empty()) return image;
  const float size = std::clamp(box.width / 9, 12.0F, 44.0F);
  const float height = text_size(label, size).height;
  const float above = box.y - height - thickness;
  const float y =
      above >= 0 ? above : std::min(box.bottom() + thickness, static_cast<float>(image.height) - height);
  return draw_text(std::move(image), {std::max(box.x, 2.0F), y}, label, kAmber, size);
}

Json failure_to_json(const std::filesystem::path& path, const std::string& code, const std::string& message) {
  return {{"path", path.string()}, {"error", {{"code", code}, {"message", message}}}};
}

Json failure_to_json(const std::filesystem::path& path, const std::exception& error) {
  const auto* ours = dynamic_cast<const Error*>(&error);
  return failure_to_json(
      path, std::string(to_string(ours ? ours->code() : ErrorCode::Internal)), error.what());
}

void print_json(const Json& json) {
  std::printf("%s\n", json.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  std::fflush(stdout);
}

}  // namespace kyc::cli
