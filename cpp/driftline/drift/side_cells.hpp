// The cells of one side of a column, looked up one at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "driftline/drift/float_width.hpp"
#include "driftline/summary/numeric_summary.hpp"

namespace driftline {

/// Cells in ascending order as ranges of values after rounding to a width, cut by the smallest and the largest value.
///
/// Ranges are worked out when asked for: a comparison needs the counts of all cells and the ranges of few. Keeps
/// references: histogram and summary must outlive it.
class SideCells {
 public:
  /// `histogram` is that of `summary`, or the same after `round_cells`. At least one value.
  SideCells(const LogLinearHistogram& histogram, const NumericSummary& summary, FloatWidth width);

  std::size_t size() const { return histogram_.counts.size(); }
  double count(std::size_t i) const { return static_cast<double>(histogram_.counts[i]); }
  /// Rows of the cells [begin, end).
  double rows(std::size_t begin, std::size_t end) const;
  double low(std::size_t i) const { return range(i).first; }
  double high(std::size_t i) const { return range(i).second; }
  bool one_value(std::size_t i) const {
    const auto [low_end, high_end] = range(i);
    return low_end == high_end;
  }

  /// The first cell with a value of at least x, and the first with no smaller value. O(log cells).
  std::size_t first_reaching(double x) const;
  std::size_t first_above(double x) const;

 private:
  std::pair<double, double> range(std::size_t i) const;

  const LogLinearHistogram& histogram_;
  double min_;
  double max_;
  FloatWidth width_;
};

/// Quantiles of one side, many of them: the same numbers as `quantile` and `quantile_bounds` of profile/queries.hpp.
class QuantileTable {
 public:
  explicit QuantileTable(const NumericSummary& summary);

  /// 0 ≤ q ≤ 1. O(log cells).
  double at(double q) const;
  std::pair<double, double> bounds(double q) const;

 private:
  /// The rank of the value asked for, its cell, and the rows before that cell.
  struct Position {
    std::uint64_t rank;
    std::size_t cell;
    std::uint64_t before;
  };
  Position find(double q) const;
  std::pair<double, double> bounds(const Position& position) const;

  const NumericSummary& summary_;
  SideCells cells_;
  std::vector<std::uint64_t> rows_up_to_;  // and with each cell
};

}  // namespace driftline
