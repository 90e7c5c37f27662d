#include "kyc/training/training_set.h"

#include <map>
#include <set>

#include <gmock/gmock.h>

#include "kyc/core/files.h"
#include "kyc/dataset/sample.h"
#include "kyc/training/drawn_set_test.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class TrainingSets : public DrawnSet {
 protected:
  // Empty files: what is in them does not matter here.
  void touch(const fs::path& file) const {
    fs::create_directories((root_ / file).parent_path());
    write_text_file(root_ / file, "");
  }
  void touch_people(const std::string& folder, int count) const {
    for (int i = 0; i < count; ++i) touch(fs::path(folder) / ("p" + std::to_string(i) + ".jpg"));
  }
};

TEST_F(TrainingSets, PlainFoldersAreSpeciesAndEverybodyIsInOneSplit) {
  touch_people("bona_fide", 50);
  touch_people("stylegan", 30);
  touch("bona_fide/readme.txt");
  const TrainingSet set = read_training_set(root_);
  ASSERT_EQ(set.items.size(), 80U);
  const ClassCounts counts = class_counts(set.items);
  EXPECT_EQ(counts.at("train")[0], 30U);  // 60 % of each class
  EXPECT_EQ(counts.at("train")[1], 18U);
  EXPECT_EQ(counts.at("val")[0] + counts.at("test")[0], 20U);
  for (const TrainingItem& item : set.items) EXPECT_EQ(item.species, item.attack ? "stylegan" : "bona_fide");
  std::map<std::string, std::set<std::string>> splits;
  for (const TrainingItem& item : set.items) splits[item.identity].insert(item.split);
  for (const auto& [identity, of_it] : splits) EXPECT_EQ(of_it.size(), 1U) << identity;
}

TEST_F(TrainingSets, TheSeedDealsAndNothingElse) {
  touch_people("real", 20);
  touch_people("fake", 20);
  const auto splits = [&](std::uint64_t seed) {
    std::string out;
    for (const TrainingItem& item : read_training_set(root_, {.seed = seed}).items) out += item.split + " ";
    return out;
  };
  EXPECT_EQ(splits(1), splits(1));
  EXPECT_NE(splits(1), splits(2));
}

TEST_F(TrainingSets, FoldersThatAreSplitAlreadyStaySo) {
  touch("train/live/a.png");
  touch("train/print/b.png");
  touch("val/live/c.png");
  touch("test/print/d.mp4");
  const TrainingSet set = read_training_set(root_);
  ASSERT_EQ(set.items.size(), 4U);
  for (const TrainingItem& item : set.items)
    EXPECT_THAT(item.file.string(), HasSubstr("/" + item.split + "/"));
  EXPECT_TRUE(set.items.back().attack || set.items.front().attack);
}

TEST_F(TrainingSets, OnlyTheSpeciesAskedForAreTakenAndAllBonaFide) {
  touch_people("bona_fide", 10);
  touch_people("swap_a", 10);
  touch_people("morph", 10);
  std::set<std::string> species;
  for (const TrainingItem& item : read_training_set(root_, {.species = {"swap"}}).items)
    species.insert(item.species);
  EXPECT_EQ(species, (std::set<std::string>{"bona_fide", "swap_a"}));
}

TEST_F(TrainingSets, OfSpeciesLeftOutTheTestSplitMayKeepTheSamePeople) {
  touch_people("bona_fide", 20);
  touch_people("swap_a", 20);
  touch_people("morph", 20);
  std::map<std::string, std::set<std::string>> all;
  for (const TrainingItem& item : read_training_set(root_).items)
    all[item.split + " " + item.species].insert(item.identity);
  std::map<std::string, std::set<std::string>> taken;
  for (const TrainingItem& item :
       read_training_set(root_, {.species = {"swap"}, .test_all_species = true}).items)
    taken[item.split + " " + item.species].insert(item.identity);
  EXPECT_EQ(taken.count("train morph") + taken.count("val morph"), 0U);
  EXPECT_FALSE(taken["test morph"].empty());
  for (const auto& [group, people] : taken) EXPECT_EQ(people, all[group]) << group;
}

std::string manifest_line(const std::string& id,
                          const std::string& path,
                          SampleKind kind,
                          const std::string& split) {
  Sample sample;
  sample.id = id;
  sample.path = path;
  sample.kind = kind;
  sample.identity = "anna";
  sample.species = kind == SampleKind::Attack ? "swap/graphics" : "bona_fide";
  sample.compression = "c23";
  sample.split = split;
  sample.sha256 = std::string(64, '0');
  if (path.empty()) sample.failure = "no face";
  return to_json_line(sample) + "\n";
}

TEST_F(TrainingSets, OfADataSetTheManifestSaysLabelsAndSplits) {
  touch("media/a.mp4");
  touch("media/b.mp4");
  write_text_file(root_ / "manifest.jsonl",
                  manifest_line("1", "media/a.mp4", SampleKind::BonaFide, "train") +
                      manifest_line("2", "media/b.mp4", SampleKind::Attack, "test") +
                      manifest_line("3", "", SampleKind::Attack, "train"));
  const TrainingSet set = read_training_set(root_);
  ASSERT_EQ(set.items.size(), 2U);
  EXPECT_EQ(set.without_file, 1U);
  EXPECT_FALSE(set.items[0].attack);
  EXPECT_EQ(set.items[1].split, "test");
  EXPECT_EQ(set.items[1].compression, "c23");
}

TEST_F(TrainingSets, FilesThatAreNotThereAreCountedAndNamed) {
  touch("media/a.mp4");
  write_text_file(root_ / "manifest.jsonl",
                  manifest_line("1", "media/a.mp4", SampleKind::BonaFide, "train") +
                      manifest_line("2", "media/gone.mp4", SampleKind::Attack, "train"));
  const std::string message = refusal(ErrorCode::NotFound, [&] { (void)read_training_set(root_); });
  EXPECT_THAT(message, HasSubstr("1 of 2 files are not there"));
  EXPECT_THAT(message, HasSubstr("gone.mp4"));
}

TEST_F(TrainingSets, AFolderWithoutAnythingSaysWhatWasExpected) {
  EXPECT_THAT(refusal(ErrorCode::NotFound, [&] { (void)read_training_set(root_); }), HasSubstr("bona_fide"));
  EXPECT_THAT(refusal(ErrorCode::NotFound, [&] { (void)read_training_set(root_ / "none"); }),
              HasSubstr("no such folder"));
}

TEST_F(TrainingSets, OneClassIsNotEnoughUnlessAttacksAreMade) {
  touch_people("bona_fide", 20);
  const TrainingSet set = read_training_set(root_);
  const std::string message =
      refusal(ErrorCode::InvalidArgument, [&] { check_classes(set.items, "the set", false); });
  EXPECT_THAT(message, HasSubstr("12 bona fide samples and 0 attacks"));
  EXPECT_THAT(message, HasSubstr("--self-blended"));
  EXPECT_NO_THROW(check_classes(set.items, "the set", true));
}

}  // namespace
}  // namespace kyc
