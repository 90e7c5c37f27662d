// One's own account: registration, password, one-time password, API keys, deletion.

#include <algorithm>

#include "kyc/service/erasure.h"
#include "kyc/service/login.h"
#include "kyc/service/views.h"
#include "kyc/store/totp.h"

namespace kyc {
namespace {

void check_password(ServiceState& state, const Account& account, const std::string& password) {
  check_login(state, account.email, password, std::nullopt);
}

// The password again, and the one-time password where there is one, before something that can not be undone.
void check_again(Call& call, const JsonBody& body) {
  const std::string password = body.text("password", 1, 4096);
  const std::optional<std::string> totp = body.optional_text("totp", 20);
  body.done();
  if (call.account().totp_enabled)
    check_login(call.state, call.account().email, password, totp);
  else
    check_password(call.state, call.account(), password);
}

void write_key(JsonWriter& json, const ApiKey& key) {
  json.object().field("id", key.id).field("name", key.name).key("scopes").array();
  for (const std::string& scope : key.scopes) json.value(scope);
  json.end()
      .field("created_at", *optional_time_text(key.created_at))
      .field("expires_at", optional_time_text(key.expires_at));
  json.field("used_at", optional_time_text(key.used_at))
      .field("revoked_at", optional_time_text(key.revoked_at))
      .end();
}

}  // namespace

HttpResponse post_account(Call& call) {
  const JsonBody body = call.json();
  const std::string name = body.text("name", 1, 200);
  const std::optional<std::string> email = normal_email(body.text("email", 1, 254));
  const std::string password = body.text("password", 1, 4096);
  const std::string role_text = body.optional_text("role", 20).value_or("person");
  body.done();
  if (!email) throw HttpError(422, "invalid_field", "email: expected an address", "email");
  const std::optional<Role> role = role_of(role_text);
  if (!role || *role == Role::Admin)
    throw HttpError(422, "invalid_field", "role: expected person, reviewer or researcher", "role");
  if (const auto fault = password_fault(password, *email))
    throw HttpError(422, "weak_password", "password: " + *fault, "password");
  ServiceState& state = call.state;
  const std::string hash = hash_password_bounded(state, password);
  // The answer is the same whether the address is taken: it tells nothing about who is registered.
  state.database.write([&](Connection& c) {
    if (const auto id = create_account(c, *email, name, hash, *role, AccountState::Pending, state.now()))
      state.audit(c, "anonymous", "account.register", "account:" + *id);
  });
  JsonWriter json;
  json.object()
      .field("state", "pending")
      .field("message", "an administrator has to authorise the account")
      .end();
  return json_response(202, json.text());
}

HttpResponse get_account(Call& call) {
  JsonWriter json;
  write_account(json, call.account());
  return json_response(200, json.text());
}

HttpResponse delete_account(Call& call) {
  check_again(call, call.json());
  ServiceState& state = call.state;
  const std::string id = call.account().id;
  const std::vector<std::string> files = state.database.write([&](Connection& c) {
    if (call.has_role(Role::Admin) && count_admins(c) <= 1)
      throw HttpError(409, "last_admin", "there would be no administrator left");
    return erase_person(state, c, id, id);
  });
  finish_erasure(state, files);
  HttpResponse response = empty_response();
  response.header("Set-Cookie", ended_session_cookie(state));
  return response;
}

HttpResponse post_password(Call& call) {
  const JsonBody body = call.json();
  const std::string password = body.text("new_password", 1, 4096);
  const std::string old = body.text("password", 1, 4096);
  const std::optional<std::string> totp = body.optional_text("totp", 20);
  body.done();
  const Account& account = call.account();
  if (const auto fault = password_fault(password, account.email))
    throw HttpError(422, "weak_password", "new_password: " + *fault, "new_password");
  check_login(call.state, account.email, old, totp);
  const std::string hash = hash_password_bounded(call.state, password);
  call.state.database.write([&](Connection& c) {
    set_password(c, account.id, hash);
    end_sessions_of(c, account.id, call.who->session->token_hash);
    call.state.audit(c, account.id, "account.password", "account:" + account.id);
  });
  return empty_response();
}

HttpResponse post_totp(Call& call) {
  const Account& account = call.account();
  check_again(call, call.json());
  const Bytes secret = random_bytes(20);
  call.state.database.write([&](Connection& c) {
    set_totp_secret(c, account.id, seal_field(call.state.keys, "totp:" + account.id, secret));
    call.state.audit(c, account.id, "totp.begin", "account:" + account.id);
  });
  JsonWriter json;
  json.object().field("secret", base32(secret)).field("uri", totp_uri(secret, account.email)).end();
  return json_response(201, json.text());
}

HttpResponse post_totp_confirm(Call& call) {
  const JsonBody body = call.json();
  const std::string code = body.text("totp", 1, 20);
  body.done();
  ServiceState& state = call.state;
  const Account& account = call.account();
  const auto record = state.database.read([&](Connection& c) { return login_record_by_id(c, account.id); });
  if (!record || !record->totp_secret)
    throw HttpError(409, "totp_not_begun", "no one-time password is being set up");
  const auto step = totp_step_of(
      open_totp_secret(state, account.id, *record->totp_secret), code, state.now(), record->totp_step);
  const bool used = step && state.database.write([&](Connection& c) {
    if (!use_totp_step(c, account.id, *step, true)) return false;
    // The session becomes a full one under a new name: what was known of it before is of no use.
    end_sessions_of(c, account.id);
    state.audit(c, account.id, "totp.confirm", "account:" + account.id);
    return true;
  });
  if (!used) throw HttpError(422, "wrong_totp", "totp: the one-time password is wrong or was used", "totp");
  const NewLoginSession session = state.database.write(
      [&](Connection& c) { return create_session(c, account.id, SessionStage::Full, state.now()); });
  JsonWriter json;
  json.object().field("csrf_token", session.csrf_token).end();
  HttpResponse response = json_response(200, json.text());
  response.header("Set-Cookie", session_cookie(state, session.token));
  return response;
}

HttpResponse get_keys(Call& call) {
  JsonWriter json;
  begin_page(json);
  for (const ApiKey& key :
       call.state.database.read([&](Connection& c) { return list_api_keys(c, call.account().id); }))
    write_key(json, key);
  return json_response(200, end_page(json, std::nullopt));
}

HttpResponse post_key(Call& call) {
  const JsonBody body = call.json();
  const std::string name = body.text("name", 1, 100);
  const std::vector<std::string> scopes = body.texts("scopes", 30, 50);
  const auto days = body.optional_integer("days", 1, 3650);
  body.done();
  const std::vector<std::string> known = known_scopes();
  for (const std::string& scope : scopes)
    if (std::find(known.begin(), known.end(), scope) == known.end())
      throw HttpError(422, "invalid_field", "scopes: no such scope: " + scope, "scopes");
  if (scopes.empty()) throw HttpError(422, "invalid_field", "scopes: expected one at least", "scopes");
  ServiceState& state = call.state;
  const std::int64_t now = state.now();
  const NewApiKey key = state.database.write([&](Connection& c) {
    const auto expires = days ? std::optional<std::int64_t>(now + *days * 86'400'000) : std::nullopt;
    NewApiKey made = create_api_key(c, call.account().id, name, scopes, expires, now);
    state.audit(c, call.account().id, "key.create", "key:" + made.id);
    return made;
  });
  JsonWriter json;
  json.object().field("id", key.id).field("key", key.key).end();
  return json_response(201, json.text());
}

HttpResponse delete_key(Call& call) {
  const bool revoked = call.state.database.write([&](Connection& c) {
    if (!revoke_api_key(c, call.account().id, call.parameter(0), call.state.now())) return false;
    call.state.audit(c, call.account().id, "key.revoke", "key:" + call.parameter(0));
    return true;
  });
  if (!revoked) throw HttpError(404, "not_found", "no such key, or it is revoked already");
  return empty_response();
}

}  // namespace kyc
