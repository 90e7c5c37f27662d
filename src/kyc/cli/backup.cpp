// kyclops backup, kyclops restore: a service's data to another place, and back.

#include "kyc/store/backup.h"

#include <cstdio>
#include <memory>
#include <string>

#include <sys/stat.h>

#include "kyc/cli/commands.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/core/json_writer.h"
#include "kyc/store/audit.h"
#include "kyc/store/backup_reports.h"
#include "kyc/store/migrations.h"

namespace kyc::cli {
namespace {

struct BackupOptions {
  std::string data;
  std::string database;
  std::string backup;
  std::string key;
};

void note(Database& database, const KeyRing& keys, const char* act) {
  database.write([&](Connection& c) {
    append_audit(c, keys, {0, now_ms(), "system", act, "service", "{}"});
  });
}

void print_backup(const BackupReport& report,
                  std::int64_t reports,
                  const char* done,
                  const GlobalOptions& global) {
  if (global.json) {
    JsonWriter json;
    json.object().field("made_at_ms", report.made_at).field("schema_version", report.schema_version);
    json.field("rows", report.rows).field("files", report.files).field("copied", report.copied);
    json.field("removed", report.removed).field("reports", reports);
    json.field("audit_head", report.audit_head).end();
    std::printf("%s\n", json.text().c_str());
    return;
  }
  std::printf(
      "%s: %lld rows, %lld stored files (%lld copied, %lld removed), %lld reports of evaluations\naudit "
      "head: %s\n",
      done,
      static_cast<long long>(report.rows),
      static_cast<long long>(report.files),
      static_cast<long long>(report.copied),
      static_cast<long long>(report.removed),
      static_cast<long long>(reports),
      report.audit_head.c_str());
}

int run_backup(const BackupOptions& options, const GlobalOptions& global) {
  ::umask(077);
  const std::filesystem::path data = options.data;
  const KeyRing keys = KeyRing::open_existing(data / "key");
  if (options.database.empty() && !std::filesystem::exists(data / "kyclops.db"))
    throw Error(ErrorCode::NotFound, (data / "kyclops.db").string() + ": no such file");
  Database database(options.database.empty() ? (data / "kyclops.db").string() : options.database);
  note(database, keys, "backup.create");
  const BackupReport report = make_backup(database,
                                          keys,
                                          MediaFolder(data / "media", keys),
                                          options.backup,
                                          now_ms(),
                                          progress_bar("backup", "files", global));
  const std::int64_t reports = back_up_reports(database, keys, data / "evaluations", options.backup);
  print_backup(report, reports, "backed up", global);
  if (!global.json)
    std::printf(
        "not in it: the key (%s), which must be kept elsewhere, and data sets, which are plain folders\n",
        (data / "key").c_str());
  return kDone;
}

BackupReport bring_back(const BackupOptions& options,
                        const KeyRing& keys,
                        const std::filesystem::path& into,
                        const GlobalOptions& global) {
  Database database(options.database.empty() ? (into / "kyclops.db").string() : options.database);
  const BackupReport report = restore_backup(options.backup,
                                             keys,
                                             database,
                                             MediaFolder(into / "media", keys),
                                             progress_bar("restore", "files", global));
  note(database, keys, "backup.restore");
  return report;
}

int run_restore(const BackupOptions& options, const GlobalOptions& global) {
  ::umask(077);
  const std::filesystem::path data = options.data;
  if (std::filesystem::exists(data) && !std::filesystem::is_empty(data))
    throw Error(ErrorCode::InvalidArgument,
                data.string() + ": expected a folder that is empty or not there yet");
  const std::string key = read_text_file(options.key, 1000);
  const KeyRing keys = KeyRing::open_existing(options.key);
  // Under another name until all of it is there and was read once.
  std::filesystem::path part = data.lexically_normal();
  if (part.filename().empty()) part = part.parent_path();
  part += ".restoring";
  std::filesystem::remove_all(part);
  std::filesystem::create_directories(part);
  BackupReport report;
  std::int64_t reports = 0;
  try {
    report = bring_back(options, keys, part, global);
    reports = restore_reports(keys, options.backup, part / "evaluations");
    write_text_file(part / "key", key);
    ::chmod((part / "key").c_str(), 0600);
    std::filesystem::remove(data);  // an empty folder, or nothing
    std::filesystem::rename(part, data);
  } catch (...) {
    std::filesystem::remove_all(part);
    throw;
  }
  print_backup(report, reports, "restored", global);
  return kDone;
}

}  // namespace

void add_backup(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<BackupOptions>();
  const auto add = [&](const char* name, const char* help, auto run) {
    App* verb = app.add_subcommand(name, help);
    verb->fallthrough();
    verb->add_option("--database", options->database, "postgresql://... instead of the database in --data");
    verb->callback([options, &global, &chosen, run] {
      chosen.run = [options, &global, run] { return run(*options, global); };
    });
    return verb;
  };
  App* backup = add("backup", "Copy a service's data, running or not, to another folder", run_backup);
  backup->add_option("--data", options->data, "The service's folder")->required()->check(kExistingDirectory);
  backup
      ->add_option(
          "--to", options->backup, "Folder of the backup; a later one into the same copies what is new")
      ->required();
  App* restore = add("restore", "Bring a backup back, into a new folder", run_restore);
  restore->add_option("--from", options->backup, "Folder of the backup")
      ->required()
      ->check(kExistingDirectory);
  restore->add_option("--key", options->key, "The key file that was kept elsewhere")
      ->required()
      ->check(kExistingFile);
  restore->add_option("--data", options->data, "The service's new folder")->required();
}

}  // namespace kyc::cli
