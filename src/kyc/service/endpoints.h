// Internal to service/: the one table of what can be asked, and by whom.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kyc/service/http.h"
#include "kyc/service/json_body.h"
#include "kyc/service/state.h"
#include "kyc/store/accounts.h"

namespace kyc {

// Who is asking.
struct Identity {
  Account account;
  std::optional<LoginSession> session;  // by cookie
  std::optional<ApiKey> key;            // by Authorization: Bearer
  std::string actor() const { return key ? "key:" + key->id : account.id; }
};

// One request on its way through a handler.
class Call {
 public:
  Call(ServiceState& with_state, HttpRequest& with_request) : state(with_state), request(with_request) {}

  ServiceState& state;
  HttpRequest& request;
  std::vector<std::string> parameters;  // what stands for {id} in the path, in order
  std::vector<std::string> rest;        // of the path, where the endpoint takes one (kRest)
  std::optional<Identity> who;          // always there unless the endpoint is public
  std::uint64_t body_limit = 0;

  const Account& account() const { return who->account; }
  const std::string& parameter(std::size_t index) const { return parameters[index]; }
  bool has_role(Role role) const { return who && who->account.role == role; }

  // The whole body; again the same when asked again.
  const std::string& body();
  // As JSON. throws  HttpError 415 another content type, and as JsonBody
  JsonBody json();

  // "limit" of a page, 1..200, and "cursor".
  std::int64_t page_limit() const;
  std::optional<std::string> cursor() const { return request.query_value("cursor"); }

 private:
  std::optional<std::string> body_;
};

enum AccessBits : unsigned {
  kPerson = 1,
  kReviewer = 2,
  kResearcher = 4,
  kAdmin = 8,
  kAnyRole = kPerson | kReviewer | kResearcher | kAdmin,
  kPublic = 16,       // no log-in
  kDuringSetup = 32,  // also before a one-time password is set up that the role needs
  kSessionOnly = 64,  // not by API key
  kCreates = 128,     // takes an Idempotency-Key
  kAttempts = 256,    // counts against the limit of attempts per address
  kRest = 512,        // the last part of the path stands for one or more
};

struct Endpoint {
  const char* method;
  const char* path;    // "/v1/cases/{id}"
  unsigned access;     // AccessBits
  const char* scope;   // of API keys; "" where keys do not go
  std::uint64_t body;  // bytes, at most; kDocument and kSelfie stand for the options' limits
  HttpResponse (*handle)(Call&);
};
constexpr std::uint64_t kNoBody = 0;
constexpr std::uint64_t kJsonBody = 64 * 1024;
constexpr std::uint64_t kDocumentBody = UINT64_MAX - 1;
constexpr std::uint64_t kSelfieBody = UINT64_MAX;

std::span<const Endpoint> endpoints();
unsigned bit_of(Role role);
// All scopes that the table names.
std::vector<std::string> known_scopes();

// Finds the endpoint, lets in who may, and turns what goes wrong into an answer. Never throws but
// ChannelError.
HttpResponse dispatch(ServiceState& state, HttpRequest& request);

// Answers.
HttpResponse json_response(int status, const std::string& json);
HttpResponse empty_response();  // 204
HttpResponse error_response_of(const HttpError& error);

// The handlers, by file.
// system_routes.cpp
HttpResponse get_health(Call& call);
HttpResponse get_readiness(Call& call);
HttpResponse get_metrics(Call& call);
HttpResponse get_openapi(Call& call);
HttpResponse get_consent_text(Call& call);
HttpResponse serve_page(ServiceState& state, const HttpRequest& request);
// session_routes.cpp
HttpResponse post_setup(Call& call);
HttpResponse post_session(Call& call);
HttpResponse get_session(Call& call);
HttpResponse delete_session(Call& call);
// account_routes.cpp: one's own
HttpResponse post_account(Call& call);
HttpResponse get_account(Call& call);
HttpResponse delete_account(Call& call);
HttpResponse post_password(Call& call);
HttpResponse post_totp(Call& call);
HttpResponse post_totp_confirm(Call& call);
HttpResponse get_keys(Call& call);
HttpResponse post_key(Call& call);
HttpResponse delete_key(Call& call);
// admin_routes.cpp
HttpResponse get_accounts(Call& call);
HttpResponse get_account_of(Call& call);
HttpResponse post_account_state(Call& call);
HttpResponse post_account_role(Call& call);
HttpResponse post_totp_reset(Call& call);
HttpResponse delete_account_of(Call& call);
HttpResponse get_audit(Call& call);
HttpResponse get_audit_check(Call& call);
HttpResponse get_privacy_report(Call& call);
// case_routes.cpp
HttpResponse post_case(Call& call);
HttpResponse get_cases(Call& call);
HttpResponse get_case(Call& call);
HttpResponse delete_case(Call& call);
HttpResponse post_consent(Call& call);
HttpResponse put_document(Call& call);
HttpResponse put_selfie(Call& call);
HttpResponse post_process(Call& call);
HttpResponse get_case_media(Call& call);
// challenge_routes.cpp
HttpResponse post_challenge(Call& call);
// review_routes.cpp
HttpResponse get_reviews(Call& call);
HttpResponse get_review(Call& call);
HttpResponse get_review_media(Call& call);
HttpResponse post_review(Call& call);
// dataset_routes.cpp
HttpResponse get_datasets(Call& call);
HttpResponse post_dataset(Call& call);
HttpResponse get_dataset(Call& call);
HttpResponse delete_dataset(Call& call);
HttpResponse get_samples(Call& call);
HttpResponse get_facets(Call& call);
HttpResponse get_sample(Call& call);
HttpResponse get_sample_media(Call& call);
// still_routes.cpp
HttpResponse get_sample_frame(Call& call);
HttpResponse get_sample_quality(Call& call);
// job_routes.cpp
HttpResponse get_jobs(Call& call);
HttpResponse get_job(Call& call);
HttpResponse get_job_events(Call& call);
HttpResponse post_job_cancel(Call& call);
HttpResponse post_build(Call& call);
// evaluation_routes.cpp
HttpResponse post_evaluation(Call& call);
HttpResponse get_evaluations(Call& call);
HttpResponse get_evaluation(Call& call);
HttpResponse delete_evaluation(Call& call);
HttpResponse get_report(Call& call);
// webhook_routes.cpp
HttpResponse get_webhooks(Call& call);
HttpResponse post_webhook(Call& call);
HttpResponse delete_webhook(Call& call);
HttpResponse get_deliveries(Call& call);

}  // namespace kyc
