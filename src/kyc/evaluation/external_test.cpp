// Endpoints that behave and that do not: a small server in Python answers by the path that it is asked at.
#include "kyc/evaluation/external.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/evaluation/http_endpoint.h"

namespace kyc {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr char kServer[] = R"py(
import http.server, os, socketserver, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *ignored): pass
    def say(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/score": self.say(b'{"score": %d}' % body.count(b"x"))
        elif self.path == "/pair": self.say(b'{"score": %d}' % (b'name="probe"; filename="a.jpg"' in body and b'name="reference"; filename="b.jpg"' in body))
        elif self.path == "/check": self.say(b'{"verdict": "review", "score": 0.5}' if b'name="document"' in body and b'name="selfie"' in body else b"{}")
        elif self.path == "/chunked":
            self.send_response(200); self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
            for part in (b'{"sco', b're": 0.2', b"5}"): self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        elif self.path == "/close": self.wfile.write(b'HTTP/1.1 200 OK\r\n\r\n{"score": 3}'); self.close_connection = True
        elif self.path == "/failure": self.say(b'{"failure": "too dark"}')
        elif self.path == "/error": self.say(b"oops", 503)
        elif self.path == "/redirect": self.say(b'{"score": 1}', 302)
        elif self.path == "/hang": time.sleep(30)
        elif self.path == "/drip":
            self.send_response(200); self.send_header("Content-Length", "100"); self.end_headers()
            while True: self.wfile.write(b" "); self.wfile.flush(); time.sleep(0.05)
        elif self.path == "/crash": os._exit(1)
        elif self.path == "/drop": self.close_connection = True
        elif self.path == "/garbage": self.wfile.write(b"\x00\xff" * 500 + b"\n"); self.close_connection = True
        elif self.path == "/endless": self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"a: " + b"b" * 100000); self.close_connection = True
        elif self.path == "/large": self.say(b'{"score": 1, "x": "' + b"y" * 100000 + b'"}')
        elif self.path == "/short": self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"score": 1}'); self.close_connection = True
        elif self.path == "/nan": self.say(b'{"score": NaN}')
        elif self.path == "/text": self.say(b'{"score": "0.5"}')
        elif self.path == "/array": self.say(b"[0.5]")
        elif self.path == "/perhaps": self.say(b'{"verdict": "perhaps"}')
        else: self.say(b"{}")
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
server = Server(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".new", "w") as out: out.write(str(server.server_address[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
)py";

class Endpoint : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "kyc_endpoint_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    std::ofstream(folder_ / "server.py") << kServer;
    std::ofstream(folder_ / "a.jpg") << "xxx";
    std::ofstream(folder_ / "b.jpg") << std::string(3'000'000, 'x');
    const std::string script = (folder_ / "server.py").string();
    const std::string port_file = (folder_ / "port").string();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::execlp("python3", "python3", script.c_str(), port_file.c_str(), static_cast<char*>(nullptr));
      ::_exit(127);
    }
    for (int i = 0; i < 600 && !fs::exists(port_file); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ASSERT_TRUE(fs::exists(port_file));
    base_ = "http://127.0.0.1:" + read_text_file(port_file);
  }
  void TearDown() override {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    fs::remove_all(folder_);
  }

  ExternalAnswer ask(const std::string& path, AnswerKind kind = AnswerKind::Score, double limit_s = 20) {
    const std::vector<NamedFile> files{{"file", folder_ / "a.jpg"}};
    return ask_http(parse_http_url(base_ + path), files, kind, limit_s);
  }
  std::string why(const std::string& path, AnswerKind kind = AnswerKind::Score, double limit_s = 20) {
    const ExternalAnswer answer = ask(path, kind, limit_s);
    return answer ? "an answer" : answer.reason().reason;
  }

  fs::path folder_;
  pid_t pid_ = -1;
  std::string base_;
};

TEST_F(Endpoint, ScoresFilesPairsAndWholeChecks) {
  ExternalSystem detector(base_ + "/score", AnswerKind::Score, {"file"}, {}, 2);
  const auto scores = detector.ask({{folder_ / "a.jpg"}, {folder_ / "b.jpg"}, {folder_ / "a.jpg"}});
  EXPECT_EQ(scores[0]->score, 3);
  EXPECT_EQ(scores[1]->score, 3'000'000);  // sent whole
  EXPECT_EQ(scores[2]->score, 3);
  EXPECT_GT(scores[0]->seconds, 0);
  ExternalSystem recogniser(base_ + "/pair", AnswerKind::Score, {"probe", "reference"});
  EXPECT_EQ(recogniser.ask({{folder_ / "a.jpg", folder_ / "b.jpg"}}).front()->score, 1);
  ExternalSystem check(base_ + "/check", AnswerKind::Decision, {"document", "selfie"});
  const auto decision = check.ask({{folder_ / "a.jpg", folder_ / "b.jpg"}});
  EXPECT_EQ(decision.front()->verdict, "review");
  EXPECT_EQ(decision.front()->score, 0.5);
}

TEST_F(Endpoint, AnswersInPiecesAndWithoutLengthAreUnderstood) {
  EXPECT_EQ(ask("/chunked")->score, 0.25);
  EXPECT_EQ(ask("/close")->score, 3);
}

TEST_F(Endpoint, WhatIsNoAnswerIsAFailureWithItsReason) {
  EXPECT_EQ(why("/failure"), "no answer: too dark");
  EXPECT_EQ(why("/error"), "the endpoint answered with status 503");
  EXPECT_EQ(why("/redirect"), "the endpoint answered with status 302");
  EXPECT_EQ(why("/nothing"), "the answer has no score");
  EXPECT_EQ(why("/nan"), "the answer is no JSON object");
  EXPECT_EQ(why("/text"), "the answer's score is no number");
  EXPECT_EQ(why("/array"), "the answer is no JSON object");
  EXPECT_THAT(why("/perhaps", AnswerKind::Decision), HasSubstr("not accepted, rejected or review"));
  EXPECT_THAT(why("/score", AnswerKind::Decision), HasSubstr("not accepted, rejected or review"));
}

TEST_F(Endpoint, HostileAnswersEndTheExchangeAndNothingElse) {
  EXPECT_THAT(why("/garbage"), HasSubstr("no HTTP answer"));
  EXPECT_EQ(why("/endless"), "the head of the answer is larger than 16 KiB");
  EXPECT_EQ(why("/large"), "the answer is larger than 64 KiB");
  EXPECT_EQ(why("/short"), "the answer ends too early");
  EXPECT_EQ(why("/drop"), "the endpoint closed the connection without an answer");
}

TEST_F(Endpoint, SilenceAndDrippingEndAtTheLimitOfTime) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(why("/hang", AnswerKind::Score, 0.5), "the endpoint gave no answer within 0.5 s");
  EXPECT_EQ(why("/drip", AnswerKind::Score, 0.5), "the endpoint gave no answer within 0.5 s");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST_F(Endpoint, OneThatCrashesFailsEveryQuestionAfterwardsAndTheRunGoesOn) {
  ExternalSystem system(base_ + "/crash", AnswerKind::Score, {"file"});
  const auto answers = system.ask({{folder_ / "a.jpg"}, {folder_ / "a.jpg"}});
  EXPECT_FALSE(answers[0].has_value());
  EXPECT_FALSE(answers[1].has_value());  // refused, or reset while the process still goes
  const auto record = system.record();
  EXPECT_EQ(record[1], (std::pair<std::string, std::string>("questions", "2")));
  EXPECT_EQ(record.back().first, "unanswered");
}

TEST_F(Endpoint, AFileThatIsNotThereIsAMistakeOfTheUser) {
  ExternalSystem system(base_ + "/score", AnswerKind::Score, {"file"});
  EXPECT_THROW((void)system.ask({{folder_ / "nowhere"}}), Error);
}

TEST(ParseHttpUrl, TakesHostPortAndPath) {
  const HttpEndpoint plain = parse_http_url("http://example.org");
  EXPECT_EQ(plain.host + " " + plain.port + " " + plain.path, "example.org 80 /");
  const HttpEndpoint full = parse_http_url("http://localhost:8000/a/b?c=d");
  EXPECT_EQ(full.host + " " + full.port + " " + full.path, "localhost 8000 /a/b?c=d");
  const HttpEndpoint v6 = parse_http_url("http://[::1]:81/x");
  EXPECT_EQ(v6.host + " " + v6.port + " " + v6.path, "::1 81 /x");
}

TEST(ParseHttpUrl, RefusesWhatItCanNotAsk) {
  for (const char* url : {"http://",
                          "http://:80/",
                          "ftp://a/",
                          "http://a:0/",
                          "http://a:70000/",
                          "http://a:b/",
                          "http://me:secret@a/",
                          "http://a/b c",
                          "http://a/\r\nX: y",
                          "http://[::1/"})
    EXPECT_THROW((void)parse_http_url(url), Error) << url;
  try {
    (void)parse_http_url("https://a/");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
  }
}

TEST(ExternalSystem, KnowsItsSpecs) {
  EXPECT_TRUE(is_external("program:cat"));
  EXPECT_TRUE(is_external("http://a/"));
  EXPECT_FALSE(is_external("fr_feature"));
  EXPECT_FALSE(is_external("onnx:a.json"));
  EXPECT_THROW(ExternalSystem("fr_feature", AnswerKind::Score, {"file"}), Error);
}

TEST(ExternalSystem, ProgramsAreAskedAboutSeveralFilesAtOnce) {
  ExternalSystem system("program:awk -F'\\t' '{ print $1 \"\\t\" length($2) - length($3) }'",
                        AnswerKind::Score,
                        {"probe", "reference"});
  const auto answers = system.ask({{"/abc", "/a"}, {"/a", "/abcd"}});
  EXPECT_EQ(answers[0]->score, 2);
  EXPECT_EQ(answers[1]->score, -3);
}

}  // namespace
}  // namespace kyc
