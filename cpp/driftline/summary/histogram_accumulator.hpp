// Builds a LogLinearHistogram one block at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "driftline/summary/cell_table.hpp"
#include "driftline/summary/log_linear_histogram.hpp"

namespace driftline {

/// Counts values in cells that may be finer than the canonical histogram needs, never coarser. They are coarsened when
/// the table of cells is full and at the end, so the result depends on the multiset of values alone.
///
/// New cells go into a hash table. After coarsening, pages that are well filled become plain arrays, and most values
/// then cost a shift and an increment. At most 1 MiB at the default resolution. Not thread-safe.
class HistogramAccumulator {
 public:
  explicit HistogramAccumulator(std::uint32_t resolution);

  /// Adds finite, nonzero values. Just before the cells of an exact histogram may be joined,
  /// `on_coarsen(values not yet added)` is called.
  template <class OnCoarsen>
  void add(std::span<const double> values, const OnCoarsen& on_coarsen) {
    while (true) {
      const std::size_t added = add_until_full(values);
      if (added == values.size()) return;
      values = values.subspan(added);
      if (exact_) on_coarsen(values);
      coarsen();
    }
  }
  void add_zeros(std::uint64_t count) { n_zero_ += count; }

  LogLinearHistogram finish() const;
  /// The cells as they are, finer than the canonical ones; one value each as long as `on_coarsen` has not been called.
  LogLinearHistogram uncut() const;

 private:
  static constexpr std::uint32_t no_array = std::numeric_limits<std::uint32_t>::max();

  /// How the values of one binade are counted.
  struct Binade {
    std::uint32_t array = no_array;  // index of its first cell in arrays_, or no_array: in table_
    std::uint8_t level = 0;
  };
  /// A page that is an array, for reading it back in order.
  struct ArrayPage {
    std::uint32_t page;
    std::uint32_t binade;
  };
  // By sign and exponent; the entries from 4096 on are for [0.5, 1), by the exponent of 1 − x.
  static constexpr std::size_t n_binades = 4096 + 53;

  std::size_t add_until_full(std::span<const double> values);
  void coarsen();
  void load_page(const LogLinearHistogram& histogram, const Page& page);
  void append_array(const ArrayPage& page, LogLinearHistogram& out) const;

  std::uint32_t resolution_;
  std::uint8_t global_level_ = 0;
  bool exact_ = true;
  std::uint64_t n_zero_ = 0;
  std::array<Binade, n_binades> binades_{};
  CellTable table_;
  std::vector<std::uint64_t> arrays_;   // counts by mantissa >> level, as the bits are: not mirrored
  std::vector<ArrayPage> array_pages_;  // ascending
};

}  // namespace driftline
