// A network that changes pictures, run as its manifest entry (ModelEdit, ModelInput::role) describes it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kyc/face/detector.h"
#include "kyc/face/face.h"
#include "kyc/image/image.h"
#include "kyc/image/mask.h"
#include "kyc/nn/manifest.h"
#include "kyc/nn/tensor.h"

namespace kyc {

// Thread-safe.
class PictureNetwork {
 public:
  // throws  as ModelManifest::load and Session; Error{Unsupported} if the entry does not say how it is used,
  // or
  //         the file has other inputs than the entry: the message says which
  PictureNetwork(const ModelManifest& models, const std::string& name, const SessionOptions& options);
  ~PictureNetwork();
  PictureNetwork(PictureNetwork&&) noexcept;

  const ModelEntry& entry() const;
  // Names of the manifest entries that it runs: its own, and its recogniser's.
  std::vector<std::string> models() const;

  // What the network is told of a source face, worked out once: tensors by the name of the input.
  using Source = std::map<std::string, Tensor>;
  // face  of the source
  Source source_of(const Image& image, const Face& face) const;

  // The picture with its face changed; `changed` becomes at least what was put there.
  // throws  Error{Unsupported} if the network answers with another shape than the entry lets expect
  void change_face(Image& image, Mask& changed, const Face& face, const Source& source) const;

  // For networks of whole pictures (alignment "whole").
  Image change_whole(const Image& image) const;
  bool takes_whole_pictures() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
