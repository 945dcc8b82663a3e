// Signals of numeric, boolean and datetime columns.
#pragma once

#include <vector>

#include "driftline/drift/evidence.hpp"
#include "driftline/summary/numeric_summary.hpp"

namespace driftline {

/// far_out, out_of_range, constant, mean_shift, spread_change, distinct_ratio, those of them that are defined. Both
/// sides need at least one value.
std::vector<Signal> numeric_signals(const NumericSummary& reference, const NumericSummary& current);

}  // namespace driftline
