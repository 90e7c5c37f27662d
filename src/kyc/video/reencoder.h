// A clip through H.264 and back, in memory: what is left of it after it was sent on.
#pragma once

#include <memory>
#include <optional>

#include "kyc/image/image.h"
#include "kyc/video/writer.h"

namespace kyc {

// Images in, the same images as a player shows them out: in order, of the same size, some of them late (x264
// looks ahead; with the preset veryfast less than 20). The same images and options give the same pixels. Not
// thread-safe.
class Reencoder {
 public:
  // throws  as VideoWriter
  explicit Reencoder(const WriteOptions& options);
  ~Reencoder();
  Reencoder(Reencoder&&) noexcept;
  Reencoder& operator=(Reencoder&&) noexcept;

  // throws  Error{InvalidArgument} wrong size, Error{Unavailable} out of memory
  void push(const Image& image);
  // No further image comes: pop() gives back what is left.
  void finish();
  // The next image, if it is ready.
  std::optional<Image> pop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
