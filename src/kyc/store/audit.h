// The audit log: who did what to what, and when. Entries hold ids and stable words, never personal data, so
// that a person's erasure leaves the log whole.
//
// Every entry carries a keyed hash of itself and of the entry before it, the newest one a seal in a table of
// its own: who changes, removes, inserts or reorders entries, or cuts the end off, without the key file is
// found out. Who replaces the whole database by an older copy of itself is found out by a head that was noted
// elsewhere (`expected`).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kyc/store/database.h"
#include "kyc/store/secrets.h"

namespace kyc {

struct AuditEntry {
  std::int64_t seq = 0;  // 1, 2, 3, ...
  std::int64_t at = 0;   // milliseconds since 1970, UTC
  std::string actor;     // an account's id, "key:ID", "system", "anonymous"
  std::string action;    // "account.authorise"
  std::string subject;   // "account:ID", "case:ID"
  std::string details;   // a JSON object
};

// Appends within the caller's write transaction: an act and its entry are committed together.
void append_audit(Connection& connection, const KeyRing& keys, const AuditEntry& entry);

// Newest first, entries before `before` (nothing: from the newest).
std::vector<AuditEntry> audit_entries(Connection& connection,
                                      std::optional<std::int64_t> before,
                                      const std::string& subject,
                                      std::int64_t limit);

struct AuditReport {
  std::int64_t entries = 0;
  std::string head;                  // "SEQ:MAC" of the newest entry; to be noted elsewhere
  std::optional<std::string> fault;  // the first thing that is wrong, in words
};

// expected  a head noted earlier: that entry must still be there; empty: none was
AuditReport verify_audit(Database& database, const KeyRing& keys, const std::string& expected = {});

}  // namespace kyc
