// Internal to the tests of store/: the same tests on both databases. PostgreSQL's address comes from
// KYC_TEST_POSTGRES (tests/service/with_postgres.py starts one); each test has a schema of its own in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/store/migrations.h"
#include "kyc/store/secrets.h"

namespace kyc {

inline constexpr PasswordCost kCheapPassword{1, 8192};

class StoreTest : public testing::TestWithParam<DatabaseKind> {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("kyc_store_" + random_token(12));
    std::filesystem::create_directories(folder_);
    if (GetParam() == DatabaseKind::Sqlite) {
      location_ = (folder_ / "test.db").string();
      return;
    }
    const char* server = std::getenv("KYC_TEST_POSTGRES");
    if (server == nullptr)
      GTEST_SKIP() << "KYC_TEST_POSTGRES names no server; the ctest entry store/postgres starts one";
    schema_ = "t" + std::to_string(::getpid()) + "_" + std::to_string(++count_);
    Database(server).write([&](Connection& c) { c.script("CREATE SCHEMA " + schema_ + ";"); });
    location_ = std::string(server) + (std::string(server).find('?') == std::string::npos ? "?" : "&") +
                "options=-csearch_path%3D" + schema_;
  }

  void TearDown() override {
    database_.reset();
    if (!schema_.empty())
      Database(std::getenv("KYC_TEST_POSTGRES")).write([&](Connection& c) {
        c.script("DROP SCHEMA " + schema_ + " CASCADE;");
      });
    std::filesystem::remove_all(folder_);
  }

  // With the whole schema.
  Database& database() {
    if (!database_) {
      database_ = std::make_unique<Database>(location_);
      migrate(*database_);
    }
    return *database_;
  }
  Database& empty_database() {
    if (!database_) database_ = std::make_unique<Database>(location_);
    return *database_;
  }

  const std::string& location() const { return location_; }
  const std::filesystem::path& folder() const { return folder_; }
  const KeyRing& keys() const { return keys_; }

 private:
  static inline int count_ = 0;
  std::filesystem::path folder_;
  std::string location_;
  std::string schema_;
  std::unique_ptr<Database> database_;
  KeyRing keys_{SecretKey{1, 2, 3}};
};

inline std::string backend_name(const testing::TestParamInfo<DatabaseKind>& info) {
  return info.param == DatabaseKind::Sqlite ? "Sqlite" : "Postgres";
}

}  // namespace kyc

// Runs the tests of a fixture derived from StoreTest on both databases.
#define KYC_ON_BOTH_DATABASES(Fixture) \
  INSTANTIATE_TEST_SUITE_P(            \
      , Fixture, testing::Values(DatabaseKind::Sqlite, DatabaseKind::Postgres), backend_name)
