// What the items of a build are: their ids, networks, masks, and which sources go together.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/dataset/build_support_test.h"
#include "kyc/dataset/exchange.h"
#include "kyc/dataset/forecast.h"
#include "kyc/dataset/verify.h"
#include "kyc/image/mask_image.h"
#include "kyc/testing/stand_in_models.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;
using build_test::BuildTest;
using build_test::frames_of;
using build_test::kFrames;
using build_test::kRate;
using build_test::tree;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class Items : public BuildTest {
 protected:
  // A copy of the real models folder, with stand-ins for what users bring.
  fs::path stand_in_models() const {
    const fs::path folder = root_ / "models";
    if (!fs::exists(folder)) write_stand_in_models(fs::path(KYC_SOURCE_DIR) / "models", folder);
    return folder;
  }

  void change_manifest(const std::function<void(nlohmann::json&)>& change) const {
    const fs::path file = stand_in_models() / "manifest.json";
    auto document = nlohmann::json::parse(read_text_file(file));
    change(document["models"]);
    write_text_file(file, document.dump());
  }

  std::set<std::string> ids(const std::string& text) const {
    const ModelManifest manifest(stand_in_models());
    const Plan made = make_plan(parse_recipe(text, root_ / "recipe.toml"), {manifest, {}}, 2);
    std::set<std::string> out;
    for (const PlannedGroup& group : made.groups)
      for (const Sample& sample : planned_samples(made, group)) out.insert(sample.id);
    return out;
  }

  std::string complaint(const std::string& text) const {
    try {
      plan(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  static std::string attack(const std::string& lines) { return "[[attacks]]\n" + lines + "\n"; }
  std::string without_attacks() const {
    const std::string text = recipe_text("test = 1");
    return text.substr(0, text.find("[[attacks]]"));
  }
};

TEST_F(Items, OnlyTheNetworksThatAnItemRunsAreInItsId) {
  add_people();
  const std::string recipe = recipe_text("test = 1");
  const std::set<std::string> before = ids(recipe);
  change_manifest([](nlohmann::json& models) {
    for (nlohmann::json& model : models)
      if (model["name"] == "fr_liveness" || model["name"] == "fr_age") model["sha256"] = std::string(64, 'a');
    nlohmann::json more = models[0];
    more["name"] = "somebody_elses";
    models.push_back(more);
  });
  EXPECT_EQ(ids(recipe), before);
  change_manifest([](nlohmann::json& models) {
    for (nlohmann::json& model : models)
      if (model["name"] == "fr_detect") model["sha256"] = std::string(64, 'a');
  });
  const std::set<std::string> after = ids(recipe);
  for (const std::string& id : before) EXPECT_FALSE(after.contains(id));
}

TEST_F(Items, SwapNetworksOfUsersAreRunAndTheirFilesHashed) {
  add_portrait("ann", 3);
  add_clip("flo", 2);
  std::string text = without_attacks() + "\n";
  text.replace(text.find("\"c0\", \"c40\""), 11, "\"c0\"");
  const std::vector<std::string> networks{
      "inswapper_128", "simswap", "simswap_256", "facedancer", "ghost", "blendface"};
  for (const std::string& name : networks)
    text += attack("method = \"swap/onnx\"\nspecies = \"swap/" + name + "\"\noptions = { model = \"" + name +
                   "\" }" + (name == "ghost" ? "\npost = [\"restore/onnx:model=gfpgan\"]" : ""));
  const ModelManifest manifest(stand_in_models());
  Plan made = make_plan(parse_recipe(text, root_ / "recipe.toml"), {manifest, {}}, 2);
  const BuildResult result = build_dataset(made, root_ / "set", {manifest, {}}, Ranks(), {2, false});
  EXPECT_EQ(result.failed, 0U);
  EXPECT_TRUE(verify_dataset(root_ / "set", 2).whole());
  const std::vector<Frame> target = frames_of(root_ / "clips/flo.mp4");
  std::set<std::string> seen;
  for (const Sample& sample : read_dataset(root_ / "set").samples) {
    if (sample.kind != SampleKind::Attack) continue;
    const std::string name = sample.species.substr(5, sample.species.find('+') - 5);
    seen.insert(name);
    std::vector<std::string> files{manifest.file_of(manifest.entry(name)).string()};
    if (const auto& identity = manifest.entry(name).edit->identity)
      files.push_back(manifest.file_of(manifest.entry(identity->model)).string());
    if (name == "ghost") files.push_back(manifest.file_of(manifest.entry("gfpgan")).string());
    for (const std::string& file : files)
      EXPECT_THAT(sample.record.at("models"), HasSubstr(sha256_hex_of_file(file))) << file;
    const std::vector<Frame> forged = frames_of(root_ / "set" / sample.path);
    ASSERT_EQ(forged.size(), target.size()) << name;
    EXPECT_NE(forged[2].image, target[2].image) << name;
    // Only the face: the corner is the target's.
    EXPECT_EQ(std::vector<std::uint8_t>(forged[2].image.row(0), forged[2].image.row(0) + 30),
              std::vector<std::uint8_t>(target[2].image.row(0), target[2].image.row(0) + 30))
        << name;
  }
  EXPECT_EQ(seen, std::set<std::string>(networks.begin(), networks.end()));
  const auto record = nlohmann::json::parse(read_text_file(root_ / "set/build.json"));
  EXPECT_EQ(record["models"]["simswap"], sha256_hex_of_file(manifest.file_of(manifest.entry("simswap"))));
  EXPECT_FALSE(record["models"].contains("fr_liveness"));
  // Another file of the same name is another network: other items.
  const std::set<std::string> before = ids(text);
  fs::copy_file(manifest.file_of(manifest.entry("simswap_256")),
                manifest.file_of(manifest.entry("simswap")),
                fs::copy_options::overwrite_existing);
  std::vector<std::string> same;
  const std::set<std::string> after = ids(text);
  std::set_intersection(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(same));
  EXPECT_EQ(same.size() + 1, before.size());
  // Without it nothing begins.
  fs::remove(manifest.file_of(manifest.entry("simswap")));
  try {
    ids(text);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NotFound);
    EXPECT_THAT(error.what(),
                HasSubstr("swap/onnx needs the network simswap, and it is not there: expected"));
  }
}

TEST_F(Items, MasksAreKeptVerifiedAndMadeAgain) {
  add_portrait("ann", 3);
  add_portrait("bea", 1);
  add_clip("flo", 2);
  const std::string text = "masks = true\n" + without_attacks() + attack("method = \"swap/landmark\"") +
                           attack("method = \"morph/landmark\"");
  EXPECT_EQ(build(root_ / "set", text).failed, 0U);
  const Dataset dataset = read_dataset(root_ / "set");
  std::map<std::string, std::set<std::string>> samples_of_mask;
  for (const Sample& sample : dataset.samples) {
    ASSERT_EQ(sample.mask.has_value(), sample.kind == SampleKind::Attack) << sample.path;
    if (!sample.mask) continue;
    samples_of_mask[sample.mask->path].insert(sample.path);
    EXPECT_EQ(sha256_hex_of_file(root_ / "set" / sample.mask->path), sample.mask->sha256);
    EXPECT_EQ(fs::file_size(root_ / "set" / sample.mask->path), sample.mask->bytes);
  }
  ASSERT_THAT(samples_of_mask, SizeIs(3));  // two swaps in two compressions each, one morph
  // As the attack said, pixel by pixel.
  const Plan made = plan(text);
  const FaceAnalyzer analyzer(resources_, forging_analysis());
  for (const PlannedGroup& group : made.groups) {
    if (group.kind != GroupKind::Attack) continue;
    const Sample sample = planned_samples(made, group).front();
    std::vector<Image> expected;
    run_attack(analyzer, resources_, attack_job(made, group), [&](Frame&, ForgedFrame& forged) {
      expected.push_back(image_of(forged.mask));
    });
    const fs::path file = root_ / "set" / sample.mask->path;
    if (file.extension() == ".png") {
      EXPECT_EQ(read_image(file), expected.at(0));
      continue;
    }
    const std::vector<Frame> stored = frames_of(file);
    ASSERT_EQ(stored.size(), expected.size());
    for (std::size_t k = 0; k < stored.size(); ++k) EXPECT_EQ(stored[k].image, expected[k]) << k;
  }
  const auto whole = tree(root_ / "set");
  const std::string one = samples_of_mask.begin()->first;
  fs::remove(root_ / "set" / one);
  write_text_file(root_ / "set" / samples_of_mask.rbegin()->first, "altered");
  const VerifyReport report = verify_dataset(root_ / "set", 2);
  EXPECT_THAT(report.missing, ::testing::ElementsAre(one));
  EXPECT_THAT(report.altered, ::testing::ElementsAre(samples_of_mask.rbegin()->first));
  const BuildResult again = build(root_ / "set", text);
  EXPECT_LT(again.kept, again.items);
  EXPECT_EQ(tree(root_ / "set"), whole);
  // A compression less: its files go, the masks that the others need stay.
  std::string fewer = text;
  fewer.replace(fewer.find("\"c0\", "), 6, "");
  const BuildResult pruned = build(root_ / "set", fewer, 2, true);
  EXPECT_EQ(pruned.kept, pruned.items);
  EXPECT_TRUE(verify_dataset(root_ / "set", 2).whole());
  // Without masks they are other items.
  std::string none = text;
  none.replace(none.find("masks = true"), 12, "masks = false");
  EXPECT_THROW(build(root_ / "set", none), Error);
}

TEST_F(Items, ExportWithFramesImportAndVerifyGoRound) {
  add_portrait("ann", 3);
  add_portrait("bea", 1);
  add_clip("flo", 2);
  build(root_ / "set",
        "masks = true\n" + without_attacks() + attack("method = \"swap/landmark\"") +
            attack("method = \"morph/landmark\""));
  export_dataset("deepfakebench", root_ / "set", root_ / "bench", {2, 2});
  const ImportResult result = import_dataset("deepfakebench", root_ / "bench", root_ / "back", {});
  EXPECT_EQ(result.failed, 0U);
  const VerifyReport report = verify_dataset(root_ / "back", 2);
  EXPECT_TRUE(report.whole()) << ::testing::PrintToString(report.broken)
                              << ::testing::PrintToString(report.extra);
  std::map<std::string, Sample> back;
  for (const Sample& sample : read_dataset(root_ / "back").samples) back[sample.sha256] = sample;
  for (const Sample& sample : read_dataset(root_ / "set").samples) {
    ASSERT_TRUE(back.contains(sample.sha256)) << sample.path;
    const Sample& other = back.at(sample.sha256);
    EXPECT_EQ(other.identity, sample.identity);
    EXPECT_EQ(other.driver, sample.driver);
    ASSERT_EQ(other.mask.has_value(), sample.mask.has_value());
    if (sample.mask) {
      EXPECT_EQ(other.mask->sha256, sample.mask->sha256);
    }
  }
  // A mask of a frame stands where DeepfakeBench looks for it.
  std::size_t masks = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root_ / "bench/frames")) {
    if (!entry.is_regular_file() || entry.path().string().find("swap-landmark") == std::string::npos)
      continue;
    std::string mask = entry.path().string();
    mask.replace(mask.rfind("/frames/"), 8, "/masks/");
    EXPECT_TRUE(fs::exists(mask)) << mask;
    ++masks;
  }
  EXPECT_EQ(masks, 2U * 2 * 2);  // frames, compressions, victims
  // A frame that is listed and gone is missed.
  for (const auto& entry : fs::recursive_directory_iterator(root_ / "bench/frames"))
    if (entry.is_regular_file()) {
      fs::remove(entry.path());
      break;
    }
  EXPECT_EQ(import_dataset("deepfakebench", root_ / "bench", root_ / "back", {}).failed, 1U);
}

TEST_F(Items, FurtherBonaFideClipsAreShownAndNothingElse) {
  add_people();
  fs::create_directories(root_ / "real");
  for (const char* name : {"flo", "eve"})
    fs::rename(root_ / "clips" / (std::string(name) + ".mp4"), root_ / "real" / (std::string(name) + ".mp4"));
  add_clip("gus", 7);
  add_empty_clip("nobody");
  fs::rename(root_ / "clips/nobody.mp4", root_ / "real/nobody.mp4");
  const std::string text = recipe_text("train = 0.5\ntest = 0.5") +
                           "[[bona_fide_clips]]\nfolder = \"real\"\nconsent = \"drawn\"\nlicence = \"CC0\"\n";
  const Plan made = plan(text);
  EXPECT_THAT(made.drivers, SizeIs(4));
  const BuildResult result = build(root_ / "set", text);
  EXPECT_EQ(result.failed, 2U);  // nobody, in two compressions
  std::map<std::string, std::set<std::string>> sides;
  std::size_t bona_fide = 0;
  for (const Sample& sample : read_dataset(root_ / "set").samples) {
    sides[sample.identity].insert(sample.split);
    if (sample.kind == SampleKind::Attack) {
      EXPECT_EQ(sample.driver, "gus");
    } else if (!sample.compression.empty() && !sample.failure) {
      ++bona_fide;
    }
    if (sample.failure) {
      EXPECT_EQ(*sample.failure, "real/nobody.mp4: no frame shows a face");
    }
  }
  EXPECT_EQ(bona_fide, 3U * 2);
  std::set<std::string> both;  // spread by themselves
  for (const char* name : {"flo", "eve", "nobody"}) both.insert(sides.at(name).begin(), sides.at(name).end());
  EXPECT_THAT(both, SizeIs(2));
  EXPECT_TRUE(verify_dataset(root_ / "set", 2).whole());
  // The drivers' own clips may be left out.
  const Plan fewer = plan("bona_fide = false\n" + text);
  EXPECT_EQ(made.groups.size() - fewer.groups.size(), 1U);
  EXPECT_THAT(complaint(without_attacks() + "[[bona_fide_clips]]\nfolder = \"real\"\nlicence = \"CC0\"\n"),
              HasSubstr("no consent is stated for real/eve.mp4"));
  EXPECT_THAT(
      complaint(text + "[[bona_fide_clips]]\nfolder = \"real\"\nconsent = \"x\"\nlicence = \"CC0\"\n"),
      HasSubstr("is named twice"));
}

TEST_F(Items, ARecipeSaysWhetherAnAttackIsMadeOnDrivers) {
  add_portrait("ann", 3);
  add_portrait("bea", 1);
  add_clip("eve", 11);
  const std::string small = "width = 160, height = 120";
  const std::string still = "options = { seconds = 0.2, " + small + " }\n";
  const std::string text =
      without_attacks() +
      attack("method = \"present/replay\"\nspecies = \"replay/clip\"\noptions = { " + small + " }") +
      attack("method = \"present/replay\"\nspecies = \"replay/photo\"\ndrivers = false\n" + still) +
      attack("method = \"present/print\"\nspecies = \"print/alone\"\n" + still) +
      attack(
          "method = \"present/print\"\nspecies = \"print/held\"\ndrivers = true\n"
          "options = { background = \"target\" }");
  EXPECT_EQ(build(root_ / "set", text).failed, 0U);
  std::map<std::string, std::set<std::string>> who;
  for (const Sample& sample : read_dataset(root_ / "set").samples)
    if (sample.kind == SampleKind::Attack) who[sample.species].insert(sample.identity + "<" + sample.driver);
  EXPECT_THAT(who["replay/clip"], ::testing::ElementsAre("eve<eve"));
  EXPECT_THAT(who["replay/photo"], ::testing::ElementsAre("ann<", "bea<"));
  EXPECT_THAT(who["print/alone"], ::testing::ElementsAre("ann<", "bea<"));
  EXPECT_THAT(who["print/held"], ::testing::ElementsAre("ann<eve", "bea<eve"));
  EXPECT_THAT(complaint(without_attacks() + attack("method = \"swap/landmark\"\ndrivers = false")),
              HasSubstr("swap/landmark: 'drivers': needs a clip"));
  EXPECT_THAT(complaint(without_attacks() + attack("method = \"morph/landmark\"\ndrivers = true")),
              HasSubstr("morph/landmark: 'drivers': takes no clip"));
  EXPECT_THAT(complaint(without_attacks() +
                        attack("method = \"present/print\"\ndrivers = true\noptions = { seconds = 1 }")),
              HasSubstr("'seconds' is the target clip's"));
}

TEST_F(Items, AnAttackIsKeptToTheDriversOfSomeFolders) {
  add_portrait("ann", 3);
  add_clip("eve", 11);
  add_clip("flo", 2);
  fs::create_directories(root_ / "films");
  fs::rename(root_ / "clips/flo.mp4", root_ / "films/flo.mp4");
  const std::string text =
      without_attacks() + "[[drivers]]\nfolder = \"films\"\nconsent = \"drawn\"\nlicence = \"CC0\"\n" +
      attack("method = \"swap/landmark\"") + attack("method = \"reenact/mesh\"\ndrivers = [\"films\"]");
  const Plan made = plan(text);
  std::map<std::string, std::set<std::string>> who;
  for (const PlannedGroup& group : made.groups)
    if (group.kind == GroupKind::Attack)
      who[made.recipe.attacks[group.attack].method].insert(
          made.drivers[static_cast<std::size_t>(group.driver)].identity);
  EXPECT_THAT(who["swap/landmark"], ::testing::ElementsAre("eve", "flo"));
  EXPECT_THAT(who["reenact/mesh"], ::testing::ElementsAre("flo"));
  EXPECT_THAT(complaint(without_attacks() + attack("method = \"swap/landmark\"\ndrivers = [\"film\"]")),
              HasSubstr("no [[drivers]] has the folder \"film\""));
  EXPECT_THAT(complaint(without_attacks() + attack("method = \"swap/landmark\"\ndrivers = []")),
              HasSubstr("expected at least one folder"));
  EXPECT_THAT(complaint(without_attacks() + attack("method = \"swap/landmark\"\ndrivers = 1")),
              HasSubstr("expected true or false, or a list of folders"));
}

TEST_F(Items, TheForecastKnowsEveryClipsOwnLengthAndSize) {
  add_portrait("ann", 3);
  add_clip("eve", 11);
  // Nine times as many frames of a quarter of the size.
  WriteOptions options;
  options.width = options.height = 160;
  options.frame_rate = kRate;
  VideoWriter writer(root_ / "clips/flo.mp4", options);
  for (int k = 0; k < 9 * kFrames; ++k)
    writer.write(draw_scene({.width = 160,
                             .height = 160,
                             .faces = {{.identity = 2,
                                        .center = {80, 75},
                                        .size = 75,
                                        .pose = {0.5F * static_cast<float>(k), 0, 0}}}})
                     .image);
  writer.finish();
  // A replay is as large as its option says, whatever the driver's size.
  const std::string text = recipe_text("test = 1") +
                           attack("method = \"present/replay\"\noptions = { width = 480, height = 360 }");
  const Forecast guess = forecast(plan(text), resources_, {0.5, 3});
  EXPECT_EQ(guess.frames, 3U * 10 * kFrames);  // bona fide, swapped and shown, both clips
  EXPECT_TRUE(guess.unknown.empty()) << ::testing::PrintToString(guess.unknown);
  const BuildResult result = build(root_ / "set", text);
  ASSERT_EQ(result.failed, 0U);
  // Key frames weigh more in a short sample than in the clip.
  EXPECT_LT(static_cast<double>(guess.bytes), 2.0 * static_cast<double>(result.bytes));
  EXPECT_GT(static_cast<double>(guess.bytes), 0.5 * static_cast<double>(result.bytes));
  for (const Forecast::Basis& basis : guess.basis) {
    EXPECT_EQ(basis.clips, 2) << basis.what;
    EXPECT_LE(basis.least, 1) << basis.what;
    EXPECT_GE(basis.most, 1) << basis.what;
  }
}

}  // namespace
}  // namespace kyc
