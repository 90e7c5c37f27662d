#include "kyc/store/migrations.h"

#include "kyc/core/error.h"

namespace kyc {
namespace {

int version_in(Connection& connection) {
  return static_cast<int>(connection.integer("SELECT coalesce(max(version), 0) FROM schema_version"));
}

void make_version_table(Database& database) {
  database.write([](Connection& connection) {
    connection.script("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY);");
  });
}

}  // namespace

int schema_version(Database& database) {
  make_version_table(database);
  return database.read(version_in);
}

void migrate(Database& database, std::span<const Migration> migrations, int version) {
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  const int wanted = version == 0 ? newest : version;
  make_version_table(database);
  if (const int now = database.read(version_in); now > newest)
    throw Error(ErrorCode::Unsupported,
                "the database has schema version " + std::to_string(now) + ", this program knows " +
                    std::to_string(newest) + ": use the newer program");
  for (const Migration& step : migrations) {
    if (step.version > wanted) break;
    database.write([&](Connection& connection) {
      if (version_in(connection) >= step.version) return;
      connection.script(step.sql);
      const std::string& own = connection.kind() == DatabaseKind::Sqlite ? step.sqlite : step.postgres;
      if (!own.empty()) connection.script(own);
      connection.run("INSERT INTO schema_version (version) VALUES (?1)", {std::int64_t{step.version}});
    });
  }
}

}  // namespace kyc
