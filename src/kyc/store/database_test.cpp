#include "kyc/store/database.h"

#include <fstream>
#include <limits>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "kyc/core/error.h"
#include "kyc/store/support_test.h"

namespace kyc {
namespace {

class DatabaseOf : public StoreTest {};

TEST_P(DatabaseOf, ValuesComeBackAsTheyWentIn) {
  empty_database().write([](Connection& c) {
    c.script("CREATE TABLE t (a BIGINT, b DOUBLE PRECISION, c TEXT, d BYTEA);");
    c.run("INSERT INTO t VALUES (?1, ?2, ?3, ?4)",
          {std::numeric_limits<std::int64_t>::min(), 0.1, std::string("a'b\n\xC3\xA9"), Bytes{0, 255, 92}});
    c.run("INSERT INTO t VALUES (?1, ?2, ?3, ?4)", {SqlValue(), SqlValue(), SqlValue(), SqlValue()});
    c.run("INSERT INTO t VALUES (7, 1e300, '', ?1)", {Bytes{}});
  });
  const auto rows =
      empty_database().read([](Connection& c) { return c.rows("SELECT a, b, c, d FROM t ORDER BY a"); });
  ASSERT_EQ(rows.size(), 3U);
  // NULL comes first in SQLite and last in PostgreSQL.
  const std::size_t null_row = rows[0].is_null(0) ? 0 : 2;
  const std::size_t first = null_row == 0 ? 1 : 0;
  EXPECT_EQ(rows[first].integer(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(rows[first].number(1), 0.1);
  EXPECT_EQ(rows[first].text(2), "a'b\n\xC3\xA9");
  EXPECT_EQ(rows[first].bytes(3), (Bytes{0, 255, 92}));
  EXPECT_EQ(rows[first + 1].number(1), 1e300);
  EXPECT_EQ(rows[first + 1].text(2), "");
  EXPECT_EQ(rows[first + 1].bytes(3), Bytes{});
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(rows[null_row].is_null(i));
  EXPECT_THROW(rows[first].text(0), Error);
  EXPECT_THROW(rows[first].text(4), Error);
}

TEST_P(DatabaseOf, RollsBackWhatThrows) {
  empty_database().write([](Connection& c) { c.script("CREATE TABLE t (a BIGINT PRIMARY KEY);"); });
  EXPECT_THROW(empty_database().write([](Connection& c) {
    c.run("INSERT INTO t VALUES (1)");
    c.run("INSERT INTO t VALUES (1)");
  }),
               Error);
  EXPECT_EQ(empty_database().read([](Connection& c) { return c.integer("SELECT count(*) FROM t"); }), 0);
  EXPECT_EQ(empty_database().write([](Connection& c) { return c.run("INSERT INTO t VALUES (1)"); }), 1);
}

TEST_P(DatabaseOf, WritersNeverOverlap) {
  empty_database().write([](Connection& c) {
    c.script("CREATE TABLE t (n BIGINT);");
    c.run("INSERT INTO t VALUES (0)");
  });
  // Two objects on one database stand for two processes.
  Database other(location());
  const auto count_up = [](Database& database) {
    for (int i = 0; i < 50; ++i)
      database.write([](Connection& c) {
        const std::int64_t n = c.integer("SELECT n FROM t");
        c.run("UPDATE t SET n = ?1", {n + 1});
      });
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&, i] { count_up(i % 2 == 0 ? empty_database() : other); });
  }
  EXPECT_EQ(other.read([](Connection& c) { return c.integer("SELECT n FROM t"); }), 200);
}

TEST_P(DatabaseOf, SaysWhatIsWrongWithAStatement) {
  try {
    empty_database().read([](Connection& c) { return c.rows("SELECT nonsense FROM nowhere"); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Internal);
    EXPECT_THAT(error.what(), testing::HasSubstr("nowhere"));
  }
}

KYC_ON_BOTH_DATABASES(DatabaseOf);

TEST(DatabaseFile, IsForItsOwnerAlone) {
  const auto path = std::filesystem::temp_directory_path() / ("kyc_" + random_token(12) + ".db");
  { const Database database(path.string()); }
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  std::filesystem::remove(path);
}

TEST(DatabaseFile, IsRefusedWhenItIsNone) {
  const auto path = std::filesystem::temp_directory_path() / ("kyc_" + random_token(12) + ".db");
  std::ofstream(path) << std::string(5000, 'x');
  try {
    const Database database(path.string());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Corrupt);
  }
  std::filesystem::remove(path);
}

TEST(DatabaseFile, IsUnavailableInAFolderThatIsNotThere) {
  try {
    const Database database("/nonexistent/folder/x.db");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
  }
}

TEST(DatabaseServer, IsUnavailableWhereNobodyListens) {
  try {
    const Database database("postgresql://127.0.0.1:1/none?connect_timeout=2");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
  }
}

}  // namespace
}  // namespace kyc
