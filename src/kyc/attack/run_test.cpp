// Attacks from files to files, with an attack and a restorer that are made for these tests.

#include "kyc/attack/run.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/registry.h"
#include "kyc/image/codec.h"
#include "kyc/image/transform.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

using testing::HasSubstr;

// Inverts the box of the face; counts calls in its mask's first value.
class Invert final : public Attack {
 public:
  explicit Invert(const ModelResources& /*resources*/) {}
  AttackTraits traits() const override {
    AttackTraits traits;
    traits.imitates = "nothing";
    return traits;
  }
  std::vector<AttackOption> options() const override { return {{"strength", "1", "0 to 1"}}; }
  std::unique_ptr<Forger> begin(std::span<const AttackSource> sources,
                                const TargetInfo& /*target*/,
                                const AttackOptions& options) const override {
    OptionValues("test/invert", this->options(), options.values).number("strength", 0, 1);
    if (!sources[0].face) throw Error(ErrorCode::InvalidArgument, sources[0].name + ": shows no face");
    class Run final : public Forger {
      ForgedFrame forge(const TargetFrame& target) override {
        const Image& image = target.frame->image;
        ForgedFrame out{image, {image.width, image.height, {}}};
        out.mask.values.resize(image.pixels.size() / 3);
        const Box& box = target.face->detection.box;
        for (int y = std::max(0, static_cast<int>(box.y));
             y < std::min(image.height, static_cast<int>(box.bottom()));
             ++y)
          for (int x = std::max(0, static_cast<int>(box.x));
               x < std::min(image.width, static_cast<int>(box.right()));
               ++x) {
            for (int c = 0; c < 3; ++c) out.image.row(y)[3 * x + c] ^= 0xFF;
            out.mask.row(y)[x] = 255;
          }
        return out;
      }
    };
    return std::make_unique<Run>();
  }
};
const Registration<Attack, Invert> kInvert{"test/invert", "for tests"};

// Needs no target: grey frames of growing brightness.
class Grey final : public Attack {
 public:
  explicit Grey(const ModelResources& /*resources*/) {}
  AttackTraits traits() const override {
    AttackTraits traits;
    traits.sources = 0;
    traits.needs_target = false;
    traits.needs_target_face = false;
    return traits;
  }
  TargetInfo plan(std::span<const AttackSource> /*sources*/,
                  const AttackOptions& /*options*/) const override {
    return {32, 16, 10, 5};
  }
  std::unique_ptr<Forger> begin(std::span<const AttackSource> /*sources*/,
                                const TargetInfo& /*target*/,
                                const AttackOptions& /*options*/) const override {
    class Run final : public Forger {
      ForgedFrame forge(const TargetFrame& target) override {
        ForgedFrame out{make_image(32, 16), {32, 16, std::vector<std::uint8_t>(32 * 16, 255)}};
        std::fill(out.image.pixels.begin(),
                  out.image.pixels.end(),
                  static_cast<std::uint8_t>(10 * target.frame->index));
        return out;
      }
    };
    return std::make_unique<Run>();
  }
};
const Registration<Attack, Grey> kGrey{"test/grey", "for tests"};

class Halve final : public Restorer {
 public:
  explicit Halve(const ModelResources& /*resources*/) {}
  std::string imitates() const override { return "nothing"; }
  std::vector<AttackOption> options() const override { return {{"by", "2", "1 to 4"}}; }
  Image restore(Image image, const RestoreFrame& /*frame*/, const OptionValues& values) const override {
    const int by = values.whole_number("by", 1, 4);
    return resize(image, image.width / by, image.height / by, Interpolation::Area);
  }
};
const Registration<Restorer, Halve> kHalve{"test/halve", "for tests"};

class RunAttack : public testing::Test {
 protected:
  static constexpr int kFrames = 14;

  static void SetUpTestSuite() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kyc_attack_XXXXXX").string();
    folder() = ::mkdtemp(pattern.data());
    write_image(folder() / "victim.png", draw_synthetic_face({.identity = 3}).image);
    write_image(folder() / "nobody.png", make_image(64, 64));
    WriteOptions options;
    options.width = options.height = 320;
    options.frame_rate = 25;
    options.lossless = true;
    VideoWriter writer(folder() / "driver.mp4", options);
    VideoWriter empty(folder() / "empty.mp4", options);
    for (int i = 0; i < kFrames; ++i) {
      // Frame 6 shows no face: it is put between its neighbours. Times are uneven.
      const double time_s = i * 0.04 + (i > 8 ? 0.02 : 0);
      writer.write(i == 6 ? make_image(320, 320) : draw_turning_face(11, i, kFrames).image, time_s);
      empty.write(make_image(320, 320), time_s);
    }
    writer.finish();
    empty.finish();
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder()); }
  static std::filesystem::path& folder() {
    static std::filesystem::path path;
    return path;
  }

  AttackJob job() const {
    AttackJob out;
    out.method = "test/invert";
    out.sources = {folder() / "victim.png"};
    out.target = folder() / "driver.mp4";
    return out;
  }

  ModelManifest models_{KYC_SOURCE_DIR "/models"};
  ModelResources resources_{models_, {}};
  FaceAnalyzer analyzer_{resources_};
  Forge forge_{analyzer_, resources_};
};

struct Collected {
  std::vector<Image> images;
  std::vector<double> times;
  FrameSink sink() {
    return [this](Frame& target, ForgedFrame& forged) {
      images.push_back(forged.image);
      times.push_back(target.time_s);
    };
  }
};

ErrorCode code_of(const std::function<void()>& action, std::string* message = nullptr) {
  try {
    action();
  } catch (const Error& error) {
    if (message) *message = error.what();
    return error.code();
  }
  ADD_FAILURE() << "expected an Error";
  return ErrorCode::Internal;
}

TEST_F(RunAttack, ResultDependsNeitherOnTheThreadsNorOnWhoFoundTheFace) {
  Collected one;
  const AttackRecord record = forge_.run(job(), one.sink());
  EXPECT_EQ(record.frames, kFrames);
  EXPECT_EQ(record.frames_without_face, 0) << "the gap of one frame is bridged";
  EXPECT_GT(record.changed, 0.1);

  AttackJob threads = job();
  threads.jobs = 3;
  Collected three;
  EXPECT_EQ(to_json(forge_.run(threads, three.sink())), to_json(record));
  EXPECT_EQ(three.images, one.images);

  const auto track = folder() / "driver.track";
  EXPECT_EQ(forge_.write_track(*job().target, track, 0, 2), kFrames);
  AttackJob tracked = job();
  tracked.track = track;
  Collected again;
  EXPECT_EQ(to_json(forge_.run(tracked, again.sink())), to_json(record));
  EXPECT_EQ(again.images, one.images);
}

TEST_F(RunAttack, KeepsTheTimesOfTheTarget) {
  Collected all;
  forge_.run(job(), all.sink());
  ASSERT_EQ(all.times.size(), kFrames);
  EXPECT_NEAR(all.times[8], 0.32, 1e-4);
  EXPECT_NEAR(all.times[9], 0.38, 1e-4);
}

TEST_F(RunAttack, RecordNamesEveryInputNetworkAndOption) {
  AttackJob with_post = job();
  with_post.post = {"test/halve:by=4"};
  with_post.options.seed = 7;
  std::vector<std::pair<int, int>> sizes;
  const AttackRecord record = forge_.run(with_post, [&](Frame&, ForgedFrame& forged) {
    sizes.emplace_back(forged.image.width, forged.image.height);
    EXPECT_EQ(forged.mask.width, forged.image.width);
    EXPECT_EQ(forged.mask.values.size(), forged.image.pixels.size() / 3);
  });
  EXPECT_THAT(sizes, testing::Each(std::pair(80, 80)));
  ASSERT_EQ(record.inputs.size(), 2U);
  EXPECT_EQ(record.inputs[0].role, "source");
  EXPECT_EQ(record.inputs[0].sha256, sha256_hex_of_file(folder() / "victim.png"));
  EXPECT_EQ(record.inputs[1].role, "target");
  EXPECT_EQ(record.options.values.at("strength"), "1");
  EXPECT_THAT(record.post, testing::ElementsAre("test/halve:by=4"));
  EXPECT_THAT(record.models, testing::Contains(testing::StartsWith("fr_landmark ")));
  const std::string json = to_json(record);
  EXPECT_THAT(json, HasSubstr("\"seed\":7"));
  EXPECT_THAT(json, HasSubstr(record.inputs[1].sha256));
}

TEST_F(RunAttack, AttackWithoutTargetIsAskedForWhatItPlans) {
  AttackJob grey;
  grey.method = "test/grey";
  Collected all;
  const AttackRecord record = forge_.run(grey, all.sink());
  ASSERT_EQ(record.frames, 5);
  EXPECT_EQ(all.images[3].pixels[0], 30);
  EXPECT_DOUBLE_EQ(all.times[3], 0.3);
  EXPECT_TRUE(record.models.empty()) << "nothing was analysed";
}

TEST_F(RunAttack, StopsAtMaxS) {
  AttackJob cut = job();
  cut.max_s = 0.2;
  EXPECT_EQ(forge_.run(cut, [](Frame&, ForgedFrame&) {}).frames, 6);
}

TEST_F(RunAttack, RefusesWhatCannotBeDone) {
  const FrameSink nothing = [](Frame&, ForgedFrame&) {};
  std::string message;
  AttackJob wrong = job();
  wrong.sources.clear();
  EXPECT_EQ(code_of([&] { forge_.run(wrong, nothing); }), ErrorCode::InvalidArgument);
  wrong = job();
  wrong.sources = {folder() / "nobody.png"};
  EXPECT_EQ(code_of([&] { forge_.run(wrong, nothing); }, &message), ErrorCode::InvalidArgument);
  EXPECT_THAT(message, HasSubstr("nobody.png"));
  wrong = job();
  wrong.target = folder() / "empty.mp4";
  EXPECT_EQ(code_of([&] { forge_.run(wrong, nothing); }, &message), ErrorCode::Unsupported);
  EXPECT_THAT(message, HasSubstr("empty.mp4"));
  wrong = job();
  wrong.options.values["strenght"] = "1";
  EXPECT_EQ(code_of([&] { forge_.run(wrong, nothing); }, &message), ErrorCode::InvalidArgument);
  EXPECT_THAT(message, HasSubstr("known: strength"));
  wrong = job();
  wrong.options.values["strength"] = "2";
  EXPECT_EQ(code_of([&] { forge_.run(wrong, nothing); }, &message), ErrorCode::InvalidArgument);
  wrong = job();
  wrong.post = {"test/halve:by"};
  EXPECT_EQ(code_of([&] { forge_.run(wrong, nothing); }), ErrorCode::InvalidArgument);
  wrong = job();
  wrong.method = "test/none";
  EXPECT_EQ(code_of([&] { forge_.run(wrong, nothing); }), ErrorCode::NotFound);
  wrong = job();
  wrong.track = folder() / "other.track";
  forge_.write_track(folder() / "empty.mp4", *wrong.track);
  EXPECT_EQ(code_of([&] { forge_.run(wrong, nothing); }), ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace kyc
