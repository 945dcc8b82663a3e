// Ticks of a clock as seconds: the nearest double of the exact rational.
#pragma once

#include <cstdint>

namespace driftline {

/// The double nearest to `tick · numerator / denominator` (ties to even).
///
/// `numerator` in [1, 2^62]; `denominator` a power of ten up to 10^18. Exact for every int64 tick.
double seconds_from_ticks(std::int64_t tick, std::int64_t numerator, std::int64_t denominator);

}  // namespace driftline
