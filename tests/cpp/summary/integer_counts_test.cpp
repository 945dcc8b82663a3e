#include "driftline/summary/integer_counts.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <span>
#include <vector>

namespace driftline {
namespace {

using Counts = std::map<std::int64_t, std::uint64_t>;

Counts counts_of(const IntegerCounts& counts) {
  Counts found;
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  counts.for_each([&](std::int64_t value, std::uint64_t count) {
    EXPECT_GT(value, last);
    last = value;
    found[value] = count;
  });
  return found;
}

TEST(IntegerCounts, CountWhatWasAdded) {
  std::mt19937_64 random(1);
  for (const std::int64_t center :
       {std::int64_t{0}, std::int64_t{-70'000}, std::int64_t{1} << 52, std::int64_t{-1000}}) {
    for (const std::uint64_t range : {1u, 100u, 5000u, 65'536u}) {
      IntegerCounts counts;
      Counts wanted;
      for (int block = 0; block < 30; ++block) {
        std::vector<std::int64_t> values(1 + random() % 4096);
        for (std::int64_t& x : values) x = center + static_cast<std::int64_t>(random() % range);
        for (const std::int64_t x : values) ++wanted[x];
        ASSERT_EQ(counts.add(values, false), values.size());
      }
      EXPECT_EQ(counts_of(counts), wanted);
    }
  }
}

/// Some of the values, from the first one on, are counted, and then nothing more.
void expect_end(const std::vector<std::int64_t>& values, bool are_unsigned) {
  IntegerCounts counts;
  const std::size_t n = counts.add(values, are_unsigned);
  EXPECT_LT(n, values.size());
  EXPECT_EQ(counts.n_rows(), n);
  Counts wanted;
  for (std::size_t i = 0; i < n; ++i) ++wanted[values[i]];
  EXPECT_EQ(counts.add(std::vector<std::int64_t>{values[0]}, are_unsigned), 0u);
  EXPECT_EQ(counts_of(counts), wanted);
}

TEST(IntegerCounts, EndWhereValuesLieTooFarApart) {
  IntegerCounts just_fits;
  EXPECT_EQ(just_fits.add(std::vector<std::int64_t>{5, 65'540, 5}, false), 3u);
  EXPECT_EQ(just_fits.add(std::vector<std::int64_t>{65'541}, false), 0u);
  expect_end({5, 65'541}, false);
  expect_end({5, 6, 7, -65'530}, false);
  expect_end({0, std::numeric_limits<std::int64_t>::max()}, false);
}

TEST(IntegerCounts, TakeOnlyWhatDoublesHold) {
  constexpr std::int64_t largest = (std::int64_t{1} << 53) - 65'536;
  for (const std::int64_t sign : {1, -1}) {
    IntegerCounts counts;
    EXPECT_EQ(counts.add(std::vector<std::int64_t>{sign * largest, sign * (largest - 1)}, false), 2u);
    expect_end({sign * (largest + 1)}, false);
    for (std::int64_t beyond = largest; beyond < largest + 200'000; beyond += 1000) {
      if (counts.add(std::vector<std::int64_t>{sign * beyond}, false) == 1) {
        EXPECT_LE(beyond, std::int64_t{1} << 53);
      }
    }
  }
  expect_end({std::numeric_limits<std::int64_t>::min()}, false);
}

TEST(IntegerCounts, DoNotTakeLargeUnsignedValuesForNegativeOnes) {
  expect_end({7, -1}, true);
  for (const bool signed_first : {false, true}) {
    IntegerCounts counts;
    EXPECT_EQ(counts.add(std::vector<std::int64_t>{signed_first ? -3 : 3}, !signed_first), 1u);
    EXPECT_EQ(counts.add(std::vector<std::int64_t>{-1}, true), 0u);
    EXPECT_EQ(counts_of(counts), (Counts{{signed_first ? -3 : 3, 1}}));
  }
}

}  // namespace
}  // namespace driftline
