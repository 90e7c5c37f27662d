// Presentation attack detection (ISO/IEC 30107-3:2023). Attack scores, higher = more likely an attack; a
// presentation is called an attack when score >= threshold; so is one of +infinity at every threshold. The
// same rates serve other attack detectors (deepfakes, morphs).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kyc/metrics/interval.h"

namespace kyc {

// Presentations of one attack instrument species, or of bona fide people.
struct Presentations {
  std::string species;            // "replay/tablet"; of bona fide ones: not used
  std::vector<double> scores;     // of the presentations that the system answered
  std::uint64_t no_response = 0;  // presentations that it did not answer
};

struct PresentationRates {
  std::string species;
  std::uint64_t responses = 0;
  std::uint64_t errors = 0;  // attacks called bona fide, or bona fide presentations called attacks
  double rate = 0;           // errors / responses: APCER or BPCER
  Interval interval;         // Clopper-Pearson, 95 %
  double no_response = 0;    // share of all presentations without answer: APNRR or BPNRR
};

struct PadRates {
  double threshold = 0;
  std::vector<PresentationRates> attacks;  // per species, in the order given: APCER, APNRR
  PresentationRates bona_fide;             // BPCER, BPNRR
  std::size_t worst = 0;  // index of the species with the highest APCER: the first of several
  double apcer() const { return attacks[worst].rate; }
  double bpcer() const { return bona_fide.rate; }
};

// throws  Error{InvalidArgument} without species, for a species twice, without answered presentations, or on
// a NaN;
//         here and below
PadRates pad_rates_at(std::span<const Presentations> attacks,
                      const Presentations& bona_fide,
                      double threshold);

// At the highest threshold at which no species' APCER is above max_apcer: there BPCER is lowest. BPCER10,
// BPCER20 and BPCER100 are bpcer() of the result for 0.1, 0.05 and 0.01.
PadRates bpcer_at_apcer(std::span<const Presentations> attacks,
                        const Presentations& bona_fide,
                        double max_apcer);

// Just above the highest bona fide score that must not be called an attack for BPCER to be at most max_bpcer:
// there every APCER is lowest.
PadRates apcer_at_bpcer(std::span<const Presentations> attacks,
                        const Presentations& bona_fide,
                        double max_bpcer);

// The mean of the worst species' APCER and of BPCER at that of the two thresholds around their crossing where
// they are closer; at the lower one if both are as close.
struct PadEqualErrorRate {
  double value = 0;
  PadRates nearest;
};
PadEqualErrorRate pad_equal_error_rate(std::span<const Presentations> attacks,
                                       const Presentations& bona_fide);

// Two figures of older papers, for comparison with these only: an average hides the species that gets
// through.
double acer(const PadRates& rates);  // (worst APCER + BPCER) / 2
double hter(const PadRates& rates);  // (share of all attacks called bona fide, species pooled, + BPCER) / 2

// Impostor attack presentation accept rate of a whole system (formerly IAPMR), per species: share of the
// attack presentations that the system accepts as the person attacked.
struct AttackAcceptance {
  std::string species;
  std::uint64_t attempts = 0;
  std::uint64_t accepted = 0;
};
struct ImpostorAttackRates {
  std::string species;
  double iapar = 0;
  Interval interval;  // Clopper-Pearson, 95 %
  double riapar = 0;  // IAPAR + FRR at the same setting
};

// frr     false reject rate of bona fide people at the same setting of the system, in [0, 1]
// throws  Error{InvalidArgument} if there are no attempts, or more accepted than tried
ImpostorAttackRates impostor_attack_rates(const AttackAcceptance& attacks, double frr);

}  // namespace kyc
