#include "driftline/profile/queries.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "driftline/base/error.hpp"
#include "profile/columns.hpp"

namespace driftline {
namespace {

using namespace test;

constexpr double infinity = std::numeric_limits<double>::infinity();

ColumnProfile column_of(const std::vector<double>& values, std::uint32_t resolution = 64) {
  return profile_of(static_cast<std::int64_t>(values.size()),
                    {column("x", Kind::numeric, doubles({values.begin(), values.end()}))}, {.resolution = resolution})
      .columns.at("x");
}

NumericSummary summary_of(const std::vector<double>& values, std::uint32_t resolution = 64) {
  return std::get<NumericSummary>(column_of(values, resolution).summary);
}

/// Samples of several shapes, sorted.
std::vector<std::vector<double>> samples() {
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  std::vector<std::vector<double>> all = {{1.0}, {-2.0, 3.0}, {0.0, 0.0, 0.0}, {0.1, 0.2, 0.2, 0.3, 5.0}};
  for (const std::size_t n : {7u, 100u, 10'000u}) {
    std::vector<std::vector<double>> drawn(5, std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i) {
      drawn[0][i] = normal(random);
      drawn[1][i] = std::exp(4.0 * normal(random)) * (i % 3 == 0 ? -1.0 : 1.0);
      drawn[2][i] = 1.0 / (1.0 + std::exp(-5.0 - 3.0 * normal(random)));
      drawn[3][i] = i % 10 < 4 ? 0.0 : std::round(100.0 * uniform(random)) / 100.0;
      drawn[4][i] = 1.7e9 + 1e6 * uniform(random);
    }
    all.insert(all.end(), drawn.begin(), drawn.end());
  }
  for (auto& sample : all) std::sort(sample.begin(), sample.end());
  return all;
}

/// NumPy's "inverted_cdf".
double plain_quantile(const std::vector<double>& sorted, double q) {
  const double rank = std::ceil(q * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

double plain_cdf(const std::vector<double>& sorted, double x) {
  const auto rows = std::upper_bound(sorted.begin(), sorted.end(), x) - sorted.begin();
  return static_cast<double>(rows) / static_cast<double>(sorted.size());
}

TEST(Queries, QuantileBoundsHoldTheQuantile) {
  for (const auto& sample : samples()) {
    for (const std::uint32_t resolution : {64u, 1024u, 1u << 20}) {
      const NumericSummary numbers = summary_of(sample, resolution);
      double last = -infinity;
      for (int i = 0; i <= 200; ++i) {
        const double q = i / 200.0;
        const double truth = plain_quantile(sample, q);
        const auto [low, high] = quantile_bounds(numbers, q);
        ASSERT_LE(low, truth);
        ASSERT_GE(high, truth);
        const double estimate = quantile(numbers, q);
        ASSERT_LE(low, estimate);
        ASSERT_GE(high, estimate);
        ASSERT_GE(estimate, last) << "quantiles rise";
        last = estimate;
        if (numbers.histogram.exact()) {
          ASSERT_EQ(estimate, truth);
        }
      }
      EXPECT_EQ(quantile(numbers, 0.0), sample.front());
      EXPECT_EQ(quantile(numbers, 1.0), sample.back());
    }
  }
}

TEST(Queries, CdfBoundsHoldTheShareOfRows) {
  for (const auto& sample : samples()) {
    for (const std::uint32_t resolution : {64u, 1u << 20}) {
      const NumericSummary numbers = summary_of(sample, resolution);
      std::vector<double> points = {-infinity, infinity, 0.0, -0.0, 0.5, 1.0, sample.front(), sample.back()};
      for (std::size_t i = 0; i < sample.size(); i += sample.size() / 50 + 1) {
        points.insert(points.end(), {sample[i], std::nextafter(sample[i], infinity),
                                     std::nextafter(sample[i], -infinity), 0.5 * (sample[i] + sample.back())});
      }
      std::sort(points.begin(), points.end());
      double last = 0.0;
      for (const double x : points) {
        const double truth = plain_cdf(sample, x);
        const auto [low, high] = cdf_bounds(numbers, x);
        ASSERT_LE(low, truth) << x;
        ASSERT_GE(high, truth) << x;
        const double estimate = cdf(numbers, x);
        ASSERT_LE(low, estimate);
        ASSERT_GE(high, estimate);
        ASSERT_GE(estimate, last) << "the distribution function rises";
        last = estimate;
        if (numbers.histogram.exact()) {
          ASSERT_EQ(estimate, truth);
        }
      }
    }
  }
}

TEST(Queries, HistogramOfExactCellsCountsLikeNumPy) {
  for (const auto& sample : samples()) {
    const NumericSummary numbers = summary_of(sample, 1u << 20);
    const double low = sample.front();
    const double high = sample.back();
    const std::vector<double> edges = {-infinity, low, 0.5 * (low + high) + 1e-9, std::max(high, low + 1.0), infinity};
    const std::vector<double> counts = histogram_counts(numbers, edges);
    for (std::size_t bin = 0; bin + 1 < edges.size(); ++bin) {
      const bool is_last = bin + 2 == edges.size();
      const auto expected = std::count_if(sample.begin(), sample.end(), [&](double x) {
        return x >= edges[bin] && (x < edges[bin + 1] || (is_last && x == edges[bin + 1]));
      });
      ASSERT_EQ(counts[bin], static_cast<double>(expected)) << bin;
    }
  }
}

TEST(Queries, LastHistogramIntervalIsClosed) {
  const NumericSummary numbers = summary_of({1.0, 2.0, 2.0, 3.0, 3.0, 3.0});
  const std::vector<double> edges = {1.0, 2.0, 3.0};
  EXPECT_EQ(histogram_counts(numbers, edges), (std::vector<double>{1.0, 5.0}));
  const std::vector<double> more = {1.0, 2.0, 3.0, 4.0};
  EXPECT_EQ(histogram_counts(numbers, more), (std::vector<double>{1.0, 2.0, 3.0}));
}

TEST(Queries, HistogramNeverLosesARow) {
  for (const auto& sample : samples()) {
    const NumericSummary numbers = summary_of(sample);
    const std::vector<double> edges = {-infinity, -1.0, 0.0, 0.3, 0.99, 1.0, 17.0, 1e9, infinity};
    double total = 0.0;
    for (const double count : histogram_counts(numbers, edges)) {
      EXPECT_GE(count, 0.0);
      total += count;
    }
    EXPECT_NEAR(total, static_cast<double>(sample.size()), 1e-9 * static_cast<double>(sample.size()));
  }
}

TEST(Queries, CertifiedCellsHoldTheRowsTheyCount) {
  for (const auto& sample : samples()) {
    auto row = sample.begin();
    for (const Cell& cell : certified_cells(summary_of(sample))) {
      for (std::uint64_t i = 0; i < cell.count; ++i, ++row) {
        ASSERT_LE(cell.low, *row);
        ASSERT_GE(cell.high, *row);
      }
    }
    EXPECT_EQ(row, sample.end());
  }
}

TEST(Queries, RefuseWhatHasNoAnswer) {
  const NumericSummary numbers = summary_of({1.0, 2.0});
  for (const double q : {-0.1, 1.1, std::nan("")}) EXPECT_THROW(quantile(numbers, q), OptionError);
  EXPECT_THROW(cdf(numbers, std::nan("")), OptionError);
  EXPECT_THROW(quantile(NumericSummary{}, 0.5), InputError);
  EXPECT_THROW(cdf_bounds(NumericSummary{}, 0.5), InputError);
  const std::vector<double> one = {1.0};
  const std::vector<double> falling = {1.0, 1.0};
  const std::vector<double> undefined = {1.0, std::nan("")};
  for (const auto& edges : {one, falling, undefined}) EXPECT_THROW(histogram_counts(numbers, edges), OptionError);
}

TEST(Queries, MostFrequentLabelsComeFirst) {
  const ColumnProfile x =
      profile_of(6, {column("x", Kind::categorical, strings({"b", "a", "c", "c", "b", "d"}))}).columns.at("x");
  std::string order;
  for (const LabelCount& label : most_frequent(std::get<CategorySummary>(x.summary))) order += label.payload;
  EXPECT_EQ(order, "bcad");
}

TEST(Queries, DistinctValuesAreExactWhileCellsAreValues) {
  const Distinct exact = distinct_values(column_of({1.0, 1.0, 2.5}));
  EXPECT_EQ(exact.estimate, 2.0);
  EXPECT_EQ(exact.low, 2.0);
  EXPECT_EQ(exact.high, 2.0);
  for (const auto& sample : samples()) {
    const auto truth = static_cast<double>(std::set<double>(sample.begin(), sample.end()).size());
    const Distinct found = distinct_values(column_of(sample));
    EXPECT_LE(found.low, truth);
    EXPECT_GE(found.high, truth);
  }
}

TEST(Uniqueness, OneRepeatIsEnoughToSayNo) {
  std::vector<double> values(500);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  EXPECT_TRUE(looks_unique(column_of(values)).all_once);
  EXPECT_LT(looks_unique(column_of(values)).p_value, 1e-9);
  values[0] = 1.0;
  EXPECT_FALSE(looks_unique(column_of(values)).all_once);
  EXPECT_EQ(looks_unique(column_of(values)).p_value, 1.0);
  EXPECT_FALSE(looks_unique(column_of({5.0})).all_once);
  EXPECT_FALSE(looks_unique(column_of({1.5, 2.5, 3.5})).all_once) << "not integers";
}

TEST(Uniqueness, LabelsCountToo) {
  std::vector<std::optional<std::string>> labels;
  for (int i = 0; i < 100; ++i) labels.emplace_back("user " + std::to_string(i));
  const auto profile = [&labels] {
    return profile_of(static_cast<std::int64_t>(labels.size()), {column("x", Kind::categorical, strings(labels))})
        .columns.at("x");
  };
  EXPECT_TRUE(looks_unique(profile()).all_once);
  EXPECT_LT(looks_unique(profile()).p_value, 0.001);
  labels.back() = "user 0";
  EXPECT_FALSE(looks_unique(profile()).all_once);
}

/// How often `trials` columns of `n` integers, uniform on [0, range), look unique; the mean of the p-values that were
/// given tells how often they should.
void expect_uniform_integers_to_look_unique_as_often_as_claimed(std::size_t n, std::uint64_t range, int trials) {
  std::mt19937_64 random(17);
  int n_unique = 0;
  double claimed = 0.0;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<double> values(n);
    for (double& x : values) x = static_cast<double>(random() % range);
    const Uniqueness found = looks_unique(column_of(values));
    n_unique += found.all_once;
    if (found.all_once) claimed = found.p_value;
  }
  const double share = n_unique / static_cast<double>(trials);
  // Five standard errors: a wrong alarm has probability below 1e-6.
  EXPECT_NEAR(share, claimed, 5.0 * std::sqrt(0.25 / trials));
}

TEST(Uniqueness, PValueIsTheBirthdayProblemWhenAllValuesAreKept) {
  expect_uniform_integers_to_look_unique_as_often_as_claimed(800, 600'000, 1500);
}

TEST(Uniqueness, PValueHoldsForASampleOfTheValues) {
  expect_uniform_integers_to_look_unique_as_often_as_claimed(5000, 5'000'000, 600);
}

}  // namespace
}  // namespace driftline
