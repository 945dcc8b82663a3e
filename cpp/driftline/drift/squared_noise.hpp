// Limit laws of squared distances between two distribution functions: what sampling alone makes of them.
#pragma once

#include <vector>

namespace driftline {

/// P(Σ χ²₁/(jπ)² > x): nm/(n+m)·∫(F−G)²dH without drift, as n and m grow. Relative error below 1e-12 down to the
/// smallest doubles. Cost: at most 20 µs for x ≥ 0.05. Reference: Smirnov (1937); Anderson and Darling (1952),
/// doi:10.1214/aoms/1177729437.
double cramer_von_mises_above(double x);

/// P(Σ χ²₁/(j(j+1)) > x): the same with the weight 1/(H(1−H)).
double anderson_darling_above(double x);

/// A Brownian bridge looked at where it has run through `share` of its way, 0 < share < 1, and how much that counts.
struct BridgeWeight {
  double share;
  double weight;
};

/// P(Σ weight · bridge(share)² > x), shares ascending, weights ≥ 0: 2 nm/(n+m)·∫(F−G)²dx without drift has this law at
/// the gaps of a column. 1 where it is above 1 − 1e-9 for certain, and below a fiftieth of the mean; weights below a
/// millionth of the total are left out. Cost: at most about a millisecond for 256 weights.
double bridge_squares_above(const std::vector<BridgeWeight>& weights, double x);

/// The largest P(Σ λ_j χ²₁ > x) of all λ_j ≥ 0 with Σ λ_j = 1, or a little more: χ²₁ for x ≥ 1.5364, 1/2 down to 1.
/// Reference: Székely and Bakirov (2003), doi:10.1007/s00440-003-0262-6.
double quadratic_above(double x);
/// The smallest x with quadratic_above(x) ≤ `probability`, 0 < probability < 1.
double quadratic_quantile(double probability);

}  // namespace driftline
