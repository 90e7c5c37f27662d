// kyclops face analyze: what is known about every face in photos and clips.

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "kyc/cli/commands.h"
#include "kyc/cli/face_output.h"
#include "kyc/cli/inputs.h"
#include "kyc/core/error.h"
#include "kyc/core/pipeline.h"
#include "kyc/face/analyzer.h"
#include "kyc/face/tracker.h"
#include "kyc/image/codec.h"
#include "kyc/video/reader.h"
#include "kyc/video/writer.h"

namespace kyc::cli {
namespace {

namespace fs = std::filesystem;

struct FaceAnalyzeFlags {
  std::vector<std::string> paths;
  std::string detector = "fr_detect";
  std::string search = "until_found";
  std::string draw;
  bool landmarks = false;
};

constexpr int kMaxFacesOfPicture = 200;

const std::map<std::string, Search> kSearches{
    {"whole", Search::Whole}, {"until_found", Search::UntilFound}, {"everywhere", Search::Everywhere}};

// What one input became: its JSON object and the lines for people.
struct Report {
  Json json;
  std::string text;
  bool failed = false;
};

Report failure(const fs::path& path, const std::exception& error) {
  return {failure_to_json(path, error), "", true};
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// What all inputs of a run share.
struct Workshop {
  const FaceAnalyzeFlags& options;
  const GlobalOptions& global;
  FaceAnalyzer pictures;
  FaceAnalyzer frames;
  std::set<fs::path> drawn;  // names that are taken

  // A file of the same name in the folder of --draw; a second one of that name gets a number.
  fs::path drawing_path(const fs::path& input, const char* extension) {
    for (int i = 1;; ++i) {
      const std::string number = i > 1 ? "-" + std::to_string(i) : "";
      const fs::path path = fs::path(options.draw) / (input.stem().string() + number + extension);
      if (drawn.insert(path).second) return path;
    }
  }
};

Report analyze_picture(const Workshop& shop, const fs::path& path, const std::optional<fs::path>& drawing) {
  Image image = read_image(path);
  const std::vector<Face> faces = shop.pictures.analyze(image);
  Report report;
  report.json = {{"path", path.string()},
                 {"kind", "picture"},
                 {"width", image.width},
                 {"height", image.height},
                 {"frames", 1}};
  report.json["faces"] = Json::array();
  report.text = path.string() + "  " + std::to_string(image.width) + " x " + std::to_string(image.height) +
                "  " + counted(faces.size(), "face") + "\n";
  for (const Face& face : faces) {
    report.json["faces"].push_back(face_to_json(face, shop.options.landmarks));
    report.text += "  " + face_to_text(face) + "\n";
  }
  if (drawing) {
    for (const Face& face : faces) image = draw_face(std::move(image), face, "");
    write_image(*drawing, image);
    report.json["drawing"] = drawing->string();
  }
  return report;
}

// Pictures one after the other in the order given, several at a time.
void analyze_pictures(Workshop& shop,
                      std::span<const Input> inputs,
                      const std::function<void(Report&&)>& deliver) {
  struct Task {
    fs::path path;
    std::optional<fs::path> drawing;
  };
  std::size_t next = 0;
  ordered_parallel<Task, Report>(
      [&](Task& task) {
        if (next == inputs.size()) return false;
        task.path = inputs[next++].path;
        if (!shop.options.draw.empty()) task.drawing = shop.drawing_path(task.path, ".jpg");
        return true;
      },
      [&](Task& task, int) {
        try {
          return analyze_picture(shop, task.path, task.drawing);
        } catch (const Error& error) {
          return failure(task.path, error);
        }
      },
      [&](Report&& report) {
        deliver(std::move(report));
        return true;
      },
      jobs_of(shop.global));
}

// A face's way through a clip.
struct SeenTrack {
  std::int64_t frames = 0;
  double first_s = 0;
  double last_s = 0;
  HeadPose least;
  HeadPose most;

  void add(double time_s, const HeadPose& pose) {
    if (frames++ == 0) {
      first_s = time_s;
      least = most = pose;
    }
    last_s = time_s;
    least = {
        std::min(least.yaw, pose.yaw), std::min(least.pitch, pose.pitch), std::min(least.roll, pose.roll)};
    most = {std::max(most.yaw, pose.yaw), std::max(most.pitch, pose.pitch), std::max(most.roll, pose.roll)};
  }
};

Json track_to_json(int id, const SeenTrack& track) {
  const auto range = [](float least, float most) { return Json{rounded(least, 10), rounded(most, 10)}; };
  return {{"track", id},
          {"frames", track.frames},
          {"first_s", rounded(track.first_s, 1e6)},
          {"last_s", rounded(track.last_s, 1e6)},
          {"yaw", range(track.least.yaw, track.most.yaw)},
          {"pitch", range(track.least.pitch, track.most.pitch)},
          {"roll", range(track.least.roll, track.most.roll)}};
}

std::string track_to_text(int id, const SeenTrack& track) {
  char text[200];
  std::snprintf(
      text,
      sizeof(text),
      "  face %d  %lld frames from %.2f to %.2f s  yaw %+.0f to %+.0f  pitch %+.0f to %+.0f  roll %+.0f to "
      "%+.0f\n",
      id,
      static_cast<long long>(track.frames),
      track.first_s,
      track.last_s,
      track.least.yaw,
      track.most.yaw,
      track.least.pitch,
      track.most.pitch,
      track.least.roll,
      track.most.roll);
  return text;
}

struct AnalyzedFrame {
  std::int64_t index = 0;
  double time_s = 0;
  std::vector<Face> faces;
  Image picture;  // only where it is drawn
};

// Collects the frames of a clip as they come out, in order.
class ClipReport {
 public:
  ClipReport(const FaceAnalyzeFlags& options, const VideoInfo& info, const std::optional<fs::path>& drawing)
      : options_(options) {
    if (!drawing) return;
    WriteOptions write;
    write.width = info.width;
    write.height = info.height;
    if (info.frame_rate > 0 && info.frame_rate <= 1000) write.frame_rate = info.frame_rate;
    write.preset = "veryfast";
    writer_.emplace(*drawing, write);
  }

  void add(AnalyzedFrame&& frame) {
    std::vector<Box> boxes;
    for (const Face& face : frame.faces) boxes.push_back(face.detection.box);
    const std::vector<int> ids = tracker_.update(frame.time_s, boxes);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      Json json = {{"frame", frame.index}, {"time_s", rounded(frame.time_s, 1e6)}, {"track", ids[i]}};
      json.update(face_to_json(frame.faces[i], options_.landmarks));
      faces_.push_back(std::move(json));
      tracks_[ids[i]].add(frame.time_s, frame.faces[i].pose);
      if (writer_)
        frame.picture = draw_face(std::move(frame.picture), frame.faces[i], "face " + std::to_string(ids[i]));
    }
    ++frames_;
    frames_with_face_ += frame.faces.empty() ? 0 : 1;
    if (writer_) writer_->write(frame.picture, frame.time_s);
  }

  Report finish(const fs::path& path, const VideoReader& reader) {
    if (writer_) writer_->finish();
    const VideoInfo& info = reader.info();
    Report report;
    report.json = {{"path", path.string()},
                   {"kind", "clip"},
                   {"width", info.width},
                   {"height", info.height},
                   {"frame_rate", info.frame_rate},
                   {"codec", info.codec},
                   {"frames", frames_},
                   {"frames_with_face", frames_with_face_}};
    report.text = path.string() + "  " + std::to_string(info.width) + " x " + std::to_string(info.height) +
                  "  " + counted(static_cast<std::size_t>(frames_), "frame") + ", " +
                  std::to_string(frames_with_face_) + " with a face\n";
    if (!reader.damage().message.empty()) {
      report.json["damage"] = reader.damage().message;
      report.text += "  damaged: " + reader.damage().message + "\n";
    }
    report.json["tracks"] = Json::array();
    for (const auto& [id, track] : tracks_) {
      report.json["tracks"].push_back(track_to_json(id, track));
      report.text += track_to_text(id, track);
    }
    report.json["faces"] = std::move(faces_);
    return report;
  }

 private:
  const FaceAnalyzeFlags& options_;
  std::optional<VideoWriter> writer_;
  FaceTracker tracker_;
  std::map<int, SeenTrack> tracks_;
  Json faces_ = Json::array();
  std::int64_t frames_ = 0;
  std::int64_t frames_with_face_ = 0;
};

Report analyze_clip(Workshop& shop, const fs::path& path) {
  VideoReader reader(path);
  std::optional<fs::path> drawing;
  if (!shop.options.draw.empty()) drawing = shop.drawing_path(path, ".mp4");
  ClipReport report(shop.options, reader.info(), drawing);
  const Progress progress = progress_bar(path.filename().string(), "frames", shop.global);
  const auto total = static_cast<std::uint64_t>(reader.info().frame_count.value_or(0));
  std::uint64_t done = 0;
  ordered_parallel<Frame, AnalyzedFrame>(
      [&](Frame& frame) { return reader.next(frame); },
      [&](Frame& frame, int) {
        AnalyzedFrame out{frame.index, frame.time_s, shop.frames.analyze(frame.image), {}};
        if (drawing) out.picture = std::move(frame.image);
        return out;
      },
      [&](AnalyzedFrame&& frame) {
        report.add(std::move(frame));
        if (progress) progress(++done, total);
        return true;
      },
      jobs_of(shop.global));
  Report out = report.finish(path, reader);
  if (drawing) out.json["drawing"] = drawing->string();
  return out;
}

int run_analyze(const FaceAnalyzeFlags& options, const GlobalOptions& global) {
  const ModelManifest models(global.models);
  const ModelResources resources{models, {}};
  AnalyzerOptions picture_options;
  picture_options.detector = options.detector;
  picture_options.search = kSearches.at(options.search);
  picture_options.max_faces = kMaxFacesOfPicture;
  AnalyzerOptions frame_options;
  frame_options.detector = options.detector;
  Workshop shop{
      options, global, FaceAnalyzer(resources, picture_options), FaceAnalyzer(resources, frame_options), {}};
  if (!options.draw.empty()) fs::create_directories(options.draw);

  bool failed = false;
  const auto deliver = [&](Report&& report) {
    failed = failed || report.failed;
    if (report.failed)
      std::fprintf(stderr, "kyclops: %s\n", report.json["error"]["message"].get<std::string>().c_str());
    if (global.json)
      print_json(report.json);
    else
      std::printf("%s", report.text.c_str());
  };
  const std::vector<Input> inputs = inputs_of(options.paths);
  for (std::size_t i = 0; i < inputs.size();) {
    std::size_t end = i;
    while (end < inputs.size() && inputs[end].kind == InputKind::Picture) ++end;
    if (end > i) {
      analyze_pictures(shop, std::span(inputs).subspan(i, end - i), deliver);
      i = end;
      continue;
    }
    const Input& input = inputs[i++];
    try {
      if (input.kind != InputKind::Clip) throw Error(ErrorCode::NotFound, problem_of(input));
      deliver(analyze_clip(shop, input.path));
    } catch (const Error& error) {
      deliver(failure(input.path, error));
    }
  }
  return failed ? kBadInput : kDone;
}

}  // namespace

void add_face_analyze(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<FaceAnalyzeFlags>();
  App* verb = noun(app, "face", "Faces in photos and clips")
                  ->add_subcommand("analyze", "Boxes, points, head pose and eyes of every face");
  verb->fallthrough();
  verb->add_option("path", options->paths, "Photos, clips, and folders of them")->required();
  verb->add_option("--detector", options->detector, "How faces are found; see kyclops methods")
      ->capture_default_str();
  verb->add_option("--search", options->search, "How hard to look for small faces in photos")
      ->check(is_member({"whole", "until_found", "everywhere"}))
      ->capture_default_str();
  verb->add_flag("--landmarks", options->landmarks, "With --json: also the 68 points of every face");
  verb->add_option("--draw", options->draw, "Folder for the photos and clips with what was found drawn in");
  verb->footer("Exit code 0: done, faces or not; 3: an input could not be read, the others were done.");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_analyze(*options, global); };
  });
}

}  // namespace kyc::cli
