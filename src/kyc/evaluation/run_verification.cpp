#include "kyc/evaluation/run_verification.h"

#include <chrono>
#include <cmath>
#include <map>
#include <mutex>
#include <string>

#include <stdlib.h>

#include "kyc/core/error.h"
#include "kyc/core/parallel.h"
#include "kyc/image/codec.h"
#include "kyc/verification/decide.h"

namespace kyc {
namespace {

constexpr int kDocumentFrames = 7;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct AnalyzedDocument {
  DocumentAnalysis analysis;
  double seconds = 0;
};

AnalyzedDocument analyze(const VerificationEngine& engine,
                         const Dataset& dataset,
                         const Reference& reference) {
  const std::filesystem::path file = dataset.file_of(dataset.samples[reference.sample]);
  AnalyzedDocument out;
  auto start = Clock::now();
  if (reference.frame) {
    const Image frame = document_frame(engine, file);
    start = Clock::now();  // choosing it is no part of a verification
    out.analysis = engine.analyze_document(frame);
  } else {
    out.analysis = engine.analyze_document(file);
  }
  out.seconds = seconds_since(start);
  out.analysis.picture = {};  // megabytes that no decision needs
  out.analysis.portrait = {};
  return out;
}

DecisionTrial trial_of(const Attempt& attempt,
                       const Reference& reference,
                       const Sample& probe,
                       const Decision& decision,
                       double seconds) {
  DecisionTrial out;
  out.kind = attempt.kind;
  out.selfie = attempt.labels;
  out.claimed = attempt.claimed;
  out.reference = reference.id;
  out.probe = probe.id;
  out.verdict = to_string(decision.verdict);
  for (const Reason& reason : decision.reasons) out.reasons.push_back(reason.code);
  for (const Signal& signal : decision.signals) {
    if (signal.state == SignalState::Fail) out.failed.push_back(signal.name);
    if (signal.name == "similarity") out.similarity = signal.value;
    if (signal.name == "attack_score") out.attack_score = signal.value;
  }
  out.seconds = seconds;
  return out;
}

}  // namespace

Image document_frame(const VerificationEngine& engine, const std::filesystem::path& clip) {
  std::vector<Image> frames = frames_of(clip, kDocumentFrames);
  if (frames.empty()) throw Error(ErrorCode::Corrupt, clip.string() + ": no frame can be decoded");
  std::size_t best = frames.size() / 2;
  double least = 1e9;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const DocumentAnalysis seen = engine.analyze_document(frames[i]);
    if (seen.faces.empty()) continue;
    const HeadPose& pose = seen.faces.front().pose;
    const double turned = std::abs(pose.yaw) + std::abs(pose.pitch);
    if (turned < least) {
      least = turned;
      best = i;
    }
  }
  return std::move(frames[best]);
}

std::vector<DecisionTrial> run_verification(const VerificationEngine& engine,
                                            const Dataset& dataset,
                                            const AttemptPlan& plan,
                                            Journal& journal,
                                            int jobs,
                                            const Progress& progress) {
  std::map<std::size_t, std::vector<std::size_t>> by_probe;  // attempts
  for (std::size_t i = 0; i < plan.attempts.size(); ++i) by_probe[plan.attempts[i].probe].push_back(i);
  const std::vector<std::pair<std::size_t, std::vector<std::size_t>>> probes(by_probe.begin(),
                                                                             by_probe.end());

  std::vector<AnalyzedDocument> documents(plan.references.size());
  parallel_for(documents.size(), jobs, [&](std::size_t i, int) {
    documents[i] = analyze(engine, dataset, plan.references[i]);
  });

  const VerificationThresholds thresholds = thresholds_of(engine);
  std::vector<DecisionTrial> out(plan.attempts.size());
  std::mutex mutex;
  std::uint64_t done = 0;
  parallel_for(probes.size(), jobs, [&](std::size_t p, int) {
    const auto& [probe, attempts] = probes[p];
    const Sample& sample = dataset.samples[probe];
    std::vector<DecisionTrial> trials;
    if (const auto known = journal.find(sample.id)) {
      trials = decisions_of_csv(*known, "journal");
    } else {
      const auto start = Clock::now();
      const SelfieAnalysis selfie = engine.analyze_selfie(dataset.file_of(sample));
      const double seconds = seconds_since(start);
      for (const std::size_t i : attempts) {
        const Attempt& attempt = plan.attempts[i];
        const AnalyzedDocument& document = documents[attempt.reference];
        const Decision decision = decide(document.analysis, selfie, engine.policy(), thresholds);
        trials.push_back(trial_of(
            attempt, plan.references[attempt.reference], sample, decision, document.seconds + seconds));
      }
      journal.add(sample.id, decisions_csv(trials));
    }
    if (trials.size() != attempts.size())
      throw Error(ErrorCode::Internal, "journal: attempts of " + sample.id + " do not fit the plan");
    const std::lock_guard lock(mutex);
    for (std::size_t k = 0; k < attempts.size(); ++k) out[attempts[k]] = std::move(trials[k]);
    if (progress) progress(++done, probes.size());
  });
  return out;
}

namespace {

// A folder of our own that goes away.
class DocumentFolder {
 public:
  DocumentFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kyclops_documents_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw Error(ErrorCode::Unavailable, pattern + ": can not be made");
    path_ = pattern;
  }
  ~DocumentFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  DocumentFolder(const DocumentFolder&) = delete;
  DocumentFolder& operator=(const DocumentFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

std::vector<DecisionTrial> ask_verification(ExternalSystem& system,
                                            const VerificationEngine& engine,
                                            const Dataset& dataset,
                                            const AttemptPlan& plan,
                                            const Progress& progress) {
  const DocumentFolder folder;
  std::vector<std::filesystem::path> documents;
  for (const Reference& reference : plan.references) {
    const std::filesystem::path file = dataset.file_of(dataset.samples[reference.sample]);
    documents.push_back(std::filesystem::absolute(file));
    if (!reference.frame) continue;
    documents.back() = folder.path() / (std::to_string(documents.size()) + ".png");
    write_image(documents.back(), document_frame(engine, file));
  }
  std::vector<std::vector<std::filesystem::path>> questions;
  std::vector<DecisionTrial> out;
  for (const Attempt& attempt : plan.attempts) {
    const Sample& probe = dataset.samples[attempt.probe];
    questions.push_back({documents[attempt.reference], std::filesystem::absolute(dataset.file_of(probe))});
    DecisionTrial trial;
    trial.kind = attempt.kind;
    trial.selfie = attempt.labels;
    trial.claimed = attempt.claimed;
    trial.reference = plan.references[attempt.reference].id;
    trial.probe = probe.id;
    out.push_back(std::move(trial));
  }
  const std::vector<ExternalAnswer> answers = system.ask(questions, progress);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i]) {
      out[i].verdict = answers[i]->verdict;
      out[i].similarity = answers[i]->score;
      out[i].seconds = answers[i]->seconds;
    } else {
      out[i].failure = answers[i].reason().reason;
    }
  }
  return out;
}

}  // namespace kyc
