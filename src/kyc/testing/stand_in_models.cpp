#include "kyc/testing/stand_in_models.h"

#include <algorithm>
#include <cmath>

#include "kyc/core/files.h"
#include "kyc/nn/manifest.h"
#include "kyc/testing/stand_in.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

const ModelInput* with_role(const ModelEntry& entry, const std::string& role) {
  const auto found = std::find_if(
      entry.inputs.begin(), entry.inputs.end(), [&](const ModelInput& input) { return input.role == role; });
  return found == entry.inputs.end() ? nullptr : &*found;
}

std::int64_t side_of(const ModelInput& input) {
  return input.shape.at(input.layout == "NHWC" ? 1 : 2);
}

// A recogniser's answer is normalised or not, which decides how far an identity can tint.
StandInPainter painter_for(const ModelEntry& entry) {
  const ModelInput& target = *with_role(entry, "target");
  const ModelEdit& edit = *entry.edit;
  StandInPainter out;
  out.size = side_of(target);
  out.channels_last = target.layout == "NHWC";
  out.target = target.name;
  for (std::size_t c = 0; c < 3; ++c) {
    // The network's unit -> pixel -> the answer's unit.
    out.gain[c] = target.scale[c] / edit.scale[c];
    out.offset[c] = (target.mean[c] - edit.mean[c]) / edit.scale[c];
  }
  const bool swaps = entry.task == "face_swap";
  if (out.size > 0) out.blur = out.size / 64 * 2 + 1;
  out.blur_share = swaps ? 1.0F : -0.8F;
  if (const ModelInput* identity = with_role(entry, "identity")) {
    out.identity = identity->name;
    out.identity_size = identity->shape.at(1);
    // Whatever the identity, its numbers are positive and of about this sum: what is left is a colour cast.
    constexpr float kCast = 0.6F;  // of colours of 0..1
    const float unit = 255 / edit.scale[0];
    const auto terms = static_cast<float>(out.identity_size) / 3;
    out.tint = kCast * unit / terms *
               (edit.identity->normalise ? std::sqrt(static_cast<float>(out.identity_size)) : 1 / 1.5F);
    for (float& offset : out.offset) offset -= kCast * unit;
  }
  if (const ModelInput* source = with_role(entry, "source")) {
    out.source = source->name;
    out.source_size = side_of(*source);
    for (std::size_t c = 0; c < 3; ++c) {  // the source's mean colour comes on top of half of the target
      out.gain[c] *= 0.5F;
      out.offset[c] *= 0.5F;
    }
  }
  if (edit.identity && edit.identity->emap) {  // value i of the identity goes to place i + 1
    const auto size = static_cast<std::size_t>(out.identity_size);
    out.last.assign(size * size, 0);
    for (std::size_t i = 0; i < size; ++i) out.last[i * size + (i + 1) % size] = 1;
  }
  return out;
}

void link_files(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  if (!fs::is_directory(from)) return;
  for (const auto& entry : fs::directory_iterator(from))
    fs::create_symlink(fs::canonical(entry.path()), to / entry.path().filename());
}

void put(const fs::path& file, const std::vector<std::uint8_t>& bytes) {
  fs::create_directories(file.parent_path());
  fs::remove(file);  // a link to a real one, which must not be written through
  write_file(file, bytes);
}

}  // namespace

void write_stand_in_models(const fs::path& models, const fs::path& out) {
  const ModelManifest manifest(models);
  fs::create_directories(out);
  for (const char* folder : {"files", "shipped", "detectors"}) link_files(models / folder, out / folder);
  fs::copy_file(models / "manifest.json", out / "manifest.json");
  for (const ModelEntry& entry : manifest.entries()) {
    if (!entry.edit || entry.format != "onnx") continue;
    put(out / entry.file, stand_in_painter(painter_for(entry)));
    if (!entry.edit->identity) continue;
    const ModelEntry& recogniser = manifest.entry(entry.edit->identity->model);
    const ModelInput& identity = *with_role(entry, "identity");
    put(out / recogniser.file,
        stand_in_recogniser(identity.shape.at(1), recogniser.inputs.at(0).layout == "NHWC"));
  }
}

}  // namespace kyc
