// The cells of one side of a column, looked up one at a time.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "driftline/drift/float_width.hpp"
#include "driftline/summary/numeric_summary.hpp"

namespace driftline {

/// Cells in ascending order as ranges of values after rounding to a width, cut by the smallest and the largest value.
///
/// Rows are added up once, group of cells by group; the rest is worked out when asked for, as a comparison looks at few
/// cells. Keeps references: histogram and summary must outlive it.
class SideCells {
 public:
  /// `histogram` is that of `summary`, or the same after `round_cells`. At least one value. O(cells).
  SideCells(const LogLinearHistogram& histogram, const NumericSummary& summary, FloatWidth width);

  const NumericSummary& summary() const { return summary_; }
  std::size_t size() const { return histogram_.counts.size(); }
  double count(std::size_t i) const { return static_cast<double>(histogram_.counts[i]); }
  /// Rows of the cells [0, i), and of the cells [begin, end). O(1).
  std::uint64_t rows_before(std::size_t i) const;
  double rows(std::size_t begin, std::size_t end) const {
    return static_cast<double>(rows_before(end) - rows_before(begin));
  }
  /// Level of the page that a cell is on. O(log pages).
  int level(std::size_t i) const { return page_of(i).level; }
  /// The smallest and the largest value that a cell can hold. O(log pages).
  std::pair<double, double> range(std::size_t i) const;
  double low(std::size_t i) const { return range(i).first; }
  double high(std::size_t i) const { return range(i).second; }
  bool one_value(std::size_t i) const {
    const auto [low_end, high_end] = range(i);
    return low_end == high_end;
  }

  /// The cells of at least `least` ≥ 0 rows, ascending. O(groups), and a group's cells where it has as many rows.
  std::vector<std::size_t> cells_of_at_least(double least) const;
  /// The cell of the row of rank `rank`, 1 ≤ rank ≤ rows. O(log cells).
  std::size_t cell_of_rank(std::uint64_t rank) const;
  /// The first cell after `begin` such that [begin, it] holds more than `rows` rows; size() if none. O(log cells).
  std::size_t first_exceeding(std::size_t begin, double rows) const;
  /// The first cell with a value of at least x, and the first with no smaller value. O(log cells).
  std::size_t first_reaching(double x) const;
  std::size_t first_above(double x) const;

 private:
  static constexpr std::size_t group_size = 64;

  std::pair<double, double> range(const Page& page, std::size_t i) const;
  const Page& page_of(std::size_t i) const;
  std::size_t first_cell_at(double x, bool whole) const;
  template <class Predicate>
  std::size_t first_cell(const Predicate& holds) const;

  const LogLinearHistogram& histogram_;
  const NumericSummary& summary_;
  double min_;
  double max_;
  FloatWidth width_;
  std::vector<std::uint64_t> rows_before_group_;  // one more than groups: the last is all rows
};

/// Quantiles of one side: the same numbers as `quantile` and `quantile_bounds` of profile/queries.hpp. `cells` are
/// those of the summary as it is; 0 ≤ q ≤ 1. O(log cells).
double quantile_of(const SideCells& cells, double q);
std::pair<double, double> quantile_bounds_of(const SideCells& cells, double q);

}  // namespace driftline
