// From a request to its handler: the route, who asks, whether they may, and what becomes of failures.

#include <algorithm>
#include <charconv>
#include <exception>
#include <functional>

#include "kyc/core/error.h"
#include "kyc/core/json_writer.h"
#include "kyc/service/endpoints.h"
#include "kyc/service/idempotency.h"

namespace kyc {
namespace {

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> out;
  path.remove_prefix(1);
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    out.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

bool matches(const Endpoint& endpoint,
             const std::vector<std::string>& path,
             std::vector<std::string>& parameters) {
  std::vector<std::string_view> pattern = parts_of(endpoint.path);
  const bool rest = (endpoint.access & kRest) != 0;
  if (rest ? pattern.size() > path.size() : pattern.size() != path.size()) return false;
  if (rest) pattern.pop_back();
  parameters.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].front() == '{') {
      if (path[i].empty()) return false;
      parameters.push_back(path[i]);
    } else if (pattern[i] != path[i]) {
      return false;
    }
  }
  return true;
}

// "METHOD" may be answered by several endpoints of one path; a fixed part wins over {id} because it stands
// first.
const Endpoint* find_endpoint(const HttpRequest& request,
                              std::vector<std::string>& parameters,
                              std::string& allowed) {
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  for (const Endpoint& endpoint : endpoints()) {
    std::vector<std::string> found;
    if (!matches(endpoint, request.path, found)) continue;
    if (endpoint.method == method) {
      parameters = std::move(found);
      return &endpoint;
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string(endpoint.method);
    if (std::string_view(endpoint.method) == "GET") allowed += ", HEAD";
  }
  return nullptr;
}

// When somebody was here last. They are let in all the same where it can not be noted: on a full disk one can
// still read.
void note_presence(ServiceState& state, const std::function<void(Connection&)>& note) {
  try {
    state.database.write(note);
  } catch (const Error& error) {
    state.watch.event("error", "presence_not_noted", {{"message", error.what()}});
  }
}

std::optional<Identity> identify(ServiceState& state, const HttpRequest& request) {
  const std::int64_t now = state.now();
  if (const auto header = request.header("authorization")) {
    if (!header->starts_with("Bearer ")) return std::nullopt;
    auto holder = state.database.read([&](Connection& c) { return find_api_key(c, header->substr(7), now); });
    if (!holder) return std::nullopt;
    if (holder->key.used_at.value_or(0) < now - 60'000)
      note_presence(state, [&](Connection& c) { touch_api_key(c, holder->key.id, now); });
    return Identity{holder->account, std::nullopt, holder->key};
  }
  const auto token = request.cookie("kyclops_session");
  if (!token || token->size() != 43) return std::nullopt;
  auto session = state.database.read([&](Connection& c) { return find_session(c, *token, now); });
  if (!session) return std::nullopt;
  if (state.database.read([&](Connection& c) { return session_needs_touch(c, session->token_hash, now); }))
    note_presence(state, [&](Connection& c) { touch_session(c, session->token_hash, now); });
  return Identity{session->account, session, std::nullopt};
}

bool changes_something(const std::string& method) {
  return method != "GET" && method != "HEAD";
}

void let_in(Call& call, const Endpoint& endpoint) {
  if ((endpoint.access & kPublic) == 0) {
    call.who = identify(call.state, call.request);
    if (!call.who) throw HttpError(401, "unauthenticated", "expected a log-in or an API key");
    if ((endpoint.access & bit_of(call.account().role)) == 0)
      throw HttpError(403, "forbidden", "your role may not do this");
    if (call.who->key) {
      const std::vector<std::string>& scopes = call.who->key->scopes;
      if ((endpoint.access & kSessionOnly) != 0)
        throw HttpError(403, "session_only", "this can not be done with an API key");
      if (std::find(scopes.begin(), scopes.end(), endpoint.scope) == scopes.end())
        throw HttpError(403, "scope", std::string("the API key lacks the scope ") + endpoint.scope);
    } else {
      if (call.who->session->stage != SessionStage::Full && (endpoint.access & kDuringSetup) == 0)
        throw HttpError(403, "totp_setup_required", "set up a one-time password first");
      // The cookie comes by itself; the token shows that a page of ours sent the request (OWASP: synchroniser
      // token).
      if (changes_something(call.request.method) &&
          !equal_in_constant_time(call.request.header("x-csrf-token").value_or(""),
                                  call.who->session->csrf_token))
        throw HttpError(403, "csrf", "expected the session's token in X-CSRF-Token");
    }
  }
  if ((endpoint.access & kAttempts) != 0 && !call.state.attempts.allow(call.request.peer, call.state.now())) {
    HttpError error(429, "too_many_attempts", "too many attempts: wait a minute");
    error.retry_after_s = 60;
    throw error;
  }
}

void check_body(Call& call, const Endpoint& endpoint) {
  const ServiceLimits& limits = call.state.options.limits;
  call.body_limit = endpoint.body == kDocumentBody ? limits.document_bytes
                    : endpoint.body == kSelfieBody ? limits.selfie_bytes
                                                   : endpoint.body;
  if (!call.request.has_body) return;
  if (call.request.content_length.value_or(0) > call.body_limit)
    throw HttpError(413, "too_large", "expected at most " + std::to_string(call.body_limit) + " bytes");
  call.request.body->limit(call.body_limit);
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return 400;
    case ErrorCode::NotFound:
      return 404;
    case ErrorCode::Unsupported:
      return 415;
    case ErrorCode::Corrupt:
      return 422;
    case ErrorCode::Unavailable:
      return 503;
    case ErrorCode::Internal:
      return 500;
  }
  return 500;
}

// Messages of failures inside may name files and statements: they go into the log, not to the caller.
HttpError public_error(ServiceState& state, const Error& error, const std::string& request_id) {
  const int status = status_of(error.code());
  if (status < 500) return {status, std::string(to_string(error.code())), error.what()};
  state.watch.event("error", "failure", {{"request", request_id}, {"message", error.what()}});
  HttpError out(status,
                std::string(to_string(error.code())),
                status == 503 ? "the service can not do this now: try again" : "something went wrong inside");
  if (status == 503) out.retry_after_s = 5;
  return out;
}

void add_security_headers(HttpResponse& response) {
  response.header("X-Content-Type-Options", "nosniff")
      .header("Referrer-Policy", "no-referrer")
      .header("X-Frame-Options", "DENY")
      .header("Cross-Origin-Resource-Policy", "same-origin");
  const bool has_policy =
      std::any_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
        return header.first == "Content-Security-Policy";
      });
  if (!has_policy) response.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
}

HttpResponse answer(ServiceState& state, HttpRequest& request, std::string& route) {
  Call call(state, request);
  std::string allowed;
  const Endpoint* endpoint = find_endpoint(request, call.parameters, allowed);
  if (endpoint == nullptr) {
    if (!allowed.empty()) {
      HttpResponse response = error_response_of({405, "method_not_allowed", "expected " + allowed});
      response.header("Allow", allowed);
      return response;
    }
    if (!request.path.empty() && request.path.front() == "v1")
      throw HttpError(404, "not_found", "no such address");
    route = "page";
    return serve_page(state, request);
  }
  route = endpoint->path;
  if ((endpoint->access & kRest) != 0)
    call.rest.assign(request.path.begin() + static_cast<std::ptrdiff_t>(parts_of(endpoint->path).size()) - 1,
                     request.path.end());
  let_in(call, *endpoint);
  check_body(call, *endpoint);
  if ((endpoint->access & kCreates) != 0 && request.header("idempotency-key"))
    return answer_once(call, *endpoint);
  return endpoint->handle(call);
}

}  // namespace

const std::string& Call::body() {
  if (body_) return *body_;
  body_.emplace();
  if (!request.has_body) return *body_;
  std::vector<std::uint8_t> piece(16 * 1024);
  for (std::size_t got = request.body->read(piece); got > 0; got = request.body->read(piece))
    body_->append(reinterpret_cast<const char*>(piece.data()), got);
  return *body_;
}

JsonBody Call::json() {
  const std::string type = request.header("content-type").value_or("");
  if (request.has_body && type != "application/json" && !type.starts_with("application/json;"))
    throw HttpError(415, "unsupported", "expected Content-Type: application/json");
  return JsonBody(body());
}

std::int64_t Call::page_limit() const {
  const std::optional<std::string> text = request.query_value("limit");
  if (!text) return 50;
  std::int64_t limit = 0;
  const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (failure != std::errc() || end != text->data() + text->size() || limit < 1 || limit > 200)
    throw HttpError(422, "invalid_field", "limit: expected a whole number from 1 to 200", "limit");
  return limit;
}

HttpResponse json_response(int status, const std::string& json) {
  HttpResponse response;
  response.status = status;
  response.header("Content-Type", "application/json").header("Cache-Control", "no-store");
  response.body = json;
  return response;
}

HttpResponse empty_response() {
  HttpResponse response;
  response.status = 204;
  response.header("Cache-Control", "no-store");
  return response;
}

HttpResponse error_response_of(const HttpError& error) {
  JsonWriter json;
  json.object().field("code", error.code).field("message", std::string(error.what()));
  if (!error.field.empty()) json.field("field", error.field);
  HttpResponse response = json_response(error.status, json.end().text());
  if (error.retry_after_s > 0) response.header("Retry-After", std::to_string(error.retry_after_s));
  if (error.status == 401) response.header("WWW-Authenticate", "Bearer");
  // An answer before the body was read, or instead of reading it.
  response.close = error.status == 413 || error.status == 408;
  return response;
}

HttpResponse dispatch(ServiceState& state, HttpRequest& request) {
  const auto begun = std::chrono::steady_clock::now();
  const std::string id = random_token(12);
  std::string route = "none";
  HttpResponse response;
  try {
    response = answer(state, request, route);
  } catch (const HttpError& error) {
    response = error_response_of(error);
  } catch (const Error& error) {
    response = error_response_of(public_error(state, error, id));
  } catch (const std::bad_alloc&) {
    response = error_response_of({503, "unavailable", "no memory for this now: try again"});
  } catch (const std::exception& error) {
    state.watch.event("error", "unexpected", {{"request", id}, {"message", error.what()}});
    response = error_response_of({500, "internal", "something went wrong inside"});
  }
  add_security_headers(response);
  response.header("X-Request-Id", id);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
  state.watch.request(id, request.method, route, response.status, seconds.count());
  return response;
}

}  // namespace kyc
