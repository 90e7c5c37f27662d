#include "kyc/service/child_process.h"

#include <chrono>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kyc/core/error.h"

namespace kyc {
namespace {

constexpr std::size_t kKeptErrors = 4000;
constexpr auto kPatience = std::chrono::seconds(5);

// In the child, between fork and exec: system calls only.
[[noreturn]] void become(char* const* arguments, int errors, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::setpriority(PRIO_PROCESS, 0, 10);
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  ::execv("/proc/self/exe", arguments);
  ::_exit(127);
}

}  // namespace

ChildResult run_program(const std::vector<std::string>& arguments, const std::function<bool()>& keep_going) {
  std::vector<std::string> words = {"kyclops"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0)
    throw Error(ErrorCode::Unavailable, std::string("no pipe: ") + std::strerror(errno));
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) become(pointers.data(), pipe[1], parent);
  ::close(pipe[1]);
  if (child < 0) {
    ::close(pipe[0]);
    throw Error(ErrorCode::Unavailable, std::string("no process: ") + std::strerror(errno));
  }
  ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);

  ChildResult result;
  std::chrono::steady_clock::time_point asked{};
  int status = 0;
  for (;;) {
    pollfd entry{pipe[0], POLLIN, 0};
    ::poll(&entry, 1, 200);
    char text[4096];
    for (ssize_t got = ::read(pipe[0], text, sizeof(text)); got > 0;
         got = ::read(pipe[0], text, sizeof(text))) {
      result.errors.append(text, static_cast<std::size_t>(got));
      if (result.errors.size() > 2 * kKeptErrors) result.errors.erase(0, result.errors.size() - kKeptErrors);
    }
    if (::waitpid(child, &status, WNOHANG) == child) break;
    const auto now = std::chrono::steady_clock::now();
    if (!result.stopped && !keep_going()) {
      result.stopped = true;
      asked = now;
      ::kill(child, SIGTERM);
    } else if (result.stopped && now - asked > kPatience) {
      ::kill(child, SIGKILL);
    }
    // A child that closed its stderr would make poll() return at once.
    if ((entry.revents & POLLHUP) != 0) ::usleep(50'000);
  }
  ::close(pipe[0]);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace kyc
