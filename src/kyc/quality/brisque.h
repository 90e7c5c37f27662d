// BRISQUE: how natural a picture looks, without a reference (A. Mittal, A. Moorthy, A. Bovik, "No-reference
// image quality assessment in the spatial domain", IEEE TIP 21 (2012)), as OpenCV's cv::quality computes it.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kyc/image/image.h"

namespace kyc {

// 18 numbers of the picture, 18 of the picture at half size: the shapes of the distributions of its
// normalised luma and of products of neighbours.
using BrisqueFeatures = std::array<float, 36>;

// Nothing for a picture without structure (one colour, or one step): the distributions have no shape then.
// throws  Error{InvalidArgument} if a side is shorter than 16 pixels
std::optional<BrisqueFeatures> brisque_features(const Image& image);

// What turns features into a score: ranges of the features, and support vector regression on people's
// opinions.
class BrisqueModel {
 public:
  // OpenCV's YAML files (brisque_model_live.yml, brisque_range_live.yml) as text; the names are for messages.
  // throws  Error{Corrupt} with name and line for damaged files, Error{Unsupported} for another kind of SVM
  BrisqueModel(std::string_view model,
               const std::string& model_name,
               std::string_view ranges,
               const std::string& ranges_name);
  ~BrisqueModel();
  BrisqueModel(BrisqueModel&&) noexcept;

  // throws  as above, and Error{NotFound}
  static BrisqueModel read(const std::filesystem::path& model, const std::filesystem::path& ranges);

  // The model trained on the LIVE database (release 2) that OpenCV ships; built into the library.
  static const BrisqueModel& live();

  // 0..100, lower = more natural. Thread-safe.
  double score(const BrisqueFeatures& features) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The score depends strongly on the size of the picture (half the size can change it by 20), so it is never
// without it: compare scores of one size only.
struct BrisqueScore {
  double score = 0;  // 0..100, lower = more natural
  int width = 0;     // of the picture that was scored, in pixels
  int height = 0;
};

// throws, returns  as brisque_features
std::optional<BrisqueScore> brisque(const Image& image, const BrisqueModel& model = BrisqueModel::live());

}  // namespace kyc
