// The sampling law of PSI, KL, Jensen–Shannon and Hellinger: noncentral chi-square, kept honest where bins are sparse.
#pragma once

#include <memory>

#include "driftline/drift/bins.hpp"
#include "driftline/drift/evidence.hpp"

namespace driftline {

std::shared_ptr<const SamplingLaw> chi_square_law(Method method, std::shared_ptr<const BinTable> table);

}  // namespace driftline
