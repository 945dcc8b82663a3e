// Builds a LogLinearHistogram one block at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "driftline/summary/cell_table.hpp"
#include "driftline/summary/log_linear_histogram.hpp"
#include "driftline/summary/numeric_kernels.hpp"

namespace driftline {

/// Counts values in cells that may be finer than the canonical histogram needs, never coarser. They are coarsened now
/// and then and at the end, so the result depends on the multiset of values alone.
///
/// At first every value is a cell of its own: in a hash table, or, where most of the first values differ, in a list
/// that is sorted once. When there are more of them than an exact histogram can have, the levels of that many rows,
/// which later rows can only raise, tell which cells are worth an array: most values then cost a shift and an
/// increment, and the hash table takes what lies beside the arrays. At most 1 MiB at the default resolution; small
/// columns take a few hundred bytes. Not thread-safe.
class HistogramAccumulator {
 public:
  explicit HistogramAccumulator(std::uint32_t resolution, const NumericKernels& kernels = numeric_kernels());

  /// Is every cell still one value?
  bool exact() const { return binades_.empty(); }

  /// Adds finite values other than zero. Just before the cells of an exact histogram are joined,
  /// `on_coarsen(cells, values, more values)` is called with all that was added, each of them once.
  template <class OnCoarsen>
  void add(std::span<const double> values, const OnCoarsen& on_coarsen) {
    if (exact()) {
      values = values.subspan(add_exactly(values));
      if (values.empty()) return;
      LogLinearHistogram counted = tabled();
      on_coarsen(counted, std::span<const double>(waiting_), values);
      coarsen(waiting_.empty() ? std::move(counted) : recent());
    }
    add_coarsely(values);
  }
  void add_zeros(std::uint64_t count) { n_zero_ += count; }

  LogLinearHistogram finish() const;
  /// The cells as they are, finer than the canonical ones; one value each as long as `exact()`.
  LogLinearHistogram uncut() const;

 private:
  /// A page, as the arrays see it.
  struct BinadeOfPage;

  std::size_t add_exactly(std::span<const double> values);
  std::size_t let_wait(std::span<const double> values);
  void add_coarsely(std::span<const double> values);
  std::size_t count_in_windows(std::span<const double> values, std::uint16_t* outside);
  void count_by_binade(std::span<const double> values);
  void count_one_by_one(std::span<const double> values, std::span<const std::uint16_t> positions);
  void coarsen(LogLinearHistogram cells);
  void lay_out(const LogLinearHistogram& cells);
  bool lay_out(std::span<const BinadeOfPage> run, std::uint64_t slack_per_page);
  void offer_window(std::span<const BinadeOfPage> run, const Window& window);
  void offer_main_window(std::span<const BinadeOfPage> run);
  void choose_way(std::uint64_t rows);
  static std::uint64_t rows_of(std::span<const BinadeOfPage> pages);
  void load(const LogLinearHistogram& cells);
  LogLinearHistogram tabled() const;
  LogLinearHistogram recent() const;

  const NumericKernels* kernels_;
  std::uint32_t resolution_;
  std::uint8_t global_level_ = 0;
  LogLinearHistogram settled_;  // what the counters had no more room for: nothing below 2^31 rows
  // What came since.
  std::uint64_t n_zero_ = 0;
  std::uint64_t n_counted_ = 0;  // all others
  std::uint64_t next_coarsening_ = 0;
  std::uint64_t n_outside_ = 0;  // since the last coarsening: how many lay in no array
  std::uint64_t most_outside_ = 0;
  std::size_t most_in_table_ = 0;
  bool may_wait_ = true;
  std::size_t most_waiting_ = 0;
  std::vector<double> waiting_;        // as long as exact: values beside the table
  CellTable table_;                    // by the bits of a value of the cell, cleared to its level
  std::vector<BinadeCells> binades_;   // n_binades of them once not exact; their arrays are not mirrored
  std::vector<std::uint32_t> counts_;  // the arrays, behind no_cell
  std::vector<std::uint32_t> pages_;   // those with an array, ascending
  // The arrays with the most rows at the last coarsening: of a side, at the global level, and of all.
  struct MainWindow {
    int level = 0;
    Window window{};
    std::uint64_t rows = 0;
  };
  Windows windows_{};
  std::uint64_t rows_in_window_[3] = {};
  MainWindow main_;
  // What most of the values are counted with.
  enum class Way : std::uint8_t { main_window, windows, binades };
  Way way_ = Way::binades;
};

}  // namespace driftline
