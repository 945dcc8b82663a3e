// Do the two sides hold as many distinct values as their sizes lead one to expect?
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "driftline/drift/evidence.hpp"

namespace driftline {

/// The counts of distinct values: all of them, or those of a uniform sample.
struct DistinctCounts {
  std::vector<std::uint64_t> counts;
  double n_distinct = 0.0;  ///< of the whole column; estimated where the counts are a sample
  std::uint64_t rows = 0;
};

/// value = |ln(current / reference)|; both sides as the number of distinct values that min(n, m) of their rows are
/// expected to hold (rarefaction: Hurlbert (1971), doi:10.2307/1934145), so a larger side is not at an advantage.
Signal distinct_ratio(const DistinctCounts& reference, const DistinctCounts& current);

}  // namespace driftline
