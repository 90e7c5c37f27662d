// Copies of a service's data that can be brought back: on another machine, into the other kind of database,
// by a newer program.
//
// A backup is a folder: media/ holds the stored files as they are (encrypted), database/ the rows of all
// tables in one file, encrypted with the same key, and `newest` names that file. The key is not in it: who
// finds a backup finds nothing about people. Without the key file it is worth nothing.
//
// Log-ins, set-up links and attempts do not come back: what was thrown away since must not open doors again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "kyc/core/progress.h"
#include "kyc/store/database.h"
#include "kyc/store/media.h"
#include "kyc/store/secrets.h"

namespace kyc {

struct BackupReport {
  std::int64_t made_at = 0;  // milliseconds since 1970, UTC
  int schema_version = 0;
  std::int64_t rows = 0;
  std::int64_t files = 0;    // stored files that belong to it
  std::int64_t copied = 0;   // of these, not there before
  std::int64_t removed = 0;  // from an earlier backup in the same folder: erased since
  std::string audit_head;    // "SEQ:MAC", for `kyclops audit verify --head`
};

// The tables of schema `version` whose rows a backup holds, each after those that it refers to.
std::vector<std::string> backup_tables(int version);

// While the service runs or not. One moment of the database, and every file it refers to; into the same
// folder again, only what is new is copied, and what was erased since goes. Until all is there, `newest`
// names the backup before. throws  Error{Unavailable} disk full; Error{NotFound} a stored file is missing:
// `kyclops audit verify` and
//         the disk want a look
BackupReport make_backup(Database& database,
                         const KeyRing& keys,
                         const MediaFolder& media,
                         const std::filesystem::path& folder,
                         std::int64_t now,
                         const Progress& progress = {});

// Into an empty database and media folder, brought to the newest schema; then everything is read once: every
// stored file, and the audit log up to its noted head.
// throws  Error{NotFound} no backup there; Error{Corrupt} damaged, incomplete, or of another key;
//         Error{Unsupported} of a newer program; Error{InvalidArgument} the database is not empty
BackupReport restore_backup(const std::filesystem::path& folder,
                            const KeyRing& keys,
                            Database& database,
                            const MediaFolder& media,
                            const Progress& progress = {});

}  // namespace kyc
