// The Kolmogorov–Smirnov distance between the two sides of a numeric column.
#pragma once

#include "driftline/drift/evidence.hpp"
#include "driftline/drift/gap_scan.hpp"
#include "driftline/drift/numeric_pair.hpp"

namespace driftline {

/// max |F − G| at the boundaries of the common cells, in [0, 1]; never above the distance of the rows.
///
/// certified_high is the largest |F − G| that rows could reach inside a cell. Where the two sides are stored at
/// different widths, rows near the end of a cell may round into the next one; the certified interval holds that too.
/// `scan` is that of the pair. Reference: Smirnov (1939); the bound is proved in docs/methods/ks.md.
Evidence ks(const NumericPair& pair, const GapScan& scan);

}  // namespace driftline
