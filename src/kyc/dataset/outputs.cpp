#include "kyc/dataset/outputs.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "kyc/attack/run.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/image/mask_image.h"
#include "kyc/image/png_text.h"

namespace kyc {
namespace {

constexpr double kUnknownRate = 25;  // of a clip of one frame that says nothing

}  // namespace

std::string provenance_text(const Sample& sample) {
  nlohmann::ordered_json out = {
      {"program", sample.record.contains("program") ? sample.record.at("program") : ""},
      {"id", sample.id},
      {"kind", sample.kind == SampleKind::Attack ? "attack" : "bona_fide"},
      {"species", sample.species},
      {"compression", sample.compression}};
  out["parents"] = nlohmann::ordered_json::array();
  for (const SampleParent& parent : sample.parents)
    out["parents"].push_back({{"role", parent.role}, {"sha256", parent.sha256}});
  for (const char* key : {"method", "options", "post", "seed"})
    if (sample.record.contains(key)) out[key] = sample.record.at(key);
  return out.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

void publish_file(const std::filesystem::path& temporary,
                  const std::filesystem::path& folder,
                  Sample& sample) {
  const std::filesystem::path file = folder / sample.path;
  sample.sha256 = sha256_hex_of_file(temporary);
  sample.bytes = std::filesystem::file_size(temporary);
  sync_to_disk(temporary);
  std::error_code failure;
  std::filesystem::create_directories(file.parent_path(), failure);
  if (!failure) std::filesystem::rename(temporary, file, failure);
  if (failure)
    throw Error(ErrorCode::Unavailable, file.string() + ": could not be written: " + failure.message());
  sync_to_disk(file.parent_path());
}

struct ClipOutputs::State {
  struct Clip {
    std::filesystem::path temporary;
    WriteOptions options;
    std::optional<VideoWriter> writer;
  };
  std::filesystem::path folder;
  double frame_rate = 0;
  std::vector<Clip> clips;
  std::optional<Image> held;  // the first frame, while the rate is not known
  double held_time_s = 0;

  void open(const Image& image) {
    for (Clip& clip : clips) {
      clip.options.width = image.width;
      clip.options.height = image.height;
      clip.options.frame_rate = frame_rate;
      clip.writer.emplace(clip.temporary, clip.options);
    }
  }

  void encode(const Image& image, double time_s) {
    for (Clip& clip : clips) clip.writer->write(image, time_s);
  }

  void release_held() {
    open(*held);
    encode(*held, held_time_s);
    held.reset();
  }
};

ClipOutputs::ClipOutputs(const std::vector<Sample>& samples,
                         const std::filesystem::path& folder,
                         const std::filesystem::path& temporary,
                         const std::string& preset,
                         double frame_rate)
    : state_(std::make_unique<State>()) {
  state_->folder = folder;
  state_->frame_rate = frame_rate;
  for (const Sample& sample : samples) {
    State::Clip clip;
    clip.temporary = temporary / (sample.id + ".mp4");
    clip.options = write_options(compression_of(sample.compression));
    clip.options.preset = preset;
    clip.options.title = sample.kind == SampleKind::Attack ? "Synthetic: " + sample.species : "Bona fide";
    clip.options.comment = provenance_text(sample);
    state_->clips.push_back(std::move(clip));
  }
}
ClipOutputs::~ClipOutputs() {
  std::error_code ignored;
  for (State::Clip& clip : state_->clips) {
    clip.writer.reset();
    std::filesystem::remove(clip.temporary, ignored);
  }
}

void ClipOutputs::write(const Image& image, double time_s) {
  State& state = *state_;
  if (state.frame_rate <= 0) {
    if (!state.held) {
      state.held = image;
      state.held_time_s = time_s;
      return;
    }
    state.frame_rate = time_s > state.held_time_s ? 1 / (time_s - state.held_time_s) : kUnknownRate;
  }
  if (state.held) state.release_held();
  if (!state.clips.front().writer) state.open(image);
  state.encode(image, time_s);
}

void ClipOutputs::publish(std::vector<Sample>& samples) {
  State& state = *state_;
  if (state.held) {
    state.frame_rate = kUnknownRate;
    state.release_held();
  }
  if (!state.clips.front().writer)
    throw Error(ErrorCode::InvalidArgument, samples.front().path + ": the clip has no frame");
  for (std::size_t i = 0; i < samples.size(); ++i) {
    State::Clip& clip = state.clips[i];
    clip.writer->finish();
    clip.writer.reset();
    publish_file(clip.temporary, state.folder, samples[i]);
    char rate[32];
    std::snprintf(rate, sizeof(rate), "%.6g", state.frame_rate);
    samples[i].record["frame_rate"] = rate;
    samples[i].record["encoder"] = clip.options.lossless ? "x264 RGB lossless, preset " + clip.options.preset
                                                         : "x264 crf " + std::to_string(clip.options.crf) +
                                                               ", preset " + clip.options.preset;
  }
}

MaskOutput::MaskOutput(const std::vector<Sample>& samples,
                       const std::filesystem::path& folder,
                       const std::filesystem::path& temporary,
                       const std::string& preset,
                       double frame_rate)
    : folder_(folder) {
  const Sample& first = samples.front();
  if (!first.mask) return;
  Sample own = first;
  own.id = first.id + "-mask";
  own.path = first.mask->path;
  own.species = first.species + ", mask";
  own.compression = name_of(Compression::C0);
  own.mask.reset();
  temporary_ = temporary / own.id;
  own_.push_back(std::move(own));
  if (std::filesystem::path(first.mask->path).extension() == ".mp4")
    clip_.emplace(own_, folder, temporary, preset, frame_rate);
}

void MaskOutput::write(const Mask& mask, double time_s) {
  if (own_.empty()) return;
  if (clip_)
    clip_->write(image_of(mask), time_s);
  else
    picture_ = image_of(mask);
}

void MaskOutput::publish(std::vector<Sample>& samples) {
  if (own_.empty()) return;
  Sample& own = own_.front();
  if (clip_) {
    clip_->publish(own_);
  } else {
    if (!picture_) throw Error(ErrorCode::Internal, own.path + ": no mask was made");
    write_file(temporary_, with_png_text(encode_png(*picture_), "Comment", provenance_text(own)));
    publish_file(temporary_, folder_, own);
  }
  for (Sample& sample : samples) sample.mask = SampleFile{own.path, own.sha256, own.bytes};
}

}  // namespace kyc
