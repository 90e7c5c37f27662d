#include "kyc/store/migrations.h"

#include <csignal>
#include <map>
#include <thread>

#include <sys/wait.h>

#include "kyc/core/error.h"
#include "kyc/store/accounts.h"
#include "kyc/store/audit.h"
#include "kyc/store/support_test.h"

namespace kyc {
namespace {

class Migrations : public StoreTest {
 protected:
  // Every column of every table, with its type.
  std::map<std::string, std::string> columns() { return columns_of(empty_database()); }
  static std::map<std::string, std::string> columns_of(Database& database) {
    return database.read([](Connection& c) {
      const std::string sql =
          c.kind() == DatabaseKind::Sqlite
              ? "SELECT m.name, p.name, p.type FROM sqlite_master m, pragma_table_info(m.name) p WHERE "
                "m.type = 'table'"
              : "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns "
                "WHERE table_schema = current_schema()";
      std::map<std::string, std::string> out;
      for (const SqlRow& row : c.rows(sql)) out[row.text(0) + "." + row.text(1)] = row.text(2);
      return out;
    });
  }
};

TEST_P(Migrations, CountUpWithoutAGap) {
  int expected = 0;
  for (const Migration& step : schema_migrations()) EXPECT_EQ(step.version, ++expected);
}

TEST_P(Migrations, LeadFromEveryOlderVersionToTheSameSchemaAndKeepTheData) {
  migrate(empty_database());
  const auto wanted = columns();
  EXPECT_GT(wanted.size(), 80U);
  for (const Migration& old : schema_migrations()) {
    TearDown();
    SetUp();
    migrate(empty_database(), schema_migrations(), old.version);
    EXPECT_EQ(schema_version(empty_database()), old.version);
    const std::string id = empty_database().write([&](Connection& c) {
      append_audit(c, keys(), {0, 5, "system", "test.act", "nothing", "{}"});
      return create_account(c, "a@example.org", "A", "hash", Role::Admin, AccountState::Authorised, 7)
          .value_or("");
    });
    migrate(empty_database());
    EXPECT_EQ(columns(), wanted) << "from version " << old.version;
    const auto account = empty_database().read([&](Connection& c) { return find_account(c, id); });
    ASSERT_TRUE(account.has_value());
    EXPECT_EQ(account->email, "a@example.org");
    EXPECT_EQ(verify_audit(empty_database(), keys()).fault, std::nullopt);
  }
}

TEST_P(Migrations, MayBeAskedForTwice) {
  migrate(empty_database());
  migrate(empty_database());
  EXPECT_EQ(schema_version(empty_database()), schema_migrations().back().version);
}

TEST_P(Migrations, LeaveNothingOfAStepThatFails) {
  const std::vector<Migration> steps = {
      {1, "CREATE TABLE first (a BIGINT);", "", ""},
      {2, "CREATE TABLE second (a BIGINT); INSERT INTO nowhere VALUES (1);", "", ""}};
  EXPECT_THROW(migrate(empty_database(), steps), Error);
  EXPECT_EQ(schema_version(empty_database()), 1);
  const auto all = columns();
  EXPECT_TRUE(all.contains("first.a"));
  EXPECT_FALSE(all.contains("second.a"));
}

// A step that never ends is killed when pages of it are on the disk already. (On PostgreSQL a step is a
// transaction of the server's; a client that is killed is one that went away.)
TEST_P(Migrations, LeaveNothingOfAStepThatIsKilled) {
  if (GetParam() != DatabaseKind::Sqlite) GTEST_SKIP() << "a file of SQLite is looked at";
  const int newest = schema_migrations().back().version;
  std::map<std::string, std::string> before;
  std::string id;
  {  // closed before the fork
    Database first(location());
    migrate(first);
    before = columns_of(first);
    id = first.write([&](Connection& c) {
      return create_account(c, "a@example.org", "A", "hash", Role::Admin, AccountState::Authorised, 7)
          .value_or("");
    });
  }
  std::vector<Migration> steps(schema_migrations().begin(), schema_migrations().end());
  steps.push_back(
      {newest + 1,
       "ALTER TABLE accounts ADD COLUMN half BIGINT; UPDATE accounts SET name = 'B'; CREATE TABLE halves (a "
       "TEXT); "
       "INSERT INTO halves WITH RECURSIVE more(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM more) SELECT "
       "hex(zeroblob(500)) FROM more;",
       "",
       ""});
  const std::filesystem::path log = location() + "-wal";
  const auto size = [&] {
    std::error_code failure;
    const auto bytes = std::filesystem::file_size(log, failure);
    return failure ? 0 : bytes;
  };
  const auto begun = size();
  const ::pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Database database(location());
    migrate(database, steps);
    ::_exit(1);
  }
  for (int waits = 0; size() < begun + (4 << 20) && waits < 6000; ++waits)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const auto reached = size();
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "it ended before it was killed";
  ASSERT_GE(reached, begun + (4 << 20)) << "nothing of the step was on the disk";

  Database again(location());
  EXPECT_EQ(schema_version(again), newest);
  EXPECT_EQ(columns_of(again), before);
  const auto account = again.read([&](Connection& c) { return find_account(c, id); });
  ASSERT_TRUE(account.has_value());
  EXPECT_EQ(account->name, "A");
  steps.back().sql = "ALTER TABLE accounts ADD COLUMN half BIGINT;";  // and it can go on
  migrate(again, steps);
  EXPECT_EQ(schema_version(again), newest + 1);
}

TEST_P(Migrations, RefuseANewerDatabase) {
  migrate(empty_database());
  empty_database().write([](Connection& c) { c.run("INSERT INTO schema_version VALUES (1000)"); });
  try {
    migrate(empty_database());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
  }
}

KYC_ON_BOTH_DATABASES(Migrations);

}  // namespace
}  // namespace kyc
