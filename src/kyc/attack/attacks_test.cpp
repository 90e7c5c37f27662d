// Every registered attack and restorer, on drawn faces: what all of them promise.

#include <algorithm>
#include <cstdlib>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/attack/run.h"
#include "kyc/core/error.h"
#include "kyc/core/registry.h"
#include "kyc/image/codec.h"
#include "kyc/testing/synthetic.h"

namespace kyc {
namespace {

constexpr int kFrames = 8;

// Drawn media in a folder of their own, and what analyses them; made once.
class Workshop {
 public:
  Workshop() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kyc_attacks_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    write_image(folder_ / "first.png", draw_synthetic_face({.identity = 3}).image);
    write_image(folder_ / "second.png", draw_synthetic_face({.identity = 1, .mouth_open = 0.4F}).image);
    WriteOptions options;
    options.width = options.height = 320;
    options.frame_rate = 25;
    options.lossless = true;
    VideoWriter writer(folder_ / "driver.mp4", options);
    for (int i = 0; i < kFrames; ++i) writer.write(draw_turning_face(11, i, kFrames).image);
    writer.finish();
  }
  ~Workshop() { std::filesystem::remove_all(folder_); }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  // With as many sources and as much of a target as the attack wants. Attacks with a length get a short one.
  AttackJob job_for(const std::string& method) const {
    const auto attack = Registry<Attack>::make(method, resources_);
    const AttackTraits traits = attack->traits();
    AttackJob job;
    job.method = method;
    for (int i = 0; i < traits.sources; ++i)
      job.sources.push_back(folder_ / (i == 0 ? "first.png" : "second.png"));
    if (traits.needs_target) job.target = folder_ / "driver.mp4";
    for (const AttackOption& option : attack->options())
      if (option.name == "seconds" && !job.target) job.options.values["seconds"] = "0.5";
    job.options.seed = 5;
    return job;
  }
  AttackTraits traits_of(const std::string& method) const {
    return Registry<Attack>::make(method, resources_)->traits();
  }
  std::filesystem::path driver() const { return folder_ / "driver.mp4"; }
  std::filesystem::path portrait() const { return folder_ / "first.png"; }
  const Forge& forge() const { return forge_; }
  const ModelResources& resources() const { return resources_; }

 private:
  std::filesystem::path folder_;
  ModelManifest models_{KYC_SOURCE_DIR "/models"};
  ModelResources resources_{models_, {}};
  FaceAnalyzer analyzer_{resources_};
  Forge forge_{analyzer_, resources_};
};

const Workshop& workshop() {
  static const Workshop made;
  return made;
}

struct Finished {
  std::vector<Image> targets;
  std::vector<ForgedFrame> frames;
  AttackRecord record;
};

Finished run_of(const AttackJob& job) {
  Finished out;
  out.record = workshop().forge().run(job, [&](const Frame& target, const ForgedFrame& forged) {
    out.targets.push_back(target.image);
    out.frames.push_back(forged);
  });
  return out;
}

std::vector<std::string> names_of_attacks() {
  std::vector<std::string> out;
  for (const MethodInfo& info : Registry<Attack>::list())
    if (!info.name.starts_with("test/")) out.push_back(info.name);
  return out;
}
std::vector<std::string> names_of_restorers() {
  std::vector<std::string> out;
  for (const MethodInfo& info : Registry<Restorer>::list())
    if (!info.name.starts_with("test/")) out.push_back(info.name);
  return out;
}
std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string out = info.param;
  for (char& c : out)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return out;
}

// Of a method whose network a user must bring: the message.
std::optional<std::string> missing_model(const std::function<void()>& make) {
  try {
    make();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::NotFound) return error.what();
    throw;
  }
  return std::nullopt;
}

class EveryAttack : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto missing = missing_model([&] {
      const AttackJob job = workshop().job_for(GetParam());
      run_of(job);
    });
    if (missing) GTEST_SKIP() << *missing;
  }
};

TEST_P(EveryAttack, SaysWhatItImitatesAndWhatItsOptionsMean) {
  const auto attack = Registry<Attack>::make(GetParam(), workshop().resources());
  EXPECT_FALSE(attack->traits().imitates.empty());
  for (const AttackOption& option : attack->options())
    EXPECT_FALSE(option.description.empty()) << option.name;
}

TEST_P(EveryAttack, GivesAMaskOfThePicturesSizeAndLeavesTheRestUntouched) {
  const Finished run = run_of(workshop().job_for(GetParam()));
  const AttackTraits traits = workshop().traits_of(GetParam());
  ASSERT_FALSE(run.frames.empty());
  for (std::size_t i = 0; i < run.frames.size(); ++i) {
    const ForgedFrame& forged = run.frames[i];
    ASSERT_GT(forged.image.width, 0);
    ASSERT_EQ(forged.mask.width, forged.image.width);
    ASSERT_EQ(forged.mask.height, forged.image.height);
    ASSERT_EQ(forged.mask.values.size() * 3, forged.image.pixels.size());
    EXPECT_EQ(forged.image.width, run.frames[0].image.width) << "one size for the whole clip";
    // Another scene (a screen held before a camera) has no untouched pixels to compare.
    if (!traits.needs_target || !traits.in_place ||
        forged.image.pixels.size() != run.targets[i].pixels.size())
      continue;
    std::size_t changed_outside = 0;
    for (std::size_t p = 0; p < forged.mask.values.size(); ++p)
      if (forged.mask.values[p] == 0)
        for (std::size_t c = 0; c < 3; ++c)
          changed_outside += forged.image.pixels[3 * p + c] != run.targets[i].pixels[3 * p + c] ? 1 : 0;
    EXPECT_EQ(changed_outside, 0U) << "frame " << i;
  }
  if (traits.needs_target) {
    EXPECT_EQ(run.frames.size(), kFrames);
  }
  EXPECT_GT(run.record.changed, 0.01);
}

TEST_P(EveryAttack, GivesTheSameForTheSameSeedOnAnyNumberOfThreads) {
  AttackJob job = workshop().job_for(GetParam());
  const Finished first = run_of(job);
  job.jobs = 3;
  const Finished second = run_of(job);
  ASSERT_EQ(first.frames.size(), second.frames.size());
  for (std::size_t i = 0; i < first.frames.size(); ++i) {
    EXPECT_EQ(first.frames[i].image, second.frames[i].image);
    EXPECT_EQ(first.frames[i].mask, second.frames[i].mask);
  }
  EXPECT_EQ(to_json(first.record), to_json(second.record));
}

TEST_P(EveryAttack, WritesDownEveryInputAndOption) {
  const AttackJob job = workshop().job_for(GetParam());
  const Finished run = run_of(job);
  const AttackTraits traits = workshop().traits_of(GetParam());
  EXPECT_EQ(run.record.inputs.size(),
            static_cast<std::size_t>(traits.sources) + (traits.needs_target ? 1 : 0));
  for (const AttackRecord::Input& input : run.record.inputs) EXPECT_EQ(input.sha256.size(), 64U);
  EXPECT_EQ(run.record.options.seed, 5U);
  const auto attack = Registry<Attack>::make(GetParam(), workshop().resources());
  // Length and size come from the target, where there is one.
  const std::vector<AttackOption> options = attack->options();
  const auto in_force = std::count_if(
      options.begin(), options.end(), [&](const AttackOption& one) { return !job.target || !one.of_still; });
  EXPECT_EQ(run.record.options.values.size(), static_cast<std::size_t>(in_force));
  for (const std::string& model : run.record.models)
    EXPECT_THAT(model, testing::ContainsRegex(" [0-9a-f]{64}([+][0-9a-f]{64})*$"));
  EXPECT_EQ(run.record.frames, static_cast<std::int64_t>(run.frames.size()));
}

TEST_P(EveryAttack, RefusesAnOptionThatItDoesNotHave) {
  AttackJob job = workshop().job_for(GetParam());
  job.options.values["no_such_option"] = "1";
  try {
    run_of(job);
    ADD_FAILURE() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    EXPECT_THAT(error.what(), testing::HasSubstr("no_such_option"));
  }
}

// Of attacks that are made from a still: a target clip says how long, how fast and how large.
TEST_P(EveryAttack, TakesLengthAndSizeFromATargetIfItMay) {
  if (!workshop().traits_of(GetParam()).takes_target) GTEST_SKIP() << "takes no target, or needs one";
  AttackJob job = workshop().job_for(GetParam());
  job.options.values.erase("seconds");
  job.target = workshop().driver();
  job.post = {"restore/sharpen"};
  const Finished run = run_of(job);
  EXPECT_EQ(run.frames.size(), kFrames);
  EXPECT_EQ(run.frames[0].image.width, 320);
  EXPECT_EQ(run.record.inputs.back().role, "target");
  EXPECT_EQ(run.record.options.values.count("seconds"), 0U);
  job.options.values["seconds"] = "1";
  try {
    run_of(job);
    ADD_FAILURE() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("'seconds' is the target clip's"));
  }
}

TEST_P(EveryAttack, TakesAPhotoInsteadOfATargetIfItMay) {
  if (!workshop().traits_of(GetParam()).takes_still) GTEST_SKIP() << "does not show a still";
  AttackJob job = workshop().job_for(GetParam());
  job.target.reset();
  EXPECT_THROW(run_of(job), Error) << "neither of both";
  job.sources = {workshop().portrait()};
  job.options.values["seconds"] = "0.2";
  const Finished run = run_of(job);
  EXPECT_EQ(run.frames.size(), 6U);
  ASSERT_EQ(run.record.inputs.size(), 1U);
  EXPECT_EQ(run.record.inputs[0].role, "source");
}

// A video codec among the steps looks at the clip; what comes out has its masks and as many frames.
TEST(Post, AVideoCodecBetweenOtherSteps) {
  AttackJob job = workshop().job_for("swap/landmark");
  job.post = {"restore/sharpen", "degrade/reencode:chain=longest160+crf35", "degrade/jpeg"};
  const Finished one = run_of(job);
  ASSERT_EQ(one.frames.size(), kFrames);
  EXPECT_EQ(one.frames[3].image.width, 160);
  EXPECT_EQ(one.frames[3].mask.width, 160);
  for (std::size_t i = 0; i < kFrames; ++i) EXPECT_EQ(one.targets[i].width, 320) << i;
  job.jobs = 3;
  const Finished many = run_of(job);
  for (std::size_t i = 0; i < kFrames; ++i) EXPECT_EQ(one.frames[i].image, many.frames[i].image) << i;
}

INSTANTIATE_TEST_SUITE_P(Registered, EveryAttack, testing::ValuesIn(names_of_attacks()), test_name);

class EveryRestorer : public testing::TestWithParam<std::string> {};

TEST_P(EveryRestorer, IsTheSameTwiceAndSaysWhatItImitates) {
  std::unique_ptr<Restorer> restorer;
  std::optional<std::string> missing;
  const SyntheticPicture picture = draw_synthetic_face({.identity = 3});
  const Mask mask{320, 320, std::vector<std::uint8_t>(320 * 320, 255)};
  RestoreFrame about;
  about.seed = 5;
  about.mask = &mask;
  Image once;
  Image twice;
  missing = missing_model([&] {
    restorer = Registry<Restorer>::make(GetParam(), workshop().resources());
    const OptionValues values(GetParam(), restorer->options(), {});
    once = restorer->restore(picture.image, about, values);
    twice = restorer->restore(picture.image, about, values);
  });
  if (missing) GTEST_SKIP() << *missing;
  EXPECT_FALSE(restorer->imitates().empty());
  for (const AttackOption& option : restorer->options()) EXPECT_FALSE(option.description.empty());
  EXPECT_EQ(once, twice);
  EXPECT_GT(once.width, 0);
  EXPECT_NE(once, picture.image) << "it does something";
}

INSTANTIATE_TEST_SUITE_P(Registered, EveryRestorer, testing::ValuesIn(names_of_restorers()), test_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EveryRestorer);

}  // namespace
}  // namespace kyc
