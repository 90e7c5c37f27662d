#include "kyc/verification/decide.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "kyc/verification/inquiry.h"

namespace kyc {
namespace {

// Linear interpolation between order statistics (the definition that R calls type 7). values: not empty.
double quantile(std::vector<double> values, double q) {
  assert(!values.empty());
  std::sort(values.begin(), values.end());
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

template <typename Get>
std::vector<double> column(const std::vector<SelfieObservation>& track, const Get& get) {
  std::vector<double> out;
  out.reserve(track.size());
  for (const SelfieObservation& observation : track) out.push_back(get(observation));
  return out;
}

double spread(const std::vector<double>& values) {
  return quantile(values, 0.95) - quantile(values, 0.05);
}

// The larger of the yaw and the pitch range; of each, what network and geometry agree on at least, so that
// the noise of one of them is not taken for movement.
double head_movement(const std::vector<SelfieObservation>& track) {
  const double yaw = std::min(
      spread(column(track, [](const auto& o) { return static_cast<double>(o.pose.yaw); })),
      spread(column(track, [](const auto& o) { return static_cast<double>(o.pose_geometric.yaw); })));
  const double pitch = std::min(
      spread(column(track, [](const auto& o) { return static_cast<double>(o.pose.pitch); })),
      spread(column(track, [](const auto& o) { return static_cast<double>(o.pose_geometric.pitch); })));
  return std::max(yaw, pitch);
}

// The lowest median of three comparable frames in a row: one blurred frame is no other person, three are.
std::optional<double> weakest_self_similarity(const std::vector<SelfieObservation>& track) {
  std::vector<double> values;
  for (const SelfieObservation& observation : track)
    if (observation.self_similarity) values.push_back(*observation.self_similarity);
  if (values.size() < 3) return std::nullopt;
  double weakest = 1;
  for (std::size_t i = 0; i + 3 <= values.size(); ++i)
    weakest = std::min(weakest, quantile({values[i], values[i + 1], values[i + 2]}, 0.5));
  return weakest;
}

void ask_document(Inquiry& inquiry,
                  const DocumentAnalysis& document,
                  const VerificationPolicy& policy,
                  const VerificationThresholds& thresholds) {
  inquiry.conclude(
      plain_signal("document_readable", "the document file is a picture", Effect::Reject),
      !document.unreadable,
      {"document_unreadable", "The document could not be read: " + document.unreadable.value_or("") + "."});

  const bool seen = !document.unreadable;
  const bool face = !document.faces.empty();
  Signal found =
      policy_signal("document_face", "faces found on the document", Effect::Reject, ">=", 1, "", "(fixed)");
  if (seen)
    inquiry.measure(found,
                    static_cast<double>(document.faces.size()),
                    {"document_no_face", "No face was found on the document."});
  else
    inquiry.note(found);

  Signal second = policy_signal("document_second_face",
                                "size of another person's face on the document, portrait = 1",
                                Effect::Reject,
                                "<",
                                policy.document_second_face,
                                "",
                                "document_second_face");
  // A ghost image (the portrait again, small or pale) is the same person, and says nothing.
  const bool other_person =
      document.second_face && document.second_face_similarity.value_or(-1) < thresholds.review.value;
  if (face)
    inquiry.measure(
        second,
        other_person ? *document.second_face : 0,
        {"document_two_faces", "The document shows faces of two people; it is not clear whose it is."});
  else
    inquiry.note(second);

  Signal size = policy_signal("document_face_size",
                              "distance of the eyes on the document",
                              Effect::Review,
                              ">=",
                              policy.document_min_inter_eye_px,
                              "px",
                              "document_min_inter_eye_px");
  if (face) {
    const double eyes = inter_eye_distance(document.faces.front().points);
    inquiry.measure(
        size,
        eyes,
        {"document_face_small",
         "The portrait on the document is small (" + number(eyes, 0) + " pixels between the eyes, wanted " +
             number(policy.document_min_inter_eye_px, 0) + ")."});
  } else {
    inquiry.note(size);
  }
}

void ask_selfie_file(Inquiry& inquiry, const SelfieAnalysis& selfie, const VerificationPolicy& policy) {
  inquiry.conclude(
      plain_signal("selfie_readable", "the selfie file is a clip", Effect::Reject),
      !selfie.unreadable,
      {"selfie_unreadable", "The selfie clip could not be read: " + selfie.unreadable.value_or("") + "."});
  const bool seen = !selfie.unreadable;

  Signal whole = plain_signal("selfie_undamaged", "the clip's data are complete and sound", Effect::Review);
  Signal frames = policy_signal("selfie_frames",
                                "frames that were analysed",
                                Effect::Reject,
                                ">=",
                                policy.min_frames,
                                "",
                                "min_frames");
  Signal duration = policy_signal("selfie_duration",
                                  "length of the clip",
                                  Effect::Reject,
                                  ">=",
                                  policy.min_duration_s,
                                  "s",
                                  "min_duration_s");
  Signal not_longer = policy_signal("selfie_not_too_long",
                                    "length of the clip up to which it is read",
                                    Effect::Reject,
                                    "<=",
                                    policy.max_duration_s,
                                    "s",
                                    "max_duration_s");
  if (!seen) {
    for (Signal& signal : {std::ref(whole), std::ref(frames), std::ref(duration), std::ref(not_longer)})
      inquiry.note(signal);
    return;
  }
  inquiry.conclude(whole,
                   selfie.damage.empty(),
                   {"selfie_damaged", "Part of the selfie clip is damaged: " + selfie.damage + "."});
  const bool single = selfie.frames_read <= 1;
  const Reason too_short =
      single ? Reason{"selfie_single_frame", "The selfie is a single picture, not a clip."}
             : Reason{"selfie_too_short",
                      "The selfie clip is too short (" + std::to_string(selfie.frames_analysed) +
                          " frames, " + number(selfie.duration_s, 1) + " s)."};
  const bool enough = selfie.frames_analysed >= policy.min_frames;
  inquiry.measure(frames, static_cast<double>(selfie.frames_analysed), too_short);
  // One cause, one reason: a clip that is short in both senses is named once.
  if (enough) {
    inquiry.measure(duration, selfie.duration_s, too_short);
  } else {
    duration.value = selfie.duration_s;
    duration.state = selfie.duration_s >= policy.min_duration_s ? SignalState::Pass : SignalState::Fail;
    inquiry.note(duration);
  }
  not_longer.value = selfie.duration_s;
  inquiry.conclude(
      not_longer,
      !selfie.cut_at_max_duration,
      {"selfie_too_long", "The selfie clip is longer than " + number(policy.max_duration_s, 0) + " s."});
}

void ask_selfie_faces(Inquiry& inquiry,
                      const SelfieAnalysis& selfie,
                      const VerificationPolicy& policy,
                      const VerificationThresholds& thresholds) {
  const auto analysed = static_cast<double>(selfie.frames_analysed);
  const bool face = !selfie.track.empty();

  Signal share = policy_signal("selfie_face",
                               "share of frames that show a face",
                               Effect::Reject,
                               ">=",
                               policy.min_face_share,
                               "",
                               "min_face_share");
  if (selfie.frames_analysed > 0)
    inquiry.measure(
        share,
        static_cast<double>(selfie.track.size()) / analysed,
        face ? Reason{"selfie_face_lost", "The face is out of view in too much of the selfie clip."}
             : Reason{"selfie_no_face", "No face was found in the selfie clip."});
  else
    inquiry.note(share);

  Signal size = policy_signal("selfie_face_size",
                              "distance of the eyes in the clip (median)",
                              Effect::Review,
                              ">=",
                              policy.selfie_min_inter_eye_px,
                              "px",
                              "selfie_min_inter_eye_px");
  Signal second = policy_signal("selfie_second_face",
                                "share of frames that show a second person",
                                Effect::Reject,
                                "<=",
                                policy.max_second_face_share,
                                "",
                                "max_second_face_share");
  Signal identity = plain_signal(
      "selfie_one_identity", "similarity of the clip's frames with each other (weakest)", Effect::Reject);
  identity.passes_when = ">=";
  identity.threshold = thresholds.review.value;
  identity.provenance = provenance(thresholds.review, thresholds.recogniser);
  if (!face) {
    for (Signal& signal : {std::ref(size), std::ref(second), std::ref(identity)}) inquiry.note(signal);
    return;
  }
  const double eyes = quantile(column(selfie.track, [](const auto& o) { return o.inter_eye_px; }), 0.5);
  inquiry.measure(
      size,
      eyes,
      {"selfie_face_small",
       "The face in the selfie clip is small (" + number(eyes, 0) + " pixels between the eyes, wanted " +
           number(policy.selfie_min_inter_eye_px, 0) + "): come closer."});
  inquiry.measure(second,
                  static_cast<double>(selfie.frames_with_second_face) / analysed,
                  {"selfie_second_face", "A second person is in the selfie clip."});
  if (const auto weakest = weakest_self_similarity(selfie.track))
    inquiry.measure(identity,
                    *weakest,
                    {"selfie_identity_change", "The person in the selfie clip changes while it runs."});
  else
    inquiry.note(identity);
}

// The two signals that speak most for an attack, in words.
std::string strongest(const AttackFinding& finding) {
  std::string out;
  int named = 0;
  for (const EvidenceSignal& signal : finding.signals)
    if (signal.contribution.value_or(0) > 0 && named++ < 2)
      out += (out.empty() ? "" : ", ") + signal.name + " " + number(signal.value, 2);
  return out;
}

void ask_deepfake(Inquiry& inquiry,
                  const SelfieAnalysis& selfie,
                  const VerificationPolicy& policy,
                  const VerificationThresholds& thresholds) {
  if (!thresholds.deepfake) return;
  Signal signal =
      plain_signal("deepfake_score",
                   "fused score of deepfake, injection and liveness detectors over the clip",
                   policy.deepfake_effect == to_string(Effect::Reject) ? Effect::Reject : Effect::Review);
  signal.passes_when = "<";
  signal.threshold = thresholds.deepfake->value;
  signal.provenance = provenance(*thresholds.deepfake, thresholds.deepfake_detector);
  if (!selfie.deepfake.finding) return inquiry.note(signal);
  const AttackFinding& finding = *selfie.deepfake.finding;
  const std::string reasons = strongest(finding);
  inquiry.measure(signal,
                  finding.score,
                  {"deepfake",
                   "The face in the selfie looks forged (score " + number(finding.score, 2) + ", limit " +
                       number(thresholds.deepfake->value, 2) +
                       (reasons.empty() ? "" : "; most of it: " + reasons) + ")."});
}

void ask_identity(Inquiry& inquiry,
                  const DocumentAnalysis& document,
                  const SelfieAnalysis& selfie,
                  const VerificationThresholds& thresholds) {
  Signal signal =
      plain_signal("similarity", "document portrait against the best selfie frames (median)", Effect::Reject);
  signal.passes_when = ">=";
  signal.threshold = thresholds.same_person.value;
  signal.provenance = provenance(thresholds.same_person, thresholds.recogniser);
  if (document.faces.empty() || selfie.best.empty()) return inquiry.note(signal);

  std::vector<double> similarities;
  for (const SelfieFrame& frame : selfie.best)
    similarities.push_back(compare(frame.probe, document.reference));
  const double similarity = quantile(similarities, 0.5);
  const bool doubtful = similarity < thresholds.same_person.value && similarity >= thresholds.review.value;
  if (doubtful) signal.effect = Effect::Review;
  const std::string figures =
      "(similarity " + number(similarity, 2) + ", needed " + number(thresholds.same_person.value, 2) + ")";
  inquiry.measure(
      signal,
      similarity,
      doubtful ? Reason{"similarity_doubtful",
                        "The person in the selfie may or may not be the one on the document " + figures + "."}
               : Reason{"different_person",
                        "The person in the selfie is not the one on the document " + figures + "."});
}

void ask_liveness(Inquiry& inquiry,
                  const SelfieAnalysis& selfie,
                  const VerificationPolicy& policy,
                  const VerificationThresholds& thresholds) {
  Signal attack =
      plain_signal("attack_score", "presentation-attack score over the clip (median)", Effect::Reject);
  attack.passes_when = "<";
  attack.threshold = thresholds.attack.value;
  attack.provenance = provenance(thresholds.attack, thresholds.attack_detector);
  Signal change = policy_signal("change",
                                "change of the face from frame to frame (mean luma difference)",
                                Effect::Reject,
                                ">=",
                                policy.min_change,
                                "",
                                "min_change");
  Signal movement = policy_signal("head_movement",
                                  "range of the head's turning or nodding",
                                  Effect::Review,
                                  ">=",
                                  policy.min_head_movement_deg,
                                  "deg",
                                  "min_head_movement_deg");
  if (selfie.track.empty()) {
    for (Signal& signal : {std::ref(attack), std::ref(change), std::ref(movement)}) inquiry.note(signal);
    return;
  }
  if (selfie.attack.finding) {
    const double score = selfie.attack.finding->score;
    inquiry.measure(attack,
                    score,
                    {"presentation_attack",
                     "The selfie looks like a picture or a screen held before the camera (attack score " +
                         number(score, 2) + ", limit " + number(thresholds.attack.value, 2) + ")."});
  } else {
    inquiry.note(attack);
  }
  if (selfie.change)
    inquiry.measure(change,
                    *selfie.change,
                    {"still_picture", "The selfie clip is a still picture: nothing moves in it."});
  else
    inquiry.note(change);
  if (selfie.track.size() >= 2) {
    const double degrees = head_movement(selfie.track);
    inquiry.measure(movement,
                    degrees,
                    {"no_head_movement",
                     "The head does not move in the selfie clip (" + number(degrees, 1) +
                         " degrees, wanted " + number(policy.min_head_movement_deg, 1) + ")."});
  } else {
    inquiry.note(movement);
  }
}

}  // namespace

VerificationThresholds thresholds_of(const VerificationEngine& engine) {
  const VerificationPolicy& policy = engine.policy();
  const AttackDetectorInfo* deepfake = engine.deepfake_detector();
  return {.same_person = threshold(engine.recogniser(), policy.similarity_threshold),
          .review = threshold(engine.recogniser(), policy.review_threshold),
          .attack = threshold(engine.attack_detector(), policy.attack_threshold),
          .deepfake = deepfake == nullptr ? std::nullopt
                                          : std::optional(threshold(*deepfake, policy.deepfake_threshold)),
          .recogniser = engine.recogniser().name,
          .attack_detector = engine.attack_detector().name,
          .deepfake_detector = deepfake == nullptr ? "" : deepfake->name};
}

Decision decide(const DocumentAnalysis& document,
                const SelfieAnalysis& selfie,
                const VerificationPolicy& policy,
                const VerificationThresholds& thresholds) {
  Inquiry inquiry;
  ask_document(inquiry, document, policy, thresholds);
  ask_zone(inquiry, document);
  ask_selfie_file(inquiry, selfie, policy);
  ask_selfie_faces(inquiry, selfie, policy, thresholds);
  ask_liveness(inquiry, selfie, policy, thresholds);
  ask_challenge(inquiry, selfie, policy.challenge, thresholds);
  ask_deepfake(inquiry, selfie, policy, thresholds);
  ask_identity(inquiry, document, selfie, thresholds);
  return std::move(inquiry).decision();
}

}  // namespace kyc
