// Internal to service/: a sample's file, and pictures out of it.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "kyc/image/image.h"
#include "kyc/service/endpoints.h"
#include "kyc/store/catalogue.h"

namespace kyc {

struct SampleFile {
  CatalogueDataset dataset;
  CatalogueSample sample;
  std::filesystem::path folder;  // of the data set
  std::filesystem::path path;
};

// What the call's two parameters name.
// throws  HttpError 404: no such data set, no such sample, or one that was never made
SampleFile sample_file(Call& call);

// Of a clip, the frames at these shares of its length, 0 to 1, in rising order; of a picture, the picture
// alone. throws  Error as read_image and VideoReader do
std::vector<Image> stills_of(const std::filesystem::path& path, std::span<const double> shares);

// One of a few places in which samples are decoded beside the verifications; waits some seconds for one.
// throws  HttpError 503
class StillSlot {
 public:
  explicit StillSlot(ServiceState& state);
  ~StillSlot() { state_.stills.release(); }
  StillSlot(const StillSlot&) = delete;
  StillSlot& operator=(const StillSlot&) = delete;

 private:
  ServiceState& state_;
};

}  // namespace kyc
