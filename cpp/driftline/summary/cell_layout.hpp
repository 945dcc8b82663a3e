// Which cells of a histogram get arrays, and where.
#pragma once

#include <cstdint>
#include <vector>

#include "driftline/summary/log_linear_histogram.hpp"
#include "driftline/summary/numeric_kernels.hpp"

namespace driftline {

/// How most of the values are counted, from the fastest to the one that takes all.
enum class CountingWay : std::uint8_t { main_window, windows, binades };
inline constexpr std::uint64_t most_outside_way = 8;  ///< one of so many values: a way that leaves more does not pay

/// Arrays for the cells that lie close together, and for some beside them, where other rows may fall. A page has one
/// or none; neighbouring pages of one level share one.
struct CellLayout {
  std::vector<BinadeCells> binades;  ///< n_binades: the level of every occupied page and its array; not mirrored
  std::vector<std::uint32_t> pages;  ///< those with an array, ascending
  std::uint32_t size = no_cell + 1;  ///< of all arrays, which lie behind no_cell
  // The arrays with the most rows: of each side, at the global level, and of all.
  Windows windows{};
  int main_level = 0;
  Window main_window{};
  CountingWay way = CountingWay::binades;  ///< the fastest that pays

  std::uint8_t global_level() const { return static_cast<std::uint8_t>(windows.level); }
};

inline int level_of(const BinadeCells& binade) { return static_cast<int>(binade.first_and_level & 0xFF); }
inline std::uint64_t first_of(const BinadeCells& binade) { return binade.first_and_level >> 8; }

/// `cells` is canonical. The arrays have at most 6 times as many cells and 16,384 more. O(cells).
CellLayout lay_out(const LogLinearHistogram& cells);

}  // namespace driftline
