#include "kyc/core/registry.h"

#include <gtest/gtest.h>

namespace kyc {
namespace {

struct Animal {
  struct Resources {
    int legs;
  };
  virtual ~Animal() = default;
  virtual int legs() const = 0;
};

struct Cat final : Animal {
  explicit Cat(const Resources& resources) : count(resources.legs) {}
  int legs() const override { return count; }
  int count;
};
struct Ant final : Animal {
  explicit Ant(const Resources& resources) : count(resources.legs + 2) {}
  int legs() const override { return count; }
  int count;
};

const Registration<Animal, Cat> kCat{"cat", "four legs"};
const Registration<Animal, Ant> kAnt{"ant", "six legs"};

TEST(Registry, ListsSortedByName) {
  const auto list = Registry<Animal>::list();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].name, "ant");
  EXPECT_EQ(list[1].description, "four legs");
}

TEST(Registry, MakesByName) {
  EXPECT_EQ(Registry<Animal>::make("ant", {4})->legs(), 6);
}

TEST(Registry, AnUnknownNameIsAnsweredWithTheKnownOnes) {
  try {
    Registry<Animal>::make("dog", {4});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::NotFound);
    EXPECT_STREQ(error.what(), "no method 'dog'; known: ant, cat");
  }
}

TEST(RegistryDeathTest, ANameUsedTwiceStopsTheProgram) {
  EXPECT_DEATH((Registration<Animal, Cat>{"cat", "again"}), "registered twice");
}

}  // namespace
}  // namespace kyc
