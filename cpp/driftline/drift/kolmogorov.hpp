// The limit law of the Kolmogorov–Smirnov distance.
#pragma once

namespace driftline {

/// Q(x) = P(sup |Brownian bridge| > x) = 2 Σ (−1)^(k−1) exp(−2k²x²); 1 for x ≤ 0. Two samples exceed a distance d with
/// probability at most about Q(d / √(1/n + 1/m)). Reference: Kolmogorov (1933); Smirnov (1948),
/// doi:10.1214/aoms/1177730256.
double kolmogorov_above(double x);

/// The x with Q(x) = `probability`, 0 < probability < 1.
double kolmogorov_quantile(double probability);

}  // namespace driftline
