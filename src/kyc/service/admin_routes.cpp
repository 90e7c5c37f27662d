// What an administrator does: who may come in, what was done, what is held.

#include "kyc/service/endpoints.h"
#include "kyc/service/erasure.h"
#include "kyc/service/privacy.h"
#include "kyc/service/views.h"

namespace kyc {
namespace {

// An administrator can lock out everyone but the last administrator.
void keep_an_admin(Connection& connection, const std::string& id) {
  const auto account = find_account(connection, id);
  if (account && account->role == Role::Admin && account->state == AccountState::Authorised &&
      count_admins(connection) <= 1)
    throw HttpError(409, "last_admin", "there would be no administrator left");
}

HttpResponse account_response(Call& call) {
  const auto account =
      call.state.database.read([&](Connection& c) { return find_account(c, call.parameter(0)); });
  if (!account) throw HttpError(404, "not_found", "no such account");
  JsonWriter json;
  write_account(json, *account);
  return json_response(200, json.text());
}

std::string details(const char* name, std::string_view value) {
  JsonWriter json;
  return json.object().field(name, value).end().text();
}

}  // namespace

HttpResponse get_accounts(Call& call) {
  AccountFilter filter;
  if (const auto text = call.request.query_value("state")) {
    filter.state = account_state_of(*text);
    if (!filter.state)
      throw HttpError(422,
                      "invalid_field",
                      "state: expected pending, authorised, rejected, suspended or erased",
                      "state");
  }
  if (const auto text = call.request.query_value("role")) {
    filter.role = role_of(*text);
    if (!filter.role) throw HttpError(422, "invalid_field", "role: no such role", "role");
  }
  filter.text = call.request.query_value("text").value_or("");
  filter.after = call.cursor();
  filter.limit = call.page_limit();
  const AccountPage page = call.state.database.read([&](Connection& c) { return list_accounts(c, filter); });
  JsonWriter json;
  begin_page(json);
  for (const Account& account : page.accounts) write_account(json, account);
  return json_response(200, end_page(json, page.next));
}

HttpResponse get_account_of(Call& call) {
  return account_response(call);
}

HttpResponse post_account_state(Call& call) {
  const JsonBody body = call.json();
  const std::string text = body.text("state", 1, 20);
  body.done();
  const std::optional<AccountState> state = account_state_of(text);
  if (!state || *state == AccountState::Pending || *state == AccountState::Erased)
    throw HttpError(422, "invalid_field", "state: expected authorised, rejected or suspended", "state");
  call.state.database.write([&](Connection& c) {
    if (!find_account(c, call.parameter(0))) throw HttpError(404, "not_found", "no such account");
    if (*state != AccountState::Authorised) keep_an_admin(c, call.parameter(0));
    if (!set_account_state(c, call.parameter(0), *state, call.account().id, call.state.now()))
      throw HttpError(409, "wrong_state", "the account's state does not lead there");
    call.state.audit(c,
                     call.account().id,
                     "account.state",
                     "account:" + call.parameter(0),
                     details("state", to_string(*state)));
  });
  return account_response(call);
}

HttpResponse post_account_role(Call& call) {
  const JsonBody body = call.json();
  const std::optional<Role> role = role_of(body.text("role", 1, 20));
  body.done();
  if (!role)
    throw HttpError(422, "invalid_field", "role: expected person, reviewer, researcher or admin", "role");
  call.state.database.write([&](Connection& c) {
    if (*role != Role::Admin) keep_an_admin(c, call.parameter(0));
    if (!set_account_role(c, call.parameter(0), *role)) throw HttpError(404, "not_found", "no such account");
    call.state.audit(c,
                     call.account().id,
                     "account.role",
                     "account:" + call.parameter(0),
                     details("role", to_string(*role)));
  });
  return account_response(call);
}

HttpResponse post_totp_reset(Call& call) {
  call.json().done();
  call.state.database.write([&](Connection& c) {
    if (!find_account(c, call.parameter(0))) throw HttpError(404, "not_found", "no such account");
    set_totp_secret(c, call.parameter(0), std::nullopt);
    end_sessions_of(c, call.parameter(0));
    call.state.audit(c, call.account().id, "totp.reset", "account:" + call.parameter(0));
  });
  return empty_response();
}

HttpResponse delete_account_of(Call& call) {
  const std::vector<std::string> files = call.state.database.write([&](Connection& c) {
    const auto account = find_account(c, call.parameter(0));
    if (!account || account->state == AccountState::Erased)
      throw HttpError(404, "not_found", "no such account");
    keep_an_admin(c, call.parameter(0));
    return erase_person(call.state, c, call.parameter(0), call.account().id);
  });
  finish_erasure(call.state, files);
  return empty_response();
}

HttpResponse get_audit(Call& call) {
  std::optional<std::int64_t> before;
  if (const auto cursor = call.cursor()) before = parts_of_cursor(*cursor).first;
  const std::string subject = call.request.query_value("subject").value_or("");
  const std::int64_t limit = call.page_limit();
  const auto entries =
      call.state.database.read([&](Connection& c) { return audit_entries(c, before, subject, limit + 1); });
  JsonWriter json;
  begin_page(json);
  std::optional<std::string> next;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const AuditEntry& entry = entries[i];
    if (static_cast<std::int64_t>(i) == limit) {
      next = cursor_of(entries[i - 1].seq, "");
      break;
    }
    json.object()
        .field("seq", entry.seq)
        .field("at", *optional_time_text(entry.at))
        .field("actor", entry.actor);
    json.field("action", entry.action)
        .field("subject", entry.subject)
        .key("details")
        .raw(entry.details)
        .end();
  }
  return json_response(200, end_page(json, next));
}

HttpResponse get_audit_check(Call& call) {
  const AuditReport report =
      verify_audit(call.state.database, call.state.keys, call.request.query_value("head").value_or(""));
  JsonWriter json;
  json.object().field("whole", !report.fault).field("entries", report.entries).field("head", report.head);
  json.field("fault", report.fault).end();
  return json_response(200, json.text());
}

HttpResponse get_privacy_report(Call& call) {
  return json_response(
      200, privacy_report_json(call.state.database, call.state.options.retention, call.state.now()));
}

}  // namespace kyc
