// Builds a LogLinearHistogram one block at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "driftline/summary/cell_table.hpp"
#include "driftline/summary/log_linear_histogram.hpp"
#include "driftline/summary/numeric_kernels.hpp"

namespace driftline {

/// Counts values in cells that may be finer than the canonical histogram needs, never coarser. They are coarsened now
/// and then and at the end, so the result depends on the multiset of values alone.
///
/// At first every value is a cell of its own, in a hash table. Once there are more of them than an exact histogram can
/// have, the levels of that many rows, which later rows can only raise, tell which cells are worth an array: most
/// values then cost a shift and an increment, and the hash table takes what lies beside the arrays. At most 1 MiB at
/// the default resolution; small columns take a few hundred bytes. Not thread-safe.
class HistogramAccumulator {
 public:
  explicit HistogramAccumulator(std::uint32_t resolution, const NumericKernels& kernels = numeric_kernels());

  /// Is every cell still one value?
  bool exact() const { return binades_.empty(); }

  /// Adds finite, nonzero values; as soon as not `exact()` all others may come too, and are passed over. Just before
  /// the cells of an exact histogram are joined, `on_coarsen(values not yet added)` is called.
  template <class OnCoarsen>
  void add(std::span<const double> values, const OnCoarsen& on_coarsen) {
    if (exact()) {
      values = values.subspan(add_exactly(values));
      if (values.empty()) return;
      settle();
      on_coarsen(values);
      coarsen();
    }
    add_coarsely(values);
  }
  void add_zeros(std::uint64_t count) { n_zero_ += count; }

  LogLinearHistogram finish() const;
  /// The cells as they are, finer than the canonical ones; one value each as long as `exact()`.
  LogLinearHistogram uncut() const;

 private:
  std::size_t add_exactly(std::span<const double> values);
  void add_coarsely(std::span<const double> values);
  void count_one_by_one(std::span<const double> values, std::span<const std::uint16_t> positions);
  void settle();
  void coarsen();
  void lay_out(const Page& page);
  LogLinearHistogram recent() const;
  static std::uint64_t first_prefix(std::uint32_t page, const BinadeCells& binade);
  void append_array(std::uint32_t page, const BinadeCells& binade, LogLinearHistogram& out) const;

  const NumericKernels* kernels_;
  std::uint32_t resolution_;
  LogLinearHistogram settled_;  // what came before the last coarsening
  std::uint64_t n_before_ = 0;
  // What came since.
  std::uint64_t n_recent_ = 0;
  std::uint64_t n_outside_ = 0;  // of these, how many lay in no array
  std::uint64_t n_zero_ = 0;
  CellTable table_;                    // by the bits of a value of the cell, cleared to its level
  std::vector<BinadeCells> binades_;   // n_binades of them once not exact; their arrays are not mirrored
  std::vector<std::uint32_t> counts_;  // the arrays, behind a few cells for what is not counted here
  std::vector<std::uint32_t> pages_;   // those with an array, ascending
};

}  // namespace driftline
