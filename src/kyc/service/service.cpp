#include "kyc/service/service.h"

#include <filesystem>

#include "kyc/core/error.h"
#include "kyc/service/background.h"
#include "kyc/service/endpoints.h"
#include "kyc/service/privacy.h"
#include "kyc/service/state.h"
#include "kyc/store/jobs.h"
#include "kyc/verification/engine.h"

namespace kyc {
namespace {

// A data folder that holds a database must hold its key: a new one would make everything unreadable without a
// word.
KeyRing open_keys(const ServiceOptions& options) {
  std::error_code failure;
  std::filesystem::create_directories(options.data, failure);
  if (failure)
    throw Error(ErrorCode::Unavailable, options.data.string() + ": could not be made: " + failure.message());
  std::filesystem::permissions(options.data, std::filesystem::perms::owner_all, failure);
  const bool used =
      std::filesystem::exists(options.data / "kyclops.db") || std::filesystem::exists(options.data / "media");
  return used ? KeyRing::open_existing(options.data / "key") : KeyRing::open(options.data / "key");
}

}  // namespace

struct Service::State {
  ServiceState shared;
  HttpServer server;
  std::optional<std::string> setup_link;
  std::unique_ptr<Background> background;

  explicit State(const ServiceOptions& options)
      : shared(options, open_keys(options)),
        server(options.http, [this](HttpRequest& request) { return dispatch(shared, request); }, {}) {
    shared.stopping = [this] { return server.stopping(); };
    const std::optional<std::string> token =
        shared.database.write([&](Connection& c) -> std::optional<std::string> {
          requeue_jobs(c, shared.now());
          record_retention(c, options.retention);
          shared.audit(c, "system", "service.start", "service");
          if (count_admins(c) > 0) return std::nullopt;
          return create_setup_link(c, shared.now());
        });
    if (token)
      setup_link = std::string(options.https ? "https" : "http") + "://" + options.http.host + ":" +
                   std::to_string(server.port()) + "/setup#token=" + *token;
    background = std::make_unique<Background>(shared);
  }
};

Service::Service(const ServiceOptions& options) : state_(std::make_unique<State>(options)) {}

Service::~Service() = default;

int Service::port() const {
  return state_->server.port();
}

std::optional<std::string> Service::setup_link() const {
  return state_->setup_link;
}

void Service::run() {
  state_->server.run();
  state_->background.reset();  // finishes the verifications that run
  state_->shared.database.write(
      [&](Connection& c) { state_->shared.audit(c, "system", "service.stop", "service"); });
}

void Service::stop() {
  state_->server.stop();
}

}  // namespace kyc
