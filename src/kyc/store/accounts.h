// Who may come in: accounts, log-in, sessions, API keys. Plain functions over a connection; what belongs
// together is called in one Database::write. Times come from the caller.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kyc/store/database.h"
#include "kyc/store/secrets.h"

namespace kyc {

enum class Role { Person, Reviewer, Researcher, Admin };
constexpr Role kRoles[] = {Role::Person, Role::Reviewer, Role::Researcher, Role::Admin};

enum class AccountState {
  Pending,  // registered; an admin decides
  Authorised,
  Rejected,
  Suspended,
  Erased,  // nothing personal is left; the id stays for the audit log
};

std::string_view to_string(Role role);           // "person", "reviewer", "researcher", "admin"
std::string_view to_string(AccountState state);  // "pending", "authorised", "rejected", "suspended", "erased"
std::optional<Role> role_of(std::string_view text);
std::optional<AccountState> account_state_of(std::string_view text);

// pending -> authorised, rejected; rejected -> authorised; authorised <-> suspended; all but erased ->
// erased.
bool may_follow(AccountState before, AccountState after);

// Reviewers and admins log in with a one-time password besides.
bool needs_totp(Role role);

struct Account {
  std::string id;
  std::string email;  // lower case
  std::string name;
  Role role = Role::Person;
  AccountState state = AccountState::Pending;
  bool totp_enabled = false;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> decided_at;
  std::optional<std::string> decided_by;  // an account's id
};

// Internal to store/: the nine columns id, email, name, role, state, totp_enabled, created_at, decided_at,
// decided_by, which begin at `at`.
Account account_of(const SqlRow& row, std::size_t at = 0);

// Lower case, without white space at both ends; nothing if it is no address (one '@', no blanks, at most 254
// bytes).
std::optional<std::string> normal_email(std::string_view text);
// Why a password is refused; nothing if it is good enough (NIST SP 800-63B: length, not the name, not among
// the worst).
std::optional<std::string> password_fault(std::string_view password, std::string_view email);

// returns  the id; nothing if the address is taken
std::optional<std::string> create_account(Connection& connection,
                                          const std::string& email,
                                          const std::string& name,
                                          const std::string& password_hash,
                                          Role role,
                                          AccountState state,
                                          std::int64_t now);

std::optional<Account> find_account(Connection& connection, const std::string& id);
std::optional<Account> find_account_by_email(Connection& connection, const std::string& email);

struct AccountFilter {
  std::optional<AccountState> state;
  std::optional<Role> role;
  std::string text;                  // in name or address
  std::optional<std::string> after;  // cursor of the page before
  std::int64_t limit = 50;
};
struct AccountPage {
  std::vector<Account> accounts;    // newest first, erased ones left out unless asked for
  std::optional<std::string> next;  // cursor of the next page
};
// throws  Error{InvalidArgument} the cursor is none
AccountPage list_accounts(Connection& connection, const AccountFilter& filter);

// returns  false: the account is not there, or may_follow says no
bool set_account_state(Connection& connection,
                       const std::string& id,
                       AccountState state,
                       const std::string& decided_by,
                       std::int64_t now);
bool set_account_role(Connection& connection, const std::string& id, Role role);
void set_password(Connection& connection, const std::string& id, const std::string& password_hash);
std::int64_t count_admins(Connection& connection);  // authorised ones

// Removes name, address, password and everything that lets somebody in; the id, role and times stay.
void erase_account(Connection& connection, const std::string& id, std::int64_t now);

// Log-in, step by step: the password is checked outside of any transaction, because that takes its time.
struct LoginRecord {
  Account account;
  std::string password_hash;
  std::optional<Bytes> totp_secret;  // sealed
  std::int64_t totp_step = 0;
};
std::optional<LoginRecord> login_record(Connection& connection, const std::string& email);
std::optional<LoginRecord> login_record_by_id(Connection& connection, const std::string& id);

// After five failures in a row an address is locked for a minute, then for twice as long after each, up to an
// hour. It makes no difference whether an account has the address: an answer tells nothing about who is
// registered.
std::int64_t lock_duration_ms(std::int64_t failures);
// Counts an attempt before the password is checked, so that parallel guesses count too; a success takes it
// back. address_hash  keyed_hash of the address returns       when the lock ends, if the address is locked;
// such an attempt is not counted
std::optional<std::int64_t> begin_login_attempt(Connection& connection,
                                                const std::string& address_hash,
                                                std::int64_t now);
void forgive_login_attempts(Connection& connection, const std::string& address_hash);

void set_totp_secret(Connection& connection, const std::string& id, const std::optional<Bytes>& sealed);
// Marks the step as used. returns  false: it was used already, by a log-in at the same time
bool use_totp_step(Connection& connection, const std::string& id, std::int64_t step, bool enable);

// Sessions.
enum class SessionStage {
  Full,
  TotpSetup,  // the role needs a one-time password and none is set up: nothing else is allowed
};
struct LoginSession {
  std::string token_hash;
  std::string csrf_token;
  SessionStage stage = SessionStage::Full;
  Account account;
};
struct NewLoginSession {
  std::string token;  // for the cookie; only its hash is stored
  std::string csrf_token;
};
constexpr std::int64_t kSessionIdleMs = 30LL * 60 * 1000;
constexpr std::int64_t kSessionLifeMs = 12LL * 60 * 60 * 1000;

NewLoginSession create_session(Connection& connection,
                               const std::string& account_id,
                               SessionStage stage,
                               std::int64_t now);
// Only of authorised accounts, neither idle nor old.
std::optional<LoginSession> find_session(Connection& connection, const std::string& token, std::int64_t now);
// Writes at most once a minute.
bool session_needs_touch(Connection& connection, const std::string& token_hash, std::int64_t now);
void touch_session(Connection& connection, const std::string& token_hash, std::int64_t now);
void end_session(Connection& connection, const std::string& token_hash);
// except  the token hash of the session that stays; empty: none
void end_sessions_of(Connection& connection, const std::string& account_id, const std::string& except = {});

// API keys.
struct ApiKey {
  std::string id;
  std::string account_id;
  std::string name;
  std::vector<std::string> scopes;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> expires_at;
  std::optional<std::int64_t> used_at;
  std::optional<std::int64_t> revoked_at;
};
struct NewApiKey {
  std::string id;
  std::string key;  // "kyk_ID_SECRET", shown once; only the secret's hash is stored
};
NewApiKey create_api_key(Connection& connection,
                         const std::string& account_id,
                         const std::string& name,
                         const std::vector<std::string>& scopes,
                         std::optional<std::int64_t> expires_at,
                         std::int64_t now);
// The key, and its account, if both are good.
struct KeyHolder {
  ApiKey key;
  Account account;
};
std::optional<KeyHolder> find_api_key(Connection& connection, const std::string& key, std::int64_t now);
std::vector<ApiKey> list_api_keys(Connection& connection, const std::string& account_id);
void touch_api_key(Connection& connection, const std::string& id, std::int64_t now);
bool revoke_api_key(Connection& connection,
                    const std::string& account_id,
                    const std::string& id,
                    std::int64_t now);

// The link of the first start, good for a day. A new one takes the place of earlier ones.
std::string create_setup_link(Connection& connection, std::int64_t now);
// returns  true once
bool use_setup_link(Connection& connection, const std::string& token, std::int64_t now);

// Pages: an opaque cursor of a time and an id.
std::string cursor_of(std::int64_t time, const std::string& id);
// throws  Error{InvalidArgument}
std::pair<std::int64_t, std::string> parts_of_cursor(const std::string& cursor);

}  // namespace kyc
