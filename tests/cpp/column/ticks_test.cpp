#include "driftline/column/ticks.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "column/exact.hpp"

namespace driftline {
namespace {

using testing::Rational;

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();

std::vector<std::int64_t> ticks_of_every_size() {
  std::vector<std::int64_t> ticks = {0, 1, -1, least, least + 1, greatest, (1LL << 53) - 1, 1LL << 53, (1LL << 53) + 1};
  std::mt19937_64 random(1);
  for (int shift = 0; shift < 64; ++shift) {
    for (int i = 0; i < 20; ++i) ticks.push_back(static_cast<std::int64_t>(random()) >> shift);
  }
  return ticks;
}

TEST(Ticks, seconds_are_the_nearest_double_of_the_exact_rational) {
  for (int power = 0; power <= 18; ++power) {
    const auto denominator = static_cast<std::int64_t>(std::pow(10.0, power));
    for (const std::int64_t numerator : {1, 7, 60, 86400, 604800}) {
      for (const std::int64_t tick : ticks_of_every_size()) {
        const Rational exact = Rational(tick) * numerator / denominator;
        ASSERT_TRUE(testing::is_nearest(seconds_from_ticks(tick, numerator, denominator), exact))
            << tick << " * " << numerator << " / " << denominator;
      }
    }
  }
}

// Ticks beside the middle of two doubles are where a second rounding would show.
TEST(Ticks, nanoseconds_beside_a_midpoint_round_once) {
  constexpr std::int64_t nanoseconds = 1'000'000'000;
  std::mt19937_64 random(2);
  for (int i = 0; i < 20000; ++i) {
    const std::int64_t start = static_cast<std::int64_t>(random() >> 1);
    const double low = static_cast<double>(start) / 1e9;
    const Rational middle = (testing::exactly(low) + testing::exactly(std::nextafter(low, 1e300))) / 2 * nanoseconds;
    const auto below = static_cast<std::int64_t>(testing::Integer(numerator(middle) / denominator(middle)));
    for (const std::int64_t tick : {below, below + 1, -below, -below - 1}) {
      ASSERT_TRUE(testing::is_nearest(seconds_from_ticks(tick, 1, nanoseconds), Rational(tick) / nanoseconds)) << tick;
    }
  }
}

TEST(Ticks, halves_go_to_the_even_double) {
  EXPECT_EQ(seconds_from_ticks((1LL << 53) + 1, 1, 1), 9007199254740992.0);
  EXPECT_EQ(seconds_from_ticks((1LL << 53) + 3, 1, 1), 9007199254740996.0);
  EXPECT_EQ(seconds_from_ticks(-(1LL << 53) - 1, 1, 1), -9007199254740992.0);
}

}  // namespace
}  // namespace driftline
