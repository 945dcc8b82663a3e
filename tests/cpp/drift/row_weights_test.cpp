// Rows that are worth less than one: every row twice, at half the worth, is the same evidence.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "columns.hpp"
#include "driftline/base/error.hpp"
#include "driftline/base/random.hpp"
#include "driftline/drift/bins.hpp"
#include "driftline/drift/compare.hpp"

namespace driftline {
namespace {

constexpr RowWeights half{{0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5}};

std::vector<double> normal_values(std::size_t n, double shift, std::uint64_t stream) {
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(shift + random_normal(random_key(1, stream, 0), i));
  return values;
}

std::vector<double> twice(std::vector<double> values) {
  const std::vector<double> once = values;
  values.insert(values.end(), once.begin(), once.end());
  return values;
}

void expect_same_laws(const Comparison& once, const Comparison& doubled) {
  ASSERT_EQ(once.evidence.size(), doubled.evidence.size());
  for (std::size_t i = 0; i < once.evidence.size(); ++i) {
    const SamplingLaw* a = once.evidence[i].law.get();
    const SamplingLaw* b = doubled.evidence[i].law.get();
    const char* name = method_name(once.evidence[i].method);
    // The noise of ranks knows ties: with every value twice it is larger by the order of 1/n.
    const bool by_ranks = once.evidence[i].method == Method::cramer_von_mises;
    const double p_slack = by_ranks ? 1e-6 : 1e-9;
    const double end_slack = by_ranks ? 1e-3 : 1e-6;
    ASSERT_NE(a, nullptr) << name;
    ASSERT_NE(b, nullptr) << name;
    EXPECT_NEAR(a->p_value().value(), b->p_value().value(), 1e-9) << name;
    for (const double tolerance : {0.01, 0.1, 0.3}) {
      EXPECT_NEAR(a->p_above(tolerance), b->p_above(tolerance), p_slack) << name << " " << tolerance;
      EXPECT_NEAR(a->p_below(tolerance), b->p_below(tolerance), p_slack) << name << " " << tolerance;
    }
    const auto ends = a->interval(0.9);
    const auto other = b->interval(0.9);
    ASSERT_EQ(ends.has_value(), other.has_value()) << name;
    if (!ends) continue;
    EXPECT_NEAR(ends->first, other->first, end_slack) << name;
    EXPECT_NEAR(ends->second, other->second, end_slack) << name;
  }
}

const Signal& signal_of(const Comparison& comparison, const std::string& name) {
  for (const Signal& signal : comparison.signals)
    if (signal.name == name) return signal;
  throw InputError("no signal " + name);
}

TEST(RowWeights, EveryNumberTwiceAtHalfTheWorthIsTheSameEvidence) {
  const std::vector<MethodSpec> methods = {{Method::psi},
                                           {Method::chi_square},
                                           {Method::jensen_shannon},
                                           {Method::hellinger},
                                           {Method::kl_divergence},
                                           {Method::total_variation},
                                           {Method::ks},
                                           {Method::wasserstein, 10, true},
                                           {Method::cramer_von_mises},
                                           {Method::energy},
                                           {Method::anderson_darling}};
  std::vector<double> now = normal_values(200, 0.3, 2);
  now[7] = 1e6;
  const std::vector<double> before = normal_values(300, 0.0, 1);
  const auto column = [](const std::vector<double>& values, std::uint64_t n_null) {
    ColumnProfile made = testing::numeric_column(values);
    made.n_null = n_null;
    made.n_rows += n_null;
    return made;
  };
  const Comparison once = compare_columns(column(before, 4), column(now, 9), methods);
  const Comparison doubled = compare_columns(column(twice(before), 8), column(twice(now), 18), methods, half);
  expect_same_laws(once, doubled);
  for (const char* name : {"nulls", "far_out"}) {
    for (const double tolerance : {0.0, 0.001, 0.02}) {
      EXPECT_NEAR(signal_of(once, name).law->p_above(tolerance), signal_of(doubled, name).law->p_above(tolerance), 1e-9)
          << name;
    }
  }
}

TEST(RowWeights, EveryLabelTwiceAtHalfTheWorthIsTheSameEvidence) {
  const std::vector<MethodSpec> methods = {{Method::psi}, {Method::chi_square}, {Method::total_variation}};
  const Comparison once =
      compare_columns(testing::label_column({400, 300, 200, 100}), testing::label_column({90, 110, 50, 30}), methods);
  const Comparison doubled = compare_columns(testing::label_column({800, 600, 400, 200}),
                                             testing::label_column({180, 220, 100, 60}), methods, half);
  expect_same_laws(once, doubled);
}

TEST(RowWeights, MakeNothingOfTheValues) {
  const ColumnProfile before = testing::numeric_column(normal_values(300, 0.0, 1));
  const ColumnProfile now = testing::numeric_column(normal_values(200, 0.3, 2));
  const std::vector<MethodSpec> methods = {{Method::psi}, {Method::ks}, {Method::energy}};
  const Comparison plain = compare_columns(before, now, methods);
  const Comparison weighted = compare_columns(before, now, methods, half);
  for (std::size_t i = 0; i < methods.size(); ++i) {
    EXPECT_EQ(plain.evidence[i].value, weighted.evidence[i].value);
    EXPECT_GT(weighted.evidence[i].law->p_value().value(), plain.evidence[i].law->p_value().value());
  }
}

TEST(RowWeights, MustBeAboveZeroAndAtMostOne) {
  const ColumnProfile labels = testing::label_column({5, 5});
  for (const double weight : {0.0, -1.0, 1.5}) {
    EXPECT_THROW(compare_columns(labels, labels, {{Method::psi}}, {{weight, 1.0}, {}, {}}), OptionError);
    EXPECT_THROW(compare_columns(labels, labels, {{Method::psi}}, {{}, {}, {1.0, weight}}), OptionError);
  }
}

TEST(BlockCounts, AddUpToTheBinsOfTheWhole) {
  const std::vector<double> values = normal_values(900, 0.0, 3);
  std::vector<ColumnProfile> blocks;
  for (std::size_t begin = 0; begin < values.size(); begin += 300)
    blocks.push_back(testing::numeric_column(std::span(values).subspan(begin, 300)));
  ColumnProfile empty = testing::numeric_column({});
  const ColumnProfile whole = testing::numeric_column(values);
  const auto counts = block_counts(whole, {&blocks[0], &blocks[1], &empty, &blocks[2]});
  ASSERT_EQ(counts.size(), 4U);
  ASSERT_EQ(counts[0].size(), 10U);
  for (std::size_t bin = 0; bin < 10; ++bin) {
    EXPECT_EQ(counts[2][bin], 0.0);
    EXPECT_EQ(counts[0][bin] + counts[1][bin] + counts[3][bin], 90.0);
  }
}

TEST(BlockCounts, OfLabelsAreInTheBinsOfTheReference) {
  const ColumnProfile first = testing::label_column({100, 50, 0});
  const ColumnProfile second = testing::label_column({60, 90, 3});
  const ColumnProfile whole = testing::label_column({160, 140, 3});
  const auto counts = block_counts(whole, {&first, &second});
  double unlabelled = 0.0;
  for (std::size_t bin = 2; bin < counts[1].size(); ++bin) unlabelled += counts[1][bin];
  EXPECT_EQ(counts[0][0] + counts[0][1], 150.0);
  EXPECT_EQ(counts[1][0] + counts[1][1], 150.0);
  EXPECT_EQ(unlabelled, 3.0);
}

}  // namespace
}  // namespace driftline
