// The two sides of a numeric column, cell by cell and at one width.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "driftline/drift/float_width.hpp"
#include "driftline/drift/row_weights.hpp"
#include "driftline/drift/side_cells.hpp"
#include "driftline/profile/profile.hpp"
#include "driftline/summary/common_cells.hpp"

namespace driftline {

/// Rows of a cell that rounding to the narrower width may move below or above it.
struct Blur {
  double reference_below = 0.0;
  double reference_above = 0.0;
  double current_below = 0.0;
  double current_above = 0.0;
};

struct PairCells {
  std::vector<CommonCell> cells;  ///< the first and the last cut by the smallest and the largest value
  std::vector<Blur> blurs;        ///< one per cell where the widths differ, else empty
  FloatWidth width;               ///< that values are compared at
};

/// One side's numbers that several methods ask for.
struct Moments {
  double mean;
  std::optional<double> std;
};

inline bool is_one_value(const CommonCell& cell) { return cell.low == cell.high; }

/// Ends of cells between `low` and `high` are multiplied by this power of four where their differences, or shares of
/// them, could leave the range of doubles; else 1.
double length_unit(double low, double high);

/// How far rounding to the narrower width can move the mean of each side at most, added up; times `unit`.
double rounding_slack(const PairCells& common, double n, double m, double unit);

class NumericPair {
 public:
  /// Both columns must have a NumericSummary with at least one value. Keeps references: the profiles must outlive it,
  /// and it cannot move.
  NumericPair(const ColumnProfile& reference, const ColumnProfile& current, const RowWeights& weights = {});
  /// Nothing is rounded, whatever the widths were. At least one value on each side.
  NumericPair(const NumericSummary& reference, const NumericSummary& current);
  NumericPair(const NumericPair&) = delete;
  NumericPair& operator=(const NumericPair&) = delete;

  const NumericSummary& reference() const { return reference_; }
  const NumericSummary& current() const { return current_; }
  const Moments& reference_moments() const { return reference_moments_; }
  const Moments& current_moments() const { return current_moments_; }
  /// One side is stored as float32 or float16 and the other is wider: the wider one is rounded.
  bool width_differs() const { return width_differs_; }
  double n() const { return static_cast<double>(reference_.n_valid); }
  double m() const { return static_cast<double>(current_.n_valid); }
  const RowWeights& weights() const { return weights_; }
  /// Rows that a law of the distribution function may take for independent.
  double effective_n() const { return n() * weights_.order.reference; }
  double effective_m() const { return m() * weights_.order.current; }

  /// Each side's cells as they were counted.
  const SideCells& counted_reference() const { return counted_reference_; }
  const SideCells& counted_current() const { return counted_current_; }
  /// Each side's cells at the width that values are compared at.
  const SideCells& reference_cells() const {
    return rounded_reference_ ? rounded_reference_->cells : counted_reference_;
  }
  const SideCells& current_cells() const { return rounded_current_ ? rounded_current_->cells : counted_current_; }

  /// The smallest and the largest value of the common cells.
  double low() const { return low_; }
  double high() const { return high_; }
  /// What the common cells are those of.
  const LogLinearHistogram& reference_histogram() const {
    return rounded_reference_ ? rounded_reference_->histogram : reference_.histogram;
  }
  const LogLinearHistogram& current_histogram() const {
    return rounded_current_ ? rounded_current_->histogram : current_.histogram;
  }
  /// Calls `visit` with every common cell, not cut by low() and high(). O(cells), allocates nothing.
  template <class Visit>
  void for_cells(const Visit& visit) const {
    for_common_cells(reference_histogram(), current_histogram(), [&visit](std::uint32_t page, int level) {
      return [&visit, ranges = CellRanges(page, level)](std::uint64_t prefix, std::uint64_t r, std::uint64_t c) {
        const auto [low_end, high_end] = ranges.of(prefix);
        visit(CommonCell{low_end, high_end, r, c});
      };
    });
  }
  /// All of them at once, cut.
  PairCells common() const;

 private:
  NumericPair(const NumericSummary& reference, FloatWidth reference_width, const NumericSummary& current,
              FloatWidth current_width, const RowWeights& weights);

  struct Rounded {
    Rounded(const NumericSummary& summary, FloatWidth width)
        : histogram(round_cells(summary.histogram, width)), cells(histogram, summary, width) {}

    LogLinearHistogram histogram;
    SideCells cells;
  };

  void cut_ends();
  std::vector<Blur> blurs(const PairCells& pair) const;

  const NumericSummary& reference_;
  const NumericSummary& current_;
  RowWeights weights_;
  Moments reference_moments_;
  Moments current_moments_;
  FloatWidth reference_width_;
  FloatWidth current_width_;
  bool width_differs_;
  FloatWidth width_;
  SideCells counted_reference_;
  SideCells counted_current_;
  // Present on the side that had to be rounded.
  std::optional<Rounded> rounded_reference_;
  std::optional<Rounded> rounded_current_;
  double low_ = 0.0;
  double high_ = 0.0;
};

}  // namespace driftline
