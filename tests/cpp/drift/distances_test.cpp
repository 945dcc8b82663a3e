// Distances on cells against the rows themselves.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "columns.hpp"
#include "driftline/drift/compare.hpp"
#include "summary/shapes.hpp"

namespace driftline {
namespace {

struct Distances {
  double ks = 0.0;
  double wasserstein = 0.0;
};

/// From the sorted rows, value by value.
Distances of_rows(std::vector<double> reference, std::vector<double> current) {
  std::sort(reference.begin(), reference.end());
  std::sort(current.begin(), current.end());
  std::vector<double> all = reference;
  all.insert(all.end(), current.begin(), current.end());
  std::sort(all.begin(), all.end());
  Distances result;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto share = [x = all[i]](const std::vector<double>& rows) {
      return static_cast<double>(std::upper_bound(rows.begin(), rows.end(), x) - rows.begin()) /
             static_cast<double>(rows.size());
    };
    const double gap = std::abs(share(reference) - share(current));
    result.ks = std::max(result.ks, gap);
    if (i + 1 < all.size()) result.wasserstein += gap * (all[i + 1] - all[i]);
  }
  return result;
}

TEST(Distances, CertifiedIntervalsHoldTheDistanceOfTheRows) {
  const std::vector<MethodSpec> methods{{Method::ks}, {Method::wasserstein}};
  for (const std::uint32_t resolution : {64u, 512u, 8192u}) {
    const auto reference = testing::shapes(6'000, 1);
    const auto current = testing::shapes(4'000, 2);
    for (std::size_t i = 0; i < reference.size(); ++i) {
      for (const double shift : {0.0, 0.1}) {
        std::vector<double> moved = current[i].values;
        for (double& x : moved) x += shift * std::abs(x);
        const Distances exact = of_rows(reference[i].values, moved);
        const Comparison found = compare_columns(testing::numeric_column(reference[i].values, "float64", resolution),
                                                 testing::numeric_column(moved, "float64", resolution), methods);
        const Evidence& ks = found.evidence[0];
        EXPECT_LE(*ks.certified_low, exact.ks + 1e-12) << reference[i].name << ' ' << resolution;
        EXPECT_GE(*ks.certified_high, exact.ks - 1e-12) << reference[i].name << ' ' << resolution;
        EXPECT_EQ(*ks.value, *ks.certified_low);
        const Evidence& w = found.evidence[1];
        // The sum over the rows rounds too, by up to half a unit in the last place of every term.
        const double rounding = 1e-11 * (exact.wasserstein + std::abs(reference[i].values[0])) + 1e4 * 0x1p-1074;
        EXPECT_LE(*w.certified_low, exact.wasserstein + rounding) << reference[i].name << ' ' << resolution;
        EXPECT_GE(*w.certified_high, exact.wasserstein - rounding) << reference[i].name << ' ' << resolution;
        EXPECT_LE(*w.certified_low, *w.value);
        EXPECT_GE(*w.certified_high, *w.value);
      }
    }
  }
}

TEST(Distances, AreExactWhereEveryCellIsOneValue) {
  std::mt19937_64 random(4);
  std::vector<double> reference(3'000), current(2'000);
  for (double& x : reference) x = static_cast<double>(random() % 500) / 8.0;
  for (double& x : current) x = static_cast<double>(random() % 400) / 8.0;
  const Distances exact = of_rows(reference, current);
  const Comparison found = compare_columns(testing::numeric_column(reference), testing::numeric_column(current),
                                           {{Method::ks}, {Method::wasserstein}});
  EXPECT_NEAR(*found.evidence[0].value, exact.ks, 1e-14);
  EXPECT_EQ(*found.evidence[0].certified_high, *found.evidence[0].certified_low);
  EXPECT_NEAR(*found.evidence[1].value, exact.wasserstein, 1e-12 * exact.wasserstein);
  EXPECT_EQ(*found.evidence[1].certified_high, *found.evidence[1].certified_low);
}

TEST(Distances, TheSameRowsAreAtDistanceZero) {
  const std::vector<MethodSpec> methods{
      {Method::psi},           {Method::jensen_shannon}, {Method::hellinger}, {Method::total_variation},
      {Method::kl_divergence}, {Method::chi_square},     {Method::ks},        {Method::wasserstein}};
  for (const auto& [name, values] : testing::shapes(5'000)) {
    const ColumnProfile column = testing::numeric_column(values);
    for (const Evidence& evidence : compare_columns(column, column, methods).evidence) {
      EXPECT_EQ(*evidence.value, 0.0) << name << ' ' << method_name(evidence.method);
      EXPECT_EQ(*evidence.certified_low, 0.0) << name << ' ' << method_name(evidence.method);
    }
  }
}

TEST(Distances, BeyondTheLargestDoubleAreUndefined) {
  const std::vector<double> low{-1.7e308, -1.7e308}, high{1.7e308, 1.7e308};
  const Comparison found = compare_columns(testing::numeric_column(low), testing::numeric_column(high),
                                           {{Method::wasserstein}, {Method::wasserstein_scaled}, {Method::ks}});
  EXPECT_FALSE(found.evidence[0].value);
  EXPECT_EQ(found.evidence[0].reason, "overflow");
  EXPECT_EQ(found.evidence[1].reason, "undefined_scale");
  EXPECT_EQ(*found.evidence[2].value, 1.0);
}

}  // namespace
}  // namespace driftline
