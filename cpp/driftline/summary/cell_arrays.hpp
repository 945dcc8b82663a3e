// Counts values in cells of set levels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "driftline/summary/cell_layout.hpp"
#include "driftline/summary/cell_table.hpp"
#include "driftline/summary/log_linear_histogram.hpp"
#include "driftline/summary/numeric_kernels.hpp"

namespace driftline {

/// Counts finite values other than zero in the cells of a canonical histogram, and in more of the same levels where it
/// has none. Where its cells lie close together most values cost a shift and an increment in an array; a hash table
/// takes the rest. Counters have 32 bits: the caller adds fewer than 2^32 values. At most 1 MiB at the default
/// resolution. Not thread-safe.
class CellArrays {
 public:
  /// Takes levels and layout from `cells`; every counter is zero.
  CellArrays(const LogLinearHistogram& cells, const NumericKernels& kernels);

  /// Counts the rows of `cells`, other than zeros; those it was made for, and once only.
  void load(const LogLinearHistogram& cells);

  /// At most kernel_rows values, while it is not `crowded`.
  void add(std::span<const double> values);

  /// Does so much lie in no array that another layout pays?
  bool crowded() const;

  /// All that was counted, and `n_zero` zeros. O(size of the arrays + cells in the table).
  LogLinearHistogram histogram(std::uint64_t n_zero) const;

 private:
  std::size_t count_in_windows(std::span<const double> values, std::uint16_t* outside);
  void count_by_binade(std::span<const double> values);

  const NumericKernels* kernels_;
  std::uint32_t resolution_;
  CellLayout layout_;
  std::vector<std::uint32_t> counts_;
  CellTable table_;              // by corners
  std::uint64_t n_outside_ = 0;  // how many rows that came lay in no array
  std::uint64_t most_outside_ = kernel_rows;
  std::size_t most_in_table_ = kernel_rows;
};

}  // namespace driftline
