// Signals of categorical columns.
#pragma once

#include <vector>

#include "driftline/drift/evidence.hpp"
#include "driftline/summary/category_counts.hpp"

namespace driftline {

/// unseen, vanished, constant, distinct_ratio; none where either side dropped labels.
std::vector<Signal> category_signals(const CategorySummary& reference, const CategorySummary& current);

/// A bound of the probability mass of labels that `rows` rows did not show, from the labels seen once and twice:
/// f1/n + (1.645 √(f1 + 2 f2 + 1) + 3)/n. Reference: Robbins (1968), doi:10.1214/aoms/1177698526; the margin was measured.
double unseen_mass_bound(const CategorySummary& side);

}  // namespace driftline
