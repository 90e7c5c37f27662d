#include "kyc/service/idempotency.h"

namespace kyc {
namespace {

constexpr std::int64_t kAnswerKeptMs = 24LL * 60 * 60 * 1000;
constexpr std::int64_t kAbandonedMs = 5LL * 60 * 1000;

Bytes copied_bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

// Answers may hold secrets that are shown once: they are stored sealed.
std::string sealed(const ServiceState& state, const std::string& context, const std::string& answer) {
  const Bytes bytes = seal_field(state.keys, "idempotency:" + context, copied_bytes(answer));
  return base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string opened(const ServiceState& state, const std::string& context, const std::string& text) {
  const Bytes plain =
      open_field(state.keys, "idempotency:" + context, copied_bytes(from_base64url(text).value_or("")));
  return {plain.begin(), plain.end()};
}

}  // namespace

HttpResponse answer_once(Call& call, const Endpoint& endpoint) {
  const std::string key = *call.request.header("idempotency-key");
  if (key.empty() || key.size() > 200)
    throw HttpError(422, "invalid_field", "Idempotency-Key: expected 1 to 200 characters", "Idempotency-Key");
  ServiceState& state = call.state;
  const std::string account = call.account().id;
  const std::string stored_key = sha256_of(key);
  const std::string hash = sha256_of(std::string(endpoint.method) + " " + endpoint.path + "\n" + call.body());
  const std::int64_t now = state.now();
  const auto earlier = state.database.write([&](Connection& c) -> std::optional<SqlRow> {
    c.run("DELETE FROM idempotency WHERE account_id = ?1 AND key = ?2 AND status = 0 AND created_at < ?3",
          {account, stored_key, now - kAbandonedMs});
    const bool first =
        c.run(
            "INSERT INTO idempotency (account_id, key, request_hash, status, answer, created_at) "
            "VALUES (?1, ?2, ?3, 0, '', ?4) ON CONFLICT (account_id, key) DO NOTHING",
            {account, stored_key, hash, now}) > 0;
    if (first) return std::nullopt;
    return c.row("SELECT request_hash, status, answer FROM idempotency WHERE account_id = ?1 AND key = ?2",
                 {account, stored_key});
  });
  if (earlier) {
    if (earlier->text(0) != hash)
      throw HttpError(422, "idempotency_mismatch", "the Idempotency-Key came with another request before");
    if (earlier->integer(1) == 0)
      throw HttpError(
          409, "idempotency_in_progress", "the first call with this Idempotency-Key is under way");
    HttpResponse response = json_response(static_cast<int>(earlier->integer(1)),
                                          opened(state, account + stored_key, earlier->text(2)));
    response.header("Idempotency-Replayed", "true");
    return response;
  }
  const auto forget = [&] {
    state.database.write([&](Connection& c) {
      c.run("DELETE FROM idempotency WHERE account_id = ?1 AND key = ?2", {account, stored_key});
    });
  };
  try {
    HttpResponse response = endpoint.handle(call);
    state.database.write([&](Connection& c) {
      c.run("UPDATE idempotency SET status = ?3, answer = ?4 WHERE account_id = ?1 AND key = ?2",
            {account,
             stored_key,
             std::int64_t{response.status},
             sealed(state, account + stored_key, response.body)});
    });
    return response;
  } catch (...) {
    forget();  // nothing was created: the next call is the first again
    throw;
  }
}

std::int64_t forget_old_answers(Connection& connection, std::int64_t now) {
  return connection.run("DELETE FROM idempotency WHERE created_at < ?1", {now - kAnswerKeptMs});
}

}  // namespace kyc
