// The first administrator, log-in and log-out.

#include "kyc/service/login.h"
#include "kyc/service/views.h"

namespace kyc {
namespace {

HttpResponse session_response(ServiceState& state,
                              int status,
                              const Account& account,
                              const std::string& csrf_token,
                              SessionStage stage,
                              const std::string& token) {
  JsonWriter json;
  json.object().key("account");
  write_account(json, account);
  json.field("csrf_token", csrf_token).field("totp_setup_required", stage == SessionStage::TotpSetup).end();
  HttpResponse response = json_response(status, json.text());
  if (!token.empty()) response.header("Set-Cookie", session_cookie(state, token));
  return response;
}

}  // namespace

HttpResponse post_setup(Call& call) {
  const JsonBody body = call.json();
  const std::string token = body.text("token", 1, 100);
  const std::string name = body.text("name", 1, 200);
  const std::optional<std::string> email = normal_email(body.text("email", 1, 254));
  const std::string password = body.text("password", 1, 4096);
  body.done();
  if (!email) throw HttpError(422, "invalid_field", "email: expected an address", "email");
  if (const auto fault = password_fault(password, *email))
    throw HttpError(422, "weak_password", "password: " + *fault, "password");
  ServiceState& state = call.state;
  const std::string hash = hash_password_bounded(state, password);
  const std::int64_t now = state.now();
  const Account account = state.database.write([&](Connection& c) {
    if (!use_setup_link(c, token, now))
      throw HttpError(403, "setup_link", "the set-up link is used, old or wrong");
    const auto id = create_account(c, *email, name, hash, Role::Admin, AccountState::Authorised, now);
    if (!id) throw HttpError(409, "address_taken", "an account has this address", "email");
    state.audit(c, *id, "account.setup", "account:" + *id);
    return find_account(c, *id).value();
  });
  JsonWriter json;
  write_account(json, account);
  return json_response(201, json.text());
}

HttpResponse post_session(Call& call) {
  const JsonBody body = call.json();
  const std::string address = body.text("email", 1, 254);
  const std::string password = body.text("password", 1, 4096);
  const std::optional<std::string> totp = body.optional_text("totp", 20);
  body.done();
  ServiceState& state = call.state;
  // What is no address at all is treated as one that nobody has.
  const LoginRecord record = check_login(state, normal_email(address).value_or("?"), password, totp);
  switch (record.account.state) {
    case AccountState::Authorised:
      break;
    case AccountState::Pending:
      throw HttpError(403, "account_pending", "an administrator has to authorise this account first");
    case AccountState::Rejected:
      throw HttpError(403, "account_rejected", "an administrator rejected this account");
    case AccountState::Suspended:
    case AccountState::Erased:
      throw HttpError(403, "account_suspended", "this account is suspended");
  }
  const bool setup = needs_totp(record.account.role) && !record.account.totp_enabled;
  const SessionStage stage = setup ? SessionStage::TotpSetup : SessionStage::Full;
  const NewLoginSession session = state.database.write([&](Connection& c) {
    // A cookie that the browser sent along is of no use afterwards: nobody can fix a session before the
    // log-in.
    if (const auto old = call.request.cookie("kyclops_session")) end_session(c, sha256_of(*old));
    state.audit(c, record.account.id, "session.start", "account:" + record.account.id);
    return create_session(c, record.account.id, stage, state.now());
  });
  return session_response(state, 201, record.account, session.csrf_token, stage, session.token);
}

HttpResponse get_session(Call& call) {
  return session_response(
      call.state, 200, call.account(), call.who->session->csrf_token, call.who->session->stage, "");
}

HttpResponse delete_session(Call& call) {
  call.state.database.write([&](Connection& c) {
    end_session(c, call.who->session->token_hash);
    call.state.audit(c, call.account().id, "session.end", "account:" + call.account().id);
  });
  HttpResponse response = empty_response();
  response.header("Set-Cookie", ended_session_cookie(call.state));
  return response;
}

}  // namespace kyc
