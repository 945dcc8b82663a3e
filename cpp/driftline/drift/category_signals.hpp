// Signals of categorical columns.
#pragma once

#include <vector>

#include "driftline/drift/evidence.hpp"
#include "driftline/drift/row_weights.hpp"
#include "driftline/summary/category_counts.hpp"

namespace driftline {

/// unseen, vanished, constant, distinct_ratio; none where either side dropped labels.
std::vector<Signal> category_signals(const CategorySummary& reference, const CategorySummary& current,
                                     const SideWeights& weights = {});

/// The probability mass of labels that the rows of a side did not show, from f1 and f2, the labels seen once and twice:
/// about f1/n, and at most f1/n + (1.645 √(f1 + 2 f2 + 1) + 3)/n. A row that is worth `weight` independent ones adds
/// 1/weight to the variance.
/// Reference: Robbins (1968), doi:10.1214/aoms/1177698526; the margin was measured.
struct UnseenMass {
  double expected;
  double bound;
};
UnseenMass unseen_mass(const CategorySummary& side, double weight = 1.0);

}  // namespace driftline
