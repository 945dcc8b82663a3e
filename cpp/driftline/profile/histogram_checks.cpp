#include "driftline/profile/histogram_checks.hpp"

#include <algorithm>
#include <limits>

namespace driftline {
namespace {

constexpr std::uint64_t all_mantissa_bits = (std::uint64_t{1} << mantissa_bits) - 1;

/// Cells of a page once it is read at a coarser level.
std::size_t cells_at(const LogLinearHistogram& histogram, const Page& page, int level) {
  if (level == page.level) return page.end - page.begin;
  const int shift = level - page.level;
  std::size_t n = 1;
  for (std::uint32_t i = page.begin + 1; i < page.end; ++i) {
    n += (histogram.prefixes[i] ^ histogram.prefixes[i - 1]) >> shift != 0;
  }
  return n;
}

}  // namespace

OccupiableCells::OccupiableCells(std::uint32_t page, int level) : level_(level) {
  constexpr double smallest = std::numeric_limits<double>::denorm_min();
  const std::uint32_t half = locate(0.5).page;
  const std::uint32_t one = locate(1.0).page;
  if (page == zero_page) {
    largest_ = 0;
  } else if (page == half) {
    always_set_ = all_mantissa_bits;  // 1 − x is at most 0.5 on this side
  } else if (page > half && page < one) {
    // 1 − x is a multiple of 2^-53: from page to page it has one bit less, and the bits are complemented.
    always_set_ = all_mantissa_bits >> (one - 1 - page);
  } else if (level == 0 && page == locate(smallest).page) {
    empty_ = 0;
  } else if (level == 0 && page == locate(-smallest).page) {
    empty_ = all_mantissa_bits;
  }
}

bool has_canonical_levels(const LogLinearHistogram& histogram) {
  const int global_level = histogram.global_level;
  const std::size_t cap = page_cap(histogram.pages.size());
  std::size_t n_at_global_level = 0;
  for (const Page& page : histogram.pages) {
    if (page.level != global_level && page.end - page.begin > cap) return false;
    n_at_global_level += cells_at(histogram, page, global_level);
  }
  return n_at_global_level <= histogram.resolution || global_level == mantissa_bits;
}

}  // namespace driftline
