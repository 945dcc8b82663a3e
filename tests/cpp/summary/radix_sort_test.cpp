#include "driftline/summary/radix_sort.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace driftline {
namespace {

std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x); }

TEST(RadixSort, DoublesComeInTheirOrder) {
  std::mt19937_64 random(1);
  for (const std::size_t n : {0, 1, 255, 256, 10'000}) {
    std::vector<double> values(n);
    for (double& x : values) {
      do x = std::bit_cast<double>(std::uint64_t{random()});
      while (x != x);
    }
    std::vector<double> expected = values;
    std::sort(expected.begin(), expected.end());
    radix_sort(values, [](double x) { return rank_of_bits(bits_of(x)); });
    EXPECT_EQ(values, expected) << n;
  }
}

TEST(RadixSort, KeysThatAgreeInAnyOfTheirBitsAreSorted) {
  std::mt19937_64 random(2);
  for (int kept = 0; kept <= 64; ++kept) {
    // The keys differ in their last `kept` bits; half of them begin with zeros, half with ones.
    const std::uint64_t mask = kept == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << kept) - 1;
    std::vector<std::uint64_t> keys(2000);
    for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = i % 2 == 0 ? random() & mask : ~(random() & mask);
    std::vector<std::uint64_t> expected = keys;
    std::sort(expected.begin(), expected.end());
    radix_sort(keys, [](std::uint64_t key) { return key; });
    EXPECT_EQ(keys, expected) << kept;
  }
}

TEST(RadixSort, RanksOrderDoublesAndSetZerosApart) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  constexpr double tiny = std::numeric_limits<double>::denorm_min();
  const std::vector<double> ascending = {-inf, -2.0, -1.0, -tiny, -0.0, 0.0, tiny, 0.5, 1.0, inf};
  for (std::size_t i = 1; i < ascending.size(); ++i) {
    EXPECT_LT(rank_of_bits(bits_of(ascending[i - 1])), rank_of_bits(bits_of(ascending[i]))) << i;
  }
}

}  // namespace
}  // namespace driftline
