// A histogram over all finite doubles whose cells are prefixes of the values' bits.
//
// It belongs to the family of HdrHistogram, circllhist and OpenTelemetry's exponential histogram: a cell at level L is
// the set of doubles that agree in everything but the last L mantissa bits, so a cell at a coarser level is a union of
// cells at a finer one, and two histograms can always be brought to common cells exactly.
//
// Pages. A value belongs to the page of its side and binade. The sides in order: negative; zero; (0, 0.5); [0.5, 1);
// [1, ∞). On [0.5, 1) binade and mantissa are those of 1 − x, which is exact there: scores near 1 are resolved as
// finely as scores near 0. Subnormals are one page a side; −0.0 is zero.
//
// Levels. Global level G: the smallest L with at most `resolution` occupied cells over all pages, 52 if none.
// Page level: the smaller of G and the smallest level at which that page has at most `page_cap` occupied cells, where
// page_cap is 64, or 64·128/pages rounded down to a power of two (at least 1) when more than 128 pages are occupied.
// Both only rise as rows are added, so the histogram is a function of the multiset of rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace driftline {

inline constexpr std::uint32_t n_pages = 4147;  ///< numbered in the order of values
inline constexpr std::uint32_t zero_page = 2047;
inline constexpr int mantissa_bits = 52;
inline constexpr std::uint32_t min_resolution = 64;

/// Where a finite value lies: its page and its mantissa, both ascending with the value.
struct PagePosition {
  std::uint32_t page;
  std::uint64_t mantissa;  ///< 52 bits; complemented on the sides where |x| or 1 − x falls as x rises

  bool operator==(const PagePosition&) const = default;
};

PagePosition locate(double x);

/// Does |x|, or 1 − x on [0.5, 1), fall as x rises on this page?
bool mirrored(std::uint32_t page);

/// The smallest and the largest double in the cell `prefix` (mantissa >> level) of a page.
std::pair<double, double> cell_range(std::uint32_t page, int level, std::uint64_t prefix);

/// One occupied page; its cells are the indices [begin, end) of the histogram's arrays.
struct Page {
  std::uint32_t id = 0;
  std::uint8_t level = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool operator==(const Page&) const = default;
};

/// Occupied pages and cells in ascending order of value. Canonical when it comes from `canonical`, `merge` or an
/// accumulator: equal multisets then give equal members.
struct LogLinearHistogram {
  std::uint32_t resolution = 8192;  ///< at least min_resolution
  std::uint8_t global_level = 0;
  std::vector<Page> pages;
  std::vector<std::uint64_t> prefixes;  ///< mantissa >> level, strictly ascending within a page
  std::vector<std::uint64_t> counts;    ///< all positive

  /// Number of rows.
  std::uint64_t total() const;
  /// Is every cell one value, so that the histogram is the multiset itself?
  bool exact() const;

  bool operator==(const LogLinearHistogram&) const = default;
};

/// Most cells that all pages below the global level have together.
inline constexpr std::size_t most_own_cells = 64 * 128;

/// Most cells a page may have and stay finer than the global level, when `pages` pages are occupied.
std::size_t page_cap(std::size_t pages);

/// Raises levels until they obey the rules above. Every page of `loose` may be too fine, none too coarse, and its
/// global level is a lower bound. O(cells).
LogLinearHistogram canonical(LogLinearHistogram loose);

/// The histogram of both multisets together. Throws OptionError when the resolutions differ. O(cells).
LogLinearHistogram merge(const LogLinearHistogram& a, const LogLinearHistogram& b);

/// A cell as a closed range of values. low == high: the cell is one value.
struct Cell {
  double low;
  double high;
  std::uint64_t count;
};
std::vector<Cell> cells(const LogLinearHistogram& histogram);

/// The histogram of values that each are a cell, ascending, whatever their number: `canonical` of it obeys the rules.
LogLinearHistogram exact_histogram(std::span<const Cell> values, std::uint32_t resolution);

}  // namespace driftline
