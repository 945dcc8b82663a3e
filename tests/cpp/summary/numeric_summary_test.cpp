#include "driftline/summary/numeric_summary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <span>
#include <vector>

#include "shapes.hpp"

namespace driftline {
namespace {

NumericSummary summary_of(std::span<const double> values, std::uint32_t resolution = 64) {
  NumericAccumulator accumulator(resolution);
  for (std::size_t i = 0; i < values.size(); i += 4096) {
    accumulator.add({values.subspan(i, std::min<std::size_t>(4096, values.size() - i)), {}});
  }
  return accumulator.finish();
}

NumericSummary summary_of_integers(std::span<const std::int64_t> integers, bool are_unsigned = false,
                                   std::uint32_t resolution = 64) {
  NumericAccumulator accumulator(resolution);
  for (std::size_t i = 0; i < integers.size(); i += 4096) {
    const auto block = integers.subspan(i, std::min<std::size_t>(4096, integers.size() - i));
    std::vector<double> values;
    for (const std::int64_t x : block) {
      values.push_back(are_unsigned ? static_cast<double>(static_cast<std::uint64_t>(x)) : static_cast<double>(x));
    }
    accumulator.add({values, block, are_unsigned});
  }
  return accumulator.finish();
}

/// The sample from its definition.
IntegerSample plain_sample(std::span<const std::int64_t> integers) {
  std::map<std::pair<std::uint64_t, std::int64_t>, std::uint64_t> counts;
  for (const std::int64_t x : integers) ++counts[{integer_hash(x, false), x}];
  IntegerSample sample;
  for (const auto& [key, count] : counts) {
    if (sample.kept.size() == IntegerSample::capacity) {
      sample.overflowed = true;
      break;
    }
    sample.kept.push_back({key.first, false, key.second, count});
  }
  return sample;
}

TEST(NumericSummary, CountsEveryKindOfValue) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  const NumericSummary summary = summary_of(std::vector<double>{1.5, nan, -2.0, inf, -inf, inf, 0.0, -0.0});
  EXPECT_EQ(summary.n_valid, 4u);
  EXPECT_EQ(summary.n_nan, 1u);
  EXPECT_EQ(summary.n_pos_inf, 2u);
  EXPECT_EQ(summary.n_neg_inf, 1u);
  EXPECT_EQ(summary.n_zero, 2u);
  EXPECT_EQ(summary.n_negative, 1u);
  EXPECT_EQ(summary.min, -2.0);
  EXPECT_EQ(summary.max, 1.5);
  EXPECT_EQ(summary.mean(), -0.125);
}

TEST(NumericSummary, NothingHasNoMean) {
  EXPECT_FALSE(summary_of({}).mean().has_value());
  EXPECT_FALSE(summary_of(std::vector<double>{1.0}).std().has_value());
}

TEST(NumericSummary, SplitsOrderAndMergeLeaveNoTrace) {
  std::mt19937_64 random(5);
  for (auto [name, values] : testing::shapes(30'000)) {
    SCOPED_TRACE(name);
    for (std::size_t i = 0; i < values.size(); i += 97) values[i] = std::numeric_limits<double>::quiet_NaN();
    const NumericSummary whole = summary_of(values);
    std::shuffle(values.begin(), values.end(), random);
    const std::span<const double> all(values);
    const std::size_t cut = 1 + random() % (all.size() - 1);
    const NumericSummary left = summary_of(all.first(cut));
    const NumericSummary right = summary_of(all.subspan(cut));
    EXPECT_EQ(merge(left, right), whole);
    EXPECT_EQ(merge(right, left), whole);
    NumericAccumulator accumulator(64);
    accumulator.merge(right);
    accumulator.add({all.first(std::min<std::size_t>(cut, 4096)), {}});
    if (cut > 4096) accumulator.merge(summary_of(all.subspan(4096, cut - 4096)));
    EXPECT_EQ(accumulator.finish(), whole);
  }
}

TEST(NumericSummary, IntegersAreSampledWhateverCarriesThem) {
  std::mt19937_64 random(9);
  for (const std::uint64_t range : {10u, 1500u, 50'000u}) {
    std::vector<std::int64_t> integers;
    std::vector<double> doubles;
    for (int i = 0; i < 20'000; ++i) {
      integers.push_back(static_cast<std::int64_t>(random() % range) - 5);
      doubles.push_back(static_cast<double>(integers.back()));
    }
    const NumericSummary from_integers = summary_of_integers(integers);
    ASSERT_TRUE(from_integers.integers.has_value());
    EXPECT_EQ(*from_integers.integers, plain_sample(integers));
    EXPECT_EQ(from_integers, summary_of(doubles));
  }
}

TEST(NumericSummary, IntegersThatLieCloseTogetherAreLikeAnyOthers) {
  std::mt19937_64 random(10);
  // Close together throughout, until late, and mixed with others; the summary of doubles counts them one by one.
  for (const std::size_t n_close : {30'000u, 29'000u, 5000u, 0u}) {
    for (const std::uint64_t range : {50u, 20'000u, 65'000u}) {
      std::vector<std::int64_t> integers;
      std::vector<double> doubles;
      for (std::size_t i = 0; i < 30'000; ++i) {
        const std::int64_t far = i < n_close ? 0 : static_cast<std::int64_t>(random() % 3) << 30;
        integers.push_back(static_cast<std::int64_t>(random() % range) - 1000 + far);
        doubles.push_back(static_cast<double>(integers.back()));
      }
      const NumericSummary found = summary_of_integers(integers, false, 8192);
      EXPECT_EQ(found, summary_of(doubles, 8192));
      EXPECT_EQ(*found.integers, plain_sample(integers));
    }
  }
}

TEST(NumericSummary, OneFractionEndsTheSample) {
  std::vector<double> values(10'000, 3.0);
  values[9'999] = 2.5;
  EXPECT_FALSE(summary_of(values).integers.has_value());
  values[9'999] = 1e300;  // an integer, but of no integer type
  EXPECT_FALSE(summary_of(values).integers.has_value());
  values[9'999] = std::numeric_limits<double>::infinity();  // not a value
  EXPECT_TRUE(summary_of(values).integers.has_value());
}

TEST(NumericSummary, IntegersBeyondDoublesStayApart) {
  std::vector<std::int64_t> integers;
  for (std::int64_t i = 0; i < 3000; ++i) integers.push_back((std::int64_t{1} << 60) + i);
  const NumericSummary summary = summary_of_integers(integers);
  ASSERT_TRUE(summary.integers.has_value());
  EXPECT_EQ(*summary.integers, plain_sample(integers));
  EXPECT_TRUE(std::all_of(summary.integers->kept.begin(), summary.integers->kept.end(),
                          [](const IntegerCount& integer) { return integer.count == 1; }));
}

TEST(NumericSummary, UnsignedIntegersAboveInt64AreTheirOwn) {
  const std::vector<std::int64_t> patterns{-1, -2, 5};
  const NumericSummary summary = summary_of_integers(patterns, true);
  ASSERT_TRUE(summary.integers.has_value());
  EXPECT_EQ(summary.integers->n_distinct(), 3.0);
  EXPECT_EQ(summary.max, 0x1p64);
  EXPECT_EQ(std::count_if(summary.integers->kept.begin(), summary.integers->kept.end(),
                          [](const IntegerCount& integer) { return integer.is_unsigned; }),
            2);
}

TEST(IntegerSample, EstimatesTheNumberOfDistinctValues) {
  // 95 % intervals: of 200 independent ones more than 22 miss with probability below 1e-4 (binomial tail).
  int misses = 0;
  for (std::int64_t start = 0; start < 200; ++start) {
    IntegerSampler sampler;
    for (std::int64_t i = 0; i < 20'000; ++i) sampler.add(start * 1'000'003 + i, false);
    const auto [low, high] = sampler.finish().n_distinct_bounds();
    misses += low > 20'000 || high < 20'000;
  }
  EXPECT_LE(misses, 22);
  EXPECT_GE(misses, 1);  // an interval that always holds would be too wide; none of 200 has probability 4e-5
}

}  // namespace
}  // namespace driftline
