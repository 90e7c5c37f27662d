// The released steps of the schema.

#include <array>

#include "kyc/store/migrations.h"

namespace kyc {
namespace {

// 1: who may come in, and what was done.
constexpr const char* kAccounts = R"sql(
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  state TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  totp_secret BYTEA,
  totp_enabled BIGINT NOT NULL DEFAULT 0,
  totp_step BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  decided_at BIGINT,
  decided_by TEXT
);
CREATE INDEX accounts_by_time ON accounts (created_at, id);
CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  csrf_token TEXT NOT NULL,
  stage TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  used_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX api_keys_by_account ON api_keys (account_id);
CREATE TABLE login_attempts (
  address_hash TEXT PRIMARY KEY,
  failures BIGINT NOT NULL,
  locked_until BIGINT NOT NULL,
  at BIGINT NOT NULL
);
CREATE TABLE setup_links (
  token_hash TEXT PRIMARY KEY,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE TABLE audit (
  seq BIGINT PRIMARY KEY,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL,
  mac TEXT NOT NULL
);
CREATE INDEX audit_by_subject ON audit (subject, seq);
CREATE TABLE audit_head (
  id BIGINT PRIMARY KEY,
  seq BIGINT NOT NULL,
  mac TEXT NOT NULL,
  seal TEXT NOT NULL
);
)sql";

constexpr const char* kAuditSqlite = R"sql(
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
)sql";

constexpr const char* kAuditPostgres = R"sql(
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''the audit log is append-only''; END';
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
)sql";

// 2: media, cases, jobs.
constexpr const char* kCases = R"sql(
CREATE TABLE media (
  id TEXT PRIMARY KEY,
  bytes BIGINT NOT NULL,
  content_type TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE media_uses (
  owner TEXT NOT NULL,
  role TEXT NOT NULL,
  media_id TEXT NOT NULL REFERENCES media (id),
  data_class TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (owner, role)
);
CREATE INDEX media_uses_by_media ON media_uses (media_id);
CREATE INDEX media_uses_by_age ON media_uses (data_class, created_at);
CREATE TABLE cases (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  state TEXT NOT NULL,
  reference TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  consent_version TEXT,
  consent_at BIGINT,
  submitted_at BIGINT,
  decided_at BIGINT,
  decided_by TEXT,
  verdict TEXT,
  decision TEXT
);
CREATE INDEX cases_by_account ON cases (account_id, created_at, id);
CREATE INDEX cases_by_state ON cases (state, created_at, id);
CREATE TABLE case_reviews (
  case_id TEXT NOT NULL REFERENCES cases (id),
  reviewer_id TEXT NOT NULL REFERENCES accounts (id),
  verdict TEXT NOT NULL,
  comment TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (case_id, reviewer_id)
);
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  parameters TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  started_at BIGINT,
  finished_at BIGINT,
  done BIGINT NOT NULL DEFAULT 0,
  total BIGINT NOT NULL DEFAULT 0,
  attempts BIGINT NOT NULL DEFAULT 0,
  cancel BIGINT NOT NULL DEFAULT 0,
  message TEXT NOT NULL DEFAULT '',
  result TEXT NOT NULL DEFAULT ''
);
CREATE INDEX jobs_by_state ON jobs (state, created_at, id);
)sql";

// 3: data sets.
constexpr const char* kCatalogue = R"sql(
CREATE TABLE datasets (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  folder TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  samples BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  manifest_sha256 TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL
);
CREATE TABLE samples (
  dataset_id TEXT NOT NULL REFERENCES datasets (id),
  seq BIGINT NOT NULL,
  id TEXT NOT NULL,
  path TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  kind TEXT NOT NULL,
  identity TEXT NOT NULL,
  driver TEXT NOT NULL,
  species TEXT NOT NULL,
  method TEXT NOT NULL,
  compression TEXT NOT NULL,
  split TEXT NOT NULL,
  licence TEXT NOT NULL,
  age BIGINT,
  age_estimated BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  clip TEXT NOT NULL,
  search TEXT NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (dataset_id, seq)
);
CREATE UNIQUE INDEX samples_by_id ON samples (dataset_id, id);
CREATE INDEX samples_by_age ON samples (dataset_id, age, seq);
CREATE INDEX samples_by_species ON samples (dataset_id, species, seq);
CREATE INDEX samples_by_clip ON samples (dataset_id, clip);
CREATE TABLE sample_attributes (
  dataset_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  estimated BIGINT NOT NULL,
  PRIMARY KEY (dataset_id, seq, name)
);
CREATE INDEX sample_attributes_by_value ON sample_attributes (dataset_id, name, value, seq);
)sql";

// 4: what calling programs need.
constexpr const char* kIntegration = R"sql(
CREATE TABLE idempotency (
  account_id TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status BIGINT NOT NULL,
  answer TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  url TEXT NOT NULL,
  secret BYTEA NOT NULL,
  events TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  webhook_id TEXT NOT NULL REFERENCES webhooks (id),
  event TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  next_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  status BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX deliveries_due ON deliveries (state, next_at);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, created_at);
)sql";

// 5: what the service was told at its last start, for those who look at the folder without it.
constexpr const char* kSettings = R"sql(
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
)sql";

// 6: active challenges.
constexpr const char* kChallenges = R"sql(
CREATE TABLE challenges (
  nonce_hash TEXT PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES cases (id),
  state TEXT NOT NULL,
  issued_at BIGINT NOT NULL,
  earliest_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  prompts TEXT NOT NULL,
  used_at BIGINT
);
CREATE INDEX challenges_by_case ON challenges (case_id, state);
)sql";

// 7: in which language a person read what they consented to. Until then there was one.
constexpr const char* kConsentLanguage = R"sql(
ALTER TABLE cases ADD COLUMN consent_language TEXT;
UPDATE cases SET consent_language = 'en' WHERE consent_version IS NOT NULL;
)sql";

const std::array<Migration, 7> kMigrations{{
    {1, kAccounts, kAuditSqlite, kAuditPostgres},
    {2, kCases, "", ""},
    {3, kCatalogue, "", ""},
    {4, kIntegration, "", ""},
    {5, kSettings, "", ""},
    {6, kChallenges, "", ""},
    {7, kConsentLanguage, "", ""},
}};

}  // namespace

std::span<const Migration> schema_migrations() {
  return kMigrations;
}

}  // namespace kyc
