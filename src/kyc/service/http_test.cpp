#include "kyc/service/http.h"

#include <gmock/gmock.h>

#include "kyc/service/uploads.h"
#include "kyc/service/webhook_client.h"

namespace kyc {
namespace {

using testing::ElementsAre;
using testing::Pair;

int status_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const HttpError& error) {
    return error.status;
  }
  return 0;
}

TEST(SplitTarget, DecodesPathAndQuery) {
  HttpRequest request;
  split_target("/v1/a%20b/c+d/?x=1&y=a+b%26&z&&=q", request);
  EXPECT_THAT(request.path, ElementsAre("v1", "a b", "c+d"));
  EXPECT_THAT(request.query, ElementsAre(Pair("x", "1"), Pair("y", "a b&"), Pair("z", ""), Pair("", "q")));
  HttpRequest root;
  split_target("/", root);
  EXPECT_TRUE(root.path.empty());
}

TEST(SplitTarget, RefusesWhatLeadsOutOrIsMalformed) {
  for (const char* target : {"",
                             "v1",
                             "http://x/",
                             "*",
                             "/a/../b",
                             "/%2e%2e/b",
                             "/a/.",
                             "/%",
                             "/%4",
                             "/%zz",
                             "/a%00b",
                             "/?a=%00"}) {
    HttpRequest request;
    EXPECT_EQ(status_of([&] { split_target(target, request); }), 400) << target;
  }
}

TEST(RangeOf, FollowsTheStandard) {
  const auto text = [](std::string_view header, std::uint64_t size) {
    const auto range = range_of(header, size);
    return range ? std::to_string(range->first) + "-" + std::to_string(range->last) : "whole";
  };
  EXPECT_EQ(text("bytes=0-0", 10), "0-0");
  EXPECT_EQ(text("bytes=2-", 10), "2-9");
  EXPECT_EQ(text("bytes=2-100", 10), "2-9");
  EXPECT_EQ(text("bytes=-3", 10), "7-9");
  EXPECT_EQ(text("bytes=-30", 10), "0-9");
  for (const char* ignored :
       {"", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "lines=1-2", "bytes=1-2,4-5", "bytes=1 -x"})
    EXPECT_EQ(text(ignored, 10), "whole") << ignored;
  EXPECT_EQ(text("bytes=99999999999999999999-", 10), "whole");
  for (const char* refused : {"bytes=10-", "bytes=10-20", "bytes=-0"})
    EXPECT_EQ(status_of([&] { static_cast<void>(range_of(refused, 10)); }), 416) << refused;
  EXPECT_EQ(status_of([] { static_cast<void>(range_of("bytes=0-", 0)); }), 416);
}

TEST(EtagMatches, ComparesEachTagOfTheList) {
  EXPECT_TRUE(etag_matches("\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("\"b\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(etag_matches("*", "\"a\""));
  EXPECT_FALSE(etag_matches("\"ab\"", "\"a\""));
  EXPECT_FALSE(etag_matches("", "\"a\""));
}

TEST(HttpRequest, FindsACookieByItsWholeName) {
  HttpRequest request;
  request.headers = {{"cookie", "a=1; kyclops_session=token; xkyclops_session=other"}};
  EXPECT_EQ(request.cookie("kyclops_session"), "token");
  EXPECT_EQ(request.cookie("session"), std::nullopt);
  EXPECT_EQ(HttpRequest().cookie("a"), std::nullopt);
}

TEST(SniffedType, TellsByContent) {
  const auto type = [](std::string_view text) {
    return sniffed_type({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}).value_or("none");
  };
  EXPECT_EQ(type("\xFF\xD8\xFF\xE0"), "image/jpeg");
  EXPECT_EQ(type(std::string_view("\x89PNG\r\n\x1A\n\0", 9)), "image/png");
  EXPECT_EQ(type("RIFF1234WEBPVP8 "), "image/webp");
  EXPECT_EQ(type("RIFF1234AVI LIST"), "video/x-msvideo");
  EXPECT_EQ(type(std::string_view("\0\0\0\x20"
                                  "ftypisom",
                                  12)),
            "video/mp4");
  EXPECT_EQ(type(std::string_view("\0\0\0\x14"
                                  "ftypqt  ",
                                  12)),
            "video/quicktime");
  EXPECT_EQ(type("\x1A\x45\xDF\xA3\x42\x82\x84webm"), "video/webm");
  EXPECT_EQ(type("\x1A\x45\xDF\xA3\x42\x82\x88matroska"), "video/x-matroska");
  for (const char* other : {"", "<html>", "GIF89a", "%PDF-1.4", "#EXTM3U", "PK\x03\x04", "<svg xmlns"})
    EXPECT_EQ(type(other), "none") << other;
}

TEST(ParseWebhookUrl, TakesAnAddressApart) {
  const WebhookUrl plain = parse_webhook_url("http://example.org/a?b=c");
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.host, "example.org");
  EXPECT_EQ(plain.port, "80");
  EXPECT_EQ(plain.path, "/a?b=c");
  const WebhookUrl sealed = parse_webhook_url("https://[2001:db8::1]:8443?x");
  EXPECT_TRUE(sealed.tls);
  EXPECT_EQ(sealed.host, "2001:db8::1");
  EXPECT_EQ(sealed.port, "8443");
  EXPECT_EQ(sealed.path, "/?x");
  for (const char* bad : {"",
                          "ftp://x/",
                          "http://",
                          "http:///a",
                          "http://u:p@x/",
                          "http://x:/",
                          "http://x:99999999/",
                          "http://x:8a/",
                          "http://x/a b",
                          "http://x/a\r\nX: y",
                          "http://x/#f",
                          "http://[::1/"})
    EXPECT_EQ(status_of([&] { parse_webhook_url(bad); }), 422) << bad;
}

}  // namespace
}  // namespace kyc
