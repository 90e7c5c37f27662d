#include "kyc/service/privacy.h"

#include <array>
#include <string>

#include "kyc/core/json_writer.h"
#include "kyc/service/watch.h"

namespace kyc {
namespace {

struct Setting {
  const char* name;
  int RetentionDays::*days;
};
constexpr Setting kSettings[] = {{"retention.document", &RetentionDays::document},
                                 {"retention.selfie", &RetentionDays::selfie},
                                 {"retention.evidence", &RetentionDays::evidence},
                                 {"retention.case_record", &RetentionDays::case_record}};

}  // namespace

void record_retention(Connection& connection, const RetentionDays& retention) {
  for (const Setting& setting : kSettings)
    connection.run(
        "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = "
        "excluded.value",
        {std::string(setting.name), std::to_string(retention.*setting.days)});
}

RetentionDays recorded_retention(Connection& connection) {
  RetentionDays out;
  for (const Setting& setting : kSettings)
    if (const auto row =
            connection.row("SELECT value FROM settings WHERE name = ?1", {std::string(setting.name)}))
      out.*setting.days = std::stoi(row->text(0));
  return out;
}

std::string privacy_report_json(Database& database, const RetentionDays& retention, std::int64_t now) {
  struct DataClass {
    const char* name;
    const char* holds;
    int days;
  };
  const std::array<DataClass, 4> media_classes{{
      {"document", "photos of documents, as they were uploaded", retention.document},
      {"document_fields", "what the machine readable zone of a document says", retention.document},
      {"selfie", "selfie clips, as they were uploaded", retention.selfie},
      {"evidence",
       "what is behind a decision: portrait, best frames, how the head moved in a challenge",
       retention.evidence},
  }};
  JsonWriter json;
  json.object().field("made_at", time_text(now)).key("classes").array();
  database.read([&](Connection& c) {
    for (const DataClass& each : media_classes) {
      const auto row = c.row(
          "SELECT count(*), sum(m.bytes), min(u.created_at) FROM media_uses u JOIN media m ON m.id = "
          "u.media_id "
          "WHERE u.data_class = ?1",
          {std::string(each.name)});
      const auto oldest = row->optional_integer(2);
      json.object().field("class", each.name).field("holds", each.holds).field("count", row->integer(0));
      json.field("bytes", row->optional_integer(1).value_or(0)).field("retention_days", each.days);
      json.field("oldest_at", oldest ? std::optional(time_text(*oldest)) : std::nullopt);
      json.field("overdue", oldest && *oldest < now - each.days * kDayMs).end();
    }
    const auto record = c.row("SELECT count(*), min(updated_at) FROM cases WHERE state <> 'erased'");
    const auto oldest =
        c.row("SELECT count(*), min(updated_at) FROM cases WHERE state IN ('accepted','rejected','expired')")
            ->optional_integer(1);
    json.object()
        .field("class", "case_record")
        .field("holds", "states, reasons, signals and comments of cases");
    json.field("count", record->integer(0)).field("bytes", 0).field("retention_days", retention.case_record);
    json.field("oldest_at", oldest ? std::optional(time_text(*oldest)) : std::nullopt);
    json.field("overdue", oldest && *oldest < now - retention.case_record * kDayMs).end();
    json.object()
        .field("class", "template")
        .field("holds", "face templates: none are stored")
        .field("count", 0);
    json.field("bytes", 0).field("retention_days", 0).field("oldest_at", std::optional<std::string>());
    json.field("overdue", false).end();
    json.end().key("accounts").object();
    for (const SqlRow& row : c.rows("SELECT state, count(*) FROM accounts GROUP BY state ORDER BY state"))
      json.field(row.text(0), row.integer(1));
    json.end().key("erasures").object();
    for (const SqlRow& row :
         c.rows("SELECT action, count(*) FROM audit WHERE action IN ('account.erase', 'case.erase', "
                "'case.expire', 'retention.remove') GROUP BY action ORDER BY action"))
      json.field(row.text(0), row.integer(1));
    json.end();
  });
  return json.end().text();
}

}  // namespace kyc
