#include "kyc/attack/picture_network.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "kyc/attack/face_crop.h"
#include "kyc/core/error.h"
#include "kyc/face/alignment.h"
#include "kyc/image/transform.h"
#include "kyc/nn/image_input.h"
#include "kyc/nn/initializer.h"
#include "kyc/nn/session.h"

namespace kyc {
namespace {

[[noreturn]] void unsupported(const ModelEntry& entry, const std::string& what) {
  throw Error(ErrorCode::Unsupported, "model " + entry.name + " (" + entry.file + "): " + what);
}

// [n, c, h, w] <-> [n, h, w, c]
Tensor reordered(const Tensor& from, bool to_channels_last) {
  const std::int64_t count = to_channels_last ? from.shape[1] : from.shape[3];
  const std::int64_t height = to_channels_last ? from.shape[2] : from.shape[1];
  const std::int64_t width = to_channels_last ? from.shape[3] : from.shape[2];
  Tensor to = make_tensor(to_channels_last ? std::vector<std::int64_t>{1, height, width, count}
                                           : std::vector<std::int64_t>{1, count, height, width});
  const std::int64_t plane = height * width;
  for (std::int64_t c = 0; c < count; ++c)
    for (std::int64_t i = 0; i < plane; ++i) {
      const auto planar = static_cast<std::size_t>(c * plane + i);
      const auto packed = static_cast<std::size_t>(i * count + c);
      if (to_channels_last)
        to.data[packed] = from.data[planar];
      else
        to.data[planar] = from.data[packed];
    }
  return to;
}

// A whole image as the input wants it, at the image's own size.
Tensor picture_tensor(const Image& image, const ModelInput& input) {
  ModelInput planar = input;
  planar.shape = {1, 3, image.height, image.width};
  Tensor tensor = tensor_from_image(image, planar);
  return input.layout == "NHWC" ? reordered(tensor, true) : tensor;
}

// The side of a square input; nothing if it is free.
std::optional<int> side_of(const ModelInput& input) {
  if (input.shape.size() != 4) return std::nullopt;
  const bool last = input.layout == "NHWC";
  const std::int64_t height = input.shape[last ? 1 : 2];
  const std::int64_t width = input.shape[last ? 2 : 3];
  if (height != width || height < 8 || height > 4096) return std::nullopt;
  return static_cast<int>(height);
}

// Pixels out of the network's answer [1, 3, h, w], in its own scale and order.
Image picture_of(
    const Tensor& answer, const ModelEdit& edit, const ModelEntry& entry, int width, int height) {
  const bool last = edit.layout == "NHWC";
  const std::vector<std::int64_t> expected =
      last ? std::vector<std::int64_t>{1, height, width, 3} : std::vector<std::int64_t>{1, 3, height, width};
  if (answer.shape != expected)
    unsupported(entry, "expected an answer of " + shape_text(expected) + ", got " + shape_text(answer.shape));
  Image out = make_image(width, height);
  const std::size_t plane = out.pixels.size() / 3;
  for (std::size_t c = 0; c < 3; ++c) {
    const std::size_t channel = edit.colour == "BGR" ? 2 - c : c;
    for (std::size_t i = 0; i < plane; ++i) {
      const float value = answer.data[last ? 3 * i + c : c * plane + i] * edit.scale[c] + edit.mean[c];
      // NaN, which broken networks give, becomes black rather than undefined.
      const float pixel = value >= 0 ? std::min(value, 255.0F) : 0.0F;
      out.pixels[3 * i + channel] = static_cast<std::uint8_t>(pixel + 0.5F);
    }
  }
  return out;
}

// Of a mask output, [1, 1, h, w] or [1, h, w, 1] or [1, h, w]: 0..1.
Mask mask_of(const Tensor& answer, const ModelEntry& entry, int size) {
  const auto count = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  if (answer.data.size() != count)
    unsupported(entry,
                "expected a mask of " + std::to_string(size) + " x " + std::to_string(size) + ", got " +
                    shape_text(answer.shape));
  Mask mask{size, size, std::vector<std::uint8_t>(count)};
  std::transform(answer.data.begin(), answer.data.end(), mask.values.begin(), [](float value) {
    return static_cast<std::uint8_t>(value >= 0 ? std::lround(255 * std::min(value, 1.0F)) : 0);
  });
  return mask;
}

void to_unit_length(std::vector<float>& values, const ModelEntry& entry) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * value;
  const double length = std::sqrt(sum);
  if (!(length > 0) || !std::isfinite(length)) unsupported(entry, "a template without direction");
  for (float& value : values) value = static_cast<float>(value / length);
}

// row vector times [n, n]
std::vector<float> times(const std::vector<float>& row, const Tensor& matrix) {
  std::vector<float> out(row.size());
  for (std::size_t i = 0; i < row.size(); ++i)
    for (std::size_t j = 0; j < row.size(); ++j) out[j] += row[i] * matrix.data[i * row.size() + j];
  return out;
}

// A square crop with more detail than the picture has room for is shrunk first, or it would flicker.
Image fitted(const Image& crop, Mask& mask, Similarity& s) {
  const double pixels = std::hypot(s.a, s.b);  // crop pixels per image pixel
  if (pixels <= 2 || crop.width < 32) return crop;
  const int size = std::max(16, static_cast<int>(std::lround(crop.width / pixels * 1.25)));
  const float factor = static_cast<float>(size) / static_cast<float>(crop.width);
  Image grey = make_image(mask.width, mask.height);
  for (std::size_t i = 0; i < mask.values.size(); ++i) grey.pixels[3 * i] = mask.values[i];
  grey = resize(grey, size, size, Interpolation::Area);
  mask = {size, size, std::vector<std::uint8_t>(grey.pixels.size() / 3)};
  for (std::size_t i = 0; i < mask.values.size(); ++i) mask.values[i] = grey.pixels[3 * i];
  s = {s.a * factor, s.b * factor, s.tx * factor, s.ty * factor};
  return resize(crop, size, size, Interpolation::Area);
}

// Sides filled up by mirroring, as restoration networks are run.
Image filled_up(const Image& image, int multiple) {
  const int width = (image.width + multiple - 1) / multiple * multiple;
  const int height = (image.height + multiple - 1) / multiple * multiple;
  if (width == image.width && height == image.height) return image;
  const auto mirrored = [](int i, int count) {
    if (count == 1) return 0;
    const int period = 2 * (count - 1);
    i %= period;
    return i < count ? i : period - i;
  };
  Image out = make_image(width, height);
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* from = image.row(mirrored(y, image.height));
    std::uint8_t* to = out.row(y);
    for (int x = 0; x < width; ++x, to += 3) {
      const std::uint8_t* p = from + static_cast<std::ptrdiff_t>(mirrored(x, image.width)) * 3;
      std::copy(p, p + 3, to);
    }
  }
  return out;
}

}  // namespace

struct PictureNetwork::State {
  ModelEntry entry;
  ModelEdit edit;
  Session session;
  std::optional<ModelEntry> recogniser;
  std::optional<Session> recognition;
  Tensor emap;
  int side = 0;                            // of the target crop; 0: whole pictures
  std::vector<const ModelInput*> order{};  // of the session's inputs

  const ModelInput& target() const {
    return **std::find_if(order.begin(), order.end(), [](const ModelInput* input) {
      return input->role == "target" || input->role.empty();
    });
  }

  std::vector<Tensor> run(const Image& crop, const Source& source) const {
    std::vector<Tensor> inputs;
    for (const ModelInput* input : order) {
      if (input->role == "number") {
        Tensor number = make_tensor(input->shape);
        std::fill(number.data.begin(), number.data.end(), input->value);
        inputs.push_back(std::move(number));
      } else if (input->role == "identity" || input->role == "source") {
        inputs.push_back(source.at(input->name));
      } else {
        inputs.push_back(picture_tensor(crop, *input));
      }
    }
    return session.run(inputs);
  }

  std::vector<float> identity_of(const Image& image, const Face& face) const {
    const ModelInput& input = recogniser->inputs.at(0);
    const Image aligned = align_face(image, face.points);
    std::vector<float> values = recognition->run(picture_tensor(aligned, input)).data;
    if (edit.identity->normalise) to_unit_length(values, *recogniser);
    if (!edit.identity->emap) return values;
    if (emap.shape != std::vector<std::int64_t>(2, static_cast<std::int64_t>(values.size())))
      unsupported(entry,
                  "expected an emap (last initializer) of [" + std::to_string(values.size()) + ", " +
                      std::to_string(values.size()) + "], got " + shape_text(emap.shape));
    values = times(values, emap);
    to_unit_length(values, entry);
    return values;
  }
};

PictureNetwork::PictureNetwork(const ModelManifest& models,
                               const std::string& name,
                               const SessionOptions& options) {
  const ModelEntry& entry = models.entry(name);
  if (!entry.edit)
    unsupported(entry, "the manifest does not say how it changes pictures (task " + entry.task + ")");
  if (entry.format != "onnx") unsupported(entry, "expected a file of format onnx, got " + entry.format);
  const std::vector<std::uint8_t> bytes = models.load(name);
  state_.reset(new State{entry, *entry.edit, Session(bytes, name, options), {}, {}, {}});
  State& state = *state_;
  bool has_target = false;
  bool has_identity = false;
  for (const TensorInfo& info : state.session.inputs()) {
    const auto found = std::find_if(state.entry.inputs.begin(),
                                    state.entry.inputs.end(),
                                    [&](const auto& input) { return input.name == info.name; });
    if (found == state.entry.inputs.end())
      unsupported(entry, "the file has an input '" + info.name + "' that the manifest does not describe");
    state.order.push_back(&*found);
    has_target = has_target || found->role == "target" || found->role.empty();
    has_identity = has_identity || found->role == "identity";
    if (found->role == "source" && !side_of(*found))
      unsupported(entry, "input '" + info.name + "': expected a square picture of fixed size");
  }
  if (!has_target) unsupported(entry, "no input of role target");
  if (has_identity != state.edit.identity.has_value())
    unsupported(entry, "an input of role identity and edit/identity belong together");
  if (state.edit.alignment != "whole") {
    const std::optional<int> side = side_of(state.target());
    if (!side)
      unsupported(entry, "the target must be a square picture of fixed size, or the alignment whole");
    state.side = *side;
  }
  if (state.edit.paste == "network" && state.session.outputs().size() < 2)
    unsupported(entry, "paste network: expected a second output, the mask");
  if (has_identity) {
    state.recogniser = models.entry(state.edit.identity->model);
    if (state.recogniser->inputs.empty() || side_of(state.recogniser->inputs[0]) != kAlignedSize)
      unsupported(*state.recogniser, "expected a recogniser of 112 x 112");
    state.recognition.emplace(models, state.edit.identity->model, options);
    if (state.edit.identity->emap) state.emap = last_initializer(bytes, name);
  }
}

PictureNetwork::~PictureNetwork() = default;
PictureNetwork::PictureNetwork(PictureNetwork&&) noexcept = default;

const ModelEntry& PictureNetwork::entry() const {
  return state_->entry;
}

std::vector<std::string> PictureNetwork::models() const {
  std::vector<std::string> out{state_->entry.name};
  if (state_->recogniser) out.push_back(state_->recogniser->name);
  return out;
}

bool PictureNetwork::takes_whole_pictures() const {
  return state_->side == 0;
}

PictureNetwork::Source PictureNetwork::source_of(const Image& image, const Face& face) const {
  Source out;
  for (const ModelInput* input : state_->order) {
    if (input->role == "identity") {
      std::vector<float> values = state_->identity_of(image, face);
      const auto count = static_cast<std::int64_t>(values.size());
      out[input->name] = {{1, count}, std::move(values)};
    } else if (input->role == "source") {
      const int side = *side_of(*input);
      const Image crop = warp(image, crop_from_image(face.points, "arcface_112", side), side, side);
      out[input->name] = picture_tensor(crop, *input);
    }
  }
  return out;
}

void PictureNetwork::change_face(Image& image, Mask& changed, const Face& face, const Source& source) const {
  const State& state = *state_;
  const int side = state.side;
  Similarity to_crop = crop_from_image(face.points, state.edit.alignment, side);
  const Image target = warp(image, to_crop, side, side);
  const std::vector<Tensor> answers = state.run(target, source);
  const Image made = picture_of(answers.at(0), state.edit, state.entry, side, side);
  Mask mask;
  if (state.edit.paste == "network") {
    mask = mask_of(answers.at(1), state.entry, side);
  } else if (state.edit.paste == "face") {
    Landmarks68 in_crop = face.landmarks;
    for (Point& point : in_crop) point = to_crop(point);
    mask = face_mask(in_crop, side);
  } else if (state.edit.paste == "box") {
    mask = box_mask(side);
  } else {
    mask = {side, side, std::vector<std::uint8_t>(made.pixels.size() / 3, 255)};
  }
  const Image fit = fitted(made, mask, to_crop);
  paste_back(image, changed, fit, mask, to_crop);
}

Image PictureNetwork::change_whole(const Image& image) const {
  const State& state = *state_;
  const Image whole = filled_up(image, static_cast<int>(state.edit.multiple));
  const Tensor answer = state.run(whole, {}).at(0);
  const Image made = picture_of(answer, state.edit, state.entry, whole.width, whole.height);
  if (made.width == image.width && made.height == image.height) return made;
  Image out = make_image(image.width, image.height);
  for (int y = 0; y < out.height; ++y)
    std::copy(made.row(y), made.row(y) + static_cast<std::ptrdiff_t>(out.width) * 3, out.row(y));
  return out;
}

}  // namespace kyc
