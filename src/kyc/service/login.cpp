#include "kyc/service/login.h"

#include "kyc/service/watch.h"
#include "kyc/store/totp.h"

namespace kyc {
namespace {

constexpr int kHashesAtOnce = 4;

class HashSlot {
 public:
  explicit HashSlot(ServiceState& state) : state_(state) {
    if (state_.hashing.fetch_add(1) >= kHashesAtOnce) {
      --state_.hashing;
      HttpError error(503, "busy", "too many log-ins at once: try again");
      error.retry_after_s = 1;
      throw error;
    }
  }
  ~HashSlot() { --state_.hashing; }
  HashSlot(const HashSlot&) = delete;
  HashSlot& operator=(const HashSlot&) = delete;

 private:
  ServiceState& state_;
};

}  // namespace

std::string hash_password_bounded(ServiceState& state, const std::string& password) {
  const HashSlot slot(state);
  return hash_password(password, state.options.password_cost);
}

bool password_matches_bounded(ServiceState& state, const std::string& hash, const std::string& password) {
  const HashSlot slot(state);
  return password_matches(hash, password);
}

Bytes open_totp_secret(const ServiceState& state, const std::string& account_id, const Bytes& sealed) {
  return open_field(state.keys, "totp:" + account_id, sealed);
}

LoginRecord check_login(ServiceState& state,
                        const std::string& email,
                        const std::string& password,
                        const std::optional<std::string>& totp) {
  const std::int64_t now = state.now();
  const std::string address_hash = keyed_hash(state.keys.field_key(), "address:" + email);
  const HashSlot slot(state);  // before the attempt is counted: who is told to come again has not failed
  const auto locked =
      state.database.write([&](Connection& c) { return begin_login_attempt(c, address_hash, now); });
  if (locked) {
    HttpError error(429, "locked", "too many failures: wait until " + time_text(*locked));
    error.retry_after_s = static_cast<int>((*locked - now + 999) / 1000);
    throw error;
  }
  const auto record = state.database.read([&](Connection& c) { return login_record(c, email); });
  const bool matches = password_matches(record ? record->password_hash : state.dummy_password_hash, password);
  if (!record || !matches) throw HttpError(401, "wrong_login", "address or password is wrong");
  std::optional<std::int64_t> step;
  if (record->account.totp_enabled) {
    if (!totp || totp->empty()) throw HttpError(401, "totp_required", "expected a one-time password", "totp");
    step = totp_step_of(open_totp_secret(state, record->account.id, record->totp_secret.value_or(Bytes{})),
                        *totp,
                        now,
                        record->totp_step);
    if (!step) throw HttpError(401, "wrong_totp", "the one-time password is wrong or was used", "totp");
  }
  const bool fresh = state.database.write([&](Connection& c) {
    forgive_login_attempts(c, address_hash);
    return !step || use_totp_step(c, record->account.id, *step, false);
  });
  if (!fresh) throw HttpError(401, "wrong_totp", "the one-time password is wrong or was used", "totp");
  return *record;
}

std::string session_cookie(const ServiceState& state, const std::string& token) {
  return "kyclops_session=" + token + "; Path=/; HttpOnly; SameSite=Strict" +
         (state.options.https ? "; Secure" : "");
}

std::string ended_session_cookie(const ServiceState& state) {
  return session_cookie(state, "") + "; Max-Age=0";
}

}  // namespace kyc
