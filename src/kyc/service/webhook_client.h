// Internal to service/: one POST to somebody else's server.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace kyc {

struct WebhookUrl {
  bool tls = false;
  std::string host;
  std::string port;
  std::string path;  // with the query
};
// Only http and https, without user names or fragments. throws  HttpError 422
WebhookUrl parse_webhook_url(const std::string& url);

// returns  the answer's status; 0: no connection, a certificate that is not good, no answer in time, or an
// address of a
//          private network where those are not allowed
int send_webhook(const WebhookUrl& url,
                 const std::vector<std::pair<std::string, std::string>>& headers,
                 const std::string& body,
                 bool private_allowed,
                 std::chrono::milliseconds timeout);

}  // namespace kyc
