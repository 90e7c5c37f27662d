#include "kyc/dataset/exchange.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/dataset/verify.h"
#include "kyc/image/codec.h"
#include "kyc/video/writer.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Small trees in the layouts of others. Their clips hold a few letters: importing only hashes them.
class Exchange : public ::testing::Test {
 protected:
  Exchange() : root_(fs::path(::testing::TempDir()) / ("exchange" + std::to_string(getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(tree());
  }
  ~Exchange() override { fs::remove_all(root_); }

  fs::path tree() const { return root_ / "tree"; }
  fs::path out() const { return root_ / "out"; }

  void put(const std::string& file, const std::string& text = "") const {
    fs::create_directories((tree() / file).parent_path());
    write_text_file(tree() / file, text.empty() ? file : text);
  }

  // By path in the tree; failed ones by the first word of their failure.
  std::map<std::string, Sample> imported(const std::string& format) const {
    import_dataset(format, tree(), out(), {"theirs", "research", 2});
    std::map<std::string, Sample> by_path;
    for (const Sample& sample : read_dataset(out()).samples)
      by_path[sample.failure ? sample.failure->substr(0, sample.failure->find(':')) : sample.path.substr(6)] =
          sample;
    EXPECT_TRUE(verify_dataset(out(), 2).whole());
    return by_path;
  }

  std::string complaint(const std::string& format) const {
    try {
      import_dataset(format, tree(), out(), {});
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  fs::path root_;
};

TEST_F(Exchange, FaceForensics) {
  put("original_sequences/youtube/c23/videos/033.mp4");
  put("original_sequences/youtube/c23/videos/097.mp4");
  put("original_sequences/youtube/raw/videos/033.mp4");
  put("original_sequences/actors/c40/videos/04__kitchen_pan.mp4");
  put("manipulated_sequences/Deepfakes/c23/videos/033_097.mp4");
  put("manipulated_sequences/Face2Face/c23/videos/097_033.mp4");
  put("manipulated_sequences/DeepFakeDetection/c40/videos/04_07__kitchen_pan__ABCDEFGH.mp4");
  put("manipulated_sequences/Deepfakes/c23/masks/033_097.mp4");
  put("splits/train.json", R"([["033", "097"]])");
  const auto samples = imported("faceforensics");
  ASSERT_THAT(samples, SizeIs(7));
  const Sample& forged = samples.at("manipulated_sequences/Deepfakes/c23/videos/033_097.mp4");
  EXPECT_EQ(forged.kind, SampleKind::Attack);
  EXPECT_EQ(forged.species, "FaceForensics++/Deepfakes");
  EXPECT_EQ(forged.identity, "097");
  EXPECT_EQ(forged.driver, "033");
  EXPECT_EQ(forged.split, "train");
  EXPECT_EQ(forged.compression, "c23");
  EXPECT_EQ(forged.consent, "theirs");
  ASSERT_THAT(forged.parents, SizeIs(2));
  EXPECT_EQ(forged.parents[1].id, samples.at("original_sequences/youtube/c23/videos/033.mp4").id);
  EXPECT_EQ(samples.at("original_sequences/youtube/raw/videos/033.mp4").compression, "c0");
  EXPECT_EQ(samples.at("original_sequences/actors/c40/videos/04__kitchen_pan.mp4").identity, "04");
  const Sample& moved = samples.at("manipulated_sequences/Face2Face/c23/videos/097_033.mp4");
  EXPECT_EQ(moved.identity, "097");  // a reenactment keeps the face
  EXPECT_EQ(moved.driver, "033");
  const Sample& dfd =
      samples.at("manipulated_sequences/DeepFakeDetection/c40/videos/04_07__kitchen_pan__ABCDEFGH.mp4");
  EXPECT_EQ(dfd.identity, "07");
  EXPECT_EQ(dfd.driver, "04");
}

TEST_F(Exchange, CelebDf) {
  put("Celeb-real/id0_0000.mp4");
  put("Celeb-real/id0_0001.mp4");
  put("YouTube-real/00011.mp4");
  put("Celeb-synthesis/id0_id16_0000.mp4");
  put("List_of_testing_videos.txt", "1 Celeb-real/id0_0001.mp4\n0 Celeb-synthesis/id0_id16_0009.mp4\n");
  const auto samples = imported("celeb-df");
  ASSERT_THAT(samples, SizeIs(5));
  EXPECT_EQ(samples.at("Celeb-real/id0_0000.mp4").split, "train");
  EXPECT_EQ(samples.at("Celeb-real/id0_0001.mp4").split, "test");
  EXPECT_EQ(samples.at("Celeb-real/id0_0001.mp4").identity, "id0");
  EXPECT_EQ(samples.at("YouTube-real/00011.mp4").identity, "youtube_00011");
  const Sample& forged = samples.at("Celeb-synthesis/id0_id16_0000.mp4");
  EXPECT_EQ(forged.identity, "id16");
  EXPECT_EQ(forged.driver, "id0");
  EXPECT_EQ(forged.parents.at(0).id, samples.at("Celeb-real/id0_0000.mp4").id);
  EXPECT_TRUE(samples.at("Celeb-synthesis/id0_id16_0009.mp4").failure);  // listed, and not there
  put("List_of_testing_videos.txt", "0 Celeb-real/id0_0001.mp4\n");
  EXPECT_THAT(complaint("celeb-df"), HasSubstr("the opposite"));
  put("List_of_testing_videos.txt", "Celeb-real/id0_0001.mp4\n");
  EXPECT_THAT(complaint("celeb-df"), HasSubstr("List_of_testing_videos.txt: expected"));
}

TEST_F(Exchange, Dfdc) {
  put("dfdc_train_part_0/aaa.mp4");
  put("dfdc_train_part_0/bbb.mp4");
  put("dfdc_train_part_0/metadata.json",
      R"({"aaa.mp4": {"label": "FAKE", "split": "train", "original": "bbb.mp4"},
          "bbb.mp4": {"label": "REAL", "split": "train", "original": null},
          "ccc.mp4": {"label": "REAL", "split": "train"}})");
  put("test/ddd.mp4");
  put("test/labels.csv", "filename,label\nddd.mp4,1\n");
  put("preview/method_A/1_2_A.mp4");
  put("preview/dataset.json",
      R"({"method_A/1_2_A.mp4": {"label": "fake", "target_id": 1, "swapped_id": "2", "set": "test"}})");
  const auto samples = imported("dfdc");
  ASSERT_THAT(samples, SizeIs(5));
  const Sample& forged = samples.at("dfdc_train_part_0/aaa.mp4");
  EXPECT_EQ(forged.kind, SampleKind::Attack);
  EXPECT_EQ(forged.parents.at(0).id, samples.at("dfdc_train_part_0/bbb.mp4").id);
  EXPECT_TRUE(samples.at("dfdc_train_part_0/ccc.mp4").failure);
  EXPECT_EQ(samples.at("test/ddd.mp4").split, "test");
  EXPECT_EQ(samples.at("test/ddd.mp4").kind, SampleKind::Attack);
  EXPECT_EQ(samples.at("preview/method_A/1_2_A.mp4").identity, "2");
  EXPECT_EQ(samples.at("preview/method_A/1_2_A.mp4").driver, "1");
  put("test/metadata.json", R"({"aaa.mp4": {"split": "train"}})");
  EXPECT_THAT(complaint("dfdc"), HasSubstr("test/metadata.json: expected clip -> {label"));
}

TEST_F(Exchange, DeepfakeBenchOfFrames) {
  put("FaceForensics++/original_sequences/youtube/c23/frames/033/000.png");
  put("FaceForensics++/manipulated_sequences/Deepfakes/c23/frames/033_097/000.png");
  put("FaceForensics++/manipulated_sequences/Deepfakes/c23/frames/033_097/010.png");
  put("preprocessing/dataset_json/FaceForensics++.json",
      R"({"FaceForensics++": {
        "FF-real": {"train": {"c23": {"033": {"label": "FF-real",
          "frames": ["/home/x/FaceForensics++/original_sequences/youtube/c23/frames/033/000.png"]}}}, "val": {}, "test": {}},
        "FF-DF": {"test": {"c23": {"033_097": {"label": "FF-DF", "frames": [
          "FaceForensics++\\manipulated_sequences\\Deepfakes\\c23\\frames\\033_097\\000.png",
          "./FaceForensics++/manipulated_sequences/Deepfakes/c23/frames/033_097/010.png"]}}}}}})");
  put("Celeb-DF-v2/Celeb-real/frames/id0_0000/000.png");
  put("preprocessing/dataset_json/Celeb-DF-v2.json",
      R"({"Celeb-DF-v2": {"CelebDFv2_real": {
        "test": {"id0_0000": {"label": "CelebDFv2_real", "frames": ["Celeb-DF-v2/Celeb-real/frames/id0_0000/000.png"]}},
        "val": {"id0_0000": {"label": "CelebDFv2_real", "frames": ["Celeb-DF-v2/Celeb-real/frames/id0_0000/000.png"]}}}}})");
  const auto samples = imported("deepfakebench");
  ASSERT_THAT(samples, SizeIs(4));
  const Sample& real = samples.at("FaceForensics++/original_sequences/youtube/c23/frames/033/000.png");
  EXPECT_EQ(real.kind, SampleKind::BonaFide);
  EXPECT_EQ(real.split, "train");
  EXPECT_EQ(real.record.at("clip"), "033");
  const Sample& forged =
      samples.at("FaceForensics++/manipulated_sequences/Deepfakes/c23/frames/033_097/010.png");
  EXPECT_EQ(forged.species, "FF-DF");
  EXPECT_EQ(forged.compression, "c23");
  EXPECT_EQ(forged.record.at("frame"), "010");
  EXPECT_EQ(samples.at("Celeb-DF-v2/Celeb-real/frames/id0_0000/000.png").split, "test");
  put("preprocessing/dataset_json/Celeb-DF-v2.json", R"({"a": {"b": {"dev": {}}}})");
  EXPECT_THAT(complaint("deepfakebench"), HasSubstr("Celeb-DF-v2.json: expected train, val or test"));
}

// The layouts that the download really has, by its readme, rearrange.py and issues.
TEST_F(Exchange, Df40) {
  put("DF40/simswap/ff/frames/033_097/000.png");
  put("DF40/simswap/ff/landmarks/033_097/000.npy");
  put("DF40/simswap/cdf/frames/id0_id16_0000/000.png");
  put("DF40/facevid2vid/ff/frames/033_097/000.png");
  put("DF40/StyleGAN2/ff/033/seed0001.png");
  put("DF40/StyleGAN2/cdf/Fake_from_Celeb-real/id0_0000/seed0002.png");
  put("DF40/e4e/cdf/Celeb-real/inversions/id1_0003.jpg");
  put("DF40/deepfacelab/real/frames/0001/000.png");
  put("DF40/deepfacelab/fake/frames/0001/000.png");
  put("DF40/heygen/fake/someone.mp4");
  put("DF40/stargan/real/real/1.png");
  put("DF40/styleclip/fake/2.png");
  put("DF40_train/simswap/frames/001_870/010.png");
  put("DF40_train/StyleGAN3/001/seed0188.png");
  put("FaceForensics++/original_sequences/youtube/c23/frames/033/000.png");
  put("Celeb-DF-v2/Celeb-real/frames/id3_0001/000.png");
  put("Celeb-DF-v2/YouTube-real/frames/00011/000.png");
  put("figures/simswap.pdf");
  const auto samples = imported("df40");
  ASSERT_THAT(samples, SizeIs(16));
  const auto at = [&](const std::string& file) { return samples.at(file); };
  const Sample forged = at("DF40/simswap/ff/frames/033_097/000.png");
  EXPECT_EQ(forged.kind, SampleKind::Attack);
  EXPECT_EQ(forged.species, "DF40/simswap");
  EXPECT_EQ(forged.split, "test");
  EXPECT_EQ(forged.record.at("domain"), "ff");
  EXPECT_EQ(forged.record.at("clip"), "033_097");
  EXPECT_EQ(forged.record.at("frame"), "000");
  EXPECT_EQ(forged.identity, "097");
  EXPECT_EQ(forged.driver, "033");
  EXPECT_EQ(at("DF40/simswap/cdf/frames/id0_id16_0000/000.png").identity, "id16");
  EXPECT_EQ(at("DF40/simswap/cdf/frames/id0_id16_0000/000.png").record.at("domain"), "cdf");
  // Whose face a reenacted or a made one is, the names do not say.
  EXPECT_EQ(at("DF40/facevid2vid/ff/frames/033_097/000.png").identity, "");
  EXPECT_EQ(at("DF40/StyleGAN2/cdf/Fake_from_Celeb-real/id0_0000/seed0002.png").record.at("clip"),
            "id0_0000");
  EXPECT_EQ(at("DF40/e4e/cdf/Celeb-real/inversions/id1_0003.jpg").kind, SampleKind::Attack);
  EXPECT_EQ(at("DF40/e4e/cdf/Celeb-real/inversions/id1_0003.jpg").record.at("clip"), "id1_0003");
  EXPECT_EQ(at("DF40/deepfacelab/real/frames/0001/000.png").kind, SampleKind::BonaFide);
  EXPECT_EQ(at("DF40/deepfacelab/fake/frames/0001/000.png").kind, SampleKind::Attack);
  EXPECT_FALSE(at("DF40/deepfacelab/fake/frames/0001/000.png").record.contains("domain"));
  EXPECT_EQ(at("DF40/heygen/fake/someone.mp4").record.at("clip"), "someone");
  EXPECT_EQ(at("DF40/stargan/real/real/1.png").kind, SampleKind::BonaFide);
  EXPECT_EQ(at("DF40/styleclip/fake/2.png").species, "DF40/styleclip");
  EXPECT_EQ(at("DF40_train/simswap/frames/001_870/010.png").split, "train");
  EXPECT_EQ(at("DF40_train/simswap/frames/001_870/010.png").identity, "870");
  EXPECT_EQ(at("DF40_train/StyleGAN3/001/seed0188.png").record.at("domain"), "ff");
  const Sample real = at("FaceForensics++/original_sequences/youtube/c23/frames/033/000.png");
  EXPECT_EQ(real.kind, SampleKind::BonaFide);
  EXPECT_EQ(real.identity, "033");
  EXPECT_EQ(at("Celeb-DF-v2/Celeb-real/frames/id3_0001/000.png").identity, "id3");
  EXPECT_EQ(at("Celeb-DF-v2/YouTube-real/frames/00011/000.png").identity, "youtube_00011");
}

TEST_F(Exchange, Df40ListsSaySplitsAndWhatIsMissing) {
  put("DF40/blendface/ff/frames/033_097/000.png");
  put("DF40_train/blendface/frames/001_870/000.png");
  put("FaceForensics++/original_sequences/youtube/c23/frames/033/000.png");
  const std::string root = "/somewhere/deepfakes_detection_datasets/";
  const auto clip = [&](const std::string& name, const std::string& label, const std::string& frames) {
    return "\"" + name + "\": {\"label\": \"" + label + "\", \"frames\": [" + frames + "]}";
  };
  const auto frame = [&](const std::string& file) { return "\"" + root + file + "\""; };
  const std::string fake = clip("033_097",
                                "blendface_Fake",
                                frame("DF40/blendface/ff/frames/033_097/000.png") + "," +
                                    frame("DF40/blendface/ff/frames/033_097/008.png"));  // never uploaded
  const std::string elsewhere = clip("x", "blendface_Fake", frame("DF40/uniface/ff/frames/x/000.png"));
  put("dataset_json/blendface_ff.json",
      R"({"blendface_ff": {"blendface_Real": {"train": {)" +
          clip("033",
               "blendface_Real",
               frame("FaceForensics++/original_sequences/youtube/c23/frames/033/000.png")) +
          R"(}}, "blendface_Fake": {"test": {)" + fake + R"(}, "val": {)" + fake + "," + elsewhere +
          R"(}, "train": {)" +
          clip("001_870", "blendface_Fake", frame("DF40_train/blendface/frames/001_870/000.png")) + "}}}}");
  const auto samples = imported("df40");
  ASSERT_THAT(samples, SizeIs(4));
  EXPECT_EQ(samples.at("DF40/blendface/ff/frames/033_097/000.png").split, "test");
  EXPECT_EQ(samples.at("DF40_train/blendface/frames/001_870/000.png").split, "train");
  EXPECT_EQ(samples.at("FaceForensics++/original_sequences/youtube/c23/frames/033/000.png").split, "train");
  EXPECT_TRUE(samples.at("DF40/blendface/ff/frames/033_097/008.png").failure);
  put("dataset_json/blendface_ff.json", R"({"blendface_ff": {"blendface_Real": {"test": {)" + fake + "}}}}");
  EXPECT_THAT(complaint("df40"), HasSubstr("the opposite of what its folder says"));
  put("dataset_json/blendface_ff.json", R"({"blendface_ff": {"blendface_Real": {"test": []}}})");
  put("dataset_json/other.json", "{");
  EXPECT_THAT(complaint("df40"), HasSubstr("other.json: expected label -> split"));
}

TEST_F(Exchange, ForgeryNet) {
  put("Training/images/a/1.jpg");
  put("Training/images/b/2.jpg");
  put("Training/videos/c/3.mp4");
  put("Training/image_list.txt", "a/1.jpg 0 0 0\nb/2.jpg 1 1 4\n");
  put("Training/video_list.txt", "2 c/3.mp4 0 40 real 40 20 fake 1 2 9\n");
  const auto samples = imported("forgerynet");
  ASSERT_THAT(samples, SizeIs(3));
  EXPECT_EQ(samples.at("Training/images/a/1.jpg").kind, SampleKind::BonaFide);
  EXPECT_EQ(samples.at("Training/images/b/2.jpg").species, "ForgeryNet/4");
  const Sample& clip = samples.at("Training/videos/c/3.mp4");
  EXPECT_EQ(clip.record.at("segments"), "0 40 real; 40 20 fake");
  EXPECT_EQ(clip.record.at("kind"), "identity remained");
  EXPECT_EQ(clip.split, "train");
  put("Training/video_list.txt", "1 c/3.mp4 0 40 real 1 0 9\n");
  EXPECT_THAT(complaint("forgerynet"), HasSubstr("video_list.txt:1: expected labels"));
  put("Training/video_list.txt", "2 c/3.mp4 0 40 real 1 2 9\n");
  EXPECT_THAT(complaint("forgerynet"), HasSubstr("video_list.txt:1: expected \"<name>"));
}

TEST_F(Exchange, DeeperForensics) {
  put("source_videos/M004/light_up/happy/camera_front/M004_light_up_happy_camera_front.mp4");
  put("source_videos/W101/BlendShape/camera_left/W101_BlendShape_camera_left.mp4");
  put("manipulated_videos/end_to_end/033_W101.mp4");
  put("manipulated_videos/end_to_end_level_3/033_W101.mp4");
  put("lists/splits/val.txt", "033_W101.mp4\n");
  const auto samples = imported("deeperforensics");
  ASSERT_THAT(samples, SizeIs(4));
  const Sample& real =
      samples.at("source_videos/M004/light_up/happy/camera_front/M004_light_up_happy_camera_front.mp4");
  EXPECT_EQ(real.identity, "M004");
  EXPECT_EQ(real.record.at("light"), "up");
  EXPECT_EQ(real.record.at("expression"), "happy");
  EXPECT_EQ(real.record.at("camera"), "front");
  EXPECT_EQ(real.attributes.at("sex").value, "male");
  const Sample& forged = samples.at("manipulated_videos/end_to_end_level_3/033_W101.mp4");
  EXPECT_EQ(forged.species, "DeeperForensics/end_to_end_level_3");
  EXPECT_EQ(forged.identity, "W101");
  EXPECT_EQ(forged.driver, "033");
  EXPECT_EQ(forged.split, "val");
}

TEST_F(Exchange, TheManifestMayStandInTheTreeItself) {
  put("Celeb-real/id0_0000.mp4");
  import_dataset("celeb-df", tree(), tree(), {});
  EXPECT_EQ(read_dataset(tree()).samples.at(0).path, "Celeb-real/id0_0000.mp4");
  EXPECT_TRUE(verify_dataset(tree(), 1).whole());
  put("Celeb-real/id0_0001.mp4");
  EXPECT_THAT(verify_dataset(tree(), 1).extra, SizeIs(1));
}

TEST_F(Exchange, ATreeOfAnotherKindIsRefused) {
  put("holiday/beach.mp4");
  for (const std::string& format : import_formats())
    EXPECT_THAT(complaint(format), HasSubstr("nothing in it is as in"));
  EXPECT_THAT(complaint("no-such"), HasSubstr("known: celeb-df"));
}

// A set of ours with files of every kind.
class Round : public Exchange {
 protected:
  Round() {
    std::string manifest;
    for (const char* split : {"train", "test"})
      for (const char* compression : {"c0", "c40"})
        for (const bool attack : {false, true}) {
          Sample sample;
          sample.kind = attack ? SampleKind::Attack : SampleKind::BonaFide;
          sample.species = attack ? "swap/landmark+restore/sharpen" : "bona_fide";
          sample.identity = attack ? "ann" : "bob";
          sample.driver = attack ? "bob" : "";
          sample.compression = compression;
          sample.split = split;
          add(sample, std::string(split) + compression + (attack ? "attack" : "real"), manifest);
        }
    write_text_file(set() / "manifest.jsonl", manifest);
    write_text_file(set() / "build.json", R"({"name": "ours"})");
  }

  fs::path set() const { return root_ / "set"; }

  void add(Sample& sample, const std::string& name, std::string& manifest) const {
    sample.id = name;
    sample.path = "media/" + sample.split + "/" + name + ".mp4";
    fs::create_directories((set() / sample.path).parent_path());
    WriteOptions options;
    options.width = options.height = 16;
    VideoWriter writer(set() / sample.path, options);
    Image image = make_image(16, 16);
    for (int k = 0; k < 6; ++k) {
      image.pixels[0] = static_cast<std::uint8_t>(40 * k);
      writer.write(image);
    }
    writer.finish();
    sample.sha256 = sha256_hex_of_file(set() / sample.path);
    sample.bytes = fs::file_size(set() / sample.path);
    manifest += to_json_line(sample) + "\n";
  }
};

TEST_F(Round, DeepfakeBenchGivesTheSameSamples) {
  export_dataset("deepfakebench", set(), root_ / "bench", {3, 2});
  EXPECT_TRUE(fs::exists(root_ / "bench/frames/media/train/trainc0attack/004.png"));
  import_dataset("deepfakebench", root_ / "bench", root_ / "bench", {});
  EXPECT_TRUE(verify_dataset(root_ / "bench", 2).whole());
  import_dataset("deepfakebench", root_ / "bench", root_ / "elsewhere", {});
  EXPECT_TRUE(verify_dataset(root_ / "elsewhere", 2).whole());
  fs::create_directories(root_ / "bench/stray");
  fs::copy_file(root_ / "bench/frames/media/train/trainc0attack/004.png", root_ / "bench/stray/x.png");
  EXPECT_THAT(verify_dataset(root_ / "elsewhere", 2).extra, SizeIs(1));
  // A link leads to the clips: its files are not below the tree itself.
  const Dataset ours = read_dataset(set());
  std::map<std::string, Sample> back;
  for (const Sample& sample : read_dataset(root_ / "bench").samples) back[sample.path] = sample;
  ASSERT_EQ(back.size(), ours.samples.size());
  for (const Sample& sample : ours.samples) {
    ASSERT_TRUE(back.contains(sample.path)) << sample.path;
    const Sample& other = back.at(sample.path);
    EXPECT_EQ(other.sha256, sample.sha256);
    EXPECT_EQ(other.bytes, sample.bytes);
    EXPECT_EQ(other.kind, sample.kind);
    EXPECT_EQ(other.species, sample.species);
    EXPECT_EQ(other.compression, sample.compression);
    EXPECT_EQ(other.split, sample.split);
    EXPECT_EQ(other.identity, sample.identity);
    EXPECT_EQ(other.driver, sample.driver);
  }
}

TEST_F(Round, ForgeryNetKeepsLabelsAndSegments) {
  export_dataset("forgerynet", set(), root_ / "lists", {});
  EXPECT_EQ(read_text_file(root_ / "lists/classes.txt"), "0 real\n1 swap/landmark+restore/sharpen\n");
  EXPECT_THAT(read_text_file(root_ / "lists/video_list.txt"),
              HasSubstr("1 media/train/trainc0attack.mp4 0 6 fake 1 1 1\n"));
  import_dataset("forgerynet", root_ / "lists", root_ / "lists", {});
  const auto samples = read_dataset(root_ / "lists").samples;
  EXPECT_THAT(samples, SizeIs(8));
}

}  // namespace
}  // namespace kyc
