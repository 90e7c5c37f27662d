// kyclops serve: the verification service, until SIGTERM or SIGINT.

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kyc/cli/commands.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/service/service.h"

namespace kyc::cli {
namespace {

struct ServeOptions {
  std::string data;
  std::string listen = "127.0.0.1:8080";
  std::string database;
  std::string tls_certificate;
  std::string tls_key;
  std::string policy;
  std::string web;
  std::string datasets;
  bool no_web = false;
  std::string challenge = "required";
  std::optional<std::uint64_t> challenge_seed;
  int challenge_minutes = 2;
  bool behind_proxy = false;
  bool private_webhooks = false;
  int queue = 0;
  int reviewers = 1;
  int attempts = 30;
  int connections = 512;
  int max_clip_mib = 200;
  int password_mib = 64;
  int document_days = 30;
  int selfie_days = 30;
  int evidence_days = 90;
  int case_days = 365;
};

// "HOST:PORT", "[::1]:8080", ":8080" (every address).
void split_listen(const std::string& text, HttpServerOptions& http) {
  const std::size_t colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos ||
      std::stoi(port) > 65535)
    throw Error(ErrorCode::InvalidArgument, "--listen " + text + ": expected HOST:PORT");
  http.port = std::stoi(port);
  http.host = text.substr(0, colon);
  if (http.host.size() > 2 && http.host.front() == '[' && http.host.back() == ']')
    http.host = http.host.substr(1, http.host.size() - 2);
}

// share/kyclops/web beside the installed program, else what was built in the source tree; nothing if neither
// is there.
std::string default_web_folder() {
  std::error_code failure;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
  const auto installed = program.parent_path().parent_path() / "share/kyclops/web";
  for (const auto& folder : {installed, std::filesystem::path(KYC_SOURCE_WEB)})
    if (std::filesystem::exists(folder / "index.html", failure)) return folder.string();
  return "";
}

ServiceOptions service_options(const ServeOptions& options, const GlobalOptions& global) {
  ServiceOptions out;
  out.data = options.data;
  out.database = options.database;
  out.models = global.models;
  if (!options.policy.empty())
    out.policy = policy_from_json(read_text_file(options.policy, 1 << 20), options.policy);
  for (const ChallengeMode mode : {ChallengeMode::Off, ChallengeMode::Optional, ChallengeMode::Required})
    if (to_string(mode) == options.challenge) out.challenge_mode = mode;
  out.challenge_seed = options.challenge_seed;
  out.limits.challenge_minutes = options.challenge_minutes;
  split_listen(options.listen, out.http);
  out.http.tls_certificate = options.tls_certificate;
  out.http.tls_key = options.tls_key;
  out.http.trust_proxy = options.behind_proxy;
  out.http.limits.connections = static_cast<std::size_t>(options.connections);
  out.https = options.behind_proxy || !options.tls_certificate.empty();
  if (!options.no_web) out.web = options.web.empty() ? default_web_folder() : options.web;
  out.datasets = options.datasets;
  out.workers = jobs_of(global);
  out.queue = options.queue > 0 ? options.queue : 2 * out.workers;
  out.reviewers = options.reviewers;
  out.private_webhooks = options.private_webhooks;
  out.retention = {options.document_days, options.selfie_days, options.evidence_days, options.case_days};
  out.limits.attempts_per_minute = options.attempts;
  out.limits.selfie_bytes = static_cast<std::uint64_t>(options.max_clip_mib) << 20;
  out.password_cost.memory_bytes = static_cast<std::size_t>(options.password_mib) << 20;
  const auto mutex = std::make_shared<std::mutex>();
  out.log = [mutex](const std::string& line) {
    const std::lock_guard lock(*mutex);
    std::fprintf(stderr, "%s\n", line.c_str());
  };
  return out;
}

int run_serve(const ServeOptions& options, const GlobalOptions& global) {
  // One thread waits for the signals; all others, made later, inherit that they are blocked.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::umask(077);

  Service service(service_options(options, global));
  std::printf("listening on port %d\n", service.port());
  if (const auto link = service.setup_link())
    std::printf("no administrator yet; make one within a day at %s\n", link->c_str());
  std::fflush(stdout);
  std::jthread waiter([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    service.stop();
  });
  try {
    service.run();
  } catch (...) {
    ::kill(::getpid(), SIGTERM);  // ends the waiter
    throw;
  }
  return kDone;
}

}  // namespace

void add_serve(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<ServeOptions>();
  App* verb = app.add_subcommand("serve", "Run the verification service with its API; see docs/service.md");
  verb->fallthrough();
  verb->add_option("--data", options->data, "Folder of database, media and key; made if absent")->required();
  verb->add_option("--listen", options->listen, "HOST:PORT; port 0: any free one")->capture_default_str();
  verb->add_option("--database", options->database, "postgresql://... instead of the database in --data");
  Option* certificate =
      verb->add_option("--tls-cert", options->tls_certificate, "Certificate chain (PEM): serve HTTPS");
  Option* key = verb->add_option("--tls-key", options->tls_key, "Its private key (PEM)");
  certificate->needs(key);
  key->needs(certificate);
  verb->add_flag(
      "--behind-proxy", options->behind_proxy, "A proxy of yours ends TLS and sets X-Forwarded-For");
  verb->add_option("--policy", options->policy, "JSON file with other limits; see docs/verification.md");
  verb->add_option("--challenge", options->challenge, "Must a selfie clip follow a challenge?")
      ->check(is_member({"required", "optional", "off"}))
      ->capture_default_str();
  verb->add_option("--challenge-minutes",
                   options->challenge_minutes,
                   "After a challenge's length, until which its clip must begin to arrive")
      ->check(in_range(1, 60))
      ->capture_default_str();
  verb->add_option(
      "--challenge-seed", options->challenge_seed, "For tests only: every challenge is the one of this seed");
  Option* web =
      verb->add_option("--web", options->web, "Folder of web pages (default: those installed or built)")
          ->check(kExistingDirectory);
  verb->add_flag("--no-web", options->no_web, "The API alone, without pages")->excludes(web);
  verb->add_option(
      "--datasets", options->datasets, "Folder that data sets are attached from (default: DATA/datasets)");
  verb->add_option("--queue", options->queue, "Verifications that may wait; 0: two per worker (--jobs)")
      ->check(kNonNegativeNumber);
  verb->add_option("--reviewers", options->reviewers, "Reviewers that must agree; 2: four eyes")
      ->check(in_range(1, 2))
      ->capture_default_str();
  verb->add_flag("--private-webhooks",
                 options->private_webhooks,
                 "Webhooks may go to private networks and this machine");
  verb->add_option(
          "--attempts-per-minute", options->attempts, "Log-ins and registrations of one address; 0: any")
      ->check(kNonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--connections", options->connections, "At a time")
      ->check(in_range(1, 10000))
      ->capture_default_str();
  verb->add_option("--max-clip-mib", options->max_clip_mib, "Size of a selfie clip")
      ->check(in_range(1, 2000))
      ->capture_default_str();
  verb->add_option("--password-mib", options->password_mib, "Memory that hashing a password takes (Argon2id)")
      ->check(in_range(8, 1024))
      ->capture_default_str();
  const auto days = [&](const char* name, int& value, const char* help) {
    verb->add_option(name, value, help)->check(in_range(0, 36500))->capture_default_str();
  };
  days("--keep-documents", options->document_days, "Days until an uploaded document is removed");
  days("--keep-selfies", options->selfie_days, "Days until an uploaded clip is removed");
  days("--keep-evidence", options->evidence_days, "Days until the pictures behind a decision are removed");
  days("--keep-cases", options->case_days, "Days until the record of a decided case is removed");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_serve(*options, global); };
  });
}

}  // namespace kyc::cli
