// Two histograms cell by cell, without a copy of either.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "driftline/summary/log_linear_histogram.hpp"

namespace driftline {

/// One cell with the rows of two histograms.
struct CommonCell {
  double low;
  double high;
  std::uint64_t reference;
  std::uint64_t current;
};

/// The ranges of the cells of one page: the same as `cell_range`, with what the page decides worked out once.
class CellRanges {
 public:
  CellRanges(std::uint32_t page, int level);

  std::pair<double, double> of(std::uint64_t prefix) const {
    if (!plain_) return cell_range(page_, level_, prefix);
    const std::uint64_t first = prefix << level_;
    return {std::bit_cast<double>(pattern_ ^ first), std::bit_cast<double>(pattern_ ^ (first | below_level_))};
  }
  /// Those of many cells, a vector at a time. All spans have one size.
  void of_all(std::span<const std::uint64_t> prefixes, std::span<double> low, std::span<double> high) const;

 private:
  std::uint32_t page_;
  int level_;
  bool plain_;                 // the mantissa is that of the value, complemented for negative ones
  std::uint64_t pattern_ = 0;  // the other bits of the values, and ones where the mantissa is complemented
  std::uint64_t below_level_;
};

/// One page read at a level at least its own, cell by cell.
class CoarsePage {
 public:
  CoarsePage(const LogLinearHistogram& histogram, const Page& page, int level)
      : histogram_(histogram), shift_(level - page.level), next_(page.begin), end_(page.end) {}

  bool done() const { return next_ == end_; }
  std::uint64_t prefix() const { return histogram_.prefixes[next_] >> shift_; }
  /// Rows of the current cell; moves to the next one.
  std::uint64_t take() {
    const std::uint64_t cell = prefix();
    std::uint64_t count = 0;
    for (; next_ != end_ && prefix() == cell; ++next_) count += histogram_.counts[next_];
    return count;
  }

 private:
  const LogLinearHistogram& histogram_;
  int shift_;
  std::uint32_t next_;
  std::uint32_t end_;
};

/// The cells of one page, in registers.
struct PageCells {
  const std::uint64_t* prefix;
  const std::uint64_t* count;
  const std::uint64_t* end;  // of the prefixes

  PageCells(const LogLinearHistogram& histogram, const Page& page)
      : prefix(histogram.prefixes.data() + page.begin),
        count(histogram.counts.data() + page.begin),
        end(histogram.prefixes.data() + page.end) {}
};

/// Calls `visit(prefix, rows in a, rows in b)` for every cell of two pages of the same level.
template <class Visit>
void for_cells_of_equal_pages(PageCells a, PageCells b, Visit visit) {
  while (a.prefix != a.end && b.prefix != b.end) {
    const std::uint64_t next_a = *a.prefix;
    const std::uint64_t next_b = *b.prefix;
    if (next_a == next_b) [[likely]] {
      visit(next_a, *a.count, *b.count);
      ++a.prefix, ++a.count, ++b.prefix, ++b.count;
      continue;
    }
    // Which side alone has the next cell is a coin toss, so no branch depends on it.
    const auto take_a = static_cast<std::uint64_t>(next_a < next_b);
    const std::uint64_t take_b = 1 - take_a;
    visit(std::min(next_a, next_b), *a.count & (0 - take_a), *b.count & (0 - take_b));
    a.prefix += take_a, a.count += take_a, b.prefix += take_b, b.count += take_b;
  }
  for (; a.prefix != a.end; ++a.prefix, ++a.count) visit(*a.prefix, *a.count, std::uint64_t{0});
  for (; b.prefix != b.end; ++b.prefix, ++b.count) visit(*b.prefix, std::uint64_t{0}, *b.count);
}

/// The same for pages of any levels, at one that is at least both.
template <class Visit>
void for_cells_of_coarse_pages(CoarsePage a, CoarsePage b, Visit visit) {
  while (!a.done() || !b.done()) {
    const bool take_a = !a.done() && (b.done() || a.prefix() <= b.prefix());
    const bool take_b = !b.done() && (a.done() || b.prefix() <= a.prefix());
    const std::uint64_t prefix = take_a ? a.prefix() : b.prefix();
    const std::uint64_t rows_a = take_a ? a.take() : 0;
    const std::uint64_t rows_b = take_b ? b.take() : 0;
    visit(prefix, rows_a, rows_b);
  }
}

/// Calls `visit(page of a, page of b)` for every page that one of both occupies, ascending. On a side that does not,
/// the page is empty and has the other's level.
template <class Visit>
void for_common_pages(const LogLinearHistogram& a, const LogLinearHistogram& b, const Visit& visit) {
  auto page_a = a.pages.begin();
  auto page_b = b.pages.begin();
  while (page_a != a.pages.end() || page_b != b.pages.end()) {
    const bool in_a = page_a != a.pages.end() && (page_b == b.pages.end() || page_a->id <= page_b->id);
    const bool in_b = page_b != b.pages.end() && (page_a == a.pages.end() || page_b->id <= page_a->id);
    const Page here_a = in_a ? *page_a++ : Page{page_b->id, page_b->level};
    const Page here_b = in_b ? *page_b++ : Page{here_a.id, here_a.level};
    visit(here_a, here_b);
  }
}

/// Calls `open(page id, level)` for every page that one of both occupies, at the coarser of its levels, and the
/// visitor that this returns with `(prefix, rows in a, rows in b)` for each of its cells: ascending, no row split, no
/// cell empty on both sides. A page that only one side occupies keeps that side's level. O(cells).
template <class Open>
void for_common_cells(const LogLinearHistogram& a, const LogLinearHistogram& b, const Open& open) {
  for_common_pages(a, b, [&](const Page& here_a, const Page& here_b) {
    const int level = std::max(here_a.level, here_b.level);
    const auto visit = open(here_a.id, level);
    if (here_a.level == here_b.level) {
      for_cells_of_equal_pages(PageCells(a, here_a), PageCells(b, here_b), visit);
    } else {
      for_cells_of_coarse_pages(CoarsePage(a, here_a, level), CoarsePage(b, here_b, level), visit);
    }
  });
}

/// All of them at once.
std::vector<CommonCell> common_cells(const LogLinearHistogram& reference, const LogLinearHistogram& current);

}  // namespace driftline
