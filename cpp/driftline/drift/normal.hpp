// The standard normal distribution.
#pragma once

#include <cmath>

namespace driftline {

/// P(Z ≥ z).
inline double normal_above(double z) { return 0.5 * std::erfc(z / std::sqrt(2.0)); }

/// The z with P(Z ≥ z) = `probability`, 0 < probability < 1.
double normal_score(double probability);

}  // namespace driftline
