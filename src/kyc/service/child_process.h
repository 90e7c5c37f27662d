// Internal to service/: this program again, for work that should not take the service with it when it fails.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace kyc {

struct ChildResult {
  int exit_code = 0;     // 128 + signal where one ended it
  bool stopped = false;  // by keep_going
  std::string errors;    // the end of what it wrote to stderr
};

// Runs "kyclops ARGUMENTS..." with stdin and stdout closed, at low priority. It does not outlive this
// process. keep_going  asked about five times a second; false: the child gets SIGTERM, and SIGKILL five
// seconds later throws      Error{Unavailable} it could not be started
ChildResult run_program(const std::vector<std::string>& arguments, const std::function<bool()>& keep_going);

}  // namespace kyc
