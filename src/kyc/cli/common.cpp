// What the commands share: where the models are, exit codes, the progress bar.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "kyc/cli/commands.h"
#include "kyc/core/error.h"
#include "kyc/core/parallel.h"

namespace kyc::cli {
namespace {

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
    case ErrorCode::NotFound:
    case ErrorCode::Unsupported:
    case ErrorCode::Corrupt:
      return kBadInput;
    case ErrorCode::Unavailable:
      return kUnavailable;
    case ErrorCode::Internal:
      return kBug;
  }
  return kBug;
}

std::string clock_text(double seconds) {
  const long whole = static_cast<long>(seconds + 0.5);
  char text[32];
  if (whole >= 3600)
    std::snprintf(text, sizeof(text), "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  else
    std::snprintf(text, sizeof(text), "%ld:%02ld", whole / 60, whole % 60);
  return text;
}

// One line that is drawn over: "title [#####.....] 120/500 frames  35.1/s  0:11 left".
class Bar {
 public:
  Bar(std::string title, std::string what) : title_(std::move(title)), what_(std::move(what)) {}

  void show(std::uint64_t done, std::uint64_t total) {
    const auto now = std::chrono::steady_clock::now();
    const bool finished = total > 0 && done >= total;
    if (finished_ || (!finished && now - drawn_ < std::chrono::milliseconds(100))) return;
    drawn_ = now;
    finished_ = finished;
    const double elapsed = std::chrono::duration<double>(now - start_).count();
    const double rate = elapsed > 0 ? static_cast<double>(done) / elapsed : 0;
    std::string line = title_ + " ";
    if (total > 0) {
      const auto filled = static_cast<std::size_t>(24 * done / total);
      line += "[" + std::string(filled, '#') + std::string(24 - filled, '.') + "] " + std::to_string(done) +
              "/" + std::to_string(total);
    } else {
      line += std::to_string(done);
    }
    char tail[64];
    std::snprintf(tail, sizeof(tail), " %s  %.1f/s", what_.c_str(), rate);
    line += tail;
    if (finished) line += "  " + clock_text(elapsed);
    if (!finished && total > 0 && rate > 0)
      line += "  " + clock_text(static_cast<double>(total - done) / rate) + " left";
    std::fprintf(stderr, "\r%s\033[K%s", line.c_str(), finished ? "\n" : "");
    std::fflush(stderr);
  }

 private:
  std::string title_;
  std::string what_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point drawn_{};
  bool finished_ = false;
};

}  // namespace

App* noun(App& app, const std::string& name, const std::string& description) {
  if (App* sub = app.find_subcommand(name)) return sub;
  App* made = app.add_subcommand(name, description);
  made->require_subcommand(1);
  made->fallthrough();
  return made;
}

std::string default_models_folder() {
  if (const char* from_environment = std::getenv("KYC_MODELS"); from_environment && *from_environment)
    return from_environment;
  std::error_code failure;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
  const auto installed = program.parent_path().parent_path() / "share/kyclops/models";
  if (!failure && std::filesystem::exists(installed / "manifest.json")) return installed.string();
  return KYC_SOURCE_MODELS;
}

std::int64_t now_ms() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch())
      .count();
}

int jobs_of(const GlobalOptions& global) {
  return global.jobs > 0 ? global.jobs : default_jobs();
}

int report_error(const std::exception& error, const GlobalOptions& global) {
  const auto* ours = dynamic_cast<const Error*>(&error);
  const ErrorCode code = ours ? ours->code() : ErrorCode::Internal;
  if (global.json) {
    const nlohmann::json answer = {{"error", {{"code", to_string(code)}, {"message", error.what()}}}};
    std::printf("%s\n", answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  }
  std::fprintf(stderr, "kyclops: %s%s\n", ours ? "" : "unexpected: ", error.what());
  return exit_code(code);
}

Progress progress_bar(const std::string& title, const std::string& what, const GlobalOptions& global) {
  if (global.quiet || isatty(STDERR_FILENO) == 0) return {};
  auto bar = std::make_shared<Bar>(title, what);
  return [bar](std::uint64_t done, std::uint64_t total) { bar->show(done, total); };
}

}  // namespace kyc::cli
