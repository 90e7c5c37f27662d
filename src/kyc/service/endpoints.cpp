#include "kyc/service/endpoints.h"

#include <algorithm>
#include <array>
#include <set>

namespace kyc {
namespace {

constexpr unsigned kStaff = kReviewer | kResearcher | kAdmin;
constexpr unsigned kCurators = kResearcher | kAdmin;

constexpr Endpoint kTable[] = {
    {"GET", "/healthz", kPublic, "", kNoBody, get_health},
    {"GET", "/readyz", kPublic, "", kNoBody, get_readiness},
    {"GET", "/metrics", kAdmin, "metrics:read", kNoBody, get_metrics},
    {"GET", "/openapi.json", kPublic, "", kNoBody, get_openapi},
    {"GET", "/v1/consent", kPublic, "", kNoBody, get_consent_text},

    {"POST", "/v1/setup", kPublic | kAttempts, "", kJsonBody, post_setup},
    {"POST", "/v1/session", kPublic | kAttempts, "", kJsonBody, post_session},
    {"GET", "/v1/session", kAnyRole | kSessionOnly | kDuringSetup, "", kNoBody, get_session},
    {"DELETE", "/v1/session", kAnyRole | kSessionOnly | kDuringSetup, "", kNoBody, delete_session},

    {"POST", "/v1/accounts", kPublic | kAttempts, "", kJsonBody, post_account},
    {"GET", "/v1/account", kAnyRole | kDuringSetup, "account:read", kNoBody, get_account},
    {"DELETE", "/v1/account", kAnyRole | kSessionOnly | kAttempts, "", kJsonBody, delete_account},
    {"POST", "/v1/account/password", kAnyRole | kSessionOnly | kAttempts, "", kJsonBody, post_password},
    {"POST",
     "/v1/account/totp",
     kAnyRole | kSessionOnly | kDuringSetup | kAttempts,
     "",
     kJsonBody,
     post_totp},
    {"POST",
     "/v1/account/totp/confirm",
     kAnyRole | kSessionOnly | kDuringSetup | kAttempts,
     "",
     kJsonBody,
     post_totp_confirm},
    {"GET", "/v1/keys", kAnyRole | kSessionOnly, "", kNoBody, get_keys},
    {"POST", "/v1/keys", kAnyRole | kSessionOnly | kCreates, "", kJsonBody, post_key},
    {"DELETE", "/v1/keys/{id}", kAnyRole | kSessionOnly, "", kNoBody, delete_key},

    {"GET", "/v1/accounts", kAdmin, "accounts:read", kNoBody, get_accounts},
    {"GET", "/v1/accounts/{id}", kAdmin, "accounts:read", kNoBody, get_account_of},
    {"POST", "/v1/accounts/{id}/state", kAdmin | kSessionOnly, "", kJsonBody, post_account_state},
    {"POST", "/v1/accounts/{id}/role", kAdmin | kSessionOnly, "", kJsonBody, post_account_role},
    {"POST", "/v1/accounts/{id}/totp-reset", kAdmin | kSessionOnly, "", kJsonBody, post_totp_reset},
    {"DELETE", "/v1/accounts/{id}", kAdmin | kSessionOnly, "", kNoBody, delete_account_of},
    {"GET", "/v1/audit", kAdmin, "audit:read", kNoBody, get_audit},
    {"GET", "/v1/audit/check", kAdmin, "audit:read", kNoBody, get_audit_check},
    {"GET", "/v1/privacy", kAdmin, "audit:read", kNoBody, get_privacy_report},

    {"POST", "/v1/cases", kAnyRole | kCreates, "cases:write", kJsonBody, post_case},
    {"GET", "/v1/cases", kAnyRole, "cases:read", kNoBody, get_cases},
    {"GET", "/v1/cases/{id}", kAnyRole, "cases:read", kNoBody, get_case},
    {"DELETE", "/v1/cases/{id}", kAnyRole, "cases:write", kNoBody, delete_case},
    {"POST", "/v1/cases/{id}/consent", kAnyRole, "cases:write", kJsonBody, post_consent},
    {"PUT", "/v1/cases/{id}/document", kAnyRole, "cases:write", kDocumentBody, put_document},
    {"POST", "/v1/cases/{id}/challenge", kAnyRole | kCreates, "cases:write", kJsonBody, post_challenge},
    {"PUT", "/v1/cases/{id}/selfie", kAnyRole, "cases:write", kSelfieBody, put_selfie},
    {"POST", "/v1/cases/{id}/process", kAnyRole, "cases:write", kJsonBody, post_process},
    {"GET", "/v1/cases/{id}/media/{role}", kAnyRole, "cases:read", kNoBody, get_case_media},

    {"GET", "/v1/reviews", kReviewer, "reviews:read", kNoBody, get_reviews},
    {"GET", "/v1/reviews/{id}", kReviewer, "reviews:read", kNoBody, get_review},
    {"GET", "/v1/reviews/{id}/media/{role}", kReviewer, "reviews:read", kNoBody, get_review_media},
    {"POST", "/v1/reviews/{id}/decision", kReviewer | kSessionOnly, "", kJsonBody, post_review},

    {"GET", "/v1/datasets", kAnyRole, "datasets:read", kNoBody, get_datasets},
    {"POST", "/v1/datasets", kCurators | kCreates, "datasets:write", kJsonBody, post_dataset},
    {"POST", "/v1/datasets/build", kCurators | kCreates, "datasets:write", kJsonBody, post_build},
    {"GET", "/v1/datasets/{id}", kAnyRole, "datasets:read", kNoBody, get_dataset},
    {"DELETE", "/v1/datasets/{id}", kCurators, "datasets:write", kNoBody, delete_dataset},
    {"GET", "/v1/datasets/{id}/facets", kAnyRole, "datasets:read", kNoBody, get_facets},
    {"GET", "/v1/datasets/{id}/samples", kAnyRole, "datasets:read", kNoBody, get_samples},
    {"GET", "/v1/datasets/{id}/samples/{sample}", kAnyRole, "datasets:read", kNoBody, get_sample},
    {"GET", "/v1/datasets/{id}/samples/{sample}/media", kAnyRole, "datasets:read", kNoBody, get_sample_media},
    {"GET", "/v1/datasets/{id}/samples/{sample}/frame", kAnyRole, "datasets:read", kNoBody, get_sample_frame},
    {"GET",
     "/v1/datasets/{id}/samples/{sample}/quality",
     kAnyRole,
     "datasets:read",
     kNoBody,
     get_sample_quality},

    {"GET", "/v1/jobs", kCurators, "jobs:read", kNoBody, get_jobs},
    {"GET", "/v1/jobs/{id}", kCurators, "jobs:read", kNoBody, get_job},
    {"GET", "/v1/jobs/{id}/events", kCurators, "jobs:read", kNoBody, get_job_events},
    {"POST", "/v1/jobs/{id}/cancel", kCurators, "jobs:write", kJsonBody, post_job_cancel},

    {"GET", "/v1/evaluations", kCurators, "evaluations:read", kNoBody, get_evaluations},
    {"POST", "/v1/evaluations", kCurators | kCreates, "evaluations:write", kJsonBody, post_evaluation},
    {"GET", "/v1/evaluations/{id}", kCurators, "evaluations:read", kNoBody, get_evaluation},
    {"DELETE", "/v1/evaluations/{id}", kCurators, "evaluations:write", kNoBody, delete_evaluation},
    {"GET", "/v1/evaluations/{id}/report/{path}", kCurators | kRest, "evaluations:read", kNoBody, get_report},

    {"GET", "/v1/webhooks", kStaff, "webhooks:write", kNoBody, get_webhooks},
    {"POST", "/v1/webhooks", kStaff | kCreates, "webhooks:write", kJsonBody, post_webhook},
    {"DELETE", "/v1/webhooks/{id}", kStaff, "webhooks:write", kNoBody, delete_webhook},
    {"GET", "/v1/webhooks/{id}/deliveries", kStaff, "webhooks:write", kNoBody, get_deliveries},
};

}  // namespace

std::span<const Endpoint> endpoints() {
  return kTable;
}

unsigned bit_of(Role role) {
  switch (role) {
    case Role::Person:
      return kPerson;
    case Role::Reviewer:
      return kReviewer;
    case Role::Researcher:
      return kResearcher;
    case Role::Admin:
      return kAdmin;
  }
  return 0;
}

std::vector<std::string> known_scopes() {
  std::set<std::string> scopes;
  for (const Endpoint& endpoint : kTable)
    if (*endpoint.scope != '\0') scopes.insert(endpoint.scope);
  return {scopes.begin(), scopes.end()};
}

}  // namespace kyc
