// kyclops verify: a document photo and a selfie clip, in; a decision with reasons, out.

#include <chrono>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "kyc/cli/commands.h"
#include "kyc/core/files.h"
#include "kyc/verification/record.h"

namespace kyc::cli {
namespace {

struct VerifyOptions {
  std::string document;
  std::string selfie;
  std::string policy;
  std::string evidence;
  std::string challenge;
  bool read_zone = false;
};

// Colours only for people: a terminal that did not ask for none (no-color.org).
struct Colours {
  bool on = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;

  std::string operator()(const char* code, const std::string& text) const {
    return on ? std::string("\033[") + code + "m" + text + "\033[0m" : text;
  }
};

std::string verdict_text(const Colours& colours, Verdict verdict) {
  switch (verdict) {
    case Verdict::Accepted:
      return colours("1;32", "ACCEPTED");
    case Verdict::Rejected:
      return colours("1;31", "REJECTED");
    case Verdict::Review:
      return colours("1;33", "REVIEW");
  }
  return "";
}

std::string state_text(const Colours& colours, SignalState state) {
  switch (state) {
    case SignalState::Pass:
      return colours("32", "pass        ");
    case SignalState::Fail:
      return colours("31", "FAIL        ");
    case SignalState::NotMeasured:
      return colours("33", "not measured");
  }
  return "";
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", value);
  return text;
}

// Lines of at most `width` characters, broken between words.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines{""};
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

// Where thresholds come from is told in words below the table: "fr_feature fmr_1e-3: FMR 1e-3 (95 % ..."
// becomes "fr_feature fmr_1e-3 [1]".
class Footnotes {
 public:
  std::string short_of(const std::string& provenance) {
    const std::size_t colon = provenance.find(": ");
    if (colon == std::string::npos) return provenance;
    notes_.push_back(provenance.substr(colon + 2));
    return provenance.substr(0, colon) + " [" + std::to_string(notes_.size()) + "]";
  }

  void print() const {
    if (!notes_.empty()) std::printf("\n");
    for (std::size_t i = 0; i < notes_.size(); ++i) {
      std::string mark = "[" + std::to_string(i + 1) + "]";
      for (const std::string& line : wrapped(notes_[i], 96)) {
        std::printf("  %-4s%s\n", mark.c_str(), line.c_str());
        mark.clear();
      }
    }
  }

 private:
  std::vector<std::string> notes_;
};

void print_record(const VerificationRecord& record) {
  const Colours colours;
  Footnotes footnotes;
  std::printf("%s\n", verdict_text(colours, record.decision.verdict).c_str());
  for (const Reason& reason : record.decision.reasons)
    std::printf("  %s  [%s]\n", reason.message.c_str(), reason.code.c_str());
  std::printf(
      "\n  %-22s %-12s %12s   %-14s %s\n", "signal", "state", "value", "passes when", "threshold from");
  for (const Signal& signal : record.decision.signals) {
    const std::string value =
        signal.value ? number(*signal.value) + (signal.unit.empty() ? "" : " " + signal.unit) : "-";
    const std::string limit = signal.threshold ? signal.passes_when + " " + number(*signal.threshold) : "";
    std::printf("  %-22s %s %12s   %-14s %s\n",
                signal.name.c_str(),
                state_text(colours, signal.state).c_str(),
                value.c_str(),
                limit.c_str(),
                footnotes.short_of(signal.provenance).c_str());
  }
  footnotes.print();
}

int run_verify(const VerifyOptions& options, const GlobalOptions& global) {
  const VerificationPolicy policy =
      options.policy.empty() ? VerificationPolicy{}
                             : policy_from_json(read_text_file(options.policy, 1 << 20), options.policy);
  VerificationRequest request;
  if (!options.challenge.empty())
    request.challenge = challenge_from_json(read_text_file(options.challenge, 1 << 20), options.challenge);
  if (options.read_zone) request.today = date_of(std::chrono::system_clock::now());
  const ModelManifest models(global.models);
  const VerificationEngine engine(models, policy, options.read_zone);
  const VerificationRecord record = verify(engine,
                                           options.document,
                                           options.selfie,
                                           jobs_of(global),
                                           progress_bar("selfie", "frames", global),
                                           request);
  if (!options.evidence.empty()) write_evidence(record, options.evidence);
  if (global.json)
    std::printf("%s\n", record_to_json(record).c_str());
  else
    print_record(record);
  return record.decision.verdict == Verdict::Accepted ? kDone : kAnswerIsNo;
}

}  // namespace

void add_verify(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<VerifyOptions>();
  App* verb =
      app.add_subcommand("verify", "Is the person in the selfie clip the one on the document, and there?");
  verb->fallthrough();
  verb->add_option(
          "--document", options->document, "Photo of a document, or a portrait (JPEG, PNG, BMP, WebP)")
      ->required();
  verb->add_option("--selfie", options->selfie, "Selfie clip (MP4, WebM, MOV, MKV, AVI)")->required();
  verb->add_option("--challenge",
                   options->challenge,
                   "JSON file of a challenge that the clip must follow; see kyclops challenge new");
  verb->add_flag("--read-zone", options->read_zone, "Also read the document's machine readable zone (MRZ)");
  verb->add_option("--policy", options->policy, "JSON file with other limits; see docs/verification.md");
  verb->add_option("--evidence", options->evidence, "Folder for decision.json and the pictures behind it");
  verb->footer("Exit code 0: accepted; 1: rejected or review; 3: a file is missing or the policy is wrong.");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_verify(*options, global); };
  });
}

}  // namespace kyc::cli
