#include "kyc/store/database.h"

#include <mutex>

#include "kyc/core/error.h"
#include "kyc/store/backend.h"

namespace kyc {
namespace {

[[noreturn]] void wrong_type(std::size_t column, const char* expected) {
  throw Error(ErrorCode::Internal, "database: column " + std::to_string(column) + ": expected " + expected);
}

bool is_postgres(const std::string& location) {
  return location.starts_with("postgresql://") || location.starts_with("postgres://");
}

constexpr std::size_t kIdleConnections = 16;

}  // namespace

SqlValue sql_value(const std::optional<std::string>& text) {
  return text ? SqlValue(*text) : SqlValue();
}

SqlValue sql_value(const std::optional<std::int64_t>& number) {
  return number ? SqlValue(*number) : SqlValue();
}

const SqlValue& SqlRow::at(std::size_t column) const {
  if (column >= values_.size()) wrong_type(column, "it to be there");
  return values_[column];
}

std::int64_t SqlRow::integer(std::size_t column) const {
  const auto* held = std::get_if<std::int64_t>(&at(column));
  if (held == nullptr) wrong_type(column, "a whole number");
  return *held;
}

double SqlRow::number(std::size_t column) const {
  if (const auto* whole = std::get_if<std::int64_t>(&at(column))) return static_cast<double>(*whole);
  const auto* held = std::get_if<double>(&at(column));
  if (held == nullptr) wrong_type(column, "a number");
  return *held;
}

const std::string& SqlRow::text(std::size_t column) const {
  const auto* held = std::get_if<std::string>(&at(column));
  if (held == nullptr) wrong_type(column, "text");
  return *held;
}

const Bytes& SqlRow::bytes(std::size_t column) const {
  const auto* held = std::get_if<Bytes>(&at(column));
  if (held == nullptr) wrong_type(column, "bytes");
  return *held;
}

bool SqlRow::is_null(std::size_t column) const {
  return std::holds_alternative<std::monostate>(at(column));
}

std::optional<std::int64_t> SqlRow::optional_integer(std::size_t column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<std::string> SqlRow::optional_text(std::size_t column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

std::optional<Bytes> SqlRow::optional_bytes(std::size_t column) const {
  return is_null(column) ? std::nullopt : std::optional(bytes(column));
}

std::vector<SqlRow> Connection::rows(const std::string& sql, const std::vector<SqlValue>& values) {
  return execute(sql, values).rows;
}

std::optional<SqlRow> Connection::row(const std::string& sql, const std::vector<SqlValue>& values) {
  std::vector<SqlRow> found = rows(sql, values);
  if (found.size() > 1) throw Error(ErrorCode::Internal, "database: expected one row, got several: " + sql);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::int64_t Connection::integer(const std::string& sql, const std::vector<SqlValue>& values) {
  const std::optional<SqlRow> found = row(sql, values);
  if (!found) throw Error(ErrorCode::Internal, "database: expected a row, got none: " + sql);
  return found->integer(0);
}

std::int64_t Connection::run(const std::string& sql, const std::vector<SqlValue>& values) {
  return execute(sql, values).changed;
}

struct Database::State {
  std::string location;
  DatabaseKind kind = DatabaseKind::Sqlite;
  std::mutex mutex;        // of `idle`
  std::mutex write_mutex;  // one writer of this process at a time: others wait here, not in the database
  std::vector<std::unique_ptr<BackendConnection>> idle;

  std::unique_ptr<BackendConnection> take() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        std::unique_ptr<BackendConnection> connection = std::move(idle.back());
        idle.pop_back();
        return connection;
      }
    }
    return kind == DatabaseKind::Sqlite ? connect_sqlite(location) : connect_postgres(location);
  }

  void give_back(std::unique_ptr<BackendConnection> connection) {
    const std::lock_guard lock(mutex);
    if (connection->alive()) {
      if (idle.size() < kIdleConnections) idle.push_back(std::move(connection));
    } else {
      idle.clear();  // the others lost their server too
    }
  }
};

Database::Database(const std::string& location) : state_(std::make_unique<State>()) {
  state_->location = location;
  state_->kind = is_postgres(location) ? DatabaseKind::Postgres : DatabaseKind::Sqlite;
  state_->give_back(state_->take());
}

Database::~Database() = default;

DatabaseKind Database::kind() const {
  return state_->kind;
}

void Database::lease(bool write, const std::function<void(Connection&)>& use) {
  std::unique_lock<std::mutex> writer;
  if (write) writer = std::unique_lock(state_->write_mutex);
  std::unique_ptr<BackendConnection> connection = state_->take();
  const auto give_back = [&] { state_->give_back(std::move(connection)); };
  try {
    if (write) connection->begin_write();
    use(*connection);
    if (write) connection->commit();
  } catch (...) {
    if (write) connection->rollback();
    give_back();
    throw;
  }
  give_back();
}

}  // namespace kyc
