// kyclops quality: how natural photos and clips look, and how well they show a face.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kyc/cli/commands.h"
#include "kyc/cli/face_output.h"
#include "kyc/cli/inputs.h"
#include "kyc/core/error.h"
#include "kyc/core/pipeline.h"
#include "kyc/core/registry.h"
#include "kyc/face/analyzer.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"
#include "kyc/quality/brisque.h"
#include "kyc/quality/component.h"
#include "kyc/quality/similarity.h"
#include "kyc/video/reader.h"
#include "kyc/video/sampler.h"

namespace kyc::cli {
namespace {

constexpr float kFaceMargin =
    1.3F;  // of the region "face": a square, this many times the longer side of the box

struct QualityOptions {
  std::vector<std::string> paths;
  std::string reference;
  std::string region = "whole";
  std::vector<int> size;
  double rate_hz = 1;
  bool no_face = false;
};

struct Component {
  std::string name;
  std::unique_ptr<QualityComponent> method;
};

// Of one picture or frame.
struct Measured {
  int width = 0;
  int height = 0;
  std::optional<BrisqueScore> brisque;
  bool face = false;
  std::vector<QualityValue> values;  // one per component, if there is a face
  std::vector<double> similarities;  // PSNR, SSIM, MS-SSIM, if there is a reference
};

constexpr const char* kSimilarities[] = {"psnr", "ssim", "ms_ssim"};

// What all inputs of a run share.
struct QualityBench {
  const QualityOptions& options;
  std::unique_ptr<FaceAnalyzer> faces;
  std::vector<Component> components;
  std::optional<Image> reference;

  Measured measure(const Image& image) const {
    Measured out{image.width, image.height, {}, false, {}, {}};
    std::optional<Face> face;
    if (faces) {
      const std::vector<Face> found = faces->analyze(image);
      if (!found.empty()) face = found.front();
    }
    out.face = face.has_value();
    if (face)
      for (const Component& component : components)
        out.values.push_back(component.method->measure(image, *face));
    if (options.region == "whole")
      out.brisque = score(image, {0, 0, static_cast<float>(image.width), static_cast<float>(image.height)});
    else if (face)
      out.brisque = score(image, square(face->detection.box));
    if (reference) {
      out.similarities = {psnr(image, *reference), ssim(image, *reference)};
      if (std::min(image.width, image.height) >= 161) out.similarities.push_back(ms_ssim(image, *reference));
    }
    return out;
  }

 private:
  static Box square(const Box& box) {
    const float side = kFaceMargin * std::max(box.width, box.height);
    const Point center = box.center();
    return {center.x - side / 2, center.y - side / 2, side, side};
  }

  std::optional<BrisqueScore> score(const Image& image, const Box& box) const {
    const int width = options.size.empty() ? static_cast<int>(std::lround(box.width)) : options.size[0];
    const int height = options.size.empty() ? static_cast<int>(std::lround(box.height)) : options.size[1];
    if (options.region == "whole" && width == image.width && height == image.height) return brisque(image);
    if (options.region == "whole") return brisque(resize(image, width, height, Interpolation::Area));
    const Image part =
        crop(image, box, static_cast<int>(std::lround(box.width)), static_cast<int>(std::lround(box.height)));
    return brisque(resize(part, width, height, Interpolation::Area));
  }
};

struct Mean {
  double sum = 0;
  std::int64_t count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  Json json() const { return count == 0 ? Json(nullptr) : Json(sum / static_cast<double>(count)); }
};

// Means over the frames of an input.
struct Summary {
  std::int64_t frames = 0;
  std::int64_t frames_with_face = 0;
  Measured last;
  Mean brisque;
  std::optional<BrisqueScore> brisque_last;
  std::vector<Mean> native;
  std::vector<Mean> quality;
  std::vector<Mean> similarities;
  std::string damage;

  void add(Measured&& one) {
    ++frames;
    if (one.face) ++frames_with_face;
    if (one.brisque) {
      brisque.add(one.brisque->score);
      brisque_last = one.brisque;
    }
    native.resize(std::max(native.size(), one.values.size()));
    quality.resize(native.size());
    for (std::size_t i = 0; i < one.values.size(); ++i) {
      native[i].add(one.values[i].native);
      quality[i].add(one.values[i].quality);
    }
    similarities.resize(std::max(similarities.size(), one.similarities.size()));
    for (std::size_t i = 0; i < one.similarities.size(); ++i) similarities[i].add(one.similarities[i]);
    last = std::move(one);
  }
};

Summary measure_clip(const QualityBench& bench,
                     const std::filesystem::path& path,
                     int jobs,
                     const Progress& progress) {
  VideoReader reader(path);
  FrameSampler sampler(reader, bench.options.rate_hz);
  Summary out;
  ordered_parallel<Frame, Measured>([&](Frame& frame) { return sampler.next(frame); },
                                    [&](const Frame& frame, int) { return bench.measure(frame.image); },
                                    [&](Measured&& measured) {
                                      out.add(std::move(measured));
                                      if (progress) progress(static_cast<std::uint64_t>(out.frames), 0);
                                      return true;
                                    },
                                    jobs);
  out.damage = reader.damage().message;
  return out;
}

Json quality_json(const QualityBench& bench, const std::filesystem::path& path, const Summary& summary) {
  Json out = {{"path", path.string()},
              {"frames", summary.frames},
              {"width", summary.last.width},
              {"height", summary.last.height},
              {"brisque", summary.brisque.json()},
              {"brisque_region", bench.options.region},
              {"brisque_size", nullptr}};
  if (summary.brisque_last) out["brisque_size"] = {summary.brisque_last->width, summary.brisque_last->height};
  for (std::size_t i = 0; i < summary.similarities.size(); ++i)
    out[kSimilarities[i]] = summary.similarities[i].json();
  if (bench.faces) {
    out["frames_with_face"] = summary.frames_with_face;
    Json face = nullptr;
    for (std::size_t i = 0; i < summary.native.size(); ++i)
      face[bench.components[i].name] = {{"quality", summary.quality[i].json()},
                                        {"native", summary.native[i].json()},
                                        {"unit", bench.components[i].method->unit()}};
    out["face"] = face;
  }
  if (!summary.damage.empty()) out["damage"] = summary.damage;
  return out;
}

void print_quality(const QualityBench& bench, const std::filesystem::path& path, const Summary& summary) {
  std::printf("%s  %d x %d", path.string().c_str(), summary.last.width, summary.last.height);
  if (summary.frames != 1) std::printf("  %lld frames", static_cast<long long>(summary.frames));
  if (summary.brisque_last)
    std::printf("  BRISQUE %.2f (%s, %d x %d)",
                summary.brisque.sum / static_cast<double>(summary.brisque.count),
                bench.options.region.c_str(),
                summary.brisque_last->width,
                summary.brisque_last->height);
  else
    std::printf("  BRISQUE - (%s)", bench.options.region == "face" ? "no face" : "no structure");
  for (std::size_t i = 0; i < summary.similarities.size(); ++i)
    std::printf("  %s %.4f",
                kSimilarities[i],
                summary.similarities[i].sum / static_cast<double>(summary.similarities[i].count));
  if (bench.faces && summary.native.empty()) std::printf("  no face");
  std::printf("%s\n", summary.damage.empty() ? "" : ("  damaged: " + summary.damage).c_str());
  for (std::size_t i = 0; i < summary.native.size(); ++i)
    std::printf("  %-20s %3.0f   %.4g %s\n",
                bench.components[i].name.c_str(),
                summary.quality[i].sum / static_cast<double>(summary.quality[i].count),
                summary.native[i].sum / static_cast<double>(summary.native[i].count),
                bench.components[i].method->unit());
}

QualityBench make_quality_bench(const QualityOptions& options, const GlobalOptions& global) {
  QualityBench bench{options, nullptr, {}, std::nullopt};
  if (options.no_face && options.region == "face")
    throw Error(ErrorCode::InvalidArgument, "--region face needs faces: leave out --no-face");
  if (!options.reference.empty()) bench.reference = read_image(options.reference);
  if (!options.no_face) {
    const ModelManifest models(global.models);
    bench.faces = std::make_unique<FaceAnalyzer>(ModelResources{models, {}});
    for (const MethodInfo& method : Registry<QualityComponent>::list())
      bench.components.push_back({method.name, Registry<QualityComponent>::make(method.name, {})});
  }
  return bench;
}

Summary measure_input(const QualityBench& bench, const Input& input, const GlobalOptions& global) {
  if (input.kind == InputKind::Clip)
    return measure_clip(
        bench, input.path, jobs_of(global), progress_bar(input.path.filename().string(), "frames", global));
  if (input.kind != InputKind::Picture) throw Error(ErrorCode::NotFound, problem_of(input));
  Summary out;
  const Image image = read_image(input.path);
  try {
    out.add(bench.measure(image));
  } catch (const Error& error) {
    throw Error(error.code(), input.path.string() + ": " + error.what());
  }
  return out;
}

int run_quality(const QualityOptions& options, const GlobalOptions& global) {
  const QualityBench bench = make_quality_bench(options, global);
  const std::vector<Input> inputs = inputs_of(options.paths);
  bool failed = false;
  struct Result {
    Summary summary;
    std::optional<Error> error;
  };
  const auto result_of = [&](const Input& input) {
    try {
      return Result{measure_input(bench, input, global), std::nullopt};
    } catch (const Error& error) {
      return Result{{}, error};
    }
  };
  const auto print = [&](const Input& input, const Result& result) {
    if (result.error) {
      failed = true;
      if (global.json) print_json(failure_to_json(input.path, *result.error));
      std::fprintf(stderr, "kyclops: %s\n", result.error->what());
    } else if (global.json) {
      print_json(quality_json(bench, input.path, result.summary));
    } else {
      print_quality(bench, input.path, result.summary);
    }
    std::fflush(stdout);  // errors go to stderr: keep the order
  };
  // Photos several at a time, the frames of a clip likewise, in the order given.
  std::size_t next = 0;
  while (next < inputs.size()) {
    std::size_t printed = next;
    ordered_parallel<const Input*, Result>(
        [&](const Input*& input) {
          if (next == inputs.size() || inputs[next].kind == InputKind::Clip) return false;
          input = &inputs[next++];
          return true;
        },
        [&](const Input* input, int) { return result_of(*input); },
        [&](Result&& result) {
          print(inputs[printed++], result);
          return true;
        },
        jobs_of(global));
    if (next == inputs.size()) break;
    const Input& clip = inputs[next++];
    print(clip, result_of(clip));
  }
  return failed ? kBadInput : kDone;
}

}  // namespace

void add_quality(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<QualityOptions>();
  App* verb = app.add_subcommand(
      "quality", "How natural photos and clips look (BRISQUE), and how well they show a face");
  verb->fallthrough();
  verb->add_option("paths", options->paths, "Photos, clips, folders of them")->required();
  verb->add_option(
      "--reference", options->reference, "Also PSNR, SSIM and MS-SSIM to this photo of the same size");
  verb->add_option(
          "--region", options->region, "What BRISQUE looks at: whole, or a square around the largest face")
      ->check(is_member({"whole", "face"}))
      ->capture_default_str();
  verb->add_option("--size", options->size, "Width and height to which BRISQUE's region is scaled first")
      ->expected(2)
      ->check(in_range(16, 16384));
  verb->add_option("--rate", options->rate_hz, "Frames per second of a clip that are looked at; 0: all")
      ->check(kNonNegativeNumber)
      ->capture_default_str();
  verb->add_flag("--no-face", options->no_face, "Do not look for a face");
  verb->footer(
      "BRISQUE: 0 to 100, lower is more natural; it depends on the size, so compare pictures of one size. "
      "The face's\n"
      "components: 0 to 100, higher is better (ISO/IEC 29794-5), and the measure behind it. A clip's values "
      "are means\n"
      "over its frames. Exit code 3 if an input failed.");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_quality(*options, global); };
  });
}

}  // namespace kyc::cli
