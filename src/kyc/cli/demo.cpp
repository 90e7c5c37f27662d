// kyclops demo: the main job on the sample media. Every document is verified against every selfie, then the
// attempts to cheat; a table on the terminal, a page with the evidence, and exit code 1 if any verdict is
// wrong.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "kyc/cli/commands.h"
#include "kyc/cli/demo_attack.h"
#include "kyc/cli/demo_dataset.h"
#include "kyc/cli/demo_media.h"
#include "kyc/cli/demo_page.h"
#include "kyc/cli/detector_effect.h"
#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/verification/record.h"

namespace kyc::cli {
namespace {

struct DemoOptions {
  std::string out = "demo";
  std::string samples;
};

struct AnalyzedSelfie {
  DemoSelfie sample;
  SelfieAnalysis analysis;
};

// The clip of person B lasts 200 s; four frames a second show as much of it as the default five, and cost
// less.
VerificationPolicy demo_policy() {
  VerificationPolicy policy;
  policy.analysis_rate_hz = 4;
  return policy;
}

DemoResult summarize(const VerificationRecord& record,
                     const std::string& document,
                     const std::string& selfie,
                     const std::filesystem::path& folder,
                     const std::string& file) {
  // JPEG: fifty sheets of photos are 5 MB that way, and 40 MB as PNG.
  write_image(folder / file, evidence_summary(record));
  DemoResult result;
  result.document = document;
  result.selfie = selfie;
  result.picture = "evidence/" + file;
  result.verdict = to_string(record.decision.verdict);
  if (!record.decision.reasons.empty()) result.reason = record.decision.reasons.front().message;
  for (const Signal& signal : record.decision.signals)
    if (signal.name == "similarity" && signal.value) {
      result.similarity = *signal.value;
      result.has_similarity = true;
    }
  return result;
}

std::vector<DemoResult> run_pairs(const VerificationEngine& engine,
                                  const std::vector<DemoDocument>& documents,
                                  const std::vector<AnalyzedSelfie>& selfies,
                                  const std::filesystem::path& folder,
                                  const Progress& progress) {
  std::vector<DemoResult> out;
  std::uint64_t done = 0;
  for (const DemoDocument& document : documents) {
    const DocumentAnalysis analysis = engine.analyze_document(document.picture);
    for (const AnalyzedSelfie& selfie : selfies) {
      if (progress) progress(++done, documents.size() * selfies.size());
      if (selfie.sample.origin == document.origin) continue;
      const VerificationRecord record =
          record_of(engine, document.name, analysis, selfie.sample.clip.string(), selfie.analysis);
      DemoResult result = summarize(record,
                                    document.name,
                                    selfie.sample.name,
                                    folder,
                                    "pair-" + std::to_string(out.size() + 1) + ".jpg");
      result.expected = document.person == selfie.sample.person ? "accepted" : "rejected";
      result.right = result.verdict == result.expected;
      out.push_back(std::move(result));
    }
  }
  return out;
}

// Every attempt comes with the document of the person it pretends to be.
std::vector<DemoResult> run_attempts(const VerificationEngine& engine,
                                     const DemoDocument& document,
                                     const std::vector<DemoAttempt>& attempts,
                                     const std::filesystem::path& folder,
                                     int jobs) {
  std::vector<DemoResult> out;
  const DocumentAnalysis analysis = engine.analyze_document(document.picture);
  for (const DemoAttempt& attempt : attempts) {
    const VerificationRecord record = record_of(
        engine, document.name, analysis, attempt.name + ".mp4", engine.analyze_selfie(attempt.clip, jobs));
    DemoResult result =
        summarize(record, document.name, attempt.description, folder, "attempt-" + attempt.name + ".jpg");
    result.expected = attempt.reason;
    const auto& reasons = record.decision.reasons;
    result.right = record.decision.verdict == Verdict::Rejected &&
                   std::any_of(reasons.begin(), reasons.end(), [&](const Reason& r) {
                     return r.code == attempt.reason;
                   });
    out.push_back(std::move(result));
  }
  return out;
}

void print_table(const DemoReport& report) {
  std::printf("\n%-28s", "document \\ selfie");
  for (const std::string& selfie : report.selfies) std::printf("%-22s", selfie.c_str());
  std::printf("\n");
  for (const std::string& document : report.documents) {
    std::printf("%-28s", document.c_str());
    for (const std::string& selfie : report.selfies) {
      std::string cell = "(same file)";
      for (const DemoResult& pair : report.pairs)
        if (pair.document == document && pair.selfie == selfie) {
          char text[64];
          std::snprintf(text,
                        sizeof(text),
                        "%-9s %5.2f%s",
                        pair.verdict.c_str(),
                        pair.similarity,
                        pair.right ? "" : " WRONG");
          cell = text;
        }
      std::printf("%-22s", cell.c_str());
    }
    std::printf("\n");
  }
  std::printf("\nattempts to cheat\n");
  for (const DemoResult& attempt : report.attempts)
    std::printf("  %-54s %-9s %s%s\n",
                attempt.selfie.c_str(),
                attempt.verdict.c_str(),
                attempt.reason.c_str(),
                attempt.right ? "" : ("  WRONG: expected " + attempt.expected).c_str());
}

int run_demo(const DemoOptions& options, const GlobalOptions& global) {
  const std::filesystem::path out = options.out;
  const std::filesystem::path evidence = out / "evidence";
  const std::filesystem::path samples = options.samples.empty()
                                            ? std::filesystem::path(global.models).parent_path() / "samples"
                                            : std::filesystem::path(options.samples);
  std::filesystem::create_directories(evidence);

  const ModelManifest models(global.models);
  const VerificationEngine engine(models, demo_policy());
  const int jobs = jobs_of(global);
  std::vector<AnalyzedSelfie> selfies;
  for (const DemoSelfie& selfie : demo_selfies(samples))
    selfies.push_back({selfie,
                       engine.analyze_selfie(
                           selfie.clip, jobs, progress_bar("selfie of " + selfie.name, "frames", global))});
  const std::vector<DemoDocument> documents = demo_documents(samples);

  DemoReport report;
  report.version = KYC_VERSION;
  for (const DemoDocument& document : documents) report.documents.push_back(document.name);
  for (const AnalyzedSelfie& selfie : selfies) report.selfies.push_back(selfie.sample.name);
  const VerificationThresholds thresholds = thresholds_of(engine);
  report.similarity_threshold = thresholds.same_person.value;
  report.threshold_provenance = thresholds.same_person.rate;
  report.pairs =
      run_pairs(engine, documents, selfies, evidence, progress_bar("documents and selfies", "pairs", global));
  report.attempts =
      run_attempts(engine, documents.at(1), make_demo_attempts(samples, out / "attempts"), evidence, jobs);
  const DemoDataset dataset = build_demo_dataset(samples, out, models, global);
  const Report attacked = attack_demo(samples, out, documents, global);
  for (const Sentence& sentence : attacked.summary) report.lead.push_back(sentence.text);
  report.sections += demo_dataset_html(dataset);
  write_text_file(out / "index.html", demo_page(report));

  print_table(report);
  const auto wrong = [](const std::vector<DemoResult>& results) {
    return std::count_if(results.begin(), results.end(), [](const DemoResult& r) { return !r.right; });
  };
  const auto failures =
      wrong(report.pairs) + wrong(report.attempts) + (dataset.whole && dataset.summary.failed == 0 ? 0 : 1);
  std::printf("\ndata set of attacks: %llu samples, %zu species of attack, %s, in %.0f s\n",
              static_cast<unsigned long long>(dataset.summary.samples),
              dataset.sheets.size(),
              dataset.whole ? "whole" : "NOT WHOLE",
              dataset.seconds);
  std::printf("\n%s: %zu verifications, %zu attempts, %td wrong\n",
              failures == 0 ? "demo passed" : "DEMO FAILED",
              report.pairs.size(),
              report.attempts.size(),
              failures);
  std::printf("\n%s\n", attacked.title.c_str());
  for (const Sentence& sentence : attacked.summary) std::printf("  %s\n", sentence.text.c_str());
  std::fputs(effect_text(attacked).c_str(), stdout);
  std::printf("\nopen %s to see who got in, and %s to see the evidence\n",
              (out / "report/index.html").string().c_str(),
              (out / "index.html").string().c_str());
  return failures == 0 ? kDone : kAnswerIsNo;
}

}  // namespace

void add_demo(App& app, const GlobalOptions& global, Chosen& chosen) {
  const auto options = std::make_shared<DemoOptions>();
  App* verb = app.add_subcommand("demo", "The main job on the sample media, with a page of evidence");
  verb->fallthrough();
  verb->add_option("--out", options->out, "Folder for index.html and the pictures")->capture_default_str();
  verb->add_option(
      "--samples", options->samples, "Folder of the sample media; default: samples/ beside the models");
  verb->callback([options, &global, &chosen] {
    chosen.run = [options, &global] { return run_demo(*options, global); };
  });
}

}  // namespace kyc::cli
