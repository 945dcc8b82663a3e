// The two sides of a numeric column, cell by cell and at one width.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "driftline/drift/float_width.hpp"
#include "driftline/drift/side_cells.hpp"
#include "driftline/profile/profile.hpp"
#include "driftline/summary/log_linear_histogram.hpp"

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

inline bool is_one_value(const CommonCell& cell) { return cell.low == cell.high; }

class NumericPair {
 public:
  /// Both columns must have a NumericSummary with at least one value. Keeps references: the profiles must outlive it.
  NumericPair(const ColumnProfile& reference, const ColumnProfile& current);
  /// Nothing is rounded, whatever the widths were. At least one value on each side.
  NumericPair(const NumericSummary& reference, const NumericSummary& current);

  const NumericSummary& reference() const { return reference_; }
  const NumericSummary& current() const { return current_; }
  /// One side is stored as float32 or float16 and the other is wider: the wider one is rounded.
  bool width_differs() const { return width_differs_; }
  double n() const { return static_cast<double>(reference_.n_valid); }
  double m() const { return static_cast<double>(current_.n_valid); }

  PairCells common() const;
  SideCells reference_cells() const;
  SideCells current_cells() const;

 private:
  std::vector<Blur> blurs(const PairCells& pair) const;

  const NumericSummary& reference_;
  const NumericSummary& current_;
  FloatWidth reference_width_;
  FloatWidth current_width_;
  bool width_differs_;
  // Present on the side that had to be rounded.
  std::optional<LogLinearHistogram> rounded_reference_;
  std::optional<LogLinearHistogram> rounded_current_;
};

}  // namespace driftline
