// The sampling law of the total variation distance: a parametric bootstrap, run when first asked.
#pragma once

#include <cstdint>
#include <memory>

#include "driftline/drift/bins.hpp"
#include "driftline/drift/divergences.hpp"
#include "driftline/drift/sampling_law.hpp"

namespace driftline {

/// `column`: key of the counter-based generator, the same for the same column. Tails beyond the replicates follow
/// McDiarmid's inequality: one row moves the noise by at most 1/n or 1/m, so P(N ≥ E N + t) ≤ exp(−2t² / (1/n + 1/m)).
std::shared_ptr<const SamplingLaw> total_variation_law(const Divergence& distance,
                                                       std::shared_ptr<const BinTable> table, std::uint64_t column);

}  // namespace driftline
