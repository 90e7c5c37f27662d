// The schema, as the steps that lead to it. Forward only: a step that was released is never changed.
#pragma once

#include <span>
#include <string>

#include "kyc/store/database.h"

namespace kyc {

struct Migration {
  int version = 0;     // 1, 2, 3, ... without a gap
  std::string sql;     // for both databases
  std::string sqlite;  // what only one of them understands, after `sql`
  std::string postgres;
};

std::span<const Migration> schema_migrations();

// 0: an empty database
int schema_version(Database& database);

// Brings the database to `version` (0: the newest); each step is one transaction, so that a crash leaves a
// whole version. Several programs may call this at once. throws  Error{Unsupported} the database is newer
// than this program
void migrate(Database& database,
             std::span<const Migration> migrations = schema_migrations(),
             int version = 0);

}  // namespace kyc
