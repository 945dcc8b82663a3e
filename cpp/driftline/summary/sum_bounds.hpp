// Can two sums belong to the same values? For readers of foreign bytes.
#pragma once

#include <cstdint>

#include "driftline/summary/exact_sum.hpp"

namespace driftline {

/// Could `n` ≥ 1 values between `min` and `max` have this sum and this sum of squares? Checks n·min ≤ Σx ≤ n·max,
/// (Σx)² ≤ n·Σx² and Σx² ≤ n·max(min², max²), all exactly: necessary, not sufficient.
bool are_possible_sums(const ExactSum& sum, const ExactSum& sum_of_squares, std::uint64_t n, double min, double max);

}  // namespace driftline
