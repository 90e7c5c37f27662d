#include "kyc/face/search.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/face/overlap.h"
#include "kyc/image/transform.h"

namespace kyc {
namespace {

constexpr std::array kFractions{1.0, 0.6, 0.4, 0.25, 0.16};  // of the widest 4 : 3 part
constexpr double kShape = 4.0 / 3.0;
constexpr double kOverlap = 0.25;
constexpr int kNarrowestPart = 160;  // pixels; smaller faces than these parts show are of no use to anybody
constexpr std::size_t kMostParts = 300;
constexpr float kSearchMaxIou = 0.4F;
constexpr float kMaxInside = 0.7F;
constexpr float kSmallestFace = 14;   // pixels wide; smaller finds are nearly all false
constexpr float kMostUpright = 2.2F;  // height of a face by its width
constexpr float kLeastUpright = 0.8F;
constexpr std::array kSecondLooks{2.5F, 4.0F};  // faces wide: the parts that are looked at to confirm a face
constexpr float kSameFace = 0.5F;               // IoU

// Whole pixels.
struct Part {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

Image cut(const Image& image, const Part& part) {
  Image out = make_image(part.width, part.height);
  for (int y = 0; y < part.height; ++y) {
    const std::uint8_t* from = image.row(part.y + y) + static_cast<std::ptrdiff_t>(part.x) * 3;
    std::copy_n(from, static_cast<std::size_t>(part.width) * 3, out.row(y));
  }
  return out;
}

// Evenly spread starts of parts of this size that cover [0, whole] with at least kOverlap.
std::vector<int> starts(int whole, int size) {
  const int count = 1 + static_cast<int>(std::ceil((whole - size) / (size * (1 - kOverlap)) - 1e-9));
  std::vector<int> out;
  for (int i = 0; i < count; ++i)
    out.push_back(count == 1 ? 0 : static_cast<int>(std::lround(double(whole - size) * i / (count - 1))));
  return out;
}

std::vector<Part> parts_of(const Image& image, double fraction) {
  const double widest = std::min<double>(image.width, image.height * kShape);
  const int width = std::clamp(static_cast<int>(std::lround(widest * fraction)), 1, image.width);
  const int height = std::clamp(static_cast<int>(std::lround(width / kShape)), 1, image.height);
  std::vector<Part> parts;
  for (const int y : starts(image.height, height))
    for (const int x : starts(image.width, width)) parts.push_back({x, y, width, height});
  return parts;
}

bool is_cut_off(const Box& box, const Part& part, const Image& image) {
  return (part.x > 0 && box.x < 1) || (part.y > 0 && box.y < 1) ||
         (part.x + part.width < image.width && box.right() > static_cast<float>(part.width - 1)) ||
         (part.y + part.height < image.height && box.bottom() > static_cast<float>(part.height - 1));
}

bool has_a_face_s_shape(const Box& box) {
  return box.width >= kSmallestFace && box.height <= kMostUpright * box.width &&
         box.height >= kLeastUpright * box.width;
}

// A 4 : 3 part around the box, `size` times as wide; moved and cut to lie within the image.
Part part_around(const Box& box, float size, const Image& image) {
  const int width = std::clamp(static_cast<int>(std::lround(size * box.width)), 1, image.width);
  const int height = std::clamp(static_cast<int>(std::lround(width / kShape)), 1, image.height);
  const Point center = box.center();
  return {std::clamp(static_cast<int>(std::lround(center.x)) - width / 2, 0, image.width - width),
          std::clamp(static_cast<int>(std::lround(center.y)) - height / 2, 0, image.height - height),
          width,
          height};
}

// Texture and hands look like faces at one size and place, faces at many: a face must be found again in parts
// of its own, cut around it in two sizes and mirrored.
bool is_confirmed(const FaceDetector& detector,
                  const Image& image,
                  const FaceDetection& face,
                  float min_confidence) {
  return std::all_of(kSecondLooks.begin(), kSecondLooks.end(), [&](float look) {
    const Part part = part_around(face.box, look, image);
    const std::vector<FaceDetection> again = detector.detect(mirror(cut(image, part)));
    return std::any_of(again.begin(), again.end(), [&](const FaceDetection& other) {
      const Box box{static_cast<float>(part.x + part.width) - other.box.right(),
                    static_cast<float>(part.y) + other.box.y,
                    other.box.width,
                    other.box.height};
      return other.confidence >= min_confidence && iou(box, face.box) >= kSameFace;
    });
  });
}

// Faces of a part, in coordinates of the image.
void search_part(const FaceDetector& detector,
                 const Image& image,
                 const Part& part,
                 float min_confidence,
                 std::vector<FaceDetection>& found) {
  const auto dx = static_cast<float>(part.x);
  const auto dy = static_cast<float>(part.y);
  for (FaceDetection& face : detector.detect(cut(image, part))) {
    if (face.confidence < min_confidence || is_cut_off(face.box, part, image) ||
        !has_a_face_s_shape(face.box))
      continue;
    face.box.x += dx;
    face.box.y += dy;
    if (face.points)
      for (Point& p : *face.points) p = {p.x + dx, p.y + dy};
    found.push_back(face);
  }
}

// Whether stretching the whole picture to the shape of a part would distort faces much.
bool is_of_another_shape(const Image& image) {
  const double shape = static_cast<double>(image.width) / image.height;
  return std::max(shape / kShape, kShape / shape) > 1.5;
}

}  // namespace

std::vector<FaceDetection> search_faces(const FaceDetector& detector,
                                        const Image& image,
                                        Search search,
                                        float min_confidence) {
  std::vector<FaceDetection> found = detector.detect(image);
  std::erase_if(found, [&](const FaceDetection& face) { return face.confidence < min_confidence; });
  if (search == Search::Whole) return found;
  std::size_t looked_at = 0;
  for (const double fraction : kFractions) {
    if (search == Search::UntilFound && !found.empty()) break;
    if (fraction == 1.0 && !is_of_another_shape(image)) continue;
    const std::vector<Part> parts = parts_of(image, fraction);
    looked_at += parts.size();
    if (parts.front().width < kNarrowestPart || looked_at > kMostParts) break;
    std::vector<FaceDetection> candidates;
    for (const Part& part : parts) search_part(detector, image, part, min_confidence, candidates);
    // What a coarser level found stands: finer ones see parts of large faces.
    for (const FaceDetection& face : suppress_overlaps(std::move(candidates), kSearchMaxIou, kMaxInside)) {
      const bool known = std::any_of(found.begin(), found.end(), [&](const FaceDetection& other) {
        return covered(face.box, other.box) > kMaxInside / 2;
      });
      if (!known && is_confirmed(detector, image, face, min_confidence)) found.push_back(face);
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const FaceDetection& a, const FaceDetection& b) {
    return a.confidence > b.confidence;
  });
  return found;
}

}  // namespace kyc
