// A face with its surroundings, small enough to be noted of every frame of a clip, and how one such view
// became another. Internal to detection/.
#pragma once

#include <array>
#include <vector>

#include "kyc/detection/attack_detector.h"
#include "kyc/detection/face_region.h"
#include "kyc/detection/optical_flow.h"

namespace kyc {

inline constexpr int kStillSide = 180;  // pixels of what is kept of a frame, the face in its middle
// The face's width there is at least this (if it is in the image), and at most a fifth more.
inline constexpr float kStillFace = 60;

// A frame as it was noted. All frames lie on one grid for each scale, and scales are few: two frames of a
// face of one size differ by what moved, and not by how they were sampled.
struct StillView {
  float scale;  // image pixels per pixel
  float left;   // of the first pixel, in pixels of this scale; a whole number
  float top;
  float width;  // of the image
  float height;
  Plane luma;

  explicit StillView(const FrameNotes& notes);
  Point in_image(Point p) const;
  Point from_image(Point p) const;
  bool shows(Point p) const;  // it lies in the image, and not at its rim
};

FrameNotes still_view_notes(const FaceFrame& frame);

// The middle of the face's box, and half its sides.
struct FaceEllipse {
  Point middle;
  float half_width;
  float half_height;

  FaceEllipse(const Face& face, const StillView& view);
  Point place(int x, int y) const;  // 1 is half a side from the middle
};

// A shift, and its change along x and y: as a flat picture moves. By least squares.
struct FlatMovement {
  std::array<double, 3> x{};
  std::array<double, 3> y{};

  FlatMovement(const std::vector<Point>& places, const std::vector<Point>& shifts);
  Point at(Point place) const;
};

// How the face of one view moved to where it is in another.
class StillMovement {
 public:
  // Both views must outlive it.
  StillMovement(const StillView& from, const StillView& to);

  // Neither here nor there outside of the images.
  bool shows(int x, int y) const;
  Point shift(int x, int y) const;     // in pixels of the first view's scale, in the image
  float residual(int x, int y) const;  // grey levels by which what is there differs from what is here

 private:
  Point there(int x, int y) const;

  const StillView& from_;
  const StillView& to_;
  Plane second_;  // the other view, enlarged to the scale of the first about its middle
  Flow flow_;     // between these two
};

}  // namespace kyc
