// Sessions, API keys and the link of the first start: what carries a request's right to be answered.

#include <sstream>

#include "kyc/store/accounts.h"

namespace kyc {
namespace {

constexpr std::int64_t kTouchMs = 60'000;
constexpr std::int64_t kSetupLifeMs = 24LL * 60 * 60 * 1000;
constexpr const char* kHolderColumns =
    "a.id, a.email, a.name, a.role, a.state, a.totp_enabled, a.created_at, a.decided_at, a.decided_by";

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

ApiKey key_of(const SqlRow& row) {
  ApiKey key;
  key.id = row.text(0);
  key.account_id = row.text(1);
  key.name = row.text(2);
  key.scopes = words_of(row.text(3));
  key.created_at = row.integer(4);
  key.expires_at = row.optional_integer(5);
  key.used_at = row.optional_integer(6);
  key.revoked_at = row.optional_integer(7);
  return key;
}

constexpr const char* kKeyColumns =
    "k.id, k.account_id, k.name, k.scopes, k.created_at, k.expires_at, k.used_at, k.revoked_at";

// A session from the future was made before the clock was set back, and would live for longer than it should.
constexpr std::int64_t kClockSlackMs = 5 * 60 * 1000;

}  // namespace

NewLoginSession create_session(Connection& connection,
                               const std::string& account_id,
                               SessionStage stage,
                               std::int64_t now) {
  NewLoginSession session{random_token(43), random_token(43)};
  connection.run("DELETE FROM sessions WHERE expires_at <= ?1 OR seen_at <= ?2", {now, now - kSessionIdleMs});
  connection.run(
      "INSERT INTO sessions (token_hash, account_id, csrf_token, stage, created_at, seen_at, expires_at) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
      {sha256_of(session.token),
       account_id,
       session.csrf_token,
       std::string(stage == SessionStage::Full ? "full" : "totp_setup"),
       now,
       now + kSessionLifeMs});
  return session;
}

std::optional<LoginSession> find_session(Connection& connection, const std::string& token, std::int64_t now) {
  const auto row =
      connection.row(std::string("SELECT s.token_hash, s.csrf_token, s.stage, ") + kHolderColumns +
                         " FROM sessions s JOIN accounts a ON a.id = s.account_id WHERE s.token_hash = ?1 "
                         "AND s.expires_at > ?2 AND s.seen_at > ?3 AND s.created_at <= ?4 "
                         "AND a.state = 'authorised'",
                     {sha256_of(token), now, now - kSessionIdleMs, now + kClockSlackMs});
  if (!row) return std::nullopt;
  return LoginSession{row->text(0),
                      row->text(1),
                      row->text(2) == "full" ? SessionStage::Full : SessionStage::TotpSetup,
                      account_of(*row, 3)};
}

bool session_needs_touch(Connection& connection, const std::string& token_hash, std::int64_t now) {
  return connection.integer("SELECT count(*) FROM sessions WHERE token_hash = ?1 AND seen_at < ?2",
                            {token_hash, now - kTouchMs}) > 0;
}

void touch_session(Connection& connection, const std::string& token_hash, std::int64_t now) {
  connection.run("UPDATE sessions SET seen_at = ?2 WHERE token_hash = ?1", {token_hash, now});
}

void end_session(Connection& connection, const std::string& token_hash) {
  connection.run("DELETE FROM sessions WHERE token_hash = ?1", {token_hash});
}

void end_sessions_of(Connection& connection, const std::string& account_id, const std::string& except) {
  connection.run("DELETE FROM sessions WHERE account_id = ?1 AND token_hash <> ?2", {account_id, except});
}

NewApiKey create_api_key(Connection& connection,
                         const std::string& account_id,
                         const std::string& name,
                         const std::vector<std::string>& scopes,
                         std::optional<std::int64_t> expires_at,
                         std::int64_t now) {
  std::string id;
  while (id.size() < 12) {  // '_' and '-' part and look odd in a key
    const std::string letter = random_token(1);
    if (letter != "_" && letter != "-") id += letter;
  }
  const std::string secret = random_token(43);
  std::string words;
  for (const std::string& scope : scopes) words += (words.empty() ? "" : " ") + scope;
  connection.run(
      "INSERT INTO api_keys (id, account_id, name, secret_hash, scopes, created_at, expires_at) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      {id, account_id, name, sha256_of(secret), words, now, sql_value(expires_at)});
  return {id, "kyk_" + id + "_" + secret};
}

std::optional<KeyHolder> find_api_key(Connection& connection, const std::string& key, std::int64_t now) {
  if (!key.starts_with("kyk_") || key.size() < 18 || key[16] != '_') return std::nullopt;
  const auto row =
      connection.row(std::string("SELECT ") + kKeyColumns + ", k.secret_hash, " + kHolderColumns +
                         " FROM api_keys k JOIN accounts a ON a.id = k.account_id WHERE k.id = ?1 "
                         "AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?2) "
                         "AND a.state = 'authorised'",
                     {key.substr(4, 12), now});
  if (!row || !equal_in_constant_time(row->text(8), sha256_of(key.substr(17)))) return std::nullopt;
  return KeyHolder{key_of(*row), account_of(*row, 9)};
}

std::vector<ApiKey> list_api_keys(Connection& connection, const std::string& account_id) {
  std::vector<ApiKey> out;
  for (const SqlRow& row :
       connection.rows(std::string("SELECT ") + kKeyColumns +
                           " FROM api_keys k WHERE k.account_id = ?1 ORDER BY k.created_at, k.id",
                       {account_id}))
    out.push_back(key_of(row));
  return out;
}

void touch_api_key(Connection& connection, const std::string& id, std::int64_t now) {
  connection.run("UPDATE api_keys SET used_at = ?2 WHERE id = ?1", {id, now});
}

bool revoke_api_key(Connection& connection,
                    const std::string& account_id,
                    const std::string& id,
                    std::int64_t now) {
  return connection.run(
             "UPDATE api_keys SET revoked_at = ?3 WHERE id = ?2 AND account_id = ?1 AND revoked_at IS NULL",
             {account_id, id, now}) > 0;
}

std::string create_setup_link(Connection& connection, std::int64_t now) {
  std::string token = random_token(43);
  connection.run("DELETE FROM setup_links");
  connection.run("INSERT INTO setup_links (token_hash, created_at, expires_at) VALUES (?1, ?2, ?3)",
                 {sha256_of(token), now, now + kSetupLifeMs});
  return token;
}

bool use_setup_link(Connection& connection, const std::string& token, std::int64_t now) {
  return connection.run("DELETE FROM setup_links WHERE token_hash = ?1 AND expires_at > ?2",
                        {sha256_of(token), now}) > 0;
}

}  // namespace kyc
