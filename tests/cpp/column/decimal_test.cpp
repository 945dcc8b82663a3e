#include "driftline/column/decimal.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "column/exact.hpp"

namespace driftline {
namespace {

using testing::Integer;
using testing::Rational;

class Bytes {
 public:
  Bytes(Integer value, int n_bytes) : n_bytes_(n_bytes) {
    if (value < 0) value += Integer(1) << 8 * n_bytes;
    for (int i = 0; i < n_bytes; ++i) {
      bytes_[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(Integer(value & 255));
      value >>= 8;
    }
  }
  Decimal scaled(std::int32_t scale) const { return {bytes_.data(), n_bytes_, scale}; }

 private:
  std::array<std::uint8_t, 32> bytes_{};
  int n_bytes_;
};

Rational power_of_ten(std::int32_t exponent) {
  const Integer power = boost::multiprecision::pow(Integer(10), static_cast<unsigned>(std::abs(exponent)));
  return exponent < 0 ? Rational(1) / power : Rational(power);
}

std::vector<Integer> integers_of_every_size(int n_bytes) {
  const Integer limit = Integer(1) << (8 * n_bytes - 1);
  std::vector<Integer> integers = {0, 1, -1, limit - 1, -limit};
  std::mt19937_64 random(3);
  for (int n_bits = 1; n_bits < 8 * n_bytes; ++n_bits) {
    Integer value = 0;
    for (int i = 0; i < n_bytes; i += 8) value = value << 64 | random();
    value &= (Integer(1) << n_bits) - 1;
    integers.push_back(value);
    integers.push_back(-value);
    // Negative numbers whose low 64 bits are zero carry into the next ones.
    if (n_bits > 66) integers.push_back(-(Integer(3) << (n_bits - 2)));
    // The middle of two doubles, where it exists, and its neighbours.
    if (n_bits > 54) {
      const Integer middle = (Integer((1LL << 53) + 1) << (n_bits - 54));
      for (const int step : {-1, 0, 1}) integers.push_back(middle + step);
    }
  }
  return integers;
}

TEST(Decimal, rounds_to_the_nearest_double_at_every_width_and_scale) {
  for (const int n_bytes : {4, 8, 16, 32}) {
    for (const std::int32_t scale : {0, 1, 2, 9, 18, 22, 23, 38, 76, 200, -1, -2, -22, -23, -38, -200}) {
      for (const Integer& integer : integers_of_every_size(n_bytes)) {
        const double rounded = to_double(Bytes(integer, n_bytes).scaled(scale));
        ASSERT_TRUE(testing::is_nearest(rounded, Rational(integer) * power_of_ten(-scale)))
            << integer << " scale " << scale;
      }
    }
  }
}

TEST(Decimal, beyond_the_range_of_doubles_is_infinite_or_zero) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(to_double(Bytes(1, 16).scaled(-308)), 1e308);
  EXPECT_EQ(to_double(Bytes(1, 16).scaled(-309)), infinity);
  EXPECT_EQ(to_double(Bytes(1, 16).scaled(-400)), infinity);
  EXPECT_EQ(to_double(Bytes(-1, 16).scaled(-400)), -infinity);
  EXPECT_EQ(to_double(Bytes(1, 16).scaled(400)), 0.0);
  EXPECT_EQ(to_double(Bytes(0, 16).scaled(-most - 1)), 0.0);
  EXPECT_EQ(to_double(Bytes(1, 16).scaled(-most - 1)), infinity);
  EXPECT_EQ(to_double(Bytes(1, 16).scaled(most)), 0.0);
  EXPECT_EQ(to_double(Bytes(1, 4).scaled(320)), 1e-320);
}

TEST(Decimal, is_whole_exactly_when_the_quotient_is_an_integer_of_64_bits) {
  const Integer least = -(Integer(1) << 63);
  const Integer end = Integer(1) << 64;
  for (const int n_bytes : {4, 8, 16, 32}) {
    for (const std::int32_t scale : {0, 1, 3, 40, -1, -3, -40}) {
      for (const Integer& seed : integers_of_every_size(n_bytes)) {
        for (const Integer& integer : {seed, Integer(seed / 1000 * 1000)}) {
          const Rational exact = Rational(integer) * power_of_ten(-scale);
          const bool fits = denominator(exact) == 1 && numerator(exact) >= least && numerator(exact) < end;
          const auto whole = to_whole_number(Bytes(integer, n_bytes).scaled(scale));
          ASSERT_EQ(whole.has_value(), fits) << integer << " scale " << scale;
          if (!fits) continue;
          const Integer found =
              whole->is_unsigned ? Integer(static_cast<std::uint64_t>(whole->bits)) : Integer(whole->bits);
          ASSERT_EQ(Rational(found), exact);
          ASSERT_EQ(whole->is_unsigned, exact >= (Integer(1) << 63));
        }
      }
    }
  }
}

}  // namespace
}  // namespace driftline
