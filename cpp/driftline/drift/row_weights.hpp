// What a row counts for when rows are not independent.
#pragma once

namespace driftline {

/// Independent rows that one row of a side is worth, in (0, 1]: 1 / design effect.
struct SideWeights {
  double reference = 1.0;
  double current = 1.0;
};

/// Rows that come in blocks (days, users) vary together, in each question by another factor. Values never depend on
/// weights, laws do: they take n and m as so many independent rows.
struct RowWeights {
  SideWeights shares;  ///< of bins, and of rows with some property
  SideWeights order;   ///< of the distribution function: ks, wasserstein and the like, mean_shift, spread_change
  SideWeights nulls;   ///< nulls and non_finite
};

}  // namespace driftline
