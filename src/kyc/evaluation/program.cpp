#include "kyc/evaluation/program.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <map>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxLine = 4096;
constexpr std::size_t kMaxStderr = 4096;
constexpr std::uint64_t kMaxBadLines = 1000;

double passed_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0)
      throw Error(ErrorCode::Unavailable, std::string("no pipe: ") + std::strerror(errno));
  }
  ~Pipe() {
    close_read();
    close_write();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_read() { close_end(0); }
  void close_write() { close_end(1); }
  void make_nonblocking(int end) { ::fcntl(ends_[static_cast<std::size_t>(end)], F_SETFL, O_NONBLOCK); }

 private:
  void close_end(std::size_t end) {
    if (ends_[end] >= 0) ::close(ends_[end]);
    ends_[end] = -1;
  }
  std::array<int, 2> ends_{-1, -1};
};

// A started program with its three pipes. Gone, with all its children, when this is.
class Child {
 public:
  explicit Child(const std::string& command) {
    pid_ = ::fork();
    if (pid_ < 0) throw Error(ErrorCode::Unavailable, std::string("no process: ") + std::strerror(errno));
    if (pid_ == 0) {
      ::setpgid(0, 0);
      ::dup2(in.read_end(), 0);
      ::dup2(out.write_end(), 1);
      ::dup2(err.write_end(), 2);
      std::signal(SIGPIPE, SIG_DFL);
      ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::setpgid(pid_, pid_);  // in both processes: whoever comes first
    in.close_read();
    out.close_write();
    err.close_write();
    in.make_nonblocking(1);
    out.make_nonblocking(0);
    err.make_nonblocking(0);
  }
  ~Child() {
    kill_group();
    if (!reaped_) ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void kill_group() const { ::kill(-pid_, SIGKILL); }

  // Waits up to a second for it to end by itself once its output is closed; the wait status.
  int status() {
    int status = 0;
    for (int i = 0; i < 100; ++i) {
      if (::waitpid(pid_, &status, WNOHANG) == pid_) {
        reaped_ = true;
        return status;
      }
      ::usleep(10'000);
    }
    kill_group();
    ::waitpid(pid_, &status, 0);
    reaped_ = true;
    return status;
  }

  Pipe in, out, err;

 private:
  pid_t pid_ = -1;
  bool reaped_ = false;
};

// Writing into a pipe that nobody reads any more is an error here, not a signal.
class IgnoredSigpipe {
 public:
  IgnoredSigpipe() {
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &before_);
  }
  ~IgnoredSigpipe() { ::sigaction(SIGPIPE, &before_, nullptr); }
  IgnoredSigpipe(const IgnoredSigpipe&) = delete;
  IgnoredSigpipe& operator=(const IgnoredSigpipe&) = delete;

 private:
  struct sigaction before_ {};
};

struct ParsedAnswer {
  std::size_t id = 0;
  std::optional<ExternalReply> reply;
  std::string reason;
};

std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) c = '?';
  return text.substr(0, 200);
}

std::optional<double> parse_score(const char* begin, const char* end) {
  double score = 0;
  const auto [score_end, failure] = std::from_chars(begin, end, score);
  if (failure != std::errc() || score_end != end || !std::isfinite(score)) return std::nullopt;
  return score;
}

std::optional<ParsedAnswer> parse_answer(const std::string& line, AnswerKind kind) {
  ParsedAnswer out;
  const char* end = line.data() + line.size();
  const auto [id_end, id_failure] = std::from_chars(line.data(), end, out.id);
  if (id_failure != std::errc() || id_end == end || *id_end != '\t') return std::nullopt;
  const char* text = id_end + 1;
  if (text != end && *text == '-' && (text + 1 == end || text[1] == '\t')) {
    out.reason = "no answer" + (text + 1 == end ? "" : ": " + printable(std::string(text + 2, end)));
    return out;
  }
  out.reply.emplace();
  if (kind == AnswerKind::Decision) {
    const char* verdict_end = std::find(text, end, '\t');
    out.reply->verdict.assign(text, verdict_end);
    if (!is_verdict(out.reply->verdict)) return std::nullopt;
    if (verdict_end == end) return out;
    text = verdict_end + 1;
  }
  out.reply->score = parse_score(text, end);
  if (!out.reply->score) return std::nullopt;
  return out;
}

enum class Ended { ByItself, AnswerLimit, TotalLimit, Hostile };

// One start of the program, with the requests that are still open.
class ProgramSession {
 public:
  ProgramSession(const std::string& command,
                 const std::vector<std::vector<std::filesystem::path>>& requests,
                 std::vector<std::optional<ExternalAnswer>>& answers,
                 ProgramRun& run,
                 const ExternalLimits& limits,
                 AnswerKind kind,
                 Clock::time_point begin)
      : child_(command), answers_(answers), run_(run), limits_(limits), kind_(kind), begin_(begin) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (answers[i]) continue;
      input_ += std::to_string(i);
      for (const auto& path : requests[i]) input_ += "\t" + path.string();
      input_ += "\n";
      ++open_;
    }
  }

  Ended talk(const std::function<void()>& answered) {
    Clock::time_point last = Clock::now();
    while (true) {
      if (open_ == 0) {
        child_.kill_group();  // it has said everything
        return Ended::ByItself;
      }
      const double left =
          std::min(limits_.answer_limit_s - passed_since(last), limits_.total_limit_s - passed_since(begin_));
      if (left <= 0) {
        child_.kill_group();
        return passed_since(begin_) >= limits_.total_limit_s ? Ended::TotalLimit : Ended::AnswerLimit;
      }
      std::array<pollfd, 3> fds{{{child_.out.read_end(), POLLIN, 0},
                                 {err_open_ ? child_.err.read_end() : -1, POLLIN, 0},
                                 {sent_ < input_.size() ? child_.in.write_end() : -1, POLLOUT, 0}}};
      ::poll(fds.data(), fds.size(), std::min(1000, static_cast<int>(left * 1000) + 1));
      if (fds[2].revents != 0) send();
      if (fds[1].revents != 0) read_stderr();
      if (fds[0].revents != 0) {
        const std::size_t before = open_;
        const bool more = read_answers();
        if (open_ < before) {
          last = Clock::now();
          answered();
        }
        if (run_.bad_lines > kMaxBadLines || line_.size() > kMaxLine) {
          child_.kill_group();
          return Ended::Hostile;
        }
        if (!more) {
          if (!line_.empty()) take_line();
          return Ended::ByItself;
        }
      }
    }
  }

  std::size_t open() const { return open_; }
  int status() { return child_.status(); }

 private:
  void send() {
    const ssize_t written = ::write(
        child_.in.write_end(), input_.data() + sent_, std::min<std::size_t>(input_.size() - sent_, 1 << 16));
    if (written > 0) sent_ += static_cast<std::size_t>(written);
    if (written < 0 && errno != EAGAIN && errno != EINTR)
      sent_ = input_.size();  // it does not listen any more
    if (sent_ == input_.size()) child_.in.close_write();
  }

  void read_stderr() {
    std::array<char, 4096> buffer{};
    const ssize_t got = ::read(child_.err.read_end(), buffer.data(), buffer.size());
    if (got == 0) err_open_ = false;
    if (got <= 0) return;
    run_.stderr_tail.append(buffer.data(), static_cast<std::size_t>(got));
    if (run_.stderr_tail.size() > kMaxStderr) run_.stderr_tail.erase(0, run_.stderr_tail.size() - kMaxStderr);
  }

  // False at the end of the program's output.
  bool read_answers() {
    std::array<char, 1 << 16> buffer{};
    const ssize_t got = ::read(child_.out.read_end(), buffer.data(), buffer.size());
    if (got == 0) return false;
    for (ssize_t i = 0; i < got; ++i) {
      if (buffer[static_cast<std::size_t>(i)] != '\n') {
        line_ += buffer[static_cast<std::size_t>(i)];
        if (line_.size() > kMaxLine) return true;
      } else {
        take_line();
      }
    }
    return true;
  }

  void take_line() {
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    const std::optional<ParsedAnswer> answer = parse_answer(line_, kind_);
    line_.clear();
    if (!answer || answer->id >= answers_.size() || answers_[answer->id]) {
      ++run_.bad_lines;
      return;
    }
    answers_[answer->id] =
        answer->reply ? ExternalAnswer(*answer->reply) : ExternalAnswer(ExternalFailure{answer->reason});
    --open_;
  }

  Child child_;
  std::vector<std::optional<ExternalAnswer>>& answers_;
  ProgramRun& run_;
  const ExternalLimits& limits_;
  AnswerKind kind_;
  Clock::time_point begin_;
  std::string input_;
  std::size_t sent_ = 0;
  std::size_t open_ = 0;
  std::string line_;
  bool err_open_ = true;
};

std::string seconds_text(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g s", seconds);
  return text.data();
}

std::string why(Ended ended, int status, const ExternalLimits& limits) {
  switch (ended) {
    case Ended::AnswerLimit:
      return "the program gave no answer within " + seconds_text(limits.answer_limit_s) + " and was killed";
    case Ended::TotalLimit:
      return "the time limit of " + seconds_text(limits.total_limit_s) + " was reached";
    case Ended::Hostile:
      return "the program wrote what is no answer and was killed";
    case Ended::ByItself:
      break;
  }
  if (WIFSIGNALED(status)) return "the program crashed (signal " + std::to_string(WTERMSIG(status)) + ")";
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
    return "the program ended with exit code " + std::to_string(WEXITSTATUS(status));
  return "the program ended without an answer";
}

void check_requests(const std::vector<std::vector<std::filesystem::path>>& requests) {
  if (requests.empty()) throw Error(ErrorCode::InvalidArgument, "program: expected requests, got none");
  for (const auto& request : requests)
    for (const auto& path : request)
      if (path.string().find_first_of("\t\n\r") != std::string::npos)
        throw Error(ErrorCode::InvalidArgument,
                    "program: a path must not hold a tab or a line break: " + path.string());
}

}  // namespace

ProgramRun run_program(const std::string& command,
                       const std::vector<std::vector<std::filesystem::path>>& requests,
                       const ExternalLimits& limits,
                       const Progress& progress,
                       AnswerKind kind) {
  check_requests(requests);
  const IgnoredSigpipe no_signal;
  const auto begin = Clock::now();
  ProgramRun run;
  std::vector<std::optional<ExternalAnswer>> answers(requests.size());
  const auto first_open = [&] {
    return static_cast<std::size_t>(
        std::find_if(answers.begin(), answers.end(), [](const auto& a) { return !a.has_value(); }) -
        answers.begin());
  };
  std::string reason;
  while (first_open() < answers.size()) {
    if (run.starts > limits.restarts || passed_since(begin) >= limits.total_limit_s) break;
    ++run.starts;
    run.stderr_tail.clear();
    run.bad_lines = std::min(run.bad_lines, kMaxBadLines);
    ProgramSession session(command, requests, answers, run, limits, kind, begin);
    const Ended ended = session.talk([&] {
      if (progress)
        progress(static_cast<std::uint64_t>(std::count_if(
                     answers.begin(), answers.end(), [](const auto& a) { return a.has_value(); })),
                 answers.size());
    });
    if (session.open() == 0) break;
    const int status = session.status();
    ++(ended == Ended::ByItself ? run.crashes : run.kills);
    reason = why(ended, status, limits);
    if (ended == Ended::TotalLimit) break;
    answers[first_open()] = ExternalAnswer(ExternalFailure{reason});
  }
  for (auto& answer : answers)
    run.answers.push_back(answer ? std::move(*answer)
                                 : ExternalAnswer(ExternalFailure{
                                       reason.empty() ? "not asked" : reason + "; not asked again"}));
  return run;
}

}  // namespace kyc
