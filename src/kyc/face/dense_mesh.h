// 468 points over the whole face in three dimensions, and the triangles between them.
//
//   const DenseMeshNetwork network(resources);                  // once; thread-safe
//   const DenseMesh mesh = network.locate(image, face.landmarks);
//   for (const auto& [a, b, c] : dense_topology().triangles)    // the same for every face
//     draw(mesh.points[a], mesh.points[b], mesh.points[c]);
//
// Numbering: MediaPipe's face mesh (1 tip of the nose, 10 top of the forehead, 152 chin, 33 and 263 outer
// corners of the eyes on the image's left and right, 61 and 291 corners of the mouth, likewise).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "kyc/face/detector.h"
#include "kyc/face/face.h"

namespace kyc {

inline constexpr std::size_t kDensePoints = 468;

// x, y: pixels of the image. z: pixels too (as large on the face as x and y), smaller = closer to the camera;
// zero lies somewhere within the head, the same place for all points of one face.
struct Point3 {
  float x = 0;
  float y = 0;
  float z = 0;

  bool operator==(const Point3&) const = default;
};

using DensePoints = std::array<Point3, kDensePoints>;

struct DenseMesh {
  DensePoints points{};
  float confidence = 0;  // 0..1 that there is a face in the crop; below 0.5 the points mean nothing
};

// The network "facemesh". Thread-safe.
class DenseMeshNetwork {
 public:
  // throws  as ModelManifest::load
  explicit DenseMeshNetwork(const ModelResources& resources);

  // landmarks  of the face, as LandmarkNetwork gives them: they place the crop, which is turned upright
  DenseMesh locate(const Image& image, const Landmarks68& landmarks) const;
  // For tracking: the mesh of the frame before places the crop; no other network is needed.
  DenseMesh locate(const Image& image, const DensePoints& before) const;
  // Any crop. to_crop takes the image to the 192 x 192 pixels that the network sees.
  DenseMesh locate(const Image& image, const Similarity& to_crop) const;

 private:
  ModelInput input_;
  Session session_;
};

// Image -> the 192 x 192 crop: upright by the eyes, its middle and side from the points (see dense_mesh.cpp).
// throws  Error{InvalidArgument} if all points coincide
Similarity dense_crop(const Landmarks68& landmarks);
Similarity dense_crop(const DensePoints& points);

using Triangle = std::array<std::uint16_t, 3>;  // indices of points, clockwise as seen in the image

// What is the same for all faces.
struct DenseTopology {
  // Points of the average face (of this network, seen from the front, left and right made equal): x runs to
  // the image's right, y down, z away from the camera. The distance of the outer eye corners is 1, the middle
  // between them is 0, 0.
  DensePoints average{};

  // Closed rings, in order, clockwise as seen in the image.
  std::vector<std::uint16_t> oval;             // 36 points: the edge of the mesh
  std::vector<std::uint16_t> image_left_eye;   // 16 points: the edge of the lids
  std::vector<std::uint16_t> image_right_eye;  // 16 points
  std::vector<std::uint16_t> outer_lips;       // 20 points
  std::vector<std::uint16_t> inner_lips;       // 20 points: the edge of the opening

  // The skin: everything inside of the oval but the openings of eyes and mouth.
  std::vector<Triangle> triangles;
  // The openings. Empty areas where lids or lips are closed; what is seen there is no skin.
  std::vector<Triangle> image_left_eye_opening;
  std::vector<Triangle> image_right_eye_opening;
  std::vector<Triangle> mouth_opening;

  // mirrored[i]: the point that i becomes where left and right change sides (its own in the middle).
  std::array<std::uint16_t, kDensePoints> mirrored{};
};

// Computed at the first call; thread-safe.
const DenseTopology& dense_topology();

// The five points that alignment and recognition use, from the mesh: the means of the eyes' rings, the tip
// of the nose, the corners of the mouth.
FivePoints five_points(const DensePoints& points);

}  // namespace kyc
