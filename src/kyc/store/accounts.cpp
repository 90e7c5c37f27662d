#include "kyc/store/accounts.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "kyc/core/error.h"
#include "kyc/store/like.h"

namespace kyc {
namespace {

constexpr const char* kAccountColumns =
    "id, email, name, role, state, totp_enabled, created_at, decided_at, decided_by";

std::optional<LoginRecord> login_record_where(Connection& connection,
                                              const std::string& condition,
                                              const std::string& value) {
  const auto row = connection.row(std::string("SELECT ") + kAccountColumns +
                                      ", password_hash, totp_secret, totp_step FROM accounts WHERE " +
                                      condition + " AND state <> 'erased'",
                                  {value});
  if (!row) return std::nullopt;
  return LoginRecord{account_of(*row), row->text(9), row->optional_bytes(10), row->integer(11)};
}

}  // namespace

Account account_of(const SqlRow& row, std::size_t at) {
  Account account;
  account.id = row.text(at);
  account.email = row.text(at + 1);
  account.name = row.text(at + 2);
  account.role = role_of(row.text(at + 3)).value_or(Role::Person);
  account.state = account_state_of(row.text(at + 4)).value_or(AccountState::Suspended);
  account.totp_enabled = row.truth(at + 5);
  account.created_at = row.integer(at + 6);
  account.decided_at = row.optional_integer(at + 7);
  account.decided_by = row.optional_text(at + 8);
  return account;
}

std::string_view to_string(Role role) {
  switch (role) {
    case Role::Person:
      return "person";
    case Role::Reviewer:
      return "reviewer";
    case Role::Researcher:
      return "researcher";
    case Role::Admin:
      return "admin";
  }
  return "";
}

std::string_view to_string(AccountState state) {
  switch (state) {
    case AccountState::Pending:
      return "pending";
    case AccountState::Authorised:
      return "authorised";
    case AccountState::Rejected:
      return "rejected";
    case AccountState::Suspended:
      return "suspended";
    case AccountState::Erased:
      return "erased";
  }
  return "";
}

std::optional<Role> role_of(std::string_view text) {
  for (const Role role : kRoles)
    if (to_string(role) == text) return role;
  return std::nullopt;
}

std::optional<AccountState> account_state_of(std::string_view text) {
  for (const AccountState state : {AccountState::Pending,
                                   AccountState::Authorised,
                                   AccountState::Rejected,
                                   AccountState::Suspended,
                                   AccountState::Erased})
    if (to_string(state) == text) return state;
  return std::nullopt;
}

bool may_follow(AccountState before, AccountState after) {
  switch (before) {
    case AccountState::Pending:
      return after == AccountState::Authorised || after == AccountState::Rejected ||
             after == AccountState::Erased;
    case AccountState::Rejected:
    case AccountState::Suspended:
      return after == AccountState::Authorised || after == AccountState::Erased;
    case AccountState::Authorised:
      return after == AccountState::Suspended || after == AccountState::Erased;
    case AccountState::Erased:
      return false;
  }
  return false;
}

bool needs_totp(Role role) {
  return role == Role::Reviewer || role == Role::Admin;
}

std::optional<std::string> normal_email(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  const std::size_t at = text.find('@');
  if (text.size() > 254 || at == std::string_view::npos || at == 0 || at + 1 == text.size() ||
      text.find('@', at + 1) != std::string_view::npos)
    return std::nullopt;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7F || c == '<' || c == '>' || c == '"' || c == ',') return std::nullopt;
  }
  return lower_case(std::string(text));
}

std::optional<std::string> password_fault(std::string_view password, std::string_view email) {
  constexpr std::array kWorst{
      "password", "qwerty", "12345678", "letmein", "iloveyou", "administrator", "kyclops"};
  if (password.size() < 12) return "expected at least 12 characters";
  if (password.size() > 1024) return "expected at most 1024 bytes";
  const std::string lower = lower_case(std::string(password));
  if (std::all_of(lower.begin(), lower.end(), [&](char c) { return c == lower.front(); }))
    return "expected more than one character repeated";
  if (!email.empty() &&
      (lower.find(email) != std::string::npos || email.find(lower) != std::string_view::npos))
    return "expected something else than the address";
  for (const char* word : kWorst) {
    const std::string_view bad(word);
    if (lower.find(bad) != std::string::npos && lower.size() < bad.size() + 8)
      return "expected a password that is not built around a well-known one";
  }
  return std::nullopt;
}

std::optional<std::string> create_account(Connection& connection,
                                          const std::string& email,
                                          const std::string& name,
                                          const std::string& password_hash,
                                          Role role,
                                          AccountState state,
                                          std::int64_t now) {
  std::string id = random_token(16);
  const std::int64_t added = connection.run(
      "INSERT INTO accounts (id, email, name, role, state, password_hash, created_at) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (email) DO NOTHING",
      {id, email, name, std::string(to_string(role)), std::string(to_string(state)), password_hash, now});
  if (added == 0) return std::nullopt;
  return id;
}

std::optional<Account> find_account(Connection& connection, const std::string& id) {
  const auto row =
      connection.row(std::string("SELECT ") + kAccountColumns + " FROM accounts WHERE id = ?1", {id});
  return row ? std::optional(account_of(*row)) : std::nullopt;
}

std::optional<Account> find_account_by_email(Connection& connection, const std::string& email) {
  const auto row =
      connection.row(std::string("SELECT ") + kAccountColumns + " FROM accounts WHERE email = ?1", {email});
  return row ? std::optional(account_of(*row)) : std::nullopt;
}

AccountPage list_accounts(Connection& connection, const AccountFilter& filter) {
  std::string sql = std::string("SELECT ") + kAccountColumns + " FROM accounts WHERE 1 = 1";
  std::vector<SqlValue> values;
  const auto bound = [&](SqlValue value) {
    values.push_back(std::move(value));
    return "?" + std::to_string(values.size());
  };
  if (filter.state)
    sql += " AND state = " + bound(std::string(to_string(*filter.state)));
  else
    sql += " AND state <> 'erased'";
  if (filter.role) sql += " AND role = " + bound(std::string(to_string(*filter.role)));
  if (!filter.text.empty()) {
    const std::string pattern = bound("%" + escaped(lower_case(filter.text)) + "%");
    sql += " AND (email LIKE " + pattern + " ESCAPE '!' OR lower(name) LIKE " + pattern + " ESCAPE '!')";
  }
  if (filter.after) {
    const auto [time, id] = parts_of_cursor(*filter.after);
    const std::string at = bound(time);
    sql += " AND (created_at < " + at + " OR (created_at = " + at + " AND id < " + bound(id) + "))";
  }
  sql += " ORDER BY created_at DESC, id DESC LIMIT " + bound(filter.limit + 1);
  AccountPage page;
  for (const SqlRow& row : connection.rows(sql, values)) page.accounts.push_back(account_of(row));
  if (static_cast<std::int64_t>(page.accounts.size()) > filter.limit) {
    page.accounts.pop_back();
    page.next = cursor_of(page.accounts.back().created_at, page.accounts.back().id);
  }
  return page;
}

bool set_account_state(Connection& connection,
                       const std::string& id,
                       AccountState state,
                       const std::string& decided_by,
                       std::int64_t now) {
  const std::optional<Account> account = find_account(connection, id);
  if (!account || !may_follow(account->state, state)) return false;
  connection.run("UPDATE accounts SET state = ?2, decided_at = ?3, decided_by = ?4 WHERE id = ?1",
                 {id, std::string(to_string(state)), now, decided_by});
  if (state != AccountState::Authorised) end_sessions_of(connection, id);
  return true;
}

bool set_account_role(Connection& connection, const std::string& id, Role role) {
  const bool changed = connection.run("UPDATE accounts SET role = ?2 WHERE id = ?1 AND state <> 'erased'",
                                      {id, std::string(to_string(role))}) > 0;
  if (changed)
    end_sessions_of(connection, id);  // what was allowed may be no more, or need a one-time password
  return changed;
}

void set_password(Connection& connection, const std::string& id, const std::string& password_hash) {
  connection.run("UPDATE accounts SET password_hash = ?2 WHERE id = ?1", {id, password_hash});
}

std::int64_t count_admins(Connection& connection) {
  return connection.integer("SELECT count(*) FROM accounts WHERE role = 'admin' AND state = 'authorised'");
}

void erase_account(Connection& connection, const std::string& id, std::int64_t now) {
  end_sessions_of(connection, id);
  connection.run("DELETE FROM api_keys WHERE account_id = ?1", {id});
  connection.run(
      "UPDATE accounts SET email = ?2, name = '', password_hash = '', totp_secret = NULL, totp_enabled = 0, "
      "state = 'erased', decided_at = ?3, decided_by = NULL WHERE id = ?1",
      {id, "erased:" + id, now});
}

std::optional<LoginRecord> login_record(Connection& connection, const std::string& email) {
  return login_record_where(connection, "email = ?1", email);
}

std::optional<LoginRecord> login_record_by_id(Connection& connection, const std::string& id) {
  return login_record_where(connection, "id = ?1", id);
}

std::int64_t lock_duration_ms(std::int64_t failures) {
  constexpr std::int64_t kMinute = 60'000;
  if (failures < 5) return 0;
  return std::min<std::int64_t>(60 * kMinute, kMinute << std::min<std::int64_t>(failures - 5, 10));
}

std::optional<std::int64_t> begin_login_attempt(Connection& connection,
                                                const std::string& address_hash,
                                                std::int64_t now) {
  constexpr std::int64_t kForgottenMs = 24LL * 60 * 60 * 1000;
  connection.run("DELETE FROM login_attempts WHERE at < ?1", {now - kForgottenMs});
  const auto row = connection.row("SELECT failures, locked_until FROM login_attempts WHERE address_hash = ?1",
                                  {address_hash});
  // A clock that was set back must not lock for ever.
  if (row && row->integer(1) > now && row->integer(1) <= now + lock_duration_ms(row->integer(0)))
    return row->integer(1);
  const std::int64_t failures = (row ? row->integer(0) : 0) + 1;
  connection.run(
      "INSERT INTO login_attempts (address_hash, failures, locked_until, at) VALUES (?1, ?2, ?3, ?4) "
      "ON CONFLICT (address_hash) DO UPDATE SET failures = excluded.failures, "
      "locked_until = excluded.locked_until, at = excluded.at",
      {address_hash, failures, failures < 5 ? std::int64_t{0} : now + lock_duration_ms(failures), now});
  return std::nullopt;
}

void forgive_login_attempts(Connection& connection, const std::string& address_hash) {
  connection.run("DELETE FROM login_attempts WHERE address_hash = ?1", {address_hash});
}

void set_totp_secret(Connection& connection, const std::string& id, const std::optional<Bytes>& sealed) {
  connection.run("UPDATE accounts SET totp_secret = ?2, totp_enabled = 0, totp_step = 0 WHERE id = ?1",
                 {id, sealed ? SqlValue(*sealed) : SqlValue()});
}

bool use_totp_step(Connection& connection, const std::string& id, std::int64_t step, bool enable) {
  return connection.run(std::string("UPDATE accounts SET totp_step = ?2") +
                            (enable ? ", totp_enabled = 1" : "") + " WHERE id = ?1 AND totp_step < ?2",
                        {id, step}) > 0;
}

std::string cursor_of(std::int64_t time, const std::string& id) {
  return base64url(std::to_string(time) + "." + id);
}

std::pair<std::int64_t, std::string> parts_of_cursor(const std::string& cursor) {
  const std::optional<std::string> text = from_base64url(cursor);
  const std::size_t dot = text ? text->find('.') : std::string::npos;
  std::int64_t time = 0;
  if (dot == std::string::npos ||
      std::from_chars(text->data(), text->data() + dot, time).ptr != text->data() + dot ||
      text->find('\0') != std::string::npos)
    throw Error(ErrorCode::InvalidArgument, "cursor: expected one that an earlier answer gave");
  return {time, text->substr(dot + 1)};
}

}  // namespace kyc
