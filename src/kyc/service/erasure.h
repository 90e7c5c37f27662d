// Internal to service/: removing what people may want removed.
#pragma once

#include <string>
#include <vector>

#include "kyc/service/state.h"

namespace kyc {

// Within the caller's transaction; returns files to be removed after it.
std::vector<std::string> erase_person(ServiceState& state,
                                      Connection& connection,
                                      const std::string& account_id,
                                      const std::string& actor);
std::vector<std::string> erase_one_case(ServiceState& state,
                                        Connection& connection,
                                        const std::string& case_id,
                                        const std::string& actor);

// After the transaction: removes the files, and what the database still has of deleted rows in its log.
void finish_erasure(ServiceState& state, const std::vector<std::string>& files);

struct RetentionResult {
  std::uint64_t expired_cases = 0;
  std::uint64_t documents = 0;
  std::uint64_t selfies = 0;
  std::uint64_t evidence = 0;
  std::uint64_t case_records = 0;
  std::uint64_t files_swept = 0;
};
// What is older than the options say. Everything it removes is in the audit log.
RetentionResult apply_retention(ServiceState& state);

}  // namespace kyc
