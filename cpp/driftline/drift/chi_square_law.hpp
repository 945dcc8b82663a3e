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
/// A bin is sparse if it expects fewer than 5 rows on the smaller side. "Above" is tested with the sparse bins pooled,
/// which can only lower D ("pooled_noncentral_chi2").
///
/// Few bins may carry the change. "Above" takes the larger p of the law and of the delta method, "below" the law with
/// u raised until its variance is that of the delta method.
///
/// "Below" speaks of all bins: it adds the most that sparse and empty bins can hold, given upper confidence limits of
/// their shares, and spends half of alpha on these limits.
///
/// docs/methods/psi.md has the simulations behind each choice.
std::shared_ptr<const SamplingLaw> chi_square_law(Method method, std::shared_ptr<const BinTable> table);

}  // namespace driftline
