#include "kyc/service/webhooks.h"

#include <algorithm>
#include <array>

#include "kyc/core/json_writer.h"
#include "kyc/service/webhook_client.h"
#include "kyc/store/cases.h"

namespace kyc {
namespace {

constexpr std::array<std::int64_t, 7> kPausesMs{
    10'000, 60'000, 300'000, 1'800'000, 7'200'000, 28'800'000, 86'400'000};
constexpr std::int64_t kSentAtOnce = 20;
constexpr std::int64_t kAtMostMs = 60'000;
constexpr auto kTimeout = std::chrono::seconds(10);
constexpr std::int64_t kDeliveryKeptMs = 30LL * 24 * 60 * 60 * 1000;

struct Delivery {
  std::string id;
  std::string webhook_id;
  std::string event;
  std::string body;
  std::int64_t attempts = 0;
  std::string url;
  Bytes secret;
};

std::vector<Delivery> due_deliveries(Connection& connection, std::int64_t now) {
  std::vector<Delivery> out;
  for (const SqlRow& row : connection.rows(
           "SELECT d.id, d.webhook_id, d.event, d.body, d.attempts, w.url, w.secret FROM deliveries d "
           "JOIN webhooks w ON w.id = d.webhook_id WHERE d.state = 'pending' AND d.next_at <= ?1 "
           "ORDER BY d.next_at, d.id LIMIT ?2",
           {now, kSentAtOnce}))
    out.push_back(
        {row.text(0), row.text(1), row.text(2), row.text(3), row.integer(4), row.text(5), row.bytes(6)});
  return out;
}

int send(ServiceState& state, const Delivery& delivery) {
  const Bytes secret = open_field(state.keys, "webhook:" + delivery.webhook_id, delivery.secret);
  const std::string timestamp = std::to_string(state.now() / 1000);
  return send_webhook(
      parse_webhook_url(delivery.url),
      {{"Kyclops-Event", delivery.event},
       {"Kyclops-Delivery", delivery.id},
       {"Kyclops-Timestamp", timestamp},
       {"Kyclops-Signature", "sha256=" + hmac_sha256_hex(secret, timestamp + "." + delivery.body)}},
      delivery.body,
      state.options.private_webhooks,
      kTimeout);
}

}  // namespace

void announce_case(ServiceState& state, Connection& connection, const std::string& case_id) {
  const auto held = find_case(connection, case_id);
  if (!held) return;
  const std::string event = held->state == CaseState::Review ? "case.review" : "case.decided";
  const std::int64_t now = state.now();
  for (const SqlRow& row :
       connection.rows("SELECT id, events FROM webhooks WHERE account_id = ?1", {held->account_id})) {
    if ((" " + row.text(1) + " ").find(" " + event + " ") == std::string::npos) continue;
    const std::string id = random_token(16);
    JsonWriter body;
    body.object()
        .field("event", event)
        .field("delivery", id)
        .field("at", time_text(now))
        .key("case")
        .object();
    body.field("id", held->id)
        .field("reference", held->reference)
        .field("state", to_string(held->state))
        .end()
        .end();
    connection.run(
        "INSERT INTO deliveries (id, webhook_id, event, body, state, next_at, created_at) "
        "VALUES (?1, ?2, ?3, ?4, 'pending', ?5, ?5)",
        {id, row.text(0), event, body.text(), now});
  }
}

std::int64_t deliver_due(ServiceState& state) {
  const std::int64_t now = state.now();
  const std::vector<Delivery> due =
      state.database.read([&](Connection& c) { return due_deliveries(c, now); });
  for (const Delivery& delivery : due) {
    if (state.stopping && state.stopping()) return kAtMostMs;
    const int status = send(state, delivery);
    const bool arrived = status >= 200 && status < 300;
    const auto attempt = static_cast<std::size_t>(delivery.attempts);
    const bool given_up = !arrived && attempt >= kPausesMs.size();
    state.database.write([&](Connection& c) {
      c.run(
          "UPDATE deliveries SET state = ?2, attempts = attempts + 1, status = ?3, next_at = ?4 WHERE id = "
          "?1",
          {delivery.id,
           std::string(arrived    ? "delivered"
                       : given_up ? "failed"
                                  : "pending"),
           std::int64_t{status},
           state.now() + (arrived || given_up ? 0 : kPausesMs[attempt])});
    });
  }
  if (static_cast<std::int64_t>(due.size()) == kSentAtOnce) return 0;
  const auto next = state.database.read([](Connection& c) {
    return c.row("SELECT min(next_at) FROM deliveries WHERE state = 'pending'")->optional_integer(0);
  });
  if (!next) {
    state.database.write([&](Connection& c) {
      c.run("DELETE FROM deliveries WHERE state <> 'pending' AND created_at < ?1", {now - kDeliveryKeptMs});
    });
    return kAtMostMs;
  }
  return std::clamp<std::int64_t>(*next - state.now(), 100, kAtMostMs);
}

}  // namespace kyc
