// kyclops document read: what the machine readable zone of documents says, and whether its check digits hold.

#include <chrono>
#include <cstdio>
#include <filesystem>

#include "kyc/cli/commands.h"
#include "kyc/cli/face_output.h"
#include "kyc/cli/inputs.h"
#include "kyc/core/error.h"
#include "kyc/document/mrz_reader.h"
#include "kyc/image/codec.h"

namespace kyc::cli {
namespace {

namespace fs = std::filesystem;

struct DocumentReadFlags {
  std::vector<std::string> paths;
  std::string strips;
};

Json date_json(const std::optional<MrzDate>& date) {
  return date ? Json(to_string(*date)) : Json(nullptr);
}

Json mrz_json(const fs::path& path, const MrzReading& reading) {
  const Mrz& mrz = reading.mrz;
  Json checks = Json::array();
  for (const MrzCheck& check : mrz.checks)
    checks.push_back({{"field", check.field},
                      {"found", std::string(1, check.found)},
                      {"expected", std::string(1, check.expected)},
                      {"valid", check.valid()}});
  return {{"path", path.string()},
          {"found", true},
          {"format", to_string(mrz.format)},
          {"lines", reading.lines},
          {"document_code", mrz.document_code},
          {"issuer", mrz.issuer},
          {"document_number", mrz.document_number},
          {"nationality", mrz.nationality},
          {"surname", mrz.surname},
          {"given_names", mrz.given_names},
          {"date_of_birth", date_json(mrz.date_of_birth)},
          {"date_of_expiry", date_json(mrz.date_of_expiry)},
          {"sex", std::string(1, mrz.sex)},
          {"optional_data", mrz.optional_data},
          {"optional_data_2", mrz.optional_data_2},
          {"checks", std::move(checks)},
          {"checks_valid", mrz.checks_valid()},
          {"confidence", reading.confidence},
          {"fit", reading.fit},
          {"corrected_cells", reading.corrected.size()}};
}

void print_mrz(const fs::path& path, const MrzReading& reading) {
  const Mrz& mrz = reading.mrz;
  std::printf("%s  %s", path.string().c_str(), to_string(mrz.format));
  if (reading.corrected.empty())
    std::printf("\n");
  else
    std::printf("  (%zu look-alikes corrected by check digits)\n", reading.corrected.size());
  for (const std::string& line : reading.lines) std::printf("  %s\n", line.c_str());
  const auto row = [](const char* name, const std::string& value) {
    std::printf("  %-16s %s\n", name, value.empty() ? "-" : value.c_str());
  };
  const auto date = [](const std::optional<MrzDate>& value) {
    return value ? to_string(*value) : std::string("no date");
  };
  row("document", mrz.document_code + " of " + mrz.issuer);
  row("number", mrz.document_number);
  row("surname", mrz.surname);
  row("given names", mrz.given_names);
  row("nationality", mrz.nationality);
  row("born", date(mrz.date_of_birth));
  row("valid until", date(mrz.date_of_expiry));
  std::string wrong;
  for (const MrzCheck& check : mrz.checks)
    if (!check.valid()) wrong += (wrong.empty() ? "" : ", ") + check.field;
  row("check digits", wrong.empty() ? "all hold" : "wrong: " + wrong);
}

int read(const DocumentReadFlags& options, const GlobalOptions& global) {
  const MrzReader reader(ModelManifest(global.models), {.threads = jobs_of(global)});
  const MrzDate day = date_of(std::chrono::system_clock::now());
  if (!options.strips.empty()) fs::create_directories(options.strips);
  bool failed = false;
  bool all_hold = true;
  for (const Input& input : inputs_of(options.paths)) {
    try {
      if (input.kind != InputKind::Picture)
        throw Error(ErrorCode::InvalidArgument,
                    input.kind == InputKind::Clip ? input.path.string() + ": a clip; a picture was expected"
                                                  : problem_of(input));
      const std::optional<MrzReading> reading = reader.read(read_image(input.path), day);
      all_hold = all_hold && reading && reading->mrz.checks_valid();
      if (reading && !options.strips.empty())
        write_image(fs::path(options.strips) / (input.path.stem().string() + ".png"), reading->strip);
      if (global.json)
        std::printf(
            "%s\n",
            (reading ? mrz_json(input.path, *reading) : Json{{"path", input.path.string()}, {"found", false}})
                .dump()
                .c_str());
      else if (reading)
        print_mrz(input.path, *reading);
      else
        std::printf("%s  no machine readable zone was found\n", input.path.string().c_str());
    } catch (const Error& error) {
      failed = true;
      if (global.json) std::printf("%s\n", failure_to_json(input.path, error).dump().c_str());
      std::fprintf(stderr, "kyclops: %s\n", error.what());
    }
  }
  if (failed) return kBadInput;
  return all_hold ? kDone : kAnswerIsNo;
}

}  // namespace

void add_document_read(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* command = noun(app, "document", "Identity documents")
                     ->add_subcommand("read", "Read the machine readable zone (ICAO Doc 9303) off pictures");
  auto options = std::make_shared<DocumentReadFlags>();
  command->add_option("paths", options->paths, "Pictures, and folders of them")->required();
  command->add_option("--strips", options->strips, "Folder for the zones that were found, as pictures");
  command->callback(
      [options, &global, &chosen] { chosen.run = [options, &global] { return read(*options, global); }; });
}

}  // namespace kyc::cli
