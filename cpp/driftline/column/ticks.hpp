// Ticks of a clock as seconds: the nearest double of the exact rational.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace driftline {

inline constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;

/// The double nearest to `tick · numerator / denominator` (ties to even).
///
/// `numerator` in [1, 2^62]; `denominator` a power of ten up to 10^18. Exact for every int64 tick.
double long_seconds_from_ticks(std::int64_t tick, std::int64_t numerator, std::int64_t denominator);

/// The same for nanoseconds that an exact double cannot hold; NaN for the few that this quick way cannot tell.
///
/// The fraction of a second is rounded to its nearest double, and then the sum with the whole seconds. That is the
/// nearest double of the exact sum unless the rounded fraction lies in the very middle between two sums: everything
/// else is on the same side of that middle before and after it is rounded, as the middle itself is a double.
inline double seconds_from_many_nanoseconds(std::int64_t tick) {
  const double whole = static_cast<double>(tick / nanoseconds_per_second);  // below 2^34
  const double fraction =
      static_cast<double>(tick % nanoseconds_per_second) / static_cast<double>(nanoseconds_per_second);
  const double sum = whole + fraction;
  const double lost = fraction - (sum - whole);  // exact, as |whole| is the larger
  const bool in_the_middle = lost != 0.0 && (sum + 2.0 * lost) - sum == 2.0 * lost;
  return in_the_middle ? std::numeric_limits<double>::quiet_NaN() : sum;
}

/// `long_seconds_from_ticks`, quick where the tick is an exact double and a fraction of a second: then the division
/// rounds once.
inline double seconds_from_ticks(std::int64_t tick, std::int64_t numerator, std::int64_t denominator) {
  constexpr std::int64_t largest_exact = std::int64_t{1} << 53;
  if (numerator == 1 && tick >= -largest_exact && tick <= largest_exact) {
    return static_cast<double>(tick) / static_cast<double>(denominator);  // powers of ten are exact up to 10^22
  }
  if (numerator == 1 && denominator == nanoseconds_per_second) {
    const double seconds = seconds_from_many_nanoseconds(tick);
    if (!std::isnan(seconds)) return seconds;
  }
  return long_seconds_from_ticks(tick, numerator, denominator);
}

}  // namespace driftline
