// The sampling law of PSI, KL, Jensen–Shannon and Hellinger: noncentral chi-square, kept honest where it fails.
#pragma once

#include <memory>

#include "driftline/drift/bins.hpp"
#include "driftline/drift/evidence.hpp"

namespace driftline {

/// Requires a method other than chi_square, total_variation and the distances on cells. The law speaks of the
/// divergence D of the true shares over the table's bins, for PSI and KL shrunk as with endless rows
/// (`limit_shrinkage`).
///
/// Near equal shares the estimate is u·χ²(B − 1, D/u), u = c (1/n + 1/m), c = 1 (psi), 1/2 (kl), 1/8 (hellinger², and
/// in nats jensen_shannon²). Three things are done where that fails.
///
/// Few bins may carry the change: u is raised until the law's variance is that of the delta method, and a little more.
///
/// A bin is sparse if it expects fewer than 2 rows on the smaller side. "Above" is tested with the sparse bins pooled,
/// which can only lower D ("pooled_noncentral_chi2"). "No change at all" pools bins that expect fewer than 5.
///
/// "Below" speaks of all bins: of all splits of D into a part in sparse and empty bins, which shows as a Poisson number
/// of rows, and the rest, it takes the one whose p is largest.
///
/// docs/methods/psi.md has the simulations behind each choice.
std::shared_ptr<const SamplingLaw> chi_square_law(Method method, std::shared_ptr<const BinTable> table);

}  // namespace driftline
