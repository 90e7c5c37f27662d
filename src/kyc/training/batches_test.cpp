#include "kyc/training/batches.h"

#include <map>
#include <numeric>
#include <set>

#include <gmock/gmock.h>

#include "kyc/core/files.h"
#include "kyc/training/drawn_set_test.h"
#include "kyc/video/writer.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Batches : public DrawnSet {
 protected:
  static ModelInput input() {
    ModelInput out;
    out.name = "image";
    out.shape = {1, 3, 32, 32};
    out.colour = "RGB";
    out.mean = out.scale = {127.5F, 127.5F, 127.5F};
    return out;
  }
  CropOptions crop_options() const {
    CropOptions out;
    out.side = 32;
    out.landmarks = true;
    out.folder = root_ / "crops";
    return out;
  }
};

TEST_F(Batches, AreTheSameInWhateverOrderTheyAreAskedFor) {
  const TrainingSet set = read_training_set(draw(5));
  const CropStore store(set.items, test_resources(), crop_options(), 2);
  for (const CropStore::Failure& failure : store.failures()) ADD_FAILURE() << failure.reason;
  const std::vector<CropRef> crops = crops_of_split(set.items, store, "train");
  const BatchOptions options{.size = 4, .self_blended = 0.5};
  const BatchMaker first(set.items, store, crops, input(), options);
  const BatchMaker second(set.items, store, crops, input(), options);
  std::map<std::pair<std::uint64_t, std::size_t>, TrainingBatch> made;
  for (std::uint64_t epoch = 0; epoch < 5; ++epoch)
    for (std::size_t step = 0; step < first.steps_per_epoch(); ++step)
      made[{epoch, step}] = first.batch(epoch, step);
  for (auto at = made.rbegin(); at != made.rend(); ++at) {
    const TrainingBatch again = second.batch(at->first.first, at->first.second);
    EXPECT_EQ(again.inputs, at->second.inputs);
    EXPECT_EQ(again.targets, at->second.targets);
  }
  EXPECT_NE((made[{0, 0}].inputs), (made[{1, 0}].inputs));
}

TEST_F(Batches, CropsThatAreKeptInsideOfAPictureHaveNoBlackRims) {
  const TrainingSet set = read_training_set(draw(3));
  const auto darkest_corner = [&](const CropOptions& options) {
    const CropStore store(set.items, test_resources(), options, 1);
    const Image crop = store.crop(crops_of_split(set.items, store, "train").at(0)).image;
    const int last = crop.width - 1;
    int out = 255;
    for (const auto& [x, y] : {std::pair(0, 0), {last, 0}, {0, last}, {last, last}})
      out = std::min<int>(out, *std::max_element(crop.row(y) + 3 * x, crop.row(y) + 3 * x + 3));
    return out;
  };
  CropOptions options = crop_options();
  options.margin = 10;  // more than the picture has
  options.slack = 1;
  EXPECT_EQ(darkest_corner(options), 0);
  options.inside = true;
  EXPECT_GT(darkest_corner(options), 20);
}

TEST_F(Batches, OfMovementAreMadeOfClipsAlone) {
  const fs::path folder = draw(1, false) / "bona_fide";
  WriteOptions clip;
  clip.width = clip.height = 320;
  clip.frame_rate = 12;
  clip.preset = "ultrafast";
  VideoWriter writer(folder / "clip.mp4", clip);
  for (int i = 0; i < 6; ++i)
    writer.write(
        draw_synthetic_face({.identity = 3, .pose = {.yaw = 4.0F * static_cast<float>(i)}}, 3).image);
  writer.finish();
  CropOptions options = crop_options();
  options.landmarks = false;
  options.movement = true;
  options.margin = 2;
  options.frames = 3;
  const TrainingSet set = read_training_set(root_ / "set", {.shares = {1, 0, 0}});
  ASSERT_EQ(set.items.size(), 2U);
  const CropStore store(set.items, test_resources(), options, 1);
  const bool clip_first = set.items[0].file.extension() == ".mp4";
  EXPECT_EQ(store.count(clip_first ? 0 : 1), 3U);
  ASSERT_EQ(store.failures().size(), 1U);  // the photo
  EXPECT_THAT(store.failures()[0].reason, HasSubstr("no two frames with a face"));
  const Image picture = store.crop({clip_first ? 0U : 1U, 0}).image;
  int most_bending = 0;  // in blue: a head that turns is not flat
  for (std::size_t i = 2; i < picture.pixels.size(); i += 3)
    most_bending = std::max<int>(most_bending, picture.pixels[i]);
  EXPECT_GT(most_bending, 20);

  options.margin = 3;  // with the slack more than a view has
  EXPECT_THAT(
      refusal(ErrorCode::InvalidArgument, [&] { CropStore(set.items, test_resources(), options, 1); }),
      HasSubstr("at most 3"));
}

TEST_F(Batches, AreHalfAttacksAndAnEpochSeesEveryFace) {
  const fs::path folder = draw(6);
  for (int i = 2; i < 6; ++i) fs::remove(folder / "striped" / ("p" + std::to_string(i) + ".png"));
  const TrainingSet set = read_training_set(folder, {.shares = {1, 0, 0}});
  const CropStore store(set.items, test_resources(), crop_options(), 2);
  BatchOptions options{.size = 4, .augment = no_augmentation()};
  const BatchMaker batches(set.items, store, crops_of_split(set.items, store, "train"), input(), options);
  EXPECT_EQ(batches.steps_per_epoch(), 3U);  // six bona fide faces, two in a batch
  std::set<std::vector<std::uint8_t>> attacks;
  std::size_t bona_fide = 0;
  for (std::size_t step = 0; step < 3; ++step) {
    const TrainingBatch batch = batches.batch(0, step);
    EXPECT_EQ(batch.inputs.shape, (std::vector<std::int64_t>{4, 3, 32, 32}));
    EXPECT_EQ(std::accumulate(batch.targets.begin(), batch.targets.end(), 0.0F), 2);
    for (const float value : batch.inputs.data) {
      EXPECT_GE(value, -1.0F);
      EXPECT_LE(value, 1.0F);
    }
    for (const float target : batch.targets) bona_fide += target == 0 ? 1 : 0;
  }
  EXPECT_EQ(bona_fide, 6U);
}

TEST_F(Batches, AreMadeOfBonaFideFacesAloneBySelfBlending) {
  const TrainingSet set = read_training_set(draw(4, false), {.shares = {1, 0, 0}});
  const CropStore store(set.items, test_resources(), crop_options(), 2);
  const std::vector<CropRef> crops = crops_of_split(set.items, store, "train");
  BatchOptions options{.size = 4, .self_blended = 1, .augment = no_augmentation()};
  const BatchMaker batches(set.items, store, crops, input(), options);
  const TrainingBatch batch = batches.batch(0, 0);
  EXPECT_EQ(batch.targets, (std::vector<float>{0, 0, 1, 1}));
  options.self_blended = 0;
  EXPECT_THAT(
      refusal(ErrorCode::InvalidArgument, [&] { BatchMaker(set.items, store, crops, input(), options); }),
      HasSubstr("in any attack"));
}

TEST_F(Batches, CropsAreMadeOnceAndReadAgain) {
  const TrainingSet set = read_training_set(draw(2));
  const auto first = std::make_unique<CropStore>(set.items, test_resources(), crop_options(), 2);
  const FaceCrop crop = first->crop({0, 0});
  EXPECT_EQ(crop.image.width, stored_side(crop_options()));
  ASSERT_TRUE(crop.landmarks.has_value());
  const float side = static_cast<float>(crop.image.width);
  for (const Point& p : *crop.landmarks) {
    EXPECT_GT(p.x, 0);
    EXPECT_LT(p.x, side);
    EXPECT_GT(p.y, 0);
    EXPECT_LT(p.y, side);
  }
  std::map<fs::path, fs::file_time_type> times;
  for (const auto& entry : fs::recursive_directory_iterator(root_ / "crops"))
    if (entry.is_regular_file()) times[entry.path()] = entry.last_write_time();
  CropOptions from_disk = crop_options();
  from_disk.memory_bytes = 0;
  const CropStore second(set.items, test_resources(), from_disk, 2);
  EXPECT_EQ(second.crop({0, 0}).image, crop.image);
  EXPECT_EQ(second.crop({0, 0}).landmarks, crop.landmarks);
  EXPECT_EQ(times.size(), set.items.size());
  for (const auto& [path, time] : times) EXPECT_EQ(fs::last_write_time(path), time);
}

TEST_F(Batches, FilesWithoutFaceAndBrokenFilesAreCountedAndCutOffCropsRefused) {
  const fs::path folder = draw(1);
  write(folder / "bona_fide", 8, make_image(64, 64));
  write_text_file(folder / "striped/p9.png", "no picture");
  const TrainingSet set = read_training_set(folder, {.shares = {1, 0, 0}});
  {
    const CropStore store(set.items, test_resources(), crop_options(), 1);
    ASSERT_EQ(store.failures().size(), 2U);
    EXPECT_THAT(store.failures()[0].reason, HasSubstr("no face"));
    EXPECT_THAT(store.failures()[1].reason, HasSubstr("p9.png"));
    EXPECT_EQ(crops_of_split(set.items, store, "train").size(), 2U);
  }
  for (const auto& entry : fs::recursive_directory_iterator(root_ / "crops"))
    if (entry.is_regular_file() && entry.file_size() > 100) fs::resize_file(entry.path(), 100);
  refusal(ErrorCode::Corrupt, [&] { CropStore(set.items, test_resources(), crop_options(), 1); });
}

TEST_F(Batches, AFolderThatCanNotBeWrittenIsSaid) {
  const TrainingSet set = read_training_set(draw(1));
  CropOptions options = crop_options();
  options.folder = "/proc/crops";
  refusal(ErrorCode::Unavailable, [&] { CropStore(set.items, test_resources(), options, 1); });
}

TEST(RandomNumbers, AreTheSameEverywhere) {
  // Origin: the same steps in Python's integers.
  const std::uint64_t first = Random({1}).next();
  EXPECT_EQ(first, 15000229702429136655ULL);
  EXPECT_NE(Random({2}).next(), first);
  EXPECT_NE(Random({1, 2}).next(), Random({2, 1}).next());
  std::vector<std::size_t> order = Random({5}).permutation(100);
  EXPECT_NE(order[0] + order[1], 1U);
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace kyc
