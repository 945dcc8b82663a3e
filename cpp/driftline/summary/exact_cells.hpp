// Counts values as long as each may be a cell of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "driftline/summary/cell_table.hpp"
#include "driftline/summary/log_linear_histogram.hpp"

namespace driftline {

/// Counts finite values other than zero. They wait in a list that is sorted; where that tells that many come again, a
/// hash table counts them. It takes values until there are more distinct ones than an exact histogram can have, and
/// some more, so that the levels of these fit the next rows, too. At the default resolution at most 0.5 MiB, and as
/// much again while sorting. Not thread-safe.
class ExactCells {
 public:
  explicit ExactCells(std::uint32_t resolution);

  /// Takes values from the first one on, and returns how many: all of them as long as there is room.
  std::size_t add(std::span<const double> values);
  std::uint64_t n_values() const { return n_values_; }

  /// What was taken is the values of the table, and those that wait, each as often as it came. One of both is empty.
  LogLinearHistogram counted(std::uint64_t n_zero) const;
  std::span<const double> waiting() const { return waiting_; }

  /// All of it, each value a cell, and `n_zero` zeros.
  LogLinearHistogram histogram(std::uint64_t n_zero) const;

 private:
  std::size_t let_wait(std::span<const double> values);
  std::size_t count(std::span<const double> values);

  /// So many tell how often values come again: of 8,192 that are equally likely, one of 16 that came.
  static constexpr std::size_t first_rows = 1024;

  std::uint32_t resolution_;
  std::uint64_t n_values_ = 0;
  std::size_t most_waiting_ = first_rows;  // 0 when the table counts
  std::vector<double> waiting_;
  CellTable table_;
};

}  // namespace driftline
