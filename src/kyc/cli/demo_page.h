// The web page that `kyclops demo` leaves behind.
#pragma once

#include <string>
#include <vector>

namespace kyc::cli {

// One verification of the demo as the page shows it.
struct DemoResult {
  std::string document;  // name
  std::string selfie;    // name
  std::string picture;   // summary sheet, relative to the page
  std::string expected;  // "accepted" or "rejected"; for attempts the reason code
  std::string verdict;
  std::string reason;  // the first one, for people; empty if accepted
  double similarity = 0;
  bool has_similarity = false;
  bool right = false;  // as expected
};

struct DemoReport {
  std::vector<std::string> documents;  // rows of the table
  std::vector<std::string> selfies;    // columns of the table
  std::vector<DemoResult> pairs;       // documents x selfies, but for pairs of one file
  std::vector<DemoResult> attempts;
  double similarity_threshold = 0;
  std::string threshold_provenance;
  std::string version;
  std::vector<std::string> lead;  // sentences on the attacked verification, with a link to report/
  std::string sections;           // HTML of further sections, after the attempts
};

// Self-contained but for the pictures, which lie beside it.
std::string demo_page(const DemoReport& report);

// Text as HTML shows it literally.
std::string escape_html(const std::string& text);

}  // namespace kyc::cli
