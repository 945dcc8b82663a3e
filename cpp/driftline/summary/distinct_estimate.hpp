// How many distinct values there are, from the k smallest hashes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace driftline {

/// (k − 1) / U, where U in (0, 1] is the k-th smallest of uniform 64-bit hashes. Unbiased; relative standard deviation
/// 1/√(k − 2). Requires k ≥ 3. Bar-Yossef et al. (2002), doi:10.1007/3-540-45726-7_1; Beyer et al. (2007),
/// doi:10.1145/1247480.1247504.
double distinct_estimate(std::size_t k, std::uint64_t kth_hash);

/// 95 % interval: D·U is Gamma(k) distributed, its quantiles by Wilson and Hilferty (1931), doi:10.1073/pnas.17.12.684.
std::pair<double, double> distinct_bounds(std::size_t k, std::uint64_t kth_hash);

}  // namespace driftline
