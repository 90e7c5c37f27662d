// Which method made a fake: agreement of predicted with true classes, where the predicted ones may be known
// classes or clusters without a name.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kyc {

// Labels are any numbers; sample i has true[i] and predicted[i].
// throws  Error{InvalidArgument} without samples or for sets of different sizes; here and below

// Share of samples whose predicted label is the true one.
double label_accuracy(std::span<const int> truth, std::span<const int> predicted);

// The same under the one-to-one mapping of predicted to true labels that makes it highest (Hungarian method).
// Samples of predicted labels that find no partner are wrong.
double mapped_accuracy(std::span<const int> truth, std::span<const int> predicted);

// Mutual information divided by the mean of both entropies (arithmetic, as scikit-learn): 1 for the same
// partition up to names, 0 for independent ones. 1 if both have a single class.
double normalized_mutual_information(std::span<const int> truth, std::span<const int> predicted);

// Adjusted Rand index (Hubert, Arabie 1985): 1 for the same partition, 0 on average by chance, may be
// negative.
double adjusted_rand_index(std::span<const int> truth, std::span<const int> predicted);

}  // namespace kyc
