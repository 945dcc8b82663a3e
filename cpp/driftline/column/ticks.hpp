// Ticks of a clock as seconds: the nearest double of the exact rational.
#pragma once

#include <cstdint>

namespace driftline {

/// The double nearest to `tick · numerator / denominator` (ties to even).
///
/// `numerator` in [1, 2^62]; `denominator` a power of ten up to 10^18. Exact for every int64 tick.
double long_seconds_from_ticks(std::int64_t tick, std::int64_t numerator, std::int64_t denominator);

/// The same, quick where the tick is an exact double and a fraction of a second: then the division rounds once.
inline double seconds_from_ticks(std::int64_t tick, std::int64_t numerator, std::int64_t denominator) {
  constexpr std::int64_t largest_exact = std::int64_t{1} << 53;
  if (numerator == 1 && tick >= -largest_exact && tick <= largest_exact) {
    return static_cast<double>(tick) / static_cast<double>(denominator);  // powers of ten are exact up to 10^22
  }
  return long_seconds_from_ticks(tick, numerator, denominator);
}

}  // namespace driftline
