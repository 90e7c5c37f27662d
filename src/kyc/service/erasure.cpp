#include "kyc/service/erasure.h"

#include "kyc/core/error.h"
#include "kyc/core/json_writer.h"
#include "kyc/service/flow.h"
#include "kyc/service/idempotency.h"
#include "kyc/service/watch.h"
#include "kyc/store/accounts.h"
#include "kyc/store/cases.h"
#include "kyc/store/challenges.h"

namespace kyc {
namespace {

constexpr std::int64_t kErasedAtOnce = 100;
constexpr std::int64_t kOrphanSeconds = 3600;

void append(std::vector<std::string>& to, std::vector<std::string> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::uint64_t expire_cases(ServiceState& state) {
  std::uint64_t count = 0;
  for (;;) {
    std::vector<std::string> files;
    const std::size_t got = state.database.write([&](Connection& c) {
      const std::vector<std::string> ids = cases_to_expire(c, state.now(), kErasedAtOnce);
      for (const std::string& id : ids) {
        set_case_state(c, id, CaseState::Expired, state.now());
        append(files, drop_media_uses(c, "case:" + id));
        drop_challenges(c, id);
        state.audit(c, "system", "case.expire", "case:" + id);
      }
      return ids.size();
    });
    state.remove_media(files);
    count += got;
    if (got < kErasedAtOnce) return count;
  }
}

std::uint64_t drop_old_media(ServiceState& state, const std::string& data_class, int days) {
  std::uint64_t count = 0;
  for (;;) {
    std::vector<std::string> files;
    const std::size_t got = state.database.write([&](Connection& c) {
      const auto uses = media_uses_older_than(c, data_class, state.now() - days * kDayMs, kErasedAtOnce);
      for (const MediaUse& use : uses) {
        append(files, drop_media_use(c, use.owner, use.role));
        JsonWriter details;
        details.object().field("class", data_class).field("role", use.role).field("days", days).end();
        state.audit(c, "system", "retention.remove", use.owner, details.text());
      }
      return uses.size();
    });
    state.remove_media(files);
    count += got;
    if (got < kErasedAtOnce) return count;
  }
}

std::uint64_t erase_old_cases(ServiceState& state) {
  std::uint64_t count = 0;
  for (;;) {
    std::vector<std::string> files;
    const std::size_t got = state.database.write([&](Connection& c) {
      const auto ids =
          decided_cases_before(c, state.now() - state.options.retention.case_record * kDayMs, kErasedAtOnce);
      for (const std::string& id : ids) append(files, erase_one_case(state, c, id, "system"));
      return ids.size();
    });
    state.remove_media(files);
    count += got;
    if (got < kErasedAtOnce) return count;
  }
}

}  // namespace

std::vector<std::string> erase_one_case(ServiceState& state,
                                        Connection& connection,
                                        const std::string& case_id,
                                        const std::string& actor) {
  std::vector<std::string> files = erase_case(connection, case_id, state.now());
  state.audit(connection, actor, "case.erase", "case:" + case_id);
  return files;
}

std::vector<std::string> erase_person(ServiceState& state,
                                      Connection& connection,
                                      const std::string& account_id,
                                      const std::string& actor) {
  std::vector<std::string> files;
  for (const std::string& id : case_ids_of(connection, account_id))
    append(files, erase_one_case(state, connection, id, actor));
  connection.run("DELETE FROM deliveries WHERE webhook_id IN (SELECT id FROM webhooks WHERE account_id = ?1)",
                 {account_id});
  connection.run("DELETE FROM webhooks WHERE account_id = ?1", {account_id});
  connection.run("DELETE FROM idempotency WHERE account_id = ?1", {account_id});
  erase_account(connection, account_id, state.now());
  state.audit(connection, actor, "account.erase", "account:" + account_id);
  return files;
}

void finish_erasure(ServiceState& state, const std::vector<std::string>& files) {
  state.remove_media(files);
  try {
    state.database.read([](Connection& c) {
      if (c.kind() == DatabaseKind::Sqlite)
        c.rows("PRAGMA wal_checkpoint(TRUNCATE)");
      else
        for (const char* table : {"accounts", "cases", "case_reviews", "challenges"})
          c.script(std::string("VACUUM ") + table);
    });
  } catch (const Error& error) {
    state.watch.event("error", "database_not_scrubbed", {{"message", error.what()}});
  }
}

RetentionResult apply_retention(ServiceState& state) {
  const RetentionDays& days = state.options.retention;
  RetentionResult result;
  result.expired_cases = expire_cases(state);
  result.documents =
      drop_old_media(state, "document", days.document) + drop_old_media(state, kZoneClass, days.document);
  result.selfies = drop_old_media(state, "selfie", days.selfie);
  result.evidence = drop_old_media(state, "evidence", days.evidence);
  result.case_records = erase_old_cases(state);
  state.database.write([&](Connection& c) { forget_old_answers(c, state.now()); });
  std::vector<std::string> orphans;
  result.files_swept = state.media.sweep(
      [&](const std::string& id) {
        if (!state.database.read([&](Connection& c) { return media_is_used(c, id); })) orphans.push_back(id);
      },
      kOrphanSeconds);
  state.remove_media(orphans);
  result.files_swept += orphans.size();
  return result;
}

}  // namespace kyc
