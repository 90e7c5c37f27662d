// Webhooks of one's own account.

#include "kyc/service/endpoints.h"
#include "kyc/service/views.h"
#include "kyc/service/webhook_client.h"

namespace kyc {
namespace {

constexpr std::int64_t kMost = 20;

void check_own(Call& call, Connection& connection) {
  if (connection.integer("SELECT count(*) FROM webhooks WHERE id = ?1 AND account_id = ?2",
                         {call.parameter(0), call.account().id}) == 0)
    throw HttpError(404, "not_found", "no such webhook");
}

}  // namespace

HttpResponse get_webhooks(Call& call) {
  JsonWriter json;
  begin_page(json);
  for (const SqlRow& row : call.state.database.read([&](Connection& c) {
         return c.rows(
             "SELECT id, url, events, created_at FROM webhooks WHERE account_id = ?1 ORDER BY created_at, id",
             {call.account().id});
       }))
    json.object()
        .field("id", row.text(0))
        .field("url", row.text(1))
        .field("events", row.text(2))
        .field("created_at", *optional_time_text(row.integer(3)))
        .end();
  return json_response(200, end_page(json, std::nullopt));
}

HttpResponse post_webhook(Call& call) {
  const JsonBody body = call.json();
  const std::string url = body.text("url", 1, 1000);
  const std::vector<std::string> events = body.texts("events", 10, 50);
  body.done();
  parse_webhook_url(url);
  std::string words;
  for (const std::string& event : events) {
    if (event != "case.decided" && event != "case.review")
      throw HttpError(422, "invalid_field", "events: expected case.decided or case.review", "events");
    words += (words.empty() ? "" : " ") + event;
  }
  ServiceState& state = call.state;
  const std::string id = random_token(16);
  const std::string secret = random_token(43);
  state.database.write([&](Connection& c) {
    if (c.integer("SELECT count(*) FROM webhooks WHERE account_id = ?1", {call.account().id}) >= kMost)
      throw HttpError(409, "too_many_webhooks", "remove one of your webhooks first");
    c.run(
        "INSERT INTO webhooks (id, account_id, url, secret, events, created_at) VALUES (?1, ?2, ?3, ?4, ?5, "
        "?6)",
        {id,
         call.account().id,
         url,
         seal_field(state.keys, "webhook:" + id, Bytes(secret.begin(), secret.end())),
         words,
         state.now()});
    state.audit(c, call.who->actor(), "webhook.create", "webhook:" + id);
  });
  JsonWriter json;
  json.object().field("id", id).field("secret", secret).end();
  return json_response(201, json.text());
}

HttpResponse delete_webhook(Call& call) {
  call.state.database.write([&](Connection& c) {
    check_own(call, c);
    c.run("DELETE FROM deliveries WHERE webhook_id = ?1", {call.parameter(0)});
    c.run("DELETE FROM webhooks WHERE id = ?1", {call.parameter(0)});
    call.state.audit(c, call.who->actor(), "webhook.remove", "webhook:" + call.parameter(0));
  });
  return empty_response();
}

HttpResponse get_deliveries(Call& call) {
  const std::int64_t limit = call.page_limit();
  JsonWriter json;
  begin_page(json);
  const auto rows = call.state.database.read([&](Connection& c) {
    check_own(call, c);
    return c.rows(
        "SELECT id, event, state, attempts, status, created_at, next_at FROM deliveries WHERE webhook_id = "
        "?1 "
        "ORDER BY created_at DESC, id DESC LIMIT ?2",
        {call.parameter(0), limit});
  });
  for (const SqlRow& row : rows)
    json.object()
        .field("id", row.text(0))
        .field("event", row.text(1))
        .field("state", row.text(2))
        .field("attempts", row.integer(3))
        .field("status", row.integer(4))
        .field("created_at", *optional_time_text(row.integer(5)))
        .field("next_at", *optional_time_text(row.integer(6)))
        .end();
  return json_response(200, end_page(json, std::nullopt));
}

}  // namespace kyc
