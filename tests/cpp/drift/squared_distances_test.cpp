// Cramér–von Mises, energy and Anderson–Darling: their limit laws and what the cells say of the rows.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include "columns.hpp"
#include "driftline/base/random.hpp"
#include "driftline/drift/anderson_darling.hpp"
#include "driftline/drift/compare.hpp"
#include "driftline/drift/squared_noise.hpp"
#include "summary/shapes.hpp"

namespace driftline {
namespace {

const std::vector<MethodSpec> methods{{Method::cramer_von_mises}, {Method::energy}, {Method::anderson_darling}};

TEST(SquaredNoise, HasThePublishedQuantiles) {
  EXPECT_NEAR(cramer_von_mises_above(0.46136), 0.05, 1e-5);
  EXPECT_NEAR(cramer_von_mises_above(0.74346), 0.01, 2e-6);
  EXPECT_NEAR(anderson_darling_above(2.492367), 0.05, 1e-7);
  EXPECT_NEAR(anderson_darling_above(3.878125), 0.01, 1e-7);
  EXPECT_EQ(cramer_von_mises_above(0.0), 1.0);
  EXPECT_EQ(anderson_darling_above(0.0), 1.0);
}

TEST(SquaredNoise, LawsFallFromOneToNothing) {
  for (double (*above)(double) : {&cramer_von_mises_above, &anderson_darling_above}) {
    EXPECT_NEAR(above(0.041), 1.0, above == &cramer_von_mises_above ? 0.1 : 1e-10);
    double before = 1.0;
    for (double x = 0.001; x < 60.0; x *= 1.05) {
      const double here = above(x);
      EXPECT_LE(here, before + 1e-12) << x;
      EXPECT_GT(here, 0.0) << x;
      before = here;
    }
  }
}

TEST(SquaredNoise, FarInTheTailTheLeadingWeightIsLeft) {
  // P(λ₁ χ² > x) · Π (1 − λ_j/λ₁)^(−1/2); the products are 1/2 and 1/3.
  const double pi = std::numbers::pi;
  for (const double x : {5.0, 20.0, 100.0}) {
    EXPECT_NEAR(cramer_von_mises_above(x) / (std::sqrt(2.0) * std::erfc(pi * std::sqrt(0.5 * x))), 1.0, 0.1 / x);
    EXPECT_NEAR(anderson_darling_above(5.0 * x) / (std::sqrt(3.0) * std::erfc(std::sqrt(5.0 * x))), 1.0, 0.5 / x);
  }
}

TEST(SquaredNoise, BridgesOnAFineGridHaveTheLawOfTheIntegral) {
  std::vector<BridgeWeight> grid;
  for (int i = 1; i < 256; ++i) grid.push_back({i / 256.0, 1.0 / 256.0});
  for (const double x : {0.05, 0.1, 0.461, 0.743, 2.0}) {
    EXPECT_NEAR(bridge_squares_above(grid, x) / cramer_von_mises_above(x), 1.0, 2e-4) << x;
  }
}

/// Against the Laplace transform Π (1 + 2 λ_j s)^(−1/2) / s, inverted with mpmath (Talbot's contour, 40 digits), λ_j
/// being the eigenvalues of the bridge's weighted covariances.
TEST(SquaredNoise, BridgesOnAFineGridHaveTheRightTailCloseToOne) {
  std::vector<BridgeWeight> grid;
  for (int i = 1; i < 256; ++i) grid.push_back({i / 256.0, 1.0 / 256.0});
  const std::vector<std::pair<double, double>> at_most{{0.006, 1.6942385e-9},
                                                       {0.0075, 1.0004861e-7},
                                                       {0.009, 1.5450444e-6},
                                                       {0.0105, 1.0994783e-5},
                                                       {0.02, 0.003015394}};
  for (const auto& [x, expected] : at_most) {
    EXPECT_NEAR(1.0 - bridge_squares_above(grid, x), expected, 1e-7 * expected + 1e-11) << x;
  }
  EXPECT_EQ(bridge_squares_above(grid, 0.005), 1.0);
}

TEST(SquaredNoise, OneWeightHasTheLawOfASquare) {
  for (const double x : {0.1, 1.0, 5.0, 300.0}) {
    const double expected = std::erfc(std::sqrt(0.5 * x));
    EXPECT_NEAR(bridge_squares_above({{0.3, 2.0}}, 0.42 * x) / expected, 1.0, 1e-10) << x;
  }
  EXPECT_EQ(bridge_squares_above({}, 1.0), 1.0);
  EXPECT_EQ(bridge_squares_above({{0.3, 0.0}}, 1.0), 1.0);
}

TEST(SquaredNoise, BridgesHaveTheLawOfDrawnOnes) {
  constexpr int n_draws = 20'000;
  const std::vector<BridgeWeight> weights{{0.1, 3.0}, {0.4, 1.0}, {0.5, 10.0}, {0.9, 0.5}, {0.95, 7.0}};
  std::vector<double> sums(n_draws);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const std::uint64_t key = random_key(3, 7, i);
    std::vector<double> walk;
    double position = 0.0, share = 0.0;
    for (std::size_t j = 0; j < weights.size(); ++j) {
      walk.push_back(position += std::sqrt(weights[j].share - share) * random_normal(key, j));
      share = weights[j].share;
    }
    position += std::sqrt(1.0 - share) * random_normal(key, weights.size());
    for (std::size_t j = 0; j < weights.size(); ++j) {
      const double bridge = walk[j] - weights[j].share * position;
      sums[i] += weights[j].weight * bridge * bridge;
    }
  }
  for (const double x : {0.3, 1.0, 2.0, 5.0, 15.0, 25.0}) {
    const auto reached = static_cast<double>(std::count_if(sums.begin(), sums.end(), [x](double s) { return s > x; }));
    const double expected = bridge_squares_above(weights, x);
    EXPECT_NEAR(reached / n_draws, expected, 5.0 * std::sqrt(expected * (1.0 - expected) / n_draws)) << x;
  }
}

TEST(SquaredNoise, NoWeightsHaveALargerTailThanTheBound) {
  constexpr int n_draws = 20'000;
  const std::vector<std::vector<double>> weights{
      {1.0}, {0.5, 0.5}, {0.9, 0.1}, {0.25, 0.25, 0.25, 0.25}, {0.61, 0.15, 0.07, 0.04, 0.13}};
  for (std::size_t w = 0; w < weights.size(); ++w) {
    std::vector<double> sums(n_draws);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const std::uint64_t key = random_key(w, 7, i);
      for (std::size_t j = 0; j < weights[w].size(); ++j) {
        const double z = random_normal(key, j);
        sums[i] += weights[w][j] * z * z;
      }
    }
    for (const double x : {1.01, 1.3, 1.6, 2.0, 3.0, 5.0, 7.0}) {
      const auto reached =
          static_cast<double>(std::count_if(sums.begin(), sums.end(), [x](double s) { return s > x; }));
      const double bound = quadratic_above(x);
      // Five standard deviations of the draws fail once in a million.
      EXPECT_LE(reached / n_draws, bound + 5.0 * std::sqrt(bound / n_draws)) << w << ' ' << x;
    }
  }
}

TEST(SquaredNoise, QuantilesInvertTheBound) {
  for (const double p : {0.4, 0.25, 0.2, 0.05, 1e-3, 1e-12}) {
    const double x = quadratic_quantile(p);
    EXPECT_LE(quadratic_above(x * (1.0 + 1e-12)), p * (1.0 + 1e-9)) << p;
    EXPECT_GE(quadratic_above(x * (1.0 - 1e-9)), p * (1.0 - 1e-6)) << p;
  }
}

TEST(AndersonDarling, DeviationFollowsFromTheDoubleSum) {
  // Σ_{i=1}^{N−2} Σ_{j=i+1}^{N−1} 1/((N − i) j), as printed by Scholz and Stephens.
  for (const auto& [n, m] : {std::pair(2, 2), std::pair(9, 15), std::pair(40, 300)}) {
    const int both = n + m;
    double h = 0.0, g = 0.0;
    for (int i = 1; i < both; ++i) h += 1.0 / i;
    for (int i = 1; i <= both - 2; ++i)
      for (int j = i + 1; j <= both - 1; ++j) g += 1.0 / (static_cast<double>(both - i) * j);
    const double s = 1.0 / n + 1.0 / m, N = both, k = 2.0;
    const double a = (4 * g - 6) * (k - 1) + (10 - 6 * g) * s;
    const double b = (2 * g - 4) * k * k + 8 * h * k + (2 * g - 14 * h - 4) * s - 8 * h + 4 * g - 6;
    const double c = (6 * h + 2 * g - 2) * k * k + (4 * h - 4 * g + 6) * k + (2 * h - 6) * s + 4 * h;
    const double d = (2 * h + 6) * k * k - 4 * h * k;
    const double variance = (a * N * N * N + b * N * N + c * N + d) / ((N - 1) * (N - 2) * (N - 3));
    EXPECT_NEAR(anderson_darling_deviation(n, m).value(), std::sqrt(variance), 1e-12) << n << ' ' << m;
  }
  EXPECT_FALSE(anderson_darling_deviation(2, 1));
  // That of the limit is √(2(π² − 9)/3).
  const double pi = std::numbers::pi;
  EXPECT_NEAR(anderson_darling_deviation(1e9, 1e9).value(), std::sqrt(2.0 * (pi * pi - 9.0) / 3.0), 1e-7);
}

struct Exact {
  double omega2 = 0.0;
  double energy = 0.0;
  double a2 = 0.0;
};

/// Value by value, from the sorted rows.
Exact of_rows(std::vector<double> reference, std::vector<double> current) {
  std::sort(reference.begin(), reference.end());
  std::sort(current.begin(), current.end());
  const auto n = static_cast<double>(reference.size());
  const auto m = static_cast<double>(current.size());
  std::vector<double> values = reference;
  values.insert(values.end(), current.begin(), current.end());
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  Exact exact;
  double r = 0.0, c = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto up_to = [x = values[i]](const std::vector<double>& rows) {
      return static_cast<double>(std::upper_bound(rows.begin(), rows.end(), x) - rows.begin());
    };
    const double to_r = up_to(reference), to_c = up_to(current);
    const double before = r / n - c / m, after = to_r / n - to_c / m;
    exact.omega2 += 0.5 * ((to_r - r) / n + (to_c - c) / m) * (before * before + before * after + after * after) / 3.0;
    if (i + 1 < values.size()) exact.energy += 2.0 * after * after * (values[i + 1] - values[i]);
    const double rows = to_r + to_c - r - c;
    const double middle = 0.5 * (to_r + to_c + r + c);
    const double gap = 0.5 * (before + after) * n * m;
    const double varies = middle * (n + m - middle) - 0.25 * (n + m) * rows;
    if (varies > 0.0) exact.a2 += rows * gap * gap / varies * (n + m - 1.0) / ((n + m) * n * m);
    r = to_r;
    c = to_c;
  }
  exact.energy = std::sqrt(exact.energy);
  return exact;
}

TEST(SquaredDistances, CertifiedIntervalsHoldTheDistanceOfTheRows) {
  for (const std::uint32_t resolution : {64u, 512u, 8192u}) {
    const auto reference = testing::shapes(6'000, 1);
    const auto current = testing::shapes(4'000, 2);
    for (std::size_t i = 0; i < reference.size(); ++i) {
      for (const double shift : {0.0, 0.1}) {
        std::vector<double> moved = current[i].values;
        for (double& x : moved) x += shift * std::abs(x);
        const Exact exact = of_rows(reference[i].values, moved);
        const Comparison found = compare_columns(testing::numeric_column(reference[i].values, "float64", resolution),
                                                 testing::numeric_column(moved, "float64", resolution), methods);
        const double expected[] = {exact.omega2, exact.energy, exact.a2};
        for (std::size_t k = 0; k < 3; ++k) {
          const Evidence& evidence = found.evidence[k];
          if (!std::isfinite(expected[k])) continue;  // the plain sum leaves the range of doubles
          const double rounding = 1e-9 * expected[k] + 1e-13 + (k == 1 ? 1e-7 * 0x1p-500 : 0.0);
          EXPECT_LE(*evidence.certified_low, expected[k] + rounding) << reference[i].name << ' ' << resolution << k;
          EXPECT_GE(*evidence.certified_high, expected[k] - rounding) << reference[i].name << ' ' << resolution << k;
          EXPECT_LE(*evidence.certified_low, *evidence.value);
          EXPECT_GE(*evidence.certified_high, *evidence.value);
        }
      }
    }
  }
}

TEST(SquaredDistances, TheSameRowsAreAtDistanceZeroWithoutDoubt) {
  for (const auto& [name, values] : testing::shapes(5'000)) {
    const ColumnProfile column = testing::numeric_column(values);
    for (const Evidence& evidence : compare_columns(column, column, methods).evidence) {
      EXPECT_EQ(*evidence.value, 0.0) << name << ' ' << method_name(evidence.method);
      EXPECT_EQ(*evidence.certified_low, 0.0) << name << ' ' << method_name(evidence.method);
      EXPECT_EQ(*evidence.law->p_value(), 1.0) << name << ' ' << method_name(evidence.method);
    }
  }
}

TEST(SquaredDistances, EnergyIsFiniteForAllDoubles) {
  const std::vector<double> low{-1.7e308, -1.7e308}, high{1.7e308, 1.7e308};
  const Comparison found = compare_columns(testing::numeric_column(low), testing::numeric_column(high), methods);
  EXPECT_NEAR(*found.evidence[1].value / std::sqrt(6.8) / 1e154, 1.0, 1e-12);
  EXPECT_NEAR(*found.evidence[0].value, 1.0 / 3.0, 1e-15);
}

TEST(SquaredDistances, IntervalsNarrowWithMoreCurrentRows) {
  const auto reference = testing::shapes(6'000, 1).front().values;
  std::vector<double> moved = testing::shapes(300, 2).front().values;
  for (double& x : moved) x += 0.3;
  const Comparison found = compare_columns(testing::numeric_column(reference), testing::numeric_column(moved), methods);
  for (std::size_t k = 0; k < 2; ++k) {
    const auto now = found.evidence[k].law->interval(0.9).value();
    const auto later = found.evidence[k].law->with_current_rows(3'000)->interval(0.9).value();
    EXPECT_LT(now.first, later.first);
    EXPECT_GT(now.second, later.second);
  }
}

}  // namespace
}  // namespace driftline
