// The noncentral chi-square distribution.
#pragma once

namespace driftline {

/// P(X ≥ x) and P(X ≤ x) for X noncentral chi-square, df > 0, noncentrality ≥ 0. Exact to nine digits up to
/// noncentrality 2000; beyond, Sankaran's normal approximation (doi:10.1093/biomet/50.1-2.199), whose relative error is
/// below 0.001 within six standard deviations of the mean.
double noncentral_chi_square_above(double x, double df, double noncentrality);
double noncentral_chi_square_below(double x, double df, double noncentrality);

/// The noncentrality at which P(X ≥ x) = `probability` (largest where P(X ≥ x) ≤ it at 0: then 0), and the one at which
/// P(X ≤ x) = `probability`, likewise 0 where it is already smaller at 0. 0 < probability < 1.
double noncentrality_for_above(double x, double df, double probability);
double noncentrality_for_below(double x, double df, double probability);

}  // namespace driftline
