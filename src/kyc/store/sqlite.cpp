// SQLite: one file in write-ahead mode, synced at every commit.

#include <unordered_map>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/store/backend.h"

namespace kyc {
namespace {

constexpr int kBusyMilliseconds = 10'000;

ErrorCode code_of(int result) {
  switch (result & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_NOMEM:
      return ErrorCode::Unavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::Corrupt;
    default:
      return ErrorCode::Internal;
  }
}

// A new file is for its owner alone from its first moment on.
void make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0) ::close(file);
}

class SqliteConnection final : public BackendConnection {
 public:
  explicit SqliteConnection(const std::string& path) : path_(path) {
    make_private_file(path);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    const int result = sqlite3_open_v2(path.c_str(), &database_, flags, nullptr);
    if (result != SQLITE_OK) {
      const std::string reason = database_ != nullptr ? sqlite3_errmsg(database_) : "out of memory";
      sqlite3_close(database_);
      throw Error(code_of(result), path + ": can not be opened as a database: " + reason);
    }
    try {
      sqlite3_busy_timeout(database_, kBusyMilliseconds);
      script(
          "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA "
          "secure_delete=ON;");
    } catch (...) {
      sqlite3_close(database_);
      throw;
    }
  }

  ~SqliteConnection() override {
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  DatabaseKind kind() const override { return DatabaseKind::Sqlite; }
  bool alive() const override { return true; }

  void script(const std::string& sql) override {
    const int result = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) fail(result, sql);
  }

  SqlResult execute(const std::string& sql, const std::vector<SqlValue>& values) override {
    sqlite3_stmt* statement = prepared(sql);
    const Reset reset{statement};
    for (std::size_t i = 0; i < values.size(); ++i) bind(statement, static_cast<int>(i) + 1, values[i]);
    SqlResult out;
    int result = SQLITE_ROW;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) out.rows.push_back(row_of(statement));
    if (result != SQLITE_DONE) fail(result, sql);
    out.changed = sqlite3_changes(database_);
    return out;
  }

  void begin_write() override { script("BEGIN IMMEDIATE;"); }
  void commit() override { script("COMMIT;"); }
  void rollback() noexcept override {
    if (sqlite3_get_autocommit(database_) == 0)
      sqlite3_exec(database_, "ROLLBACK;", nullptr, nullptr, nullptr);
  }

 private:
  struct Reset {
    sqlite3_stmt* statement;
    ~Reset() {
      sqlite3_reset(statement);
      sqlite3_clear_bindings(statement);
    }
  };

  [[noreturn]] void fail(int result, const std::string& sql) const {
    throw Error(code_of(result), path_ + ": " + sqlite3_errmsg(database_) + " (" + sql.substr(0, 120) + ")");
  }

  sqlite3_stmt* prepared(const std::string& sql) {
    const auto found = statements_.find(sql);
    if (found != statements_.end()) return found->second;
    sqlite3_stmt* statement = nullptr;
    const int result =
        sqlite3_prepare_v3(database_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (result != SQLITE_OK) fail(result, sql);
    statements_.emplace(sql, statement);
    return statement;
  }

  void bind(sqlite3_stmt* statement, int index, const SqlValue& value) const {
    int result = SQLITE_OK;
    if (const auto* whole = std::get_if<std::int64_t>(&value))
      result = sqlite3_bind_int64(statement, index, *whole);
    else if (const auto* number = std::get_if<double>(&value))
      result = sqlite3_bind_double(statement, index, *number);
    else if (const auto* text = std::get_if<std::string>(&value))
      result = sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    else if (const auto* bytes = std::get_if<Bytes>(&value))
      result = sqlite3_bind_blob64(statement,
                                   index,
                                   bytes->empty() ? static_cast<const void*>("") : bytes->data(),
                                   bytes->size(),
                                   SQLITE_STATIC);
    else
      result = sqlite3_bind_null(statement, index);
    if (result != SQLITE_OK) fail(result, sqlite3_sql(statement));
  }

  static SqlRow row_of(sqlite3_stmt* statement) {
    std::vector<SqlValue> values;
    const int columns = sqlite3_column_count(statement);
    values.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i) {
      const auto size = [&] { return static_cast<std::size_t>(sqlite3_column_bytes(statement, i)); };
      switch (sqlite3_column_type(statement, i)) {
        case SQLITE_INTEGER:
          values.emplace_back(static_cast<std::int64_t>(sqlite3_column_int64(statement, i)));
          break;
        case SQLITE_FLOAT:
          values.emplace_back(sqlite3_column_double(statement, i));
          break;
        case SQLITE_TEXT: {
          const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
          values.emplace_back(std::string(text, size()));
          break;
        }
        case SQLITE_BLOB: {
          const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, i));
          values.emplace_back(bytes == nullptr ? Bytes{} : Bytes(bytes, bytes + size()));
          break;
        }
        default:
          values.emplace_back();
      }
    }
    return SqlRow(std::move(values));
  }

  std::string path_;
  sqlite3* database_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

}  // namespace

std::unique_ptr<BackendConnection> connect_sqlite(const std::string& path) {
  return std::make_unique<SqliteConnection>(path);
}

}  // namespace kyc
