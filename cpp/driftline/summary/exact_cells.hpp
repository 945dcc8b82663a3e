// Counts values as long as each may be a cell of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "driftline/summary/cell_table.hpp"
#include "driftline/summary/log_linear_histogram.hpp"

namespace driftline {

/// Counts finite values other than zero in a hash table or, where most of the first ones differ, keeps them in a list
/// that is sorted once. It takes values until there are more distinct ones than an exact histogram can have, and some
/// more, so that the levels of these fit the next rows, too. A few hundred bytes for few values; at the default
/// resolution at most 0.5 MiB. Not thread-safe.
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
  void choose_list_or_table();

  std::uint32_t resolution_;
  std::uint64_t n_values_ = 0;
  bool may_wait_ = true;
  std::size_t most_waiting_;
  std::vector<double> waiting_;
  CellTable table_;
};

}  // namespace driftline
