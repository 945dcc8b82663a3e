// P-values of the Kolmogorov–Smirnov test as other tools give them; ours is in drift/kolmogorov.hpp.
#pragma once

#include <cstdint>

namespace driftline {

/// P(D ≥ d) for two samples of n and m rows of one continuous distribution, exactly: the share of lattice paths from
/// (0, 0) to (n, m) that get as far from the diagonal as `d` says. All terms are positive, so small values keep their
/// digits. O(n·m·d). Reference: Hodges (1958), doi:10.1007/BF02589501.
double exact_two_sample_above(std::uint64_t n, std::uint64_t m, double d);

/// P(D ≥ d) for one sample of n rows against its continuous distribution.
///
/// Twelve digits up to 140 rows; beyond, the choice of formulas of Simard and L'Ecuyer (2011),
/// doi:10.18637/jss.v039.i11, which is SciPy's: six digits or more where the result is above 1e-20, except that past
/// 10^6 rows the upper tail is Maag and Dicaire's approximation. O(n) at most.
double one_sample_above(std::uint64_t n, double d);

/// The p-value of SciPy's `ks_2samp`: exact up to 10,000 rows on each side, else that of one sample of nm/(n+m) rows.
double two_sample_p_value(std::uint64_t n, std::uint64_t m, double d);

}  // namespace driftline
