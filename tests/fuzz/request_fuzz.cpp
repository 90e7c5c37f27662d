// Sends damaged requests through the service's parser and JSON reader, and looks at every answer.
//
//   kyc_request_fuzz [--seconds 10] [--seed 1] [--from 0] [--count N]
//
// Input number N of a seed is always the same: what fails is named, and `--seed S --from N --count 1` does it
// again.

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "answers.h"
#include "damage.h"
#include <sys/socket.h>
#include <unistd.h>

#include "kyc/service/http_connection.h"
#include "kyc/service/json_body.h"

#ifdef __SANITIZE_ADDRESS__
extern "C" void __sanitizer_set_death_callback(void (*callback)());
#endif

namespace kyc {
namespace {

std::uint64_t seed = 1;
std::uint64_t number = 0;

// Also called when a sanitizer, or an assertion, ends the program.
void tell_number() {
  std::fprintf(stderr,
               "kyc_request_fuzz: it was --seed %llu --from %llu --count 1\n",
               static_cast<unsigned long long>(seed),
               static_cast<unsigned long long>(number));
}

void tell_number_and_end(int signal) {
  tell_number();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// Asks everything that handlers ask.
std::size_t read_fields(const JsonBody& body, Dice& dice) {
  std::size_t out = body.text("text", 0, 50'000).size();
  out += body.optional_text("note", 100).value_or("").size();
  out += static_cast<std::size_t>(body.optional_integer("count", -5, 1'000'000).value_or(0) + 5);
  out += body.truth("flag", true) ? 1 : 0;
  if (dice.one_in(2)) out += body.texts("names", 10, 20).size();
  out += body.text_pairs("options", 5).size();
  if (dice.one_in(2)) body.done();
  return out;
}

std::string whole_body(HttpRequest& request, Dice& dice) {
  request.body->limit(64 * 1024);
  std::string out;
  std::vector<std::uint8_t> piece(1 + dice.below(9000));
  for (std::size_t got = request.body->read(piece); got > 0; got = request.body->read(piece))
    out.append(reinterpret_cast<const char*>(piece.data()), got);
  return out;
}

HttpResponse answer(HttpRequest& request, Dice& dice) {
  HttpResponse response;
  const std::string first = request.path.empty() ? "" : request.path.front();
  static_cast<void>(request.cookie("kyclops_session"));
  static_cast<void>(request.query_value("limit"));
  if (first == "stream") {
    response.stream = [&dice](const auto& send) {
      for (std::size_t i = dice.below(4); i > 0; --i)
        if (!send(std::string(dice.below(300), 's'))) return;
    };
    return response;
  }
  if (first == "ranged" || first == "big") {
    response.body = std::string(first == "big" ? 100'000 : 1 + dice.below(200), 'x');
    response.etag = "\"tag\"";
    response.ranged = true;
    return response;
  }
  if (request.has_body && !dice.one_in(5)) {
    const JsonBody body(whole_body(request, dice));
    response.body = std::to_string(read_fields(body, dice));
  }
  if (dice.one_in(10)) response.status = 204;
  if (response.status == 204) response.body.clear();
  return response;
}

HttpResponse answer_or_refuse(HttpRequest& request, Dice& dice) {
  try {
    return answer(request, dice);
  } catch (const HttpError& error) {
    HttpResponse response;
    response.status = error.status;
    response.body = error.what();
    return response;
  }
}

struct Answers {
  std::string bytes;
  std::vector<bool> to_head;
};

// What the service answers to these bytes on a connection of their own, in pieces.
Answers answers_to(const std::string& bytes, Dice& dice, const HttpServerOptions& options) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) std::abort();
  Answers got;
  const std::size_t pieces = 1 + dice.below(3);
  std::thread client([&, end = ends[0]] {
    std::thread reader([&] {
      char piece[16 * 1024];
      for (ssize_t count = ::read(end, piece, sizeof(piece)); count > 0;
           count = ::read(end, piece, sizeof(piece)))
        got.bytes.append(piece, static_cast<std::size_t>(count));
    });
    for (std::size_t i = 0; i < pieces; ++i) {
      const std::size_t from = bytes.size() * i / pieces;
      const std::size_t to = bytes.size() * (i + 1) / pieces;
      if (to > from && ::send(end, bytes.data() + from, to - from, MSG_NOSIGNAL) < 0)
        break;  // the service has had enough
    }
    ::shutdown(end, SHUT_WR);
    reader.join();
  });
  {
    Channel channel(ends[1], nullptr);
    const std::atomic<bool> stopping = false;
    std::atomic<bool> busy = false;
    const HttpHandler handler = [&](HttpRequest& request) { return answer_or_refuse(request, dice); };
    const HttpObserver observer = [&](const HttpRequest& request, int, std::uint64_t, bool) {
      got.to_head.push_back(request.method == "HEAD");
    };
    serve_connection(channel, "1.2.3.4", {options, handler, observer, stopping}, busy);
  }
  client.join();
  ::close(ends[0]);
  return got;
}

int run(double seconds, std::uint64_t count) {
  HttpServerOptions options;
  options.trust_proxy = true;
  std::uint64_t answered = 0;
  const auto begun = std::chrono::steady_clock::now();
  const std::uint64_t first = number;
  for (; number - first < count; ++number) {
    if (std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count() > seconds) break;
    Dice dice(seed * 1'000'003 + number);
    std::string bytes = random_requests(dice);
    if (!dice.one_in(4)) damage(dice, bytes);
    const Answers got = answers_to(bytes, dice, options);
    answered += got.bytes.empty() ? 0 : 1;
    if (const auto fault = fault_in_answers(got.bytes, got.to_head)) {
      std::fprintf(stderr, "%s\nsent:\n%s\ngot:\n%s\n", fault->c_str(), bytes.c_str(), got.bytes.c_str());
      tell_number();
      return 1;
    }
  }
  std::printf("%llu connections, %llu of them answered\n",
              static_cast<unsigned long long>(number - first),
              static_cast<unsigned long long>(answered));
  return number == first || answered == 0 ? 1 : 0;
}

}  // namespace
}  // namespace kyc

int main(int argc, char** argv) {
  double seconds = 10;
  std::uint64_t count = UINT64_MAX;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--seconds")
      seconds = std::strtod(argv[i + 1], nullptr);
    else if (flag == "--seed")
      kyc::seed = std::strtoull(argv[i + 1], nullptr, 10);
    else if (flag == "--from")
      kyc::number = std::strtoull(argv[i + 1], nullptr, 10);
    else if (flag == "--count")
      count = std::strtoull(argv[i + 1], nullptr, 10);
  }
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_set_death_callback(kyc::tell_number);
#endif
  std::signal(SIGABRT, kyc::tell_number_and_end);
  return kyc::run(seconds, count);
}
