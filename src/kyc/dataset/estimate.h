// Apparent age and sex, where nobody stated them: two small networks (SSR-Net; Yang et al., IJCAI 2018).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kyc/face/analyzer.h"

namespace kyc {

struct AgeSex {
  int age_years = 0;
  std::string sex;  // "female" or "male"
};

// Thread-safe.
class AgeSexEstimator {
 public:
  // throws  as ModelManifest::load
  explicit AgeSexEstimator(const ModelResources& resources);
  static std::vector<std::string> models();  // the manifest entries of its networks
  ~AgeSexEstimator();
  AgeSexEstimator(AgeSexEstimator&&) noexcept;

  AgeSex of_face(const Image& image, const Box& face) const;

  // Of the largest face, of a clip in its first frame that shows one (within the first second or so). Nothing
  // if there is none, or if the file can not be read.
  std::optional<AgeSex> of_picture(const FaceAnalyzer& analyzer, const std::filesystem::path& file) const;
  std::optional<AgeSex> of_clip(const FaceAnalyzer& analyzer, const std::filesystem::path& file) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
