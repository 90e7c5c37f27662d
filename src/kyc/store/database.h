// One database, SQLite inside or PostgreSQL beside, behind one small interface. SQLite's and libpq's types
// end in sqlite.cpp and postgres.cpp.
//
// SQL is written once for both: parameters are ?1, ?2, ..., column types TEXT, BIGINT, DOUBLE PRECISION and
// BYTEA, truth is a BIGINT 0 or 1, times are BIGINT milliseconds since 1970 (UTC).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace kyc {

using Bytes = std::vector<std::uint8_t>;
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;

SqlValue sql_value(const std::optional<std::string>& text);
SqlValue sql_value(const std::optional<std::int64_t>& number);

// What a SELECT returned of one row. Asking for the wrong type is a bug and throws Error{Internal}.
class SqlRow {
 public:
  explicit SqlRow(std::vector<SqlValue> values) : values_(std::move(values)) {}

  std::int64_t integer(std::size_t column) const;
  double number(std::size_t column) const;
  const std::string& text(std::size_t column) const;
  const Bytes& bytes(std::size_t column) const;
  bool truth(std::size_t column) const { return integer(column) != 0; }
  bool is_null(std::size_t column) const;
  std::optional<std::int64_t> optional_integer(std::size_t column) const;
  std::optional<std::string> optional_text(std::size_t column) const;
  std::optional<Bytes> optional_bytes(std::size_t column) const;
  // All columns, for who copies rows without knowing what they mean.
  const std::vector<SqlValue>& values() const { return values_; }

 private:
  const SqlValue& at(std::size_t column) const;

  std::vector<SqlValue> values_;
};

struct SqlResult {
  std::vector<SqlRow> rows;
  std::int64_t changed = 0;  // rows that an INSERT, UPDATE or DELETE touched
};

enum class DatabaseKind { Sqlite, Postgres };

// One connection, used by one thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual DatabaseKind kind() const = 0;
  // One statement.
  // throws  Error{Unavailable} the database is gone, locked or full; Error{Corrupt} it is damaged;
  // Error{Internal} the
  //         statement is wrong or breaks a constraint
  virtual SqlResult execute(const std::string& sql, const std::vector<SqlValue>& values) = 0;
  // Several statements without parameters, ';' after each.
  virtual void script(const std::string& sql) = 0;

  std::vector<SqlRow> rows(const std::string& sql, const std::vector<SqlValue>& values = {});
  std::optional<SqlRow> row(const std::string& sql, const std::vector<SqlValue>& values = {});
  // The only column of the only row.
  std::int64_t integer(const std::string& sql, const std::vector<SqlValue>& values = {});
  // returns  rows changed
  std::int64_t run(const std::string& sql, const std::vector<SqlValue>& values = {});
};

// Thread-safe.
class Database {
 public:
  // location  "postgresql://..." or "postgres://...", anything else is the path of an SQLite file, made if
  // absent with
  //           mode 600
  // throws    Error{Unavailable} it can not be opened; Error{Corrupt} it is no database
  explicit Database(const std::string& location);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  DatabaseKind kind() const;

  // Calls use(Connection&) outside of a transaction: each statement sees what was committed before it.
  template <typename Use>
  auto read(Use&& use) {
    return call(false, std::forward<Use>(use));
  }

  // Calls use(Connection&) in a transaction that no other write() overlaps with, in this process or another;
  // commits when it returns, rolls back when it throws. On return the change survives a crash.
  template <typename Use>
  auto write(Use&& use) {
    return call(true, std::forward<Use>(use));
  }

 private:
  template <typename Use>
  auto call(bool write, Use&& use) {
    using Result = std::invoke_result_t<Use, Connection&>;
    if constexpr (std::is_void_v<Result>) {
      lease(write, [&](Connection& connection) { use(connection); });
    } else {
      std::optional<Result> result;
      lease(write, [&](Connection& connection) { result.emplace(use(connection)); });
      return std::move(*result);
    }
  }
  void lease(bool write, const std::function<void(Connection&)>& use);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kyc
