// kyclops audit verify, privacy report, account setup-link: what an operator asks a service's data folder.

#include <cstdio>
#include <memory>
#include <string>

#include "kyc/cli/commands.h"
#include "kyc/core/error.h"
#include "kyc/core/json_writer.h"
#include "kyc/service/privacy.h"
#include "kyc/store/accounts.h"
#include "kyc/store/audit.h"
#include "kyc/store/migrations.h"

namespace kyc::cli {
namespace {

struct RecordOptions {
  std::string data;
  std::string database;
  std::string head;
};

KeyRing keys_of(const RecordOptions& options) {
  return KeyRing::open_existing(std::filesystem::path(options.data) / "key");
}

std::string location_of(const RecordOptions& options) {
  if (!options.database.empty()) return options.database;
  const auto file = std::filesystem::path(options.data) / "kyclops.db";
  if (!std::filesystem::exists(file)) throw Error(ErrorCode::NotFound, file.string() + ": no such file");
  return file.string();
}

int run_audit_verify(const RecordOptions& options, const GlobalOptions& global) {
  Database database(location_of(options));
  const AuditReport report = verify_audit(database, keys_of(options), options.head);
  if (global.json) {
    JsonWriter json;
    json.object().field("whole", !report.fault).field("entries", report.entries).field("head", report.head);
    json.field("fault", report.fault).end();
    std::printf("%s\n", json.text().c_str());
  } else if (report.fault) {
    std::printf("NOT WHOLE: %s\n", report.fault->c_str());
  } else {
    std::printf(
        "whole: %lld entries\nhead: %s\n", static_cast<long long>(report.entries), report.head.c_str());
  }
  return report.fault ? kAnswerIsNo : kDone;
}

int run_privacy_report(const RecordOptions& options, const GlobalOptions&) {
  Database database(location_of(options));
  migrate(database);
  const RetentionDays retention = database.read(recorded_retention);
  std::printf("%s\n", privacy_report_json(database, retention, now_ms()).c_str());
  return kDone;
}

int run_setup_link(const RecordOptions& options, const GlobalOptions&) {
  Database database(location_of(options));
  migrate(database);
  const KeyRing keys = keys_of(options);
  const std::string token = database.write([&](Connection& c) {
    append_audit(c, keys, {0, now_ms(), "system", "setup_link.create", "service", "{}"});
    return create_setup_link(c, now_ms());
  });
  std::printf("/setup#token=%s\n", token.c_str());
  return kDone;
}

void add_record(App& app,
                const GlobalOptions& global,
                Chosen& chosen,
                const std::string& noun_name,
                const std::string& noun_help,
                const std::string& verb_name,
                const std::string& help,
                int (*run)(const RecordOptions&, const GlobalOptions&)) {
  const auto options = std::make_shared<RecordOptions>();
  App* verb = noun(app, noun_name, noun_help)->add_subcommand(verb_name, help);
  verb->fallthrough();
  verb->add_option("--data", options->data, "The service's folder")->required()->check(kExistingDirectory);
  verb->add_option("--database", options->database, "postgresql://... instead of the database in --data");
  if (run == run_audit_verify)
    verb->add_option("--head", options->head, "A head noted earlier: its entry must still be there");
  verb->callback([options, &global, &chosen, run] {
    chosen.run = [options, &global, run] { return run(*options, global); };
  });
}

}  // namespace

void add_records(App& app, const GlobalOptions& global, Chosen& chosen) {
  add_record(app,
             global,
             chosen,
             "audit",
             "The audit log of a service",
             "verify",
             "Has anybody changed, removed or added entries? Exit code 1: somebody has",
             run_audit_verify);
  add_record(app,
             global,
             chosen,
             "privacy",
             "What a service holds about people",
             "report",
             "How much of each class of data there is, since when, and what was erased",
             run_privacy_report);
  add_record(app,
             global,
             chosen,
             "account",
             "Accounts of a service",
             "setup-link",
             "A new link, good for a day and once, to make an administrator",
             run_setup_link);
}

}  // namespace kyc::cli
