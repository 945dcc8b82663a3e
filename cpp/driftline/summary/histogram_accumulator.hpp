// Builds a LogLinearHistogram one block at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "driftline/summary/cell_arrays.hpp"
#include "driftline/summary/exact_cells.hpp"
#include "driftline/summary/log_linear_histogram.hpp"
#include "driftline/summary/numeric_kernels.hpp"

namespace driftline {

/// Counts values in cells that may be finer than the canonical histogram needs, never coarser. They are coarsened now
/// and then and at the end, so the result depends on the multiset of values alone.
///
/// At first every value is a cell of its own. When there are more of them than an exact histogram can have, the levels
/// of that many rows, which later rows can only raise, tell which cells are worth an array. At most 1 MiB at the
/// default resolution, for few values a few kilobytes. Not thread-safe.
class HistogramAccumulator {
 public:
  explicit HistogramAccumulator(std::uint32_t resolution, const NumericKernels& kernels = numeric_kernels());

  /// Is every cell still one value?
  bool exact() const { return exact_.has_value(); }

  /// Adds finite values other than zero. Just before the cells of an exact histogram are joined,
  /// `on_coarsen(cells, values, more values)` is called with all that was added, each of them once.
  template <class OnCoarsen>
  void add(std::span<const double> values, const OnCoarsen& on_coarsen) {
    if (exact()) {
      values = values.subspan(exact_->add(values));
      if (values.empty()) return;
      LogLinearHistogram counted = exact_->counted(n_zero_);
      on_coarsen(counted, exact_->waiting(), values);
      leave_exact(std::move(counted));
    }
    add_coarsely(values);
  }
  void add_zeros(std::uint64_t count) { n_zero_ += count; }

  LogLinearHistogram finish() const;
  /// The cells as they are, finer than the canonical ones; one value each as long as `exact()`.
  LogLinearHistogram uncut() const;

 private:
  void leave_exact(LogLinearHistogram counted);
  void add_coarsely(std::span<const double> values);
  void coarsen(LogLinearHistogram cells);

  const NumericKernels* kernels_;
  LogLinearHistogram settled_;  // what the counters had no more room for: nothing below 2^31 rows
  // What came since: the zeros, and all others in one of the two.
  std::uint64_t n_zero_ = 0;
  std::optional<ExactCells> exact_;
  std::optional<CellArrays> arrays_;
  std::uint64_t n_in_arrays_ = 0;
  std::uint64_t next_coarsening_ = 0;
};

}  // namespace driftline
