// Pearson's chi-square statistic of homogeneity.
#pragma once

#include <memory>

#include "driftline/drift/evidence.hpp"

namespace driftline {

/// Σ (observed − expected)² / expected over both sides; bins that expect fewer than 5 rows on a side are pooled.
///
/// The statistic grows with the number of rows, so tolerances are not judged: p_above and p_below are 1. Cramér's V, in
/// [0, 1], does not. Reference: Pearson (1911), doi:10.1093/biomet/8.1-2.250.
Evidence chi_square(std::shared_ptr<const BinTable> table);

}  // namespace driftline
