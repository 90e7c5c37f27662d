#include "kyc/store/backup.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/store/audit.h"
#include "kyc/store/backup_file.h"
#include "kyc/store/migrations.h"

namespace kyc {
namespace {

// The file: kFormat, time, schema version, audit head; of each table its name and columns, then its rows,
// each after kRow, and kEnd; kEnd, and how many rows it were.
constexpr const char* kFormat = "kyclops backup 1";
constexpr const char* kRow = "r";
constexpr const char* kEnd = "e";
constexpr int kBackupPage = 500;
constexpr int kTries = 3;
constexpr const char* kNewest = "newest";

const std::set<std::string> kLeftOut = {
    "schema_version", "sessions", "setup_links", "login_attempts", "idempotency"};

// One moment of the database for as long as it lives.
class Snapshot {
 public:
  explicit Snapshot(Connection& connection) : connection_(connection) {
    connection.script(connection.kind() == DatabaseKind::Sqlite
                          ? "BEGIN;"
                          : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;");
  }
  ~Snapshot() {
    try {
      connection_.script("ROLLBACK;");
    } catch (const Error&) {  // the connection is gone, and the transaction with it
    }
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  Connection& connection_;
};

std::string list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string parameters(std::size_t count) {
  std::string out;
  for (std::size_t i = 1; i <= count; ++i) out += (i == 1 ? "?" : ", ?") + std::to_string(i);
  return out;
}

std::vector<std::string> names(Connection& connection,
                               const std::string& sqlite,
                               const std::string& postgres,
                               const std::string& table) {
  std::vector<std::string> out;
  for (const SqlRow& row :
       connection.rows(connection.kind() == DatabaseKind::Sqlite ? sqlite : postgres, {table}))
    out.push_back(row.text(0));
  return out;
}

std::vector<std::string> columns_of(Connection& connection, const std::string& table) {
  return names(
      connection,
      "SELECT name FROM pragma_table_info(?1) ORDER BY cid",
      "SELECT column_name::text FROM information_schema.columns WHERE table_schema = current_schema() "
      "AND table_name = ?1 ORDER BY ordinal_position",
      table);
}

std::vector<std::string> primary_key_of(Connection& connection, const std::string& table) {
  return names(connection,
               "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk",
               "SELECT k.column_name::text FROM information_schema.table_constraints t "
               "JOIN information_schema.key_column_usage k ON k.constraint_name = t.constraint_name "
               "AND k.table_schema = t.table_schema AND k.table_name = t.table_name "
               "WHERE t.constraint_type = 'PRIMARY KEY' AND t.table_schema = current_schema() "
               "AND t.table_name = ?1 ORDER BY k.ordinal_position",
               table);
}

// In pages, in the order of the primary key: a table may be far larger than memory.
std::int64_t put_rows(Connection& connection, const std::string& table, BackupFileWriter& out) {
  const std::vector<std::string> columns = columns_of(connection, table);
  const std::vector<std::string> key = primary_key_of(connection, table);
  std::vector<std::size_t> key_columns;
  for (const std::string& name : key)
    key_columns.push_back(
        static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin()));
  out.put(table);
  out.put(static_cast<std::int64_t>(columns.size()));
  for (const std::string& name : columns) out.put(name);

  const std::string start = "SELECT " + list(columns) + " FROM " + table;
  const std::string end = " ORDER BY " + list(key) + " LIMIT " + std::to_string(kBackupPage);
  std::vector<SqlValue> last;
  std::int64_t count = 0;
  for (;;) {
    const std::string after =
        last.empty() ? "" : " WHERE (" + list(key) + ") > (" + parameters(last.size()) + ")";
    const std::vector<SqlRow> page = connection.rows(start + after + end, last);
    for (const SqlRow& row : page) {
      out.put(kRow);
      for (const SqlValue& value : row.values()) out.put(value);
    }
    count += static_cast<std::int64_t>(page.size());
    if (page.size() < kBackupPage) break;
    last.clear();
    for (const std::size_t column : key_columns) last.push_back(page.back().values()[column]);
  }
  out.put(kEnd);
  return count;
}

struct Dump {
  StoredMedia file;
  std::vector<std::string> media;
};

Dump dump(Connection& connection, const MediaFolder& into, BackupReport& report) {
  const Snapshot moment(connection);
  report.schema_version =
      static_cast<int>(connection.integer("SELECT coalesce(max(version), 0) FROM schema_version"));
  const auto head = connection.row("SELECT seq, mac FROM audit_head WHERE id = 1");
  report.audit_head = head ? std::to_string(head->integer(0)) + ":" + head->text(1) : "";
  BackupFileWriter out(into);
  out.put(kFormat);
  out.put(report.made_at);
  out.put(static_cast<std::int64_t>(report.schema_version));
  out.put(report.audit_head);
  report.rows = 0;
  for (const std::string& table : backup_tables(report.schema_version))
    report.rows += put_rows(connection, table, out);
  out.put(kEnd);
  out.put(report.rows);
  Dump made;
  for (const SqlRow& row : connection.rows("SELECT id FROM media ORDER BY id"))
    made.media.push_back(row.text(0));
  made.file = out.finish();
  return made;
}

// returns  false if one of them is gone: erased after the moment of the backup
bool copy_media(const std::vector<std::string>& wanted,
                const MediaFolder& from,
                const MediaFolder& to,
                BackupReport& report,
                const Progress& progress) {
  std::uint64_t done = 0;
  for (const std::string& id : wanted) {
    if (!to.has(id)) {
      if (!from.has(id)) return false;
      to.copy_from(from, id);
      ++report.copied;
    }
    if (progress) progress(++done, wanted.size());
  }
  return true;
}

std::int64_t keep_only(const MediaFolder& folder, const std::set<std::string>& wanted) {
  std::vector<std::string> others;
  folder.sweep(
      [&](const std::string& id) {
        if (!wanted.contains(id)) others.push_back(id);
      },
      0);
  for (const std::string& id : others) folder.remove(id);
  return static_cast<std::int64_t>(others.size());
}

std::int64_t get_rows(BackupFileReader& in, Connection& connection, const std::string& table) {
  const std::int64_t width = in.integer();
  if (width < 1 || width > 1000)
    throw Error(ErrorCode::Corrupt, "the backup's table " + table + " has no columns");
  std::vector<std::string> columns;
  for (std::int64_t i = 0; i < width; ++i) columns.push_back(in.text());
  if (columns != columns_of(connection, table))
    throw Error(ErrorCode::Corrupt, "the backup's table " + table + " has other columns than its schema");
  const std::string insert =
      "INSERT INTO " + table + " (" + list(columns) + ") VALUES (" + parameters(columns.size()) + ")";
  std::vector<SqlValue> row(columns.size());
  std::int64_t count = 0;
  for (; in.text() == kRow; ++count) {
    for (SqlValue& value : row) value = in.get();
    connection.run(insert, row);
  }
  return count;
}

// A restore that was cut short leaves the schema without rows: it may be begun again.
void check_empty(Database& database, int wanted) {
  const int version = schema_version(database);
  if (version == 0) return;
  if (version != wanted)
    throw Error(
        ErrorCode::InvalidArgument,
        "the database has tables of another version already: a backup is brought back into an empty one");
  database.read([&](Connection& connection) {
    for (const std::string& table : backup_tables(version))
      if (connection.integer("SELECT count(*) FROM (SELECT 1 FROM " + table + " LIMIT 1) x") > 0)
        throw Error(
            ErrorCode::InvalidArgument,
            "the database is not empty (table " + table + "): a backup is brought back into an empty one");
  });
}

void check_restored(Database& database,
                    const KeyRing& keys,
                    const MediaFolder& media,
                    const BackupReport& report) {
  const AuditReport audit = verify_audit(database, keys, report.audit_head);
  if (audit.fault) throw Error(ErrorCode::Corrupt, "the backup's audit log is not whole: " + *audit.fault);
  for (const SqlRow& row : database.read([](Connection& c) { return c.rows("SELECT id, bytes FROM media"); }))
    if (media.check(row.text(0)) != static_cast<std::uint64_t>(row.integer(1)))
      throw Error(ErrorCode::Corrupt,
                  "stored file " + row.text(0) + ": another length than the database says");
}

}  // namespace

std::vector<std::string> backup_tables(int version) {
  constexpr std::string_view kMakes = "CREATE TABLE ";
  std::vector<std::string> out;
  for (const Migration& step : schema_migrations()) {
    if (step.version > version) break;
    for (std::size_t at = step.sql.find(kMakes); at != std::string::npos; at = step.sql.find(kMakes, at)) {
      at += kMakes.size();
      std::string name = step.sql.substr(at, step.sql.find_first_of(" (", at) - at);
      if (!kLeftOut.contains(name)) out.push_back(std::move(name));
    }
  }
  return out;
}

BackupReport make_backup(Database& database,
                         const KeyRing& keys,
                         const MediaFolder& media,
                         const std::filesystem::path& folder,
                         std::int64_t now,
                         const Progress& progress) {
  BackupReport report;
  report.made_at = now;
  const MediaFolder files(folder / "media", keys);
  const MediaFolder rows(folder / "database", keys);
  Dump made;
  for (int attempt = 1;; ++attempt) {
    made = database.read([&](Connection& connection) { return dump(connection, rows, report); });
    if (copy_media(made.media, media, files, report, progress)) break;
    if (attempt == kTries)
      throw Error(ErrorCode::NotFound,
                  "the database names stored files that are not in the media folder; the backup before, if "
                  "there was one, is untouched");
  }
  report.files = static_cast<std::int64_t>(made.media.size());
  write_text_file(folder / kNewest, made.file.id + "\n");
  sync_to_disk(folder);
  keep_only(rows, {made.file.id});
  report.removed = keep_only(files, {made.media.begin(), made.media.end()});
  return report;
}

BackupReport restore_backup(const std::filesystem::path& folder,
                            const KeyRing& keys,
                            Database& database,
                            const MediaFolder& media,
                            const Progress& progress) {
  if (!std::filesystem::is_regular_file(folder / kNewest))
    throw Error(ErrorCode::NotFound,
                folder.string() + ": there is no whole backup (no file '" + kNewest + "')");
  std::string id = read_text_file(folder / kNewest, 1000);
  while (!id.empty() && id.back() == '\n') id.pop_back();
  const MediaFolder files(folder / "media", keys);
  const MediaFolder rows(folder / "database", keys);
  BackupFileReader in(rows, id);
  if (in.text() != kFormat)
    throw Error(ErrorCode::Unsupported, folder.string() + ": expected '" + kFormat + "'");
  BackupReport report;
  report.made_at = in.integer();
  report.schema_version = static_cast<int>(in.integer());
  report.audit_head = in.text();
  if (report.schema_version > schema_migrations().back().version)
    throw Error(ErrorCode::Unsupported,
                folder.string() + ": the backup has schema version " + std::to_string(report.schema_version) +
                    ", this program knows " + std::to_string(schema_migrations().back().version) +
                    ": use the newer program");
  check_empty(database, report.schema_version);
  migrate(database, schema_migrations(), report.schema_version);

  const std::vector<std::string> ids = database.write([&](Connection& connection) {
    const std::vector<std::string> tables = backup_tables(report.schema_version);
    std::size_t next = 0;
    for (std::string table = in.text(); table != kEnd; table = in.text()) {
      if (next == tables.size() || table != tables[next++])
        throw Error(ErrorCode::Corrupt, "the backup has a table '" + table + "' where another was expected");
      report.rows += get_rows(in, connection, table);
    }
    if (next != tables.size() || in.integer() != report.rows)
      throw Error(ErrorCode::Corrupt, "the backup has fewer tables or rows than it should");
    std::vector<std::string> out;
    for (const SqlRow& row : connection.rows("SELECT id FROM media ORDER BY id")) out.push_back(row.text(0));
    if (!copy_media(out, files, media, report, progress))
      throw Error(ErrorCode::Corrupt,
                  folder.string() + ": the backup lacks stored files that it should have");
    return out;
  });
  report.files = static_cast<std::int64_t>(ids.size());
  migrate(database);
  check_restored(database, keys, media, report);
  return report;
}

}  // namespace kyc
