#include "kyc/service/evaluations.h"

#include <algorithm>
#include <charconv>

#include "kyc/service/http.h"

namespace kyc {
namespace {

// Word: letters, digits and "_-/.", so neither a flag nor "program:..." nor a path that leads out.
enum class Kind { Word, Whole, Share };

struct Choice {
  const char* protocol;
  const char* option;
  Kind kind;
};
constexpr Choice kChoices[] = {{"detection", "detector", Kind::Word},
                               {"detection", "species", Kind::Word},
                               {"detection", "calibrate", Kind::Word},
                               {"detection", "split", Kind::Word},
                               {"detection", "max-bpcer", Kind::Share},
                               {"detection", "frames", Kind::Whole},
                               {"detection", "robustness", Kind::Whole},
                               {"liveness", "detector", Kind::Word},
                               {"liveness", "species", Kind::Word},
                               {"liveness", "calibrate", Kind::Word},
                               {"liveness", "split", Kind::Word},
                               {"liveness", "max-bpcer", Kind::Share},
                               {"liveness", "frames", Kind::Whole},
                               {"verification", "split", Kind::Word},
                               {"verification", "zero-effort", Kind::Whole},
                               {"quality", "crop", Kind::Word},
                               {"quality", "size", Kind::Whole},
                               {"quality", "frames", Kind::Whole},
                               {"recognition", "model", Kind::Word},
                               {"recognition", "calibrate", Kind::Word},
                               {"recognition", "frames", Kind::Whole},
                               {"recognition", "max-non-mated", Kind::Whole},
                               {"demographics", "model", Kind::Word},
                               {"demographics", "threshold", Kind::Word},
                               {"morph", "model", Kind::Word},
                               {"morph", "threshold", Kind::Word},
                               {"morph", "frames", Kind::Whole}};

bool is_word(const std::string& text) {
  return !text.empty() && text.size() <= 100 && text.front() != '-' && text.find("..") == std::string::npos &&
         std::all_of(text.begin(), text.end(), [](char letter) {
           return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                  (letter >= '0' && letter <= '9') ||
                  std::string_view("_-/.").find(letter) != std::string_view::npos;
         });
}

template <typename Number>
bool is_number(const std::string& text, Number most) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() && end == text.data() + text.size() && value >= 0 && value <= most;
}

bool fits(Kind kind, const std::string& value) {
  switch (kind) {
    case Kind::Word:
      return is_word(value);
    case Kind::Whole:
      return is_number<std::int64_t>(value, 100'000'000);
    case Kind::Share:
      return is_number<double>(value, 1);
  }
  return false;
}

}  // namespace

void check_evaluation(const std::string& protocol, const EvaluationChoices& options) {
  std::string known;
  bool found = false;
  for (const Choice& each : kChoices) {
    found = found || protocol == each.protocol;
    if (known.ends_with(each.protocol)) continue;
    known += (known.empty() ? "" : ", ") + std::string(each.protocol);
  }
  if (!found) throw HttpError(422, "invalid_field", "protocol: expected one of " + known, "protocol");
  for (const auto& [name, value] : options) {
    const auto* choice =
        std::find_if(std::begin(kChoices), std::end(kChoices), [&, &name = name](const Choice& each) {
          return protocol == each.protocol && name == each.option;
        });
    if (choice == std::end(kChoices))
      throw HttpError(
          422, "invalid_field", "options: " + protocol + " has no option of this name", "options");
    if (!fits(choice->kind, value))
      throw HttpError(422,
                      "invalid_field",
                      std::string("options: ") + choice->option + ": not a value that it takes",
                      "options");
  }
}

std::vector<std::string> evaluation_command(const ServiceState& state,
                                            const std::filesystem::path& dataset,
                                            const std::string& protocol,
                                            const EvaluationChoices& options,
                                            const std::filesystem::path& report) {
  std::vector<std::string> words = {"evaluate",
                                    protocol,
                                    "--data",
                                    dataset.string(),
                                    "--out",
                                    report.string(),
                                    "--models",
                                    state.options.models.string(),
                                    "--jobs",
                                    "1",
                                    "--quiet"};
  for (const auto& [name, value] : options) {
    words.push_back("--" + name);
    words.push_back(value);
  }
  return words;
}

std::filesystem::path report_folder(const ServiceState& state, const std::string& job_id) {
  return state.options.data / "evaluations" / job_id;
}

}  // namespace kyc
