// Divergences and their law on tables of counts.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "columns.hpp"
#include "driftline/base/error.hpp"
#include "driftline/drift/chi_square_law.hpp"
#include "driftline/drift/compare.hpp"
#include "driftline/drift/divergences.hpp"

namespace driftline {
namespace {

constexpr Method with_law[] = {Method::psi, Method::kl_divergence, Method::jensen_shannon, Method::hellinger};

std::shared_ptr<const BinTable> table_of(const std::vector<double>& reference, const std::vector<double>& current) {
  BinTable table;
  table.reference_counts = table.reference_counts_low = table.reference_counts_high = reference;
  table.current_counts = table.current_counts_low = table.current_counts_high = current;
  for (const double count : reference) table.n += count;
  for (const double count : current) table.m += count;
  return std::make_shared<const BinTable>(table);
}

TEST(Slopes, AreThoseOfTheTerm) {
  for (const Method method : with_law) {
    const Shrinkage shrinkage = shrinkage_of(method, 400.0, 150.0, 12.0);
    for (const double p : {0.01, 0.2, 0.6}) {
      for (const double q : {0.02, 0.2, 0.5}) {
        const double step = 1e-6;
        const auto term = [&](double a, double b) { return divergence_term(method, shrinkage, {a, b}); };
        const Slopes found = divergence_slopes(method, shrinkage, {p, q});
        // A term of KL holds − q + p beside q ln(q/p), so a central difference of it has an error of the order step².
        EXPECT_NEAR(found.p, (term(p + step, q) - term(p - step, q)) / (2.0 * step), 1e-6 / p) << method_name(method);
        EXPECT_NEAR(found.q, (term(p, q + step) - term(p, q - step)) / (2.0 * step), 1e-6 / q) << method_name(method);
      }
    }
  }
}

TEST(TermRange, HoldsTheTermOfEveryCountInside) {
  for (const Method method :
       {Method::psi, Method::kl_divergence, Method::jensen_shannon, Method::hellinger, Method::total_variation}) {
    const Shrinkage shrinkage = shrinkage_of(method, 100.0, 80.0, 5.0);
    for (double low = 0.0; low <= 40.0; low += 5.0) {
      const CountRange current{low, low + 12.0};
      const CountRange range = term_range(method, shrinkage, {20.0, 22.0}, 100.0, current, 80.0);
      for (double r = 20.0; r <= 22.0; r += 1.0) {
        for (double c = current.low; c <= current.high; c += 1.0) {
          const double term = divergence_term(method, shrinkage, {r / 100.0, c / 80.0});
          EXPECT_GE(term, range.low - 1e-15);
          EXPECT_LE(term, range.high + 1e-15);
        }
      }
    }
  }
}

const std::vector<std::pair<std::vector<double>, std::vector<double>>> tables = {
    {{100, 100, 100, 100}, {60, 90, 120, 130}},
    {{5000, 300, 3, 0, 20}, {700, 90, 0, 4, 1}},
    {{200, 0}, {0, 300}},
    {{400, 400}, {200, 200}},
    {{3419, 46573, 0}, {0, 50008, 0}},
};

TEST(ChiSquareLaw, ToleranceAndIntervalAgree) {
  for (const Method method : with_law) {
    for (const auto& [reference, current] : tables) {
      const auto law = chi_square_law(method, table_of(reference, current));
      const auto [low, high] = *law->interval(0.9);
      EXPECT_LE(low, high);
      if (low > 0.0) {
        EXPECT_LE(law->p_above(low * (1.0 - 1e-6)), 0.05 + 1e-6) << method_name(method);
        EXPECT_GE(law->p_above(low * (1.0 + 1e-6)), 0.05 - 1e-6) << method_name(method);
      }
      if (is_root(method) && high == 1.0) continue;  // the end of the range
      EXPECT_LE(law->p_below(high * (1.0 + 1e-5) + 1e-12), 0.05 + 1e-4) << method_name(method);
      EXPECT_GE(law->p_below(high * (1.0 - 1e-5)), 0.05 - 1e-4) << method_name(method);
    }
  }
}

TEST(ChiSquareLaw, ClaimsWeakenTowardsTheEstimate) {
  for (const Method method : with_law) {
    for (const auto& [reference, current] : tables) {
      const auto law = chi_square_law(method, table_of(reference, current));
      double above = 0.0;
      double below = 1.0;
      for (double tolerance = 0.0; tolerance < 1.0; tolerance += 0.02) {
        EXPECT_GE(law->p_above(tolerance), above - 1e-9);
        EXPECT_LE(law->p_below(tolerance), below + 1e-6);
        above = law->p_above(tolerance);
        below = law->p_below(tolerance);
      }
    }
  }
}

TEST(ChiSquareLaw, SidesWithoutACommonBinAreFarApart) {
  for (const Method method : with_law) {
    const auto law = chi_square_law(method, table_of({500, 500, 0, 0}, {0, 0, 400, 400}));
    EXPECT_LT(*law->p_value(), 1e-100) << method_name(method);
    EXPECT_LT(law->p_above(0.25), 1e-6) << method_name(method);
  }
}

TEST(ChiSquareLaw, EmptyBinsKeepOkFromBeingClaimedOnFewRows) {
  const auto few = chi_square_law(Method::psi, table_of({30, 20, 0}, {25, 25, 0}));
  EXPECT_GT(few->p_below(0.1), 0.05);
  const auto many = chi_square_law(Method::psi, table_of({5000, 5000, 0}, {5000, 5000, 0}));
  EXPECT_LT(many->p_below(0.1), 1e-3);
}

TEST(RowsNeeded, IsTheSmallestNumberThatSettles) {
  const auto table = table_of({5000, 5000, 5000, 5000}, {38, 25, 20, 27});
  const auto law = chi_square_law(Method::psi, table);
  const double value = divergence(*table, Method::psi).value;
  const RowsNeeded needed = rows_needed(law.get(), value, 110, 0.1, 0.05);
  ASSERT_TRUE(needed.rows) << needed.reason;
  ASSERT_GT(*needed.rows, 110u);
  const auto settles = [&](std::uint64_t rows) {
    const auto resized = law->with_current_rows(static_cast<double>(rows));
    return resized->p_above(0.1) <= 0.05 || resized->p_below(0.1) <= 0.05;
  };
  EXPECT_TRUE(settles(*needed.rows));
  EXPECT_FALSE(settles(*needed.rows - 1));
}

TEST(RowsNeeded, SaysWhyThereIsNoNumber) {
  const auto table = table_of({12, 13, 12, 13}, {25, 15, 30, 30});
  const auto law = chi_square_law(Method::psi, table);
  const double value = divergence(*table, Method::psi).value;
  EXPECT_EQ(rows_needed(law.get(), value, 100, value, 0.05).reason, "at_tolerance");
  EXPECT_EQ(rows_needed(law.get(), value, 100, 0.1, 0.05).reason, "reference_too_small");
  EXPECT_EQ(rows_needed(nullptr, value, 100, 0.1, 0.05).reason, "no_law");
  EXPECT_THROW(rows_needed(law.get(), value, 100, 0.1, 0.0), OptionError);
}

TEST(CategoryBins, CountEveryRowOnce) {
  const ColumnProfile reference = testing::label_column({4000, 3000, 800, 30, 20, 5, 1, 1, 0});
  const ColumnProfile current = testing::label_column({100, 120, 0, 3, 0, 0, 2, 0, 9});
  const BinTable table =
      category_bins(std::get<CategorySummary>(reference.summary), std::get<CategorySummary>(current.summary));
  EXPECT_EQ(table.size(), 3u + 16u);  // three labels hold at least 1/40
  double n = 0.0, m = 0.0;
  for (std::size_t i = 0; i < table.size(); ++i) n += table.reference_counts[i], m += table.current_counts[i];
  EXPECT_EQ(n, 7857.0);
  EXPECT_EQ(m, 234.0);
  EXPECT_EQ(table.labels[0][0].second, "0");
  EXPECT_EQ(table.bin_names[3], "other 0");
}

TEST(CompareColumns, RefusesWhatAColumnCannotHave) {
  const ColumnProfile labels = testing::label_column({10, 20});
  const ColumnProfile numbers = testing::numeric_column(std::vector<double>{1.0, 2.0});
  EXPECT_THROW(compare_columns(labels, labels, {{Method::ks}}), OptionError);
  EXPECT_THROW(compare_columns(labels, labels, {{Method::psi, 1}}), OptionError);
  EXPECT_THROW(compare_columns(labels, numbers, {{Method::psi}}), InputError);
}

}  // namespace
}  // namespace driftline
