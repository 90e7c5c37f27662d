// Whole data sets, of faces drawn in code.

#include "kyc/dataset/build.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include "kyc/core/error.h"
#include "kyc/dataset/build_support_test.h"
#include "kyc/dataset/summary.h"
#include "kyc/dataset/verify.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;
using build_test::BuildTest;
using build_test::frames_of;
using build_test::kFrames;
using build_test::kRate;
using build_test::tree;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Build : public BuildTest {};

TEST_F(Build, MakesWhatThePlanSaysAndVerifyFindsItWhole) {
  add_people();
  const BuildResult result = build(root_ / "set", recipe_text());
  EXPECT_EQ(result.failed, 0U);
  const Dataset dataset = read_dataset(root_ / "set");
  EXPECT_EQ(dataset.samples.size(), result.items);
  // 4 portraits; 2 clips and 2 x 2 pairs on one side, in 2 compressions each.
  EXPECT_EQ(result.items, 4U + 2 * 2 + 4 * 2);
  const VerifyReport report = verify_dataset(root_ / "set", 2);
  EXPECT_TRUE(report.whole()) << ::testing::PrintToString(report.broken)
                              << ::testing::PrintToString(report.extra);
  EXPECT_EQ(report.files, result.items);
  const DatasetSummary summary = summarize(dataset.samples);
  EXPECT_EQ(summary.rows.front().species, "bona_fide");
  EXPECT_EQ(summary.identities.at("train") + summary.identities.at("test"), 6U);
}

TEST_F(Build, IsTheSameByteForByteOnAnyNumberOfThreadsAndTheSecondTime) {
  add_people();
  build(root_ / "one", recipe_text(), 1);
  build(root_ / "three", recipe_text(), 3);
  const auto once = tree(root_ / "one");
  EXPECT_EQ(once, tree(root_ / "three"));
  const BuildResult again = build(root_ / "one", recipe_text(), 2);
  EXPECT_EQ(again.kept, again.items);
  EXPECT_EQ(once, tree(root_ / "one"));
  // What is lost is made again.
  fs::remove_all(root_ / "one" / "media" / "test");
  EXPECT_LT(build(root_ / "one", recipe_text()).kept, again.items);
  EXPECT_EQ(once, tree(root_ / "one"));
}

TEST_F(Build, NobodyIsOnTwoSides) {
  add_people();
  add_clip("ann", 3);  // a victim who is a driver too
  fs::copy_file(root_ / "portraits/bea.png", root_ / "portraits/bea_again.png");  // one file, two names
  const Plan made = plan(recipe_text("train = 0.4\nval = 0.2\ntest = 0.4"));
  std::map<std::string, std::set<std::string>> splits;
  std::uint64_t attacks = 0;
  for (const PlannedGroup& group : made.groups)
    for (const Sample& sample : planned_samples(made, group)) {
      splits[sample.identity].insert(sample.split);
      if (!sample.driver.empty()) splits[sample.driver].insert(sample.split);
      attacks += sample.kind == SampleKind::Attack ? 1 : 0;
    }
  for (const auto& [identity, sides] : splits) EXPECT_THAT(sides, SizeIs(1)) << identity;
  EXPECT_EQ(splits.at("bea"), splits.at("bea_again"));
  EXPECT_EQ(made.skips.same_identity, 1U);
  EXPECT_EQ(attacks / 2 + made.skips.cross_split + made.skips.same_identity, 5U * 3);
}

TEST_F(Build, EveryFileLeadsBackToTheHashOfItsSources) {
  add_people();
  build(root_ / "set", recipe_text());
  std::set<std::string> sources;
  for (const char* folder : {"portraits", "clips"})
    for (const auto& entry : fs::directory_iterator(root_ / folder))
      sources.insert(sha256_hex_of_file(entry.path()));
  const Dataset dataset = read_dataset(root_ / "set");
  std::map<std::string, const Sample*> by_id;
  for (const Sample& sample : dataset.samples) by_id[sample.id] = &sample;
  std::uint64_t chains = 0;
  const std::function<void(const Sample&)> walk = [&](const Sample& sample) {
    ASSERT_FALSE(sample.parents.empty()) << sample.path;
    for (const SampleParent& parent : sample.parents) {
      if (parent.id.empty()) {
        EXPECT_THAT(sources, Contains(parent.sha256)) << sample.path;
        ++chains;
      } else {
        ASSERT_TRUE(by_id.contains(parent.id)) << sample.path;
        EXPECT_EQ(by_id.at(parent.id)->sha256, parent.sha256);
        walk(*by_id.at(parent.id));
      }
    }
  };
  for (const Sample& sample : dataset.samples) {
    walk(sample);
    EXPECT_EQ(sample.sha256, sha256_hex_of_file(dataset.file_of(sample)));
    EXPECT_EQ(sample.consent, "drawn");
    if (sample.kind != SampleKind::Attack) continue;
    EXPECT_THAT(sample.parents, SizeIs(2));
    EXPECT_THAT(sample.record.at("models"), HasSubstr("fr_detect"));
    // The file itself says so, too.
    const std::vector<std::uint8_t> bytes = read_file(dataset.file_of(sample));
    const std::string text(bytes.begin(), bytes.end());
    EXPECT_NE(text.find(sample.id), std::string::npos);
    EXPECT_NE(text.find(sample.parents[0].sha256), std::string::npos);
    EXPECT_NE(text.find(sample.parents[1].sha256), std::string::npos);
  }
  EXPECT_EQ(chains, 4U + 2 * 2 + 4 * 2 * 2);
}

TEST_F(Build, C0HoldsTheForgedPixelsAndEveryCompressionTheTimesOfTheSource) {
  add_people();
  build(root_ / "set", recipe_text());
  const Plan made = plan(recipe_text());
  const FaceAnalyzer analyzer(resources_);
  std::size_t checked = 0;
  for (const PlannedGroup& group : made.groups) {
    if (group.kind != GroupKind::Attack) continue;
    const SourceFile& driver = made.drivers[static_cast<std::size_t>(group.driver)];
    const std::vector<Frame> original = frames_of(driver.file);
    std::vector<Image> forged;
    run_attack(analyzer, resources_, attack_job(made, group), [&](Frame&, ForgedFrame& frame) {
      forged.push_back(frame.image);
    });
    for (const Sample& sample : planned_samples(made, group)) {
      const std::vector<Frame> stored = frames_of(root_ / "set" / sample.path);
      ASSERT_EQ(stored.size(), static_cast<std::size_t>(kFrames));
      if (driver.identity == "flo") {
        EXPECT_NEAR(VideoReader(root_ / "set" / sample.path).info().frame_rate, kRate, 1e-3);
      }
      for (std::size_t k = 0; k < stored.size(); ++k) {
        EXPECT_NEAR(stored[k].time_s, original[k].time_s, 1.0 / 90000);
        if (sample.compression == "c0") {
          EXPECT_EQ(stored[k].image, forged[k]) << k;
        }
      }
      ++checked;
    }
  }
  EXPECT_EQ(checked, 8U);
}

TEST_F(Build, WhatCanNotBeMadeIsInTheManifestAndTheRestGoesOn) {
  add_people();
  write_text_file(root_ / "portraits/broken.png", "no picture");
  write_image(root_ / "portraits/empty.png", make_image(200, 200));
  write_text_file(root_ / "clips/broken.mp4", "no clip");
  add_empty_clip("nobody");
  const BuildResult result = build(root_ / "set", recipe_text("test = 1"));
  const Dataset dataset = read_dataset(root_ / "set");
  std::set<std::string> reasons;
  std::uint64_t failed = 0;
  for (const Sample& sample : dataset.samples) {
    // Neither half has what cannot be read or shows nobody: no attack of it, and no bona fide sample.
    const bool bad = sample.driver == "broken" || sample.driver == "nobody" || sample.identity == "broken" ||
                     sample.identity == "nobody" || sample.identity == "empty";
    EXPECT_EQ(sample.failure.has_value(), bad) << sample.identity << " " << sample.driver;
    if (!sample.failure) continue;
    ++failed;
    EXPECT_TRUE(sample.path.empty());
    EXPECT_EQ(sample.failure->find(root_.string()), std::string::npos) << *sample.failure;
    reasons.insert(*sample.failure);
  }
  EXPECT_EQ(result.failed, failed);
  EXPECT_THAT(reasons, Contains(HasSubstr("clips/broken.mp4")));
  EXPECT_THAT(reasons, Contains(HasSubstr("portraits/broken.png")));
  EXPECT_THAT(reasons, Contains("portraits/empty.png: shows no face"));
  EXPECT_THAT(reasons, Contains("clips/nobody.mp4: no frame shows a face"));
  EXPECT_TRUE(verify_dataset(root_ / "set", 2).whole());
}

TEST_F(Build, AFullDiskFailsItemsAndASecondBuildMakesThem) {
  add_people();
  const fs::path disk = root_ / "disk";
  fs::create_directories(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1400k") != 0)
    GTEST_SKIP() << "a small file system can only be mounted by root";
  const BuildResult full = build(disk / "set", recipe_text("test = 1"));
  EXPECT_GT(full.failed, 0U);
  std::uint64_t said = 0;
  for (const Sample& sample : read_dataset(disk / "set").samples)
    if (sample.failure) said += sample.failure->find("space") != std::string::npos ? 1 : 0;
  EXPECT_EQ(said, full.failed);
  mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=64m");
  EXPECT_EQ(build(disk / "set", recipe_text("test = 1")).failed, 0U);
  const auto mended = tree(disk / "set");
  umount(disk.c_str());
  build(root_ / "set", recipe_text("test = 1"));
  EXPECT_EQ(mended, tree(root_ / "set"));
}

TEST_F(Build, ItemsOfAnotherRecipeAreOnlyRemovedWhenAsked) {
  add_people();
  build(root_ / "set", recipe_text());
  std::string other = recipe_text();
  other.replace(other.find("\"c0\", "), 6, "");
  try {
    build(root_ / "set", other);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr("--prune"));
  }
  const BuildResult pruned = build(root_ / "set", other, 2, true);
  EXPECT_EQ(pruned.kept, pruned.items);
  EXPECT_TRUE(verify_dataset(root_ / "set", 2).whole());
}

// Options of stills mean nothing beside a driver; a video codec among the steps keeps the number of frames.
TEST_F(Build, AReplayIsAsLongAsItsDriverAlsoThroughAVideoCodec) {
  add_clip("eve", 11);
  const std::string text =
      recipe_text("test = 1") +
      "[[attacks]]\nmethod = \"present/replay\"\noptions = { width = \"160\", height = \"120\" }\n"
      "post = [\"degrade/reencode\"]\n";
  const std::string replay =
      text.substr(0, text.find("[[attacks]]")) + text.substr(text.rfind("[[attacks]]"));
  add_portrait("ann", 3);
  EXPECT_EQ(build(root_ / "set", replay).failed, 0U);
  std::size_t replays = 0;
  for (const Sample& sample : read_dataset(root_ / "set").samples) {
    if (sample.kind != SampleKind::Attack) continue;
    EXPECT_EQ(frames_of(root_ / "set" / sample.path).size(), static_cast<std::size_t>(kFrames));
    EXPECT_EQ(sample.record.at("options").find("seconds"), std::string::npos);
    ++replays;
  }
  EXPECT_EQ(replays, 2U);
  std::string wrong = replay;
  wrong.replace(wrong.find("width"), 5, "seconds = \"2\", width");
  EXPECT_THROW(plan(wrong), Error);
}

TEST_F(Build, ConsentAndLicenceMustBeStatedOrTheirAbsenceExplained) {
  add_people();
  std::string text = recipe_text();
  text.replace(text.find("consent = \"drawn\""), 17, "");
  try {
    plan(text);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("recipe.toml:8: no consent is stated for portraits/ann.png"));
  }
  text.replace(
      text.find("folder = \"portraits\""), 20, "folder = \"portraits\"\nno_consent_because = \"nobody\"");
  EXPECT_EQ(plan(text).victims.at(0).consent, "none stated: nobody");
}

TEST_F(Build, TheTableGivesIdentitiesAttributesAndTerms) {
  add_people();
  write_text_file(root_ / "people.csv",
                  "file,identity,age,sex,consent\nann.png,Ann A.,31,female,\nbea.png,,44,,by letter\n");
  std::string text = recipe_text("test = 1");
  text.replace(text.find("folder = \"portraits\""), 20, "folder = \"portraits\"\ntable = \"people.csv\"");
  const Plan made = plan(text + "\n");
  ASSERT_THAT(made.victims, SizeIs(2));
  EXPECT_EQ(made.victims[0].identity, "Ann A.");
  EXPECT_EQ(made.victims[0].attributes.at("age").value, "31");
  EXPECT_EQ(made.victims[1].identity, "bea");
  EXPECT_EQ(made.victims[1].consent, "by letter");
  EXPECT_FALSE(made.victims[1].attributes.contains("sex"));
}

TEST_F(Build, EstimatesAreMarkedAsSuchAndNeverReplaceWhatWasStated) {
  add_people();
  write_text_file(root_ / "people.csv", "file,age\nann.png,31\nbea.png,\n");
  std::string text = "estimate = [\"age\", \"sex\"]\n" + recipe_text("test = 1");
  text.replace(text.find("folder = \"portraits\""), 20, "folder = \"portraits\"\ntable = \"people.csv\"");
  build(root_ / "set", text);
  for (const Sample& sample : read_dataset(root_ / "set").samples) {
    ASSERT_TRUE(sample.attributes.contains("age")) << sample.identity;
    EXPECT_EQ(sample.attributes.at("age").estimated, sample.identity != "ann");
    EXPECT_TRUE(sample.attributes.at("sex").estimated);
    if (sample.identity == "ann") {
      EXPECT_EQ(sample.attributes.at("age").value, "31");
    }
  }
}

TEST_F(Build, VerifyNamesWhatIsMissingAlteredExtraAndBroken) {
  add_people();
  build(root_ / "set", recipe_text());
  const Dataset dataset = read_dataset(root_ / "set");
  const fs::path first = dataset.file_of(dataset.samples[0]);
  fs::remove(first);
  std::fstream altered(dataset.file_of(dataset.samples[5]), std::ios::in | std::ios::out | std::ios::binary);
  altered.seekp(300);
  altered.put('x');
  altered.close();
  write_text_file(root_ / "set/media/note.txt", "extra");
  const VerifyReport report = verify_dataset(root_ / "set", 2);
  EXPECT_THAT(report.missing, ::testing::ElementsAre(dataset.samples[0].path));
  EXPECT_THAT(report.altered, ::testing::ElementsAre(dataset.samples[5].path));
  EXPECT_THAT(report.extra, ::testing::ElementsAre("media/note.txt"));
  EXPECT_THAT(report.broken, IsEmpty());
  // A manifest that was cut off.
  std::string manifest = read_text_file(root_ / "set/manifest.jsonl");
  manifest.resize(manifest.rfind('\n', manifest.size() - 2) + 1);
  write_text_file(root_ / "set/manifest.jsonl", manifest);
  EXPECT_THAT(verify_dataset(root_ / "set", 2).broken, Contains(HasSubstr("lines as build.json says")));
}

}  // namespace
}  // namespace kyc
