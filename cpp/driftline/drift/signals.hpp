// What happened to a column besides a change of its distribution.
#pragma once

#include <vector>

#include "driftline/drift/evidence.hpp"
#include "driftline/drift/numeric_pair.hpp"
#include "driftline/drift/row_weights.hpp"
#include "driftline/profile/profile.hpp"

namespace driftline {

/// The signals that apply to the column, in this order; both sides must have values and the same sort of summary.
///
/// Any kind: nulls (|difference of the shares of null or NaN|) and non_finite (rise of the share of infinities), of the
/// rows present. Numbers: far_out, out_of_range, mean_shift, spread_change. Categories: unseen, vanished, unless labels
/// were dropped. Where it is known: constant, distinct_ratio. docs/methods/signals.md has the null laws. O(summary).
/// `numbers` is the pair of both sides where both have numbers, else nullptr. Laws take rows for `weights` as many.
std::vector<Signal> find_signals(const ColumnProfile& reference, const ColumnProfile& current,
                                 const NumericPair* numbers, const RowWeights& weights = {});

}  // namespace driftline
