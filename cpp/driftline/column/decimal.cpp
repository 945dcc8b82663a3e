#include "driftline/column/decimal.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <string_view>
#include <system_error>

#include "driftline/base/wide.hpp"

namespace driftline {
namespace {

static_assert(std::endian::native == std::endian::little, "column memory is read as little-endian");

// The powers of ten that are exact doubles.
constexpr std::array<double, 23> powers_of_ten = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::int64_t largest_exact_integer = std::int64_t{1} << 53;

// Sign and magnitude, lowest limb first.
struct Magnitude {
  std::array<std::uint64_t, 4> limbs{};
  bool negative = false;

  bool fits_in_64_bits() const { return (limbs[1] | limbs[2] | limbs[3]) == 0; }
};

Magnitude magnitude_of(const Decimal& decimal) {
  const auto n_bytes = static_cast<std::size_t>(decimal.n_bytes);
  Magnitude result;
  result.negative = (decimal.bytes[n_bytes - 1] & 0x80) != 0;
  if (result.negative) result.limbs.fill(~std::uint64_t{0});
  std::memcpy(result.limbs.data(), decimal.bytes, n_bytes);
  if (result.negative) {
    bool carry = true;
    for (std::uint64_t& limb : result.limbs) {
      limb = ~limb + static_cast<std::uint64_t>(carry);
      carry = carry && limb == 0;
    }
  }
  return result;
}

// Divides in place and returns the remainder.
std::uint64_t divide(Magnitude& number, std::uint64_t divisor) {
  uint128 remainder = 0;
  for (std::size_t i = number.limbs.size(); i-- > 0;) {
    const uint128 part = remainder << 64 | number.limbs[i];
    number.limbs[i] = static_cast<std::uint64_t>(part / divisor);
    remainder = part % divisor;
  }
  return static_cast<std::uint64_t>(remainder);
}

// The decimal digits of the integer with its sign; at least one digit.
std::string digits_of(Magnitude number) {
  constexpr std::uint64_t group = 1'000'000'000'000'000'000;  // 10^18
  constexpr int group_digits = 18;
  std::string reversed;
  do {
    std::uint64_t rest = divide(number, group);
    for (int i = 0; i < group_digits; ++i, rest /= 10) reversed.push_back(static_cast<char>('0' + rest % 10));
  } while (!number.fits_in_64_bits() || number.limbs[0] != 0);
  while (reversed.size() > 1 && reversed.back() == '0') reversed.pop_back();
  if (number.negative) reversed.push_back('-');
  return {reversed.rbegin(), reversed.rend()};
}

double parse_exact(const Magnitude& number, std::int32_t scale) {
  std::string text = digits_of(number);
  const std::size_t n_digits = text.size() - static_cast<std::size_t>(number.negative);
  const std::int64_t exponent = -std::int64_t{scale};
  text += 'e' + std::to_string(exponent);
  double value = 0.0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc::result_out_of_range) {
    value = static_cast<std::int64_t>(n_digits) + exponent > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    return number.negative ? -value : value;
  }
  return value;
}

}  // namespace

double to_double(const Decimal& decimal) {
  const Magnitude number = magnitude_of(decimal);
  const std::int64_t distance = decimal.scale < 0 ? -std::int64_t{decimal.scale} : decimal.scale;
  if (number.fits_in_64_bits() && number.limbs[0] <= static_cast<std::uint64_t>(largest_exact_integer) &&
      distance < static_cast<std::int64_t>(powers_of_ten.size())) {
    // Both operands are exact, so the one operation rounds correctly.
    const double power = powers_of_ten[static_cast<std::size_t>(distance)];
    const auto integer = static_cast<double>(number.limbs[0]);
    const double value = decimal.scale < 0 ? integer * power : integer / power;
    return number.negative ? -value : value;
  }
  return parse_exact(number, decimal.scale);
}

std::optional<WholeNumber> to_whole_number(const Decimal& decimal) {
  Magnitude number = magnitude_of(decimal);
  std::int64_t scale = decimal.scale;
  if (number.fits_in_64_bits() && number.limbs[0] == 0) return WholeNumber{};
  for (; scale > 0; --scale) {
    if (divide(number, 10) != 0) return std::nullopt;
  }
  for (; scale < 0 && number.fits_in_64_bits(); ++scale) {
    if (number.limbs[0] > std::numeric_limits<std::uint64_t>::max() / 10) return std::nullopt;
    number.limbs[0] *= 10;
  }
  if (!number.fits_in_64_bits()) return std::nullopt;
  constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;
  const std::uint64_t bits = number.limbs[0];
  if (!number.negative) return WholeNumber{static_cast<std::int64_t>(bits), bits >= sign_bit};
  if (bits > sign_bit) return std::nullopt;
  return WholeNumber{static_cast<std::int64_t>(~bits + 1), false};
}

}  // namespace driftline
