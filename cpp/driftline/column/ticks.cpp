#include "driftline/column/ticks.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "driftline/base/wide.hpp"

namespace driftline {
namespace {

constexpr std::uint64_t exact_double_limit = std::uint64_t{1} << 53;
constexpr std::uint64_t nanoseconds = 1'000'000'000;

int leading_zeros(uint128 x) {
  const auto high = static_cast<std::uint64_t>(x >> 64);
  return high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(static_cast<std::uint64_t>(x));
}

// `bits` with the last bit set if anything was cut off below: with at least 55 significant bits, rounding this to a
// double is the same as rounding the uncut number. `bits` below 2^63: signed conversion is one instruction.
double round_sticky(std::uint64_t bits, bool cut_off, int exponent) {
  // A product instead of std::ldexp, which is a library call: the power of two is exact and nothing leaves the range.
  const auto power = std::bit_cast<double>(static_cast<std::uint64_t>(1023 + exponent) << 52);
  return static_cast<double>(static_cast<std::int64_t>(bits | static_cast<std::uint64_t>(cut_off))) * power;
}

// For p ≥ 2^53: whole seconds take at least 24 bits, so 33 bits of the fraction leave 57 for the rounding, and every
// product fits in 63 bits. The constant divisor makes both divisions multiplications.
double nanoseconds_to_seconds(std::uint64_t p) {
  const std::uint64_t whole = p / nanoseconds;
  const std::uint64_t rest = p % nanoseconds;
  const int shift = std::min(std::countl_zero(whole) - 1, 33);
  const std::uint64_t scaled = rest << shift;
  return round_sticky(whole << shift | scaled / nanoseconds, scaled % nanoseconds != 0, -shift);
}

// Long division with p moved to the top of 128 bits: dividing by less than 2^60 leaves at least 68 bits of quotient,
// of which 63 are kept.
double ratio(uint128 p, std::uint64_t denominator) {
  const int shift = leading_zeros(p);
  const uint128 dividend = p << shift;
  const uint128 quotient = dividend / denominator;
  const int surplus = 65 - leading_zeros(quotient);
  const bool cut_off = dividend % denominator != 0 || (quotient & ((uint128{1} << surplus) - 1)) != 0;
  return round_sticky(static_cast<std::uint64_t>(quotient >> surplus), cut_off, surplus - shift);
}

}  // namespace

double long_seconds_from_ticks(std::int64_t tick, std::int64_t numerator, std::int64_t denominator) {
  const int128 product = int128{tick} * numerator;
  const bool negative = product < 0;
  const uint128 p = negative ? -static_cast<uint128>(product) : static_cast<uint128>(product);
  double magnitude = 0.0;
  if (p <= exact_double_limit) {
    // Both sides are exact doubles (powers of ten are up to 10^22), so the division rounds once.
    magnitude = static_cast<double>(static_cast<std::int64_t>(p)) / static_cast<double>(denominator);
  } else if (denominator == static_cast<std::int64_t>(nanoseconds) && p <= std::numeric_limits<std::uint64_t>::max()) {
    magnitude = nanoseconds_to_seconds(static_cast<std::uint64_t>(p));
  } else {
    magnitude = ratio(p, static_cast<std::uint64_t>(denominator));
  }
  return negative ? -magnitude : magnitude;
}

}  // namespace driftline
