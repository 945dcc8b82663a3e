#include "driftline/summary/exact_sum.hpp"

#include <algorithm>
#include <bit>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>

namespace driftline {
namespace {

using boost::multiprecision::cpp_int;

cpp_int to_integer(const ExactSum& sum) {
  if (sum.limbs.empty()) return 0;  // import_bits needs a limb
  cpp_int magnitude;
  import_bits(magnitude, sum.limbs.begin(), sum.limbs.end(), 64, false);
  return sum.negative ? cpp_int(-magnitude) : magnitude;
}

ExactSum from_integer(const cpp_int& units) {
  ExactSum result;
  if (units == 0) return result;
  result.negative = units < 0;
  export_bits(cpp_int(abs(units)), std::back_inserter(result.limbs), 64, false);
  return result;
}

/// The double nearest to (magnitude + sticky)·2^exponent, where sticky is in (0, 1) if `inexact`, else 0.
/// Ties go to even. Requires enough bits in `magnitude` that the sticky part lies below the rounding position.
double round_scaled(const cpp_int& magnitude, int exponent, bool inexact) {
  if (magnitude == 0) return 0.0;
  const int bits = static_cast<int>(msb(magnitude)) + 1;
  const int dropped = std::max(bits - 53, -1074 - exponent);
  if (dropped <= 0) return std::ldexp(magnitude.convert_to<double>(), exponent);
  cpp_int kept = magnitude >> dropped;
  const cpp_int rest = magnitude - (kept << dropped);
  const cpp_int half = cpp_int(1) << (dropped - 1);
  const bool up = rest > half || (rest == half && (inexact || bit_test(kept, 0)));
  if (up) ++kept;
  return std::ldexp(kept.convert_to<double>(), exponent + dropped);
}

/// Extra bits so that a quotient keeps at least `wanted` bits.
int widening(const cpp_int& numerator, const cpp_int& denominator, int wanted) {
  const int have = static_cast<int>(msb(numerator)) - static_cast<int>(msb(denominator));
  return std::max(0, wanted - have);
}

/// Limbs below the first that is not 0: of a unit of 2^-1074 almost all are. Not for the sum 0.
std::size_t empty_limbs(const ExactSum& sum) {
  const auto first = std::find_if(sum.limbs.begin(), sum.limbs.end(), [](std::uint64_t limb) { return limb != 0; });
  return static_cast<std::size_t>(first - sum.limbs.begin());
}

/// The magnitude in units that are 64·`empty` bits larger.
cpp_int without_limbs(const ExactSum& sum, std::size_t empty) {
  cpp_int magnitude;
  if (empty < sum.limbs.size()) {
    import_bits(magnitude, sum.limbs.begin() + static_cast<std::ptrdiff_t>(empty), sum.limbs.end(), 64, false);
  }
  return magnitude;
}

cpp_int integer_of(uint128 value) {
  cpp_int result = static_cast<std::uint64_t>(value >> 64);
  result <<= 64;
  result |= static_cast<std::uint64_t>(value);
  return result;
}

/// Of a two's complement number, least significant word first.
template <std::size_t n_words>
cpp_int integer_of(std::array<std::uint64_t, n_words> words) {
  const bool negative = words.back() >> 63 != 0;
  if (negative) {
    std::uint64_t carry = 1;
    for (std::uint64_t& word : words) {
      word = ~word + carry;
      carry &= static_cast<std::uint64_t>(word == 0);
    }
  }
  cpp_int magnitude;
  import_bits(magnitude, words.begin(), words.end(), 64, false);
  return negative ? cpp_int(-magnitude) : magnitude;
}

}  // namespace

ExactSum add(const ExactSum& a, const ExactSum& b) { return from_integer(to_integer(a) + to_integer(b)); }

double rounded_mean(const ExactSum& sum, std::uint64_t n) {
  if (sum.limbs.empty()) return 0.0;
  const std::size_t empty = empty_limbs(sum);
  const cpp_int magnitude = without_limbs(sum, empty);
  const cpp_int denominator = n;
  const int shift = widening(magnitude, denominator, 64);
  cpp_int quotient;
  cpp_int remainder;
  divide_qr(cpp_int(magnitude << shift), denominator, quotient, remainder);
  const double mean = round_scaled(quotient, 64 * static_cast<int>(empty) - 1074 - shift, remainder != 0);
  return sum.negative ? -mean : mean;
}

std::optional<double> rounded_std(const ExactSum& sum, const ExactSum& sum_of_squares, std::uint64_t n) {
  if (sum_of_squares.limbs.empty()) return 0.0;
  // Squares are in units that are squares of those of the sum, so they may lose two limbs for each of the sum's.
  const std::size_t of_sum = sum.limbs.empty() ? sum_of_squares.limbs.size() : empty_limbs(sum);
  const std::size_t empty = std::min(of_sum, empty_limbs(sum_of_squares) / 2);
  const cpp_int count = n;
  const cpp_int total = without_limbs(sum, empty);
  // Never negative: Cauchy–Schwarz.
  const cpp_int numerator = count * without_limbs(sum_of_squares, 2 * empty) - total * total;
  if (numerator == 0) return 0.0;
  const cpp_int denominator = count * (count - 1);
  int shift = widening(numerator, denominator, 128);  // 128 bits under the root leave 64 above
  shift += shift & 1;
  cpp_int quotient;
  cpp_int remainder;
  divide_qr(cpp_int(numerator << shift), denominator, quotient, remainder);
  cpp_int rest;
  const cpp_int root = sqrt(quotient, rest);
  const int exponent = 64 * static_cast<int>(empty) - 1074 - shift / 2;
  const double result = round_scaled(root, exponent, rest != 0 || remainder != 0);
  if (!std::isfinite(result)) return std::nullopt;
  return result;
}

template <std::size_t n_words>
void WideInteger<n_words>::add(std::int64_t value, std::size_t shift) {
  const auto shifted = static_cast<uint128>(static_cast<int128>(value)) << shift % 64;
  const std::uint64_t sign = value < 0 ? ~std::uint64_t{0} : 0;
  uint128 carried = 0;
  for (std::size_t i = shift / 64, k = 0; i < n_words; ++i, ++k) {
    const std::uint64_t term = k == 0   ? static_cast<std::uint64_t>(shifted)
                               : k == 1 ? static_cast<std::uint64_t>(shifted >> 64)
                                        : sign;
    if (k > 1 && term + static_cast<std::uint64_t>(carried) == 0) return;  // nothing changes from here on
    carried += uint128{words_[i]} + term;
    words_[i] = static_cast<std::uint64_t>(carried);
    carried >>= 64;
  }
}

void SumAccumulator::add(std::span<const double> values) {
  while (!values.empty()) {
    const std::span<const double> block = values.first(std::min(values.size(), kernel_rows));
    values = values.subspan(block.size());
    std::array<double, kernel_rows> kept;
    const std::size_t n = kernels_->keep(block.data(), block.size(), kept.data());
    BlockFacts facts;
    kernels_->scan(kept.data(), n, &facts);
    add(std::span(kept).first(n), facts);
  }
}

void SumAccumulator::add(std::span<const double> values, const BlockFacts& facts) {
  constexpr int limb_bits = 74;  // the first limb takes one bit less, for the sign
  constexpr int largest_unit = 920;
  if (values.empty()) return;
  int top = 0;
  std::frexp(std::max(std::fabs(facts.low), std::fabs(facts.high)), &top);
  const int unit = std::max(top - limb_bits, -1074);
  if (unit > largest_unit) return add_to_bins(values);
  LimbSums sums;
  // A value's last bit is at most 52 below its first, and never below the last one of all doubles.
  if (unit == -1074 || facts.least >= std::ldexp(1.0, unit + 52)) {
    kernels_->sum(values.data(), values.size(), unit, &sums);
  } else {
    std::array<double, kernel_rows> rest;
    const std::size_t n_rest = kernels_->sum_coarse(values.data(), values.size(), unit, &sums, rest.data());
    add_to_bins(std::span(rest).first(n_rest));
  }
  add_limbs(sums, static_cast<std::size_t>(unit + 1074));
}

void SumAccumulator::add_limbs(const LimbSums& sums, std::size_t unit) {
  for (std::size_t k = 0; k < 3; ++k) wide_sum_.add(sums.sum[k], unit + 25 * (2 - k));
  for (std::size_t k = 0; k < 5; ++k) wide_squares_.add(sums.square[k], 2 * unit + 25 * (4 - k));
}

void SumAccumulator::add_to_bins(std::span<const double> values) {
  constexpr std::uint64_t mantissa_mask = (std::uint64_t{1} << 52) - 1;
  for (const double value : values) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const std::uint64_t exponent = bits >> 52 & 0x7FF;
    const std::uint64_t implicit = static_cast<std::uint64_t>(exponent != 0) << 52;
    const std::uint64_t significand = (bits & mantissa_mask) | implicit;
    const auto sign = static_cast<std::int64_t>(bits) >> 63;  // 0 or −1
    Bin& bin = bin_of(exponent);
    bin.sum += (static_cast<std::int64_t>(significand) ^ sign) - sign;
    const auto square = static_cast<uint128>(significand) * significand;
    bin.square_low += square;
    bin.square_high += bin.square_low < square;
  }
}

void SumAccumulator::add(double value, std::uint64_t count) {
  constexpr std::uint64_t mantissa_mask = (std::uint64_t{1} << 52) - 1;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const std::uint64_t exponent = bits >> 52 & 0x7FF;
  const std::uint64_t significand = (bits & mantissa_mask) | static_cast<std::uint64_t>(exponent != 0) << 52;
  Bin& bin = bin_of(exponent);
  const auto product = static_cast<int128>(static_cast<uint128>(significand) * count);
  bin.sum += bits >> 63 == 0 ? product : -product;
  // The 170 bits of significand²·count in two parts, each below 2^128.
  const auto square = static_cast<uint128>(significand) * significand;
  const uint128 low = static_cast<uint128>(static_cast<std::uint64_t>(square)) * count;
  const uint128 high = (square >> 64) * count + (low >> 64);
  const uint128 rest = high << 64 | static_cast<std::uint64_t>(low);
  bin.square_low += rest;
  bin.square_high += static_cast<std::uint64_t>(high >> 64) + static_cast<std::uint64_t>(bin.square_low < rest);
}

/// Calls `visit(bin, shift)` for every used exponent: a significand counts 2^shift units.
template <class Visit>
void SumAccumulator::for_bins(const Visit& visit) const {
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (!groups_[g]) continue;
    for (std::size_t i = 0; i < group_size; ++i) {
      // Subnormals (exponent 0) have the scale of exponent 1.
      visit((*groups_[g])[i], std::max<std::size_t>(g * group_size + i, 1) - 1);
    }
  }
}

ExactSum SumAccumulator::sum() const {
  cpp_int total = integer_of(wide_sum_.words());
  for_bins([&total](const Bin& bin, std::size_t shift) {
    if (bin.sum == 0) return;
    const auto bits = static_cast<uint128>(bin.sum);
    if (bin.sum < 0) {
      total -= integer_of(-bits) << shift;
    } else {
      total += integer_of(bits) << shift;
    }
  });
  return from_integer(total);
}

ExactSum SumAccumulator::sum_of_squares() const {
  cpp_int total = integer_of(wide_squares_.words());
  for_bins([&total](const Bin& bin, std::size_t shift) {
    if (bin.square_low == 0 && bin.square_high == 0) return;
    total += ((cpp_int(bin.square_high) << 128) + integer_of(bin.square_low)) << (2 * shift);
  });
  return from_integer(total);
}

}  // namespace driftline
