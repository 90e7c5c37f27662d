// Where lines of text are in a picture, by a DB network (Liao et al., 'Real-time Scene Text Detection with
// Differentiable Binarization', AAAI 2020) as PP-OCR ships it.
#pragma once

#include <vector>

#include "kyc/image/geometry.h"
#include "kyc/image/image.h"
#include "kyc/nn/manifest.h"
#include "kyc/nn/session.h"

namespace kyc {

// A rectangle along a line of text, which may run at any angle. Reading direction or its opposite: the
// network can not tell.
struct TextBox {
  Point center;      // pixels of the picture
  float width = 0;   // pixels, along the text: never less than height
  float height = 0;  // pixels, across it
  float angle = 0;   // of the text's direction, radians, clockwise from x (y runs down), in (-pi/2, pi/2]
  float score = 0;   // mean probability of text inside, 0..1

  bool operator==(const TextBox&) const = default;
};

class TextDetector {
 public:
  // throws  as ModelManifest::load
  explicit TextDetector(const ModelManifest& models, const SessionOptions& options = {});

  // Thread-safe. At most 1000 boxes, in no order.
  std::vector<TextBox> detect(const Image& image) const;

 private:
  ModelInput input_;
  Session session_;
};

// The boxes of a map of text probabilities [height, width], 0..1, in its own pixels. For TextDetector, and
// its tests.
std::vector<TextBox> text_boxes(const std::vector<float>& map, int width, int height);

}  // namespace kyc
