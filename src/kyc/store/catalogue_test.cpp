#include "kyc/store/catalogue.h"

#include <gmock/gmock.h>

#include "kyc/store/support_test.h"

namespace kyc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Catalogue : public StoreTest {
 protected:
  template <typename Use>
  auto on(Use&& use) {
    return database().write(std::forward<Use>(use));
  }

  CatalogueSample sample(std::int64_t seq, const std::string& species, std::optional<std::int64_t> age) {
    CatalogueSample out;
    out.seq = seq;
    out.id = "s" + std::to_string(seq);
    out.path = "test/" + species + "/" + out.id + ".mp4";
    out.bytes = 10;
    out.kind = species == "bona_fide" ? "bona_fide" : "attack";
    out.identity = "person_" + std::to_string(seq % 2);
    out.species = species;
    out.method = species.substr(0, species.find('+'));
    out.compression = seq % 2 == 0 ? "c0" : "c23";
    out.split = seq < 3 ? "train" : "test";
    out.licence = "MIT";
    out.age = age;
    out.failed = seq == 5;
    out.clip = "clip" + std::to_string(seq / 2);
    out.line = "{}";
    out.attributes = {{"sex", seq % 2 == 0 ? "female" : "male", false}, {"note", "100% real_one", true}};
    return out;
  }

  // Six samples, the last of which was never made.
  std::string filled() {
    const std::string id =
        on([&](Connection& c) { return create_dataset(c, "Set", "folder", "admin", 7).value(); });
    const std::vector<CatalogueSample> samples = {sample(0, "bona_fide", 20),
                                                  sample(1, "swap/graphics", 25),
                                                  sample(2, "swap/graphics+restore/sharpen", 30),
                                                  sample(3, "swapped", 31),
                                                  sample(4, "replay/tablet", {}),
                                                  sample(5, "bona_fide", 22)};
    on([&](Connection& c) {
      add_samples(c, id, samples);
      finish_dataset(c, id, "hash");
    });
    return id;
  }

  std::vector<std::int64_t> found(const std::string& id, const SampleFilter& filter) {
    std::vector<std::int64_t> out;
    for (const CatalogueSample& each : on([&](Connection& c) { return find_samples(c, id, filter); }))
      out.push_back(each.seq);
    EXPECT_EQ(on([&](Connection& c) { return count_samples(c, id, filter); }),
              static_cast<std::int64_t>(out.size()));
    return out;
  }
};

TEST_P(Catalogue, FindsByAgeRangeBothEndsIncluded) {
  const std::string id = filled();
  SampleFilter filter;
  filter.age_from = 20;
  filter.age_to = 30;
  EXPECT_THAT(found(id, filter), ElementsAre(0, 1, 2));
  filter.age_to.reset();
  filter.age_from = 31;
  EXPECT_THAT(found(id, filter), ElementsAre(3));
  filter.age_from.reset();
  EXPECT_THAT(found(id, filter),
              ElementsAre(0, 1, 2, 3, 4));  // an unknown age matters only when age is asked for
}

TEST_P(Catalogue, FindsByEveryOtherProperty) {
  const std::string id = filled();
  const auto with = [&](auto set) {
    SampleFilter filter;
    set(filter);
    return found(id, filter);
  };
  EXPECT_THAT(with([](auto& f) { f.species = "swap"; }), ElementsAre(1, 2));
  EXPECT_THAT(with([](auto& f) { f.species = "swap/graphics"; }), ElementsAre(1));
  EXPECT_THAT(with([](auto& f) { f.kind = "bona_fide"; }), ElementsAre(0));
  EXPECT_THAT(with([](auto& f) { f.kind = "bona_fide", f.with_failed = true; }), ElementsAre(0, 5));
  EXPECT_THAT(with([](auto& f) { f.compression = "c0", f.split = "train"; }), ElementsAre(0, 2));
  EXPECT_THAT(with([](auto& f) { f.method = "replay/tablet"; }), ElementsAre(4));
  EXPECT_THAT(with([](auto& f) { f.identity = "person_1"; }), ElementsAre(1, 3));
  EXPECT_THAT(with([](auto& f) { f.licence = "GPL"; }), IsEmpty());
  EXPECT_THAT(with([](auto& f) { f.attributes = {{"sex", "female"}}; }), ElementsAre(0, 2, 4));
  EXPECT_THAT(with([](auto& f) { f.attributes = {{"sex", "female"}, {"sex", "male"}}; }), IsEmpty());
  EXPECT_THAT(with([](auto& f) { f.text = "GRAPHICS s2"; }), ElementsAre(2));
  EXPECT_THAT(with([](auto& f) { f.text = "sex=male"; }), ElementsAre(1, 3));
}

TEST_P(Catalogue, TakesTextAsTextNotAsAPattern) {
  const std::string id = filled();
  SampleFilter filter;
  filter.text = "100%";
  EXPECT_EQ(found(id, filter).size(), 5U);
  for (const char* nothing : {"1%0", "real?one", "realXone", "' OR '1'='1", "!"}) {
    filter.text = nothing;
    EXPECT_THAT(found(id, filter), IsEmpty()) << nothing;
  }
  filter = {};
  filter.species = "swa%";
  EXPECT_THAT(found(id, filter), IsEmpty());
}

TEST_P(Catalogue, PagesInTheOrderOfTheManifest) {
  const std::string id = filled();
  SampleFilter filter;
  filter.limit = 2;
  filter.after = 1;
  std::vector<std::int64_t> seen;
  for (const CatalogueSample& each : on([&](Connection& c) { return find_samples(c, id, filter); }))
    seen.push_back(each.seq);
  EXPECT_THAT(seen, ElementsAre(2, 3));
}

TEST_P(Catalogue, TellsWhatThereIsToSearchFor) {
  const std::string id = filled();
  const DatasetFacets facets = on([&](Connection& c) { return dataset_facets(c, id); });
  EXPECT_EQ(facets.youngest, 20);
  EXPECT_EQ(facets.oldest, 31);
  EXPECT_THAT(facets.values.at("compression"), ElementsAre(testing::Pair("c0", 3), testing::Pair("c23", 2)));
  EXPECT_EQ(facets.attributes.at("sex").size(), 2U);
}

TEST_P(Catalogue, KnowsTheSameClipInOtherCompressions) {
  const std::string id = filled();
  const auto clips = on([&](Connection& c) { return samples_of_clip(c, id, "clip1"); });
  ASSERT_EQ(clips.size(), 2U);
  EXPECT_EQ(clips[0].compression, "c0");
  EXPECT_EQ(clips[1].compression, "c23");
  EXPECT_EQ(on([&](Connection& c) { return find_sample(c, id, "s3"); })->age, 31);
  EXPECT_FALSE(on([&](Connection& c) { return find_sample(c, id, "s9"); }).has_value());
}

TEST_P(Catalogue, AttachesAFolderOnceAndForgetsItInSteps) {
  const std::string id = filled();
  EXPECT_FALSE(
      on([&](Connection& c) { return create_dataset(c, "Other", "folder", "admin", 8); }).has_value());
  const auto set = on([&](Connection& c) { return find_dataset(c, id); });
  EXPECT_EQ(set->state, "ready");
  EXPECT_EQ(set->samples, 5);
  EXPECT_EQ(set->bytes, 60);
  EXPECT_EQ(on([&](Connection& c) { return list_datasets(c, "SE"); }).size(), 1U);
  EXPECT_EQ(on([&](Connection& c) { return list_datasets(c, "%"); }).size(), 0U);
  int steps = 1;
  while (on([&](Connection& c) { return remove_some_samples(c, id, 4); })) ++steps;
  EXPECT_EQ(steps, 2);
  on([&](Connection& c) { remove_dataset_row(c, id); });
  EXPECT_FALSE(on([&](Connection& c) { return find_dataset(c, id); }).has_value());
}

KYC_ON_BOTH_DATABASES(Catalogue);

}  // namespace
}  // namespace kyc
