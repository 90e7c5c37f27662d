// kyclops challenge moves, perform: what a forger does with a recording of somebody, and what the tests do.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "kyc/cli/challenge.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/verification/challenge_performance.h"
#include "kyc/video/reader.h"
#include "kyc/video/writer.h"

namespace kyc::cli {
namespace {

namespace fs = std::filesystem;

struct PerformOptions {
  std::string clip;
  std::string moves;
  std::string challenge;
  std::string out;
  std::string how = "follow";
  double lead_s = 0;
};

// Chromium's pretended camera shows JPEGs at this rate, whatever they were recorded at.
constexpr double kJpegRate = 30;

constexpr Performance kPerformances[] = {
    Performance::Follow, Performance::Still, Performance::WrongDirection, Performance::TooEarly};

// What a file is written with, frame by frame.
class Recorder {
 public:
  virtual ~Recorder() = default;
  virtual void write(const Image& image) = 0;
  virtual void finish() {}
};

class ClipRecorder : public Recorder {
 public:
  ClipRecorder(const fs::path& path, const Image& first, double frame_rate)
      : writer_(path, options(first, frame_rate)) {}
  void write(const Image& image) override { writer_.write(image); }
  void finish() override { writer_.finish(); }

 private:
  static WriteOptions options(const Image& first, double frame_rate) {
    WriteOptions out;
    out.width = first.width;
    out.height = first.height;
    out.frame_rate = frame_rate;
    out.crf = 18;
    out.preset = "veryfast";
    return out;
  }
  VideoWriter writer_;
};

// JPEGs one after the other: one of the two formats that Chromium's pretended camera plays.
class JpegRecorder : public Recorder {
 public:
  explicit JpegRecorder(const fs::path& path) : path_(path), file_(path, std::ios::binary) {}
  void write(const Image& image) override {
    const auto bytes = encode_jpeg(image);
    file_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  void finish() override {
    file_.close();
    if (!file_) throw Error(ErrorCode::Unavailable, path_.string() + ": could not be written");
  }

 protected:
  fs::path path_;
  std::ofstream file_;
};

// YUV4MPEG2, 4:2:0, BT.601 with limited range: the other one.
class Y4mRecorder : public JpegRecorder {
 public:
  Y4mRecorder(const fs::path& path, const Image& first, double frame_rate)
      : JpegRecorder(path), width_(first.width / 2 * 2), height_(first.height / 2 * 2) {
    file_ << "YUV4MPEG2 W" << width_ << " H" << height_ << " F" << std::lround(frame_rate * 1000)
          << ":1000 Ip A1:1 C420jpeg\n";
  }
  void write(const Image& image) override {
    std::string planes;
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x) planes += byte(16 + mean(image, x, y, 1, {65.481, 128.553, 24.966}));
    for (const Weights& weights : {Weights{-37.797, -74.203, 112.0}, Weights{112.0, -93.786, -18.214}})
      for (int y = 0; y < height_; y += 2)
        for (int x = 0; x < width_; x += 2) planes += byte(128 + mean(image, x, y, 2, weights));
    file_ << "FRAME\n" << planes;
  }

 private:
  using Weights = std::array<double, 3>;
  static char byte(double value) {
    return static_cast<char>(static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L)));
  }
  static double mean(const Image& image, int x, int y, int side, const Weights& weights) {
    double sum = 0;
    for (int dy = 0; dy < side; ++dy)
      for (int dx = 0; dx < side; ++dx) {
        const std::uint8_t* pixel = image.row(y + dy) + 3 * (x + dx);
        sum += weights[0] * pixel[0] + weights[1] * pixel[1] + weights[2] * pixel[2];
      }
    return sum / (255.0 * side * side);
  }
  int width_;
  int height_;
};

std::unique_ptr<Recorder> recorder_for(const fs::path& path, const Image& first, double frame_rate) {
  const std::string extension = path.extension().string();
  if (extension == ".mjpeg") return std::make_unique<JpegRecorder>(path);
  if (extension == ".y4m") return std::make_unique<Y4mRecorder>(path, first, frame_rate);
  return std::make_unique<ClipRecorder>(path, first, frame_rate);
}

// The frames that are needed, read once through.
std::map<std::int64_t, Image> frames_of(VideoReader& reader,
                                        const std::set<std::int64_t>& wanted,
                                        const std::string& clip) {
  std::map<std::int64_t, Image> out;
  for (Frame frame; out.size() < wanted.size() && reader.next(frame);)
    if (wanted.contains(frame.index)) out[frame.index] = frame.image;
  if (out.size() < wanted.size())
    throw Error(ErrorCode::InvalidArgument, clip + ": has fewer frames than the moves name");
  return out;
}

// The same, after so much of the look straight ahead.
Challenge delayed(Challenge challenge, double lead_s) {
  const std::int64_t lead_ms = std::llround(lead_s * 1000);
  for (ChallengePrompt& prompt : challenge.prompts) {
    prompt.from_ms += lead_ms;
    prompt.until_ms += lead_ms;
  }
  challenge.length_ms += lead_ms;
  return challenge;
}

Moves moves_of(const PerformOptions& options, const GlobalOptions& global) {
  if (!options.moves.empty()) return moves_from_json(read_text_file(options.moves, 1 << 20), options.moves);
  return find_moves(every_frame_of(options.clip, global), {});
}

int print_moves(const PerformOptions& options, const GlobalOptions& global) {
  std::printf("%s\n", moves_to_json(moves_of(options, global)).c_str());
  return kDone;
}

int run_perform(const PerformOptions& options, const GlobalOptions& global) {
  const Challenge challenge = delayed(
      challenge_from_json(read_text_file(options.challenge, 1 << 20), options.challenge), options.lead_s);
  Performance performance = Performance::Follow;
  for (const Performance each : kPerformances)
    if (to_string(each) == options.how) performance = each;
  const Moves moves = moves_of(options, global);
  VideoReader reader{fs::path(options.clip)};
  const bool jpegs = fs::path(options.out).extension() == ".mjpeg";
  const double frame_rate = jpegs ? kJpegRate : reader.info().frame_rate;
  const std::vector<std::int64_t> plan = perform(challenge, moves, frame_rate, performance);
  const auto frames = frames_of(reader, {plan.begin(), plan.end()}, options.clip);
  const auto recorder = recorder_for(options.out, frames.at(plan.front()), frame_rate);
  for (const std::int64_t index : plan) recorder->write(frames.at(index));
  recorder->finish();
  if (!global.quiet) std::fprintf(stderr, "%s: %zu frames\n", options.out.c_str(), plan.size());
  return kDone;
}

}  // namespace

void add_challenge_perform(App& app, const GlobalOptions& global, Chosen& chosen) {
  const std::string about = "What a person is asked to do before the camera";
  const auto options = std::make_shared<PerformOptions>();
  App* verb = noun(app, "challenge", about)
                  ->add_subcommand("moves", "Find where a recording of somebody shows what challenges ask");
  verb->fallthrough();
  verb->add_option("clip", options->clip, "Clip of one person who moves")->required();
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return print_moves(*options, global); };
  });

  verb = noun(app, "challenge", about)
             ->add_subcommand("perform",
                              "Cut a recording so that it follows a challenge, or fails it in a given way");
  verb->fallthrough();
  verb->add_option("clip", options->clip, "Clip of one person who moves")->required();
  verb->add_option("--challenge", options->challenge, "JSON file of the challenge")->required();
  verb->add_option("--out", options->out, "What is made: .mp4, .mov, .mjpeg, .y4m")->required();
  verb->add_option(
      "--moves", options->moves, "What `kyclops challenge moves` found in the clip (else searched now)");
  verb->add_option("--how", options->how, "follow, still, wrong_direction or too_early")
      ->check(is_member({"follow", "still", "wrong_direction", "too_early"}))
      ->capture_default_str();
  verb->add_option(
          "--lead",
          options->lead_s,
          "Seconds of the look straight ahead before it: for a camera that runs before the recording")
      ->check(in_range(0, 60))
      ->capture_default_str();
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_perform(*options, global); };
  });
}

}  // namespace kyc::cli
