// Signals of numeric, boolean and datetime columns.
#pragma once

#include <vector>

#include "driftline/drift/evidence.hpp"
#include "driftline/drift/numeric_pair.hpp"

namespace driftline {

/// far_out, out_of_range, constant, mean_shift, spread_change, distinct_ratio, those of them that are defined.
std::vector<Signal> numeric_signals(const NumericPair& pair);

}  // namespace driftline
