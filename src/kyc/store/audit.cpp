#include "kyc/store/audit.h"

#include "kyc/core/json_writer.h"

namespace kyc {
namespace {

constexpr std::int64_t kAuditPage = 1000;

// Lengths first, so that no two entries have the same text.
std::string chained_text(const AuditEntry& entry, const std::string& previous) {
  std::string out = previous + "\n" + std::to_string(entry.seq) + "\n" + std::to_string(entry.at);
  for (const std::string* part : {&entry.actor, &entry.action, &entry.subject, &entry.details})
    out += "\n" + std::to_string(part->size()) + ":" + *part;
  return out;
}

std::string seal_of(const KeyRing& keys, std::int64_t seq, const std::string& mac) {
  return keyed_hash(keys.audit_key(), "head\n" + std::to_string(seq) + "\n" + mac);
}

AuditEntry entry_of(const SqlRow& row) {
  return {row.integer(0), row.integer(1), row.text(2), row.text(3), row.text(4), row.text(5)};
}

}  // namespace

void append_audit(Connection& connection, const KeyRing& keys, const AuditEntry& entry) {
  const std::optional<SqlRow> head = connection.row("SELECT seq, mac FROM audit_head WHERE id = 1");
  AuditEntry next = entry;
  next.seq = head ? head->integer(0) + 1 : 1;
  if (next.details.empty()) next.details = "{}";
  const std::string mac =
      keyed_hash(keys.audit_key(), chained_text(next, head ? head->text(1) : std::string()));
  connection.run(
      "INSERT INTO audit (seq, at, actor, action, subject, details, mac) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      {next.seq, next.at, next.actor, next.action, next.subject, next.details, mac});
  connection.run(
      "INSERT INTO audit_head (id, seq, mac, seal) VALUES (1, ?1, ?2, ?3) "
      "ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, mac = excluded.mac, seal = excluded.seal",
      {next.seq, mac, seal_of(keys, next.seq, mac)});
}

std::vector<AuditEntry> audit_entries(Connection& connection,
                                      std::optional<std::int64_t> before,
                                      const std::string& subject,
                                      std::int64_t limit) {
  std::string sql = "SELECT seq, at, actor, action, subject, details FROM audit WHERE seq < ?1";
  std::vector<SqlValue> values{before.value_or(INT64_MAX), limit};
  if (!subject.empty()) {
    sql += " AND subject = ?3";
    values.emplace_back(subject);
  }
  std::vector<AuditEntry> out;
  for (const SqlRow& row : connection.rows(sql + " ORDER BY seq DESC LIMIT ?2", values))
    out.push_back(entry_of(row));
  return out;
}

AuditReport verify_audit(Database& database, const KeyRing& keys, const std::string& expected) {
  AuditReport report;
  std::string previous;
  bool expected_seen = expected.empty();
  const auto head = database.read(
      [](Connection& c) { return c.row("SELECT seq, mac, seal FROM audit_head WHERE id = 1"); });
  for (;;) {
    const std::vector<SqlRow> rows = database.read([&](Connection& c) {
      return c.rows(
          "SELECT seq, at, actor, action, subject, details, mac FROM audit WHERE seq > ?1 AND seq <= ?2 "
          "ORDER BY seq LIMIT ?3",
          {report.entries, head ? head->integer(0) : INT64_MAX, kAuditPage});
    });
    for (const SqlRow& row : rows) {
      const AuditEntry entry = entry_of(row);
      const std::string place = "entry " + std::to_string(report.entries + 1);
      if (entry.seq != report.entries + 1) {
        report.fault = place + " is missing";
        return report;
      }
      if (!equal_in_constant_time(keyed_hash(keys.audit_key(), chained_text(entry, previous)), row.text(6))) {
        report.fault = place + " was changed, or is of another key file";
        return report;
      }
      previous = row.text(6);
      report.entries = entry.seq;
      report.head = std::to_string(entry.seq) + ":" + previous;
      expected_seen = expected_seen || report.head == expected;
    }
    if (static_cast<std::int64_t>(rows.size()) < kAuditPage) break;
  }
  if (!head && report.entries > 0)
    report.fault = "the seal of the newest entry is missing";
  else if (head && (head->integer(0) != report.entries || head->text(1) != previous))
    report.fault = "entries after " + std::to_string(report.entries) + " are missing: the newest one was " +
                   std::to_string(head->integer(0));
  else if (head && !equal_in_constant_time(seal_of(keys, report.entries, previous), head->text(2)))
    report.fault = "the seal of the newest entry was changed, or is of another key file";
  else if (database.read(
               [](Connection& c) {  // one statement: appends that happen meanwhile do not disturb it
                 return c.integer(
                     "SELECT count(*) FROM audit WHERE seq > (SELECT coalesce(max(seq), 0) FROM audit_head)");
               }) > 0)
    report.fault = "entries after " + std::to_string(report.entries) + " were added by someone else";
  else if (!expected_seen)
    report.fault =
        "the head " + expected + " is not in the log: entries were removed, or this is an older copy";
  return report;
}

}  // namespace kyc
