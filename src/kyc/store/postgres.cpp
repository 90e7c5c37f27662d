// PostgreSQL 13 or later through libpq.

#include <cctype>
#include <charconv>
#include <cstring>

#include <libpq-fe.h>

#include "kyc/core/error.h"
#include "kyc/core/text.h"
#include "kyc/store/backend.h"

namespace kyc {
namespace {

// pg_type.oid of the types that store/ uses.
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kFloat8 = 701;
constexpr Oid kNumeric = 1700;

// Any number that no other program uses for its advisory locks here ("kyclops" as ASCII).
constexpr const char* kWriteLock = "SELECT pg_advisory_xact_lock(30251376413273203)";

// "?1" of the common SQL is "$1" here; no SQL of ours holds a '?' otherwise.
std::string translated(std::string sql) {
  for (std::size_t i = 0; i + 1 < sql.size(); ++i)
    if (sql[i] == '?' && std::isdigit(static_cast<unsigned char>(sql[i + 1])) != 0) sql[i] = '$';
  return sql;
}

int nibble(char c) {
  return c >= 'a' ? c - 'a' + 10 : c - '0';
}

Bytes bytes_of_hex(const char* text, std::size_t size) {
  Bytes out;
  for (std::size_t i = 2; i + 1 < size; i += 2)  // after "\x"
    out.push_back(static_cast<std::uint8_t>(nibble(text[i]) * 16 + nibble(text[i + 1])));
  return out;
}

struct Result {
  std::unique_ptr<PGresult, decltype(&PQclear)> held;
  explicit Result(PGresult* result) : held(result, PQclear) {}
  PGresult* get() const { return held.get(); }
};

SqlValue value_of(const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) return {};
  const char* text = PQgetvalue(result, row, column);
  const auto size = static_cast<std::size_t>(PQgetlength(result, row, column));
  switch (PQftype(result, column)) {
    case kBool:
      return std::int64_t{text[0] == 't' ? 1 : 0};
    case kInt2:
    case kInt4:
    case kInt8: {
      std::int64_t number = 0;
      std::from_chars(text, text + size, number);
      return number;
    }
    case kFloat8: {
      double number = 0;
      std::from_chars(text, text + size, number);
      return number;
    }
    case kNumeric: {  // sum() of whole numbers
      std::int64_t number = 0;
      std::from_chars(text, text + size, number);
      return number;
    }
    case kBytea:
      return bytes_of_hex(text, size);
    default:
      return std::string(text, size);
  }
}

class PostgresConnection final : public BackendConnection {
 public:
  explicit PostgresConnection(const std::string& location)
      : connection_(PQconnectdb(location.c_str()), PQfinish) {
    if (!connection_ || PQstatus(connection_.get()) != CONNECTION_OK)
      throw Error(ErrorCode::Unavailable,
                  "PostgreSQL: no connection: " + trimmed(PQerrorMessage(connection_.get())));
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    script("SET client_min_messages = warning; SET bytea_output = 'hex'; SET extra_float_digits = 3;");
  }

  DatabaseKind kind() const override { return DatabaseKind::Postgres; }
  bool alive() const override { return PQstatus(connection_.get()) == CONNECTION_OK; }

  void script(const std::string& sql) override {
    const Result result(PQexec(connection_.get(), sql.c_str()));
    check(result.get(), sql);
  }

  SqlResult execute(const std::string& sql, const std::vector<SqlValue>& values) override {
    std::vector<Oid> types;
    std::vector<std::string> texts(values.size());
    std::vector<const char*> pointers;
    std::vector<int> lengths;
    std::vector<int> formats;
    for (std::size_t i = 0; i < values.size(); ++i) {
      Oid type = 0;
      const char* pointer = nullptr;
      int length = 0;
      int format = 0;
      if (const auto* whole = std::get_if<std::int64_t>(&values[i])) {
        texts[i] = std::to_string(*whole);
        type = kInt8;
        pointer = texts[i].c_str();
      } else if (const auto* number = std::get_if<double>(&values[i])) {
        texts[i] = exact_text(*number);
        type = kFloat8;
        pointer = texts[i].c_str();
      } else if (const auto* text = std::get_if<std::string>(&values[i])) {
        if (text->find('\0') != std::string::npos)
          throw Error(ErrorCode::InvalidArgument, "text for the database holds a zero byte");
        type = kText;
        pointer = text->c_str();
      } else if (const auto* bytes = std::get_if<Bytes>(&values[i])) {
        type = kBytea;
        pointer = bytes->empty() ? "" : reinterpret_cast<const char*>(bytes->data());
        length = static_cast<int>(bytes->size());
        format = 1;
      }
      types.push_back(type);
      pointers.push_back(pointer);
      lengths.push_back(length);
      formats.push_back(format);
    }
    const Result result(PQexecParams(connection_.get(),
                                     translated(sql).c_str(),
                                     static_cast<int>(values.size()),
                                     types.data(),
                                     pointers.data(),
                                     lengths.data(),
                                     formats.data(),
                                     0));
    check(result.get(), sql);
    SqlResult out;
    const int columns = PQnfields(result.get());
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      std::vector<SqlValue> cells;
      for (int column = 0; column < columns; ++column) cells.push_back(value_of(result.get(), row, column));
      out.rows.emplace_back(std::move(cells));
    }
    const char* changed = PQcmdTuples(result.get());
    std::from_chars(changed, changed + std::strlen(changed), out.changed);
    return out;
  }

  void begin_write() override {
    script("BEGIN");
    script(kWriteLock);
  }
  void commit() override { script("COMMIT"); }
  void rollback() noexcept override { const Result ignored(PQexec(connection_.get(), "ROLLBACK")); }

 private:
  static std::string trimmed(std::string text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
    return text;
  }

  void check(const PGresult* result, const std::string& sql) const {
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
    const char* state = result != nullptr ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
    const std::string sql_state = state != nullptr ? state : "";
    // 08: connection, 53: no resources (disk full), 57: the server shuts down, 40: serialisation, 55: locked
    const bool may_come_back = !alive() || sql_state.empty() || sql_state.starts_with("08") ||
                               sql_state.starts_with("53") || sql_state.starts_with("57") ||
                               sql_state.starts_with("40") || sql_state.starts_with("55");
    throw Error(
        may_come_back ? ErrorCode::Unavailable : ErrorCode::Internal,
        "PostgreSQL: " + trimmed(PQerrorMessage(connection_.get())) + " (" + sql.substr(0, 120) + ")");
  }

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

}  // namespace

std::unique_ptr<BackendConnection> connect_postgres(const std::string& location) {
  return std::make_unique<PostgresConnection>(location);
}

}  // namespace kyc
