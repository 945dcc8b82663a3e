// Cells on demand and tables of quantiles, against the plain queries.
#include "driftline/drift/side_cells.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "columns.hpp"
#include "driftline/profile/queries.hpp"
#include "summary/shapes.hpp"

namespace driftline {
namespace {

TEST(SideCells, AreTheCertifiedCells) {
  for (const auto& [name, values] : testing::shapes(30'000)) {
    const ColumnProfile column = testing::numeric_column(values);
    const auto& summary = std::get<NumericSummary>(column.summary);
    const SideCells cells(summary.histogram, summary, FloatWidth::full);
    const std::vector<Cell> expected = certified_cells(summary);
    ASSERT_EQ(cells.size(), expected.size()) << name;
    double rows = 0.0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(cells.low(i), expected[i].low) << name;
      ASSERT_EQ(cells.high(i), expected[i].high) << name;
      ASSERT_EQ(cells.one_value(i), expected[i].low == expected[i].high) << name;
      rows += cells.count(i);
    }
    EXPECT_EQ(cells.rows(0, cells.size()), rows) << name;
  }
}

/// Both are first indices: false before and true from there on.
void expect_first_cells(const SideCells& cells, double x, const std::string& name) {
  const std::size_t reaching = cells.first_reaching(x);
  const std::size_t above = cells.first_above(x);
  ASSERT_TRUE(reaching == 0 || cells.high(reaching - 1) < x) << name << ' ' << x;
  ASSERT_TRUE(reaching == cells.size() || cells.high(reaching) >= x) << name << ' ' << x;
  ASSERT_TRUE(above == 0 || cells.low(above - 1) < x) << name << ' ' << x;
  ASSERT_TRUE(above == cells.size() || cells.low(above) >= x) << name << ' ' << x;
}

TEST(SideCells, FindTheFirstCellAtAValue) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const auto& [name, values] : testing::shapes(30'000)) {
    const ColumnProfile column = testing::numeric_column(values);
    const auto& summary = std::get<NumericSummary>(column.summary);
    for (const FloatWidth width : {FloatWidth::full, FloatWidth::single}) {
      const LogLinearHistogram histogram =
          width == FloatWidth::full ? summary.histogram : round_cells(summary.histogram, width);
      const SideCells cells(histogram, summary, width);
      for (const double x : {-infinity, -10.0, -1.0, -0.3, -0.0, 0.1, 0.5, 0.77, 2.5, 1e300, infinity})
        expect_first_cells(cells, x, name);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        for (const double end : {cells.low(i), cells.high(i)}) {
          for (const double x : {std::nextafter(end, -infinity), end, std::nextafter(end, infinity)})
            expect_first_cells(cells, x, name);
        }
      }
    }
  }
}

TEST(SideCells, FindWhereRowsAddUp) {
  for (const auto& [name, values] : testing::shapes(30'000)) {
    const ColumnProfile column = testing::numeric_column(values);
    const auto& summary = std::get<NumericSummary>(column.summary);
    const SideCells cells(summary.histogram, summary, FloatWidth::full);
    for (const double rows : {0.0, 1.0, 7.5, 100.0, 2999.9, 30'000.0}) {
      std::vector<std::size_t> large;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (cells.count(i) >= rows) large.push_back(i);
      }
      EXPECT_EQ(cells.cells_of_at_least(rows), large) << name << ' ' << rows;
      for (const std::size_t begin : {std::size_t{0}, cells.size() / 3, cells.size() - 1}) {
        std::size_t end = begin + 1;
        for (double open = cells.count(begin); end < cells.size() && open + cells.count(end) <= rows; ++end)
          open += cells.count(end);
        EXPECT_EQ(cells.first_exceeding(begin, rows), end) << name << ' ' << rows;
      }
    }
    for (const std::uint64_t rank : {1u, 2u, 15'000u, 29'999u, 30'000u}) {
      const std::size_t cell = cells.cell_of_rank(rank);
      EXPECT_LT(cells.rows_before(cell), rank) << name;
      EXPECT_GE(cells.rows_before(cell + 1), rank) << name;
    }
  }
}

TEST(SideCells, GiveTheQuantilesOfTheQueries) {
  for (const auto& [name, values] : testing::shapes(30'000)) {
    const ColumnProfile column = testing::numeric_column(values);
    const auto& summary = std::get<NumericSummary>(column.summary);
    const SideCells cells(summary.histogram, summary, FloatWidth::full);
    for (const double q : {0.0, 1e-6, 0.01, 0.25, 0.5, 0.7501, 0.99, 1.0}) {
      EXPECT_EQ(quantile_bounds_of(cells, q), quantile_bounds(summary, q)) << name << ' ' << q;
      EXPECT_EQ(quantile_of(cells, q), quantile(summary, q)) << name << ' ' << q;
    }
  }
}

}  // namespace
}  // namespace driftline
