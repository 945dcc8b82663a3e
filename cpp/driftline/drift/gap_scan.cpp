#include "driftline/drift/gap_scan.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include "driftline/drift/gap_block.hpp"

namespace driftline {
namespace {

/// Where both sides have the same cells they are copied so many at a time.
constexpr std::size_t stride = 8;

bool equal_prefixes(const std::uint64_t* a, const std::uint64_t* b) {
  using Two [[gnu::vector_size(2 * sizeof(std::uint64_t))]] = std::uint64_t;
  Two difference{};
  for (std::size_t i = 0; i < stride; i += 2) {
    Two of_a, of_b;
    std::memcpy(&of_a, a + i, sizeof of_a);
    std::memcpy(&of_b, b + i, sizeof of_b);
    difference |= of_a ^ of_b;
  }
  return (difference[0] | difference[1]) == 0;
}

/// Cells wait here until there are enough for loops of their own. The last ones wait until the end.
class Scanner {
 public:
  explicit Scanner(const NumericPair& pair) : pair_(pair), walk_{.n = pair.n(), .m = pair.m(), .scan = {}} {
    walk_.scan.unit = length_unit(pair.low(), pair.high());
  }

  void add(const Page& a, const Page& b) {
    const int level = std::max(a.level, b.level);
    const CellRanges ranges(a.id, level);
    if (a.level == b.level) {
      add_equal(PageCells(pair_.reference_histogram(), a), PageCells(pair_.current_histogram(), b), ranges);
    } else {
      for_cells_of_coarse_pages(CoarsePage(pair_.reference_histogram(), a, level),
                                CoarsePage(pair_.current_histogram(), b, level),
                                [&](std::uint64_t prefix, std::uint64_t r, std::uint64_t c) {
                                  make_room(1, ranges);
                                  put(prefix, r, c);
                                });
    }
    find_ranges(ranges);
  }

  GapScan finish() {
    block_.high[block_.size - 1] = pair_.high();
    flush();
    return walk_.scan;
  }

 private:
  void add_equal(PageCells a, PageCells b, const CellRanges& ranges) {
    while (a.end - a.prefix >= std::ptrdiff_t{stride} && b.end - b.prefix >= std::ptrdiff_t{stride}) {
      make_room(stride, ranges);
      if (equal_prefixes(a.prefix, b.prefix)) {
        copy(a, b);
        continue;
      }
      for (std::size_t i = 0; i < stride; ++i) take_next(a, b);
    }
    while (a.prefix != a.end && b.prefix != b.end) {
      make_room(1, ranges);
      take_next(a, b);
    }
    for (; a.prefix != a.end; ++a.prefix, ++a.count) make_room(1, ranges), put(*a.prefix, *a.count, 0);
    for (; b.prefix != b.end; ++b.prefix, ++b.count) make_room(1, ranges), put(*b.prefix, 0, *b.count);
  }

  void copy(PageCells& a, PageCells& b) {
    constexpr std::size_t bytes = stride * sizeof(std::uint64_t);
    std::memcpy(prefixes_.data() + block_.size, a.prefix, bytes);
    std::memcpy(block_.reference.data() + block_.size, a.count, bytes);
    std::memcpy(block_.current.data() + block_.size, b.count, bytes);
    block_.size += stride;
    a.prefix += stride, a.count += stride, b.prefix += stride, b.count += stride;
  }

  /// The next cell of either side or both, without a branch: which it is is a coin toss.
  void take_next(PageCells& a, PageCells& b) {
    const std::uint64_t next_a = *a.prefix;
    const std::uint64_t next_b = *b.prefix;
    const auto take_a = static_cast<std::uint64_t>(next_a <= next_b);
    const auto take_b = static_cast<std::uint64_t>(next_b <= next_a);
    put(std::min(next_a, next_b), *a.count & (0 - take_a), *b.count & (0 - take_b));
    a.prefix += take_a, a.count += take_a, b.prefix += take_b, b.count += take_b;
  }

  void put(std::uint64_t prefix, std::uint64_t reference, std::uint64_t current) {
    prefixes_[block_.size] = prefix;
    block_.reference[block_.size] = reference;
    block_.current[block_.size] = current;
    ++block_.size;
  }

  void make_room(std::size_t cells, const CellRanges& ranges) {
    if (block_.size + cells <= GapBlock::capacity) return;
    find_ranges(ranges);
    flush();
  }

  /// Of the cells since the last time, which are of one page.
  void find_ranges(const CellRanges& ranges) {
    const std::size_t size = block_.size - n_ranges_;
    ranges.of_all(std::span(prefixes_).subspan(n_ranges_, size), std::span(block_.low).subspan(n_ranges_, size),
                  std::span(block_.high).subspan(n_ranges_, size));
    n_ranges_ = block_.size;
  }

  void flush() {
    if (is_first_) {
      block_.low[0] = pair_.low();
      walk_.end = pair_.low() * walk_.scan.unit;
    }
    is_first_ = false;
    walk_along(block_, walk_);
    block_.size = 0;
    n_ranges_ = 0;
  }

  const NumericPair& pair_;
  GapWalk walk_;
  bool is_first_ = true;
  GapBlock block_;
  std::array<std::uint64_t, GapBlock::capacity> prefixes_;
  std::size_t n_ranges_ = 0;
};

}  // namespace

GapScan scan_gaps(const NumericPair& pair) {
  Scanner scanner(pair);
  for_common_pages(pair.reference_histogram(), pair.current_histogram(),
                   [&scanner](const Page& a, const Page& b) { scanner.add(a, b); });
  return scanner.finish();
}

}  // namespace driftline
