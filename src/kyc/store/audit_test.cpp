#include "kyc/store/audit.h"

#include <gmock/gmock.h>

#include "kyc/core/error.h"
#include "kyc/store/support_test.h"

namespace kyc {
namespace {

class Audit : public StoreTest {
 protected:
  void append(int count) {
    for (int i = 0; i < count; ++i)
      database().write([&](Connection& c) {
        append_audit(
            c, keys(), {0, 1000 + i, "system", "test.act", "case:" + std::to_string(i % 3), "{\"n\":1}"});
      });
  }
  // As one who has the database but not the key.
  void tamper(const std::string& sql) {
    database().write([&](Connection& c) {
      if (c.kind() == DatabaseKind::Sqlite)
        c.script("DROP TRIGGER IF EXISTS audit_no_update; DROP TRIGGER IF EXISTS audit_no_delete;");
      else
        c.script("ALTER TABLE audit DISABLE TRIGGER USER;");
      c.script(sql);
    });
  }
  std::string fault() { return verify_audit(database(), keys()).fault.value_or(""); }
};

TEST_P(Audit, IsWholeWhenNobodyTouchedIt) {
  EXPECT_EQ(fault(), "");
  append(5);
  const AuditReport report = verify_audit(database(), keys());
  EXPECT_EQ(report.fault, std::nullopt);
  EXPECT_EQ(report.entries, 5);
  append(1);
  EXPECT_EQ(verify_audit(database(), keys(), report.head).fault, std::nullopt);
  EXPECT_NE(verify_audit(database(), keys(), "5:ab").fault, std::nullopt);
}

TEST_P(Audit, ReadsOnAfterAThousandEntries) {
  database().write([&](Connection& c) {
    for (int i = 0; i < 2001; ++i) append_audit(c, keys(), {0, i, "system", "test.act", "x", ""});
  });
  EXPECT_EQ(verify_audit(database(), keys()).entries, 2001);
  EXPECT_EQ(fault(), "");
  tamper("UPDATE audit SET at = 0 WHERE seq = 1500;");
  EXPECT_THAT(fault(), testing::HasSubstr("entry 1500"));
}

TEST_P(Audit, ListsNewestFirstAndBySubject) {
  append(7);
  const auto all = database().read([](Connection& c) { return audit_entries(c, {}, "", 3); });
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].seq, 7);
  const auto rest = database().read([](Connection& c) { return audit_entries(c, 5, "", 100); });
  EXPECT_EQ(rest.size(), 4U);
  const auto one = database().read([](Connection& c) { return audit_entries(c, {}, "case:0", 100); });
  EXPECT_EQ(one.size(), 3U);
}

TEST_P(Audit, CanNotBeChangedByPlainStatements) {
  append(2);
  EXPECT_THROW(database().write([](Connection& c) { c.run("UPDATE audit SET actor = 'x'"); }), Error);
  EXPECT_THROW(database().write([](Connection& c) { c.run("DELETE FROM audit"); }), Error);
  EXPECT_EQ(fault(), "");
}

TEST_P(Audit, FindsEveryKindOfChange) {
  const struct {
    const char* sql;
    const char* said;
  } kChanges[] = {
      {"UPDATE audit SET actor = 'other' WHERE seq = 3;", "entry 3 was changed"},
      {"UPDATE audit SET at = at + 1 WHERE seq = 1;", "entry 1 was changed"},
      {"UPDATE audit SET details = '{}' WHERE seq = 6;", "entry 6 was changed"},
      {"DELETE FROM audit WHERE seq = 2;", "entry 2 is missing"},
      {"DELETE FROM audit WHERE seq = 6;", "entries after 5 are missing"},
      {"DELETE FROM audit; DELETE FROM audit_head;", ""},  // found by a head that was noted, see below
      {"DELETE FROM audit_head;", "seal of the newest entry is missing"},
      {"DELETE FROM audit WHERE seq = 6; UPDATE audit_head SET seq = 5, mac = (SELECT mac FROM audit WHERE "
       "seq = 5);",
       "seal of the newest entry was changed"},
      {"UPDATE audit SET seq = 100 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5; "
       "UPDATE audit SET seq = 5 WHERE seq = 100;",
       "entry 4 was changed"},
      {"INSERT INTO audit SELECT seq + 1, at, actor, action, subject, details, mac FROM audit WHERE seq = 6;",
       "added by someone else"},
  };
  for (const auto& change : kChanges) {
    TearDown();
    SetUp();
    append(6);
    const std::string head = verify_audit(database(), keys()).head;
    tamper(change.sql);
    EXPECT_THAT(fault(), testing::HasSubstr(change.said)) << change.sql;
    EXPECT_NE(verify_audit(database(), keys(), head).fault, std::nullopt) << change.sql;
  }
}

TEST_P(Audit, IsOfNoUseToAnotherKey) {
  append(1);
  EXPECT_NE(verify_audit(database(), KeyRing(SecretKey{5})).fault, std::nullopt);
}

KYC_ON_BOTH_DATABASES(Audit);

}  // namespace
}  // namespace kyc
