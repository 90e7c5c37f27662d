#include "kyc/store/backup.h"

#include <fstream>
#include <set>

#include <gmock/gmock.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/store/accounts.h"
#include "kyc/store/audit.h"
#include "kyc/store/backup_reports.h"
#include "kyc/store/cases.h"
#include "kyc/store/jobs.h"
#include "kyc/store/support_test.h"
#include "kyc/testing/refusal.h"

namespace kyc {
namespace {

using testing::HasSubstr;
using testing::Not;

class Backups : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    if (IsSkipped()) return;
    media_.emplace(folder() / "media", keys());
    account_ = database().write([&](Connection& c) {
      append_audit(c, keys(), {0, 5, "system", "test.act", "nothing", "{}"});
      return create_account(c, "a@example.org", "Zoë", "hash", Role::Admin, AccountState::Authorised, 7)
          .value_or("");
    });
    // More rows than a page of the copy has.
    database().write([&](Connection& c) {
      for (int i = 0; i < 1234; ++i)
        c.run(
            "INSERT INTO sample_attributes (dataset_id, seq, name, value, estimated) VALUES (?1, ?2, ?3, ?4, "
            "0)",
            {"d", std::int64_t{i / 3}, std::to_string(i % 3), "line\nline '\"" + std::to_string(i)});
      c.run(
          "INSERT INTO webhooks (id, account_id, url, secret, events, created_at) VALUES (?1, ?2, ?3, ?4, "
          "?5, 1)",
          {"w", account_, "https://example.org", Bytes{0, 1, 255, 0}, ""});
    });
    first_ = put("first", 200000);
    second_ = put("second", 0);
  }

  StoredMedia put(const std::string& owner, std::size_t bytes) {
    const StoredMedia stored =
        media_->store(std::vector<std::uint8_t>(bytes, static_cast<std::uint8_t>(bytes)));
    database().write(
        [&](Connection& c) { put_media_use(c, owner, "document", stored, "document", "image/png", 9); });
    return stored;
  }

  BackupReport backup() { return make_backup(database(), keys(), *media_, folder() / "backup", 1000); }
  // Into SQLite, whatever it came from.
  BackupReport restore(const KeyRing& with) {
    Database target((folder() / "restored.db").string());
    return restore_backup(folder() / "backup", with, target, MediaFolder(folder() / "restored", with));
  }

  std::optional<MediaFolder> media_;
  std::string account_;
  StoredMedia first_;
  StoredMedia second_;
};

// All rows, as text.
std::multiset<std::string> rows_of(Database& database, const std::string& table) {
  return database.read([&](Connection& c) {
    std::multiset<std::string> out;
    for (const SqlRow& row : c.rows("SELECT * FROM " + table)) {
      std::string line;
      for (const SqlValue& value : row.values()) {
        if (const auto* text = std::get_if<std::string>(&value)) line += "t" + *text;
        if (const auto* integer = std::get_if<std::int64_t>(&value)) line += "i" + std::to_string(*integer);
        if (const auto* number = std::get_if<double>(&value)) line += "d" + std::to_string(*number);
        if (const auto* bytes = std::get_if<Bytes>(&value))
          line += "b" + std::string(bytes->begin(), bytes->end());
        line += '|';
      }
      out.insert(line);
    }
    return out;
  });
}

TEST_P(Backups, HoldEveryTableButThoseThatOpenDoors) {
  const auto tables = database().read([](Connection& c) {
    std::set<std::string> out;
    for (const SqlRow& row :
         c.rows(c.kind() == DatabaseKind::Sqlite ? "SELECT name FROM sqlite_master WHERE type = 'table'"
                                                 : "SELECT table_name::text FROM information_schema.tables "
                                                   "WHERE table_schema = current_schema()"))
      out.insert(row.text(0));
    return out;
  });
  std::set<std::string> held = {"schema_version", "sessions", "setup_links", "login_attempts", "idempotency"};
  for (const std::string& table : backup_tables(schema_version(database()))) held.insert(table);
  EXPECT_EQ(held, tables);
}

TEST_P(Backups, BringEveryRowAndFileBack) {
  const BackupReport made = backup();
  EXPECT_EQ(made.files, 2);
  EXPECT_EQ(made.copied, 2);
  const BackupReport back = restore(keys());
  EXPECT_EQ(back.rows, made.rows);
  EXPECT_EQ(back.made_at, 1000);
  Database restored((folder() / "restored.db").string());
  for (const std::string& table : backup_tables(schema_version(database())))
    EXPECT_EQ(rows_of(restored, table), rows_of(database(), table)) << table;
  EXPECT_EQ(MediaFolder(folder() / "restored", keys()).load(first_.id, 1 << 20).size(), 200000U);
  EXPECT_EQ(verify_audit(restored, keys(), made.audit_head).fault, std::nullopt);
}

TEST_P(Backups, TellNothingToWhoHasNoKey) {
  backup();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder() / "backup"))
    if (entry.is_regular_file()) {
      EXPECT_THAT(read_text_file(entry.path()), testing::Not(HasSubstr("example")));
    }
  EXPECT_THAT(refusal(ErrorCode::Corrupt, [&] { restore(KeyRing(SecretKey{9})); }), HasSubstr("another key"));
}

TEST_P(Backups, CopyOnlyWhatIsNewAndLetGoOfWhatWasErased) {
  backup();
  put("third", 10);
  database().write([&](Connection& c) {
    c.run("DELETE FROM media_uses WHERE media_id = ?1", {first_.id});
    c.run("DELETE FROM media WHERE id = ?1", {first_.id});
  });
  media_->remove(first_.id);
  const BackupReport again = backup();
  EXPECT_EQ(again.files, 2);
  EXPECT_EQ(again.copied, 1);
  EXPECT_EQ(again.removed, 1);
  EXPECT_FALSE(MediaFolder(folder() / "backup/media", keys()).has(first_.id));
  EXPECT_NO_THROW(restore(keys()));
}

TEST_P(Backups, StayWholeWhenTheNextOneFails) {
  const BackupReport whole = backup();
  media_->remove(second_.id);
  std::filesystem::remove_all(folder() / "backup/media" / second_.id.substr(0, 2));
  put("third", 11);
  refusal(ErrorCode::NotFound, [&] { backup(); });
  media_->store({});  // what the disk lost
  MediaFolder(folder() / "backup/media", keys()).copy_from(*media_, second_.id);
  EXPECT_EQ(restore(keys()).rows, whole.rows);
}

TEST_P(Backups, AreRefusedWhereSomethingIsAlready) {
  backup();
  EXPECT_THAT(refusal(ErrorCode::InvalidArgument,
                      [&] { restore_backup(folder() / "backup", keys(), database(), *media_); }),
              HasSubstr("not empty"));
  EXPECT_THAT(refusal(ErrorCode::NotFound,
                      [&] {
                        Database target((folder() / "other.db").string());
                        restore_backup(folder() / "nowhere", keys(), target, *media_);
                      }),
              HasSubstr("no whole backup"));
}

TEST_P(Backups, ThatWereDamagedAreRefused) {
  backup();
  const std::string newest = read_text_file(folder() / "backup/newest").substr(0, 64);
  const auto file = folder() / "backup/database" / newest.substr(0, 2) / newest;
  const std::string whole = read_text_file(file);
  const auto damaged_by = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    std::filesystem::remove(folder() / "restored.db");
    refusal(ErrorCode::Corrupt, [&] { restore(keys()); });
  };
  damaged_by(whole.substr(0, whole.size() / 2));
  damaged_by("");
  std::string changed = whole;
  changed[whole.size() / 2] = static_cast<char>(changed[whole.size() / 2] ^ 1);
  damaged_by(changed);
}

TEST_P(Backups, HoldTheReportsOfEvaluationsEncrypted) {
  const auto report = [&](const std::string& text) {
    const std::string job =
        database().write([&](Connection& c) { return create_job(c, "evaluation", "{}", account_, 5); });
    std::filesystem::create_directories(folder() / "evaluations" / job / "plots");
    write_text_file(folder() / "evaluations" / job / "index.html", text);
    write_text_file(folder() / "evaluations" / job / "plots/a.svg", std::string(300'000, 'p') + text);
    return job;
  };
  const auto backed_up = [&] {
    return back_up_reports(database(), keys(), folder() / "evaluations", folder() / "backup");
  };
  const std::string first = report("<p>report one</p>");
  const std::string second = report("<p>report two</p>");
  // Not finished, and of a job that is no more.
  std::filesystem::create_directories(folder() / "evaluations/unfinished");
  std::filesystem::create_directories(folder() / "evaluations/foreign");
  write_text_file(folder() / "evaluations/foreign/index.html", "x");
  EXPECT_EQ(backed_up(), 2);
  EXPECT_EQ(backed_up(), 2);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder() / "backup/reports"))
    if (entry.is_regular_file()) {
      ++files;
      EXPECT_THAT(read_text_file(entry.path()), Not(HasSubstr("<p>report")));
    }
  EXPECT_EQ(files, 2U);

  std::filesystem::remove_all(folder() / "evaluations" / second);
  EXPECT_EQ(backed_up(), 1);
  EXPECT_EQ(restore_reports(keys(), folder() / "backup", folder() / "back"), 1);
  EXPECT_EQ(read_text_file(folder() / "back" / first / "index.html"), "<p>report one</p>");
  EXPECT_EQ(read_text_file(folder() / "back" / first / "plots/a.svg").size(), 300'017U);
  EXPECT_FALSE(std::filesystem::exists(folder() / "back" / second));
  EXPECT_EQ(restore_reports(keys(), folder() / "nowhere", folder() / "back"), 0);
}

KYC_ON_BOTH_DATABASES(Backups);

}  // namespace
}  // namespace kyc
