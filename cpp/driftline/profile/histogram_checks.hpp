// What a histogram read from a file must satisfy to be one that rows can make.
#pragma once

#include <cstdint>

#include "driftline/summary/log_linear_histogram.hpp"

namespace driftline {

/// Says of each prefix at one page and level whether some double lies in that cell. The same as asking where the ends
/// of its `cell_range` lie, with what the page decides worked out once.
class OccupiableCells {
 public:
  /// `page` < n_pages, `level` ≤ mantissa_bits.
  OccupiableCells(std::uint32_t page, int level);

  /// `prefix` must fit the page: at most (2^52 − 1) >> level.
  bool contain(std::uint64_t prefix) const {
    const std::uint64_t last = prefix << level_ | ((std::uint64_t{1} << level_) - 1);
    return (last & always_set_) == always_set_ && prefix != empty_ && prefix <= largest_;
  }

 private:
  static constexpr std::uint64_t none = ~std::uint64_t{0};

  int level_;
  std::uint64_t always_set_ = 0;  // mantissa bits that every value of the page has
  std::uint64_t empty_ = none;    // a cell that would hold zero only, which has a page of its own
  std::uint64_t largest_ = none;
};

/// Is `canonical(histogram) == histogram`? Its levels must not exceed the global one. O(cells), without a copy.
bool has_canonical_levels(const LogLinearHistogram& histogram);

}  // namespace driftline
