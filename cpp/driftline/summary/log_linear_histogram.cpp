#include "driftline/summary/log_linear_histogram.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>

#include "driftline/base/error.hpp"
#include "driftline/summary/common_cells.hpp"

namespace driftline {
namespace {

constexpr std::uint64_t mantissa_mask = (std::uint64_t{1} << mantissa_bits) - 1;

// Page numbers: 0 … 2046 negative from the largest |x|; 2047 zero; 2048 + exponent for (0, 0.5); then [0.5, 1) by the
// binade of 1 − x from 0.5 (exponent 1022) down to 2^-53 (exponent 970); then [1, ∞).
constexpr std::uint32_t positive_base = 2048;
constexpr std::uint32_t anchored_top = 4092;  // page = anchored_top − exponent of 1 − x
constexpr std::uint32_t first_anchored = anchored_top - 1022;
constexpr std::uint32_t last_anchored = anchored_top - 970;
constexpr std::uint32_t above_one_base = 2100;  // page = above_one_base + exponent, from 1023

std::uint32_t exponent_of(std::uint64_t bits) { return static_cast<std::uint32_t>(bits >> mantissa_bits & 0x7FF); }

double value_at(std::uint32_t page, std::uint64_t mantissa) {
  const auto compose = [](std::uint32_t exponent, std::uint64_t low) {
    return std::bit_cast<double>(std::uint64_t{exponent} << mantissa_bits | low);
  };
  if (page < zero_page) return -compose(2046 - page, mantissa ^ mantissa_mask);
  if (page == zero_page) return 0.0;
  if (page < first_anchored) return compose(page - positive_base, mantissa);
  if (page <= last_anchored) return 1.0 - compose(anchored_top - page, mantissa ^ mantissa_mask);
  return compose(page - above_one_base, mantissa);
}

/// How many neighbouring cells first differ at each mantissa bit. At level L a page has one cell, plus one for every
/// pair of neighbours that differs at bit L or above.
using Differences = std::array<std::uint32_t, mantissa_bits + 1>;

void count_differences(const LogLinearHistogram& histogram, const Page& page, Differences& differences) {
  for (std::uint32_t i = page.begin + 1; i < page.end; ++i) {
    const std::uint64_t difference = histogram.prefixes[i] ^ histogram.prefixes[i - 1];
    ++differences[static_cast<std::size_t>(page.level + std::bit_width(difference) - 1)];
  }
}

/// The smallest level from `lowest` up at which at most `cap` cells remain of `pages` pages; 52 if none.
int first_level_within(const Differences& differences, std::size_t pages, int lowest, std::size_t cap) {
  std::size_t occupied = pages;
  for (int bit = mantissa_bits; bit >= lowest; --bit) {
    occupied += differences[static_cast<std::size_t>(bit)];
    if (occupied > cap) return std::min(bit + 1, mantissa_bits);
  }
  return lowest;
}

/// Joins the cells of a page to those of `level`, and moves them to the indices from `begin` on, which is at most where
/// they were. Returns the end.
std::uint32_t join_cells(LogLinearHistogram& histogram, Page& page, int level, std::uint32_t begin) {
  const Page from = std::exchange(page, {page.id, static_cast<std::uint8_t>(level), begin, begin});
  // Without a branch: which cells come together is a coin toss.
  std::uint64_t last = ~std::uint64_t{0};
  std::uint64_t count = 0;
  for (std::uint32_t i = from.begin; i < from.end; ++i) {
    const std::uint64_t prefix = histogram.prefixes[i] >> (level - from.level);
    const auto is_new = static_cast<std::uint32_t>(prefix != last);
    count = histogram.counts[i] + (count & (std::uint64_t{is_new} - 1));
    page.end += is_new;
    histogram.prefixes[page.end - 1] = last = prefix;
    histogram.counts[page.end - 1] = count;
  }
  return page.end;
}

}  // namespace

bool mirrored(std::uint32_t page) { return page < zero_page || (page >= first_anchored && page <= last_anchored); }

PagePosition locate(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t mantissa = bits & mantissa_mask;
  const std::uint32_t exponent = exponent_of(bits);
  if (x == 0.0) return {zero_page, 0};
  if (x < 0.0) return {2046 - exponent, mantissa ^ mantissa_mask};
  if (exponent < 1022) return {positive_base + exponent, mantissa};
  if (exponent > 1022) return {above_one_base + exponent, mantissa};
  const auto rest = std::bit_cast<std::uint64_t>(1.0 - x);
  return {anchored_top - exponent_of(rest), (rest & mantissa_mask) ^ mantissa_mask};
}

std::pair<double, double> cell_range(std::uint32_t page, int level, std::uint64_t prefix) {
  if (page == zero_page) return {0.0, 0.0};
  if (page == first_anchored) return {0.5, 0.5};  // 1 − x is at most 0.5 on this side
  std::uint64_t first = prefix << level;
  std::uint64_t last = first | ((std::uint64_t{1} << level) - 1);
  if (page == positive_base && first == 0) first = 1;  // zero has a page of its own
  if (page == zero_page - 1 && last == mantissa_mask) last = mantissa_mask - 1;
  if (page >= first_anchored && page <= last_anchored) {
    // 1 − x is a multiple of 2^-53, so on the binade of exponent e only the upper e − 970 mantissa bits can be set.
    const std::uint64_t unused = mantissa_mask >> (anchored_top - page - 970);
    const std::uint64_t low_end = (first ^ mantissa_mask) & ~unused;  // largest 1 − x of the cell
    const std::uint64_t high_end = ((last ^ mantissa_mask) + unused) & ~unused;
    first = low_end ^ mantissa_mask;
    last = high_end ^ mantissa_mask;
  }
  return {value_at(page, first), value_at(page, last)};
}

std::uint64_t LogLinearHistogram::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

bool LogLinearHistogram::exact() const {
  return std::all_of(pages.begin(), pages.end(), [](const Page& page) { return page.level == 0; });
}

std::size_t page_cap(std::size_t pages) {
  constexpr std::size_t cells_per_page = 64;
  if (cells_per_page * pages <= most_own_cells) return cells_per_page;
  return std::bit_floor(std::max<std::size_t>(1, most_own_cells / pages));
}

LogLinearHistogram canonical(LogLinearHistogram loose) {
  const std::size_t cap = page_cap(loose.pages.size());
  Differences all{};
  std::vector<int> own_levels;
  own_levels.reserve(loose.pages.size());
  for (const Page& page : loose.pages) {
    Differences own{};
    count_differences(loose, page, own);
    for (std::size_t bit = 0; bit < all.size(); ++bit) all[bit] += own[bit];
    own_levels.push_back(first_level_within(own, 1, page.level, cap));
  }
  const int global_level = first_level_within(all, loose.pages.size(), loose.global_level, loose.resolution);
  const auto level_of = [&](std::size_t i) { return std::min(global_level, own_levels[i]); };
  bool levels_hold = global_level == loose.global_level;
  for (std::size_t i = 0; i < loose.pages.size(); ++i) levels_hold = levels_hold && level_of(i) == loose.pages[i].level;
  if (!levels_hold) {
    loose.global_level = static_cast<std::uint8_t>(global_level);
    std::uint32_t size = 0;
    for (std::size_t i = 0; i < loose.pages.size(); ++i) size = join_cells(loose, loose.pages[i], level_of(i), size);
    loose.prefixes.resize(size);
    loose.counts.resize(size);
  }
  return loose;
}

LogLinearHistogram merge(const LogLinearHistogram& a, const LogLinearHistogram& b) {
  if (a.resolution != b.resolution) {
    throw OptionError("histograms of resolution " + std::to_string(a.resolution) + " and " +
                      std::to_string(b.resolution) + " cannot be merged; profile both with the same resolution");
  }
  LogLinearHistogram joined;
  joined.resolution = a.resolution;
  joined.global_level = std::max(a.global_level, b.global_level);
  joined.prefixes.resize(a.prefixes.size() + b.prefixes.size());
  joined.counts.resize(a.prefixes.size() + b.prefixes.size());
  std::uint32_t size = 0;
  const auto close_page = [&] {
    if (!joined.pages.empty()) joined.pages.back().end = size;
  };
  for_common_cells(a, b, [&](std::uint32_t id, int level) {
    close_page();
    joined.pages.push_back({id, static_cast<std::uint8_t>(level), size, size});
    return [&](std::uint64_t prefix, std::uint64_t in_a, std::uint64_t in_b) {
      joined.prefixes[size] = prefix;
      joined.counts[size++] = in_a + in_b;
    };
  });
  close_page();
  joined.prefixes.resize(size);
  joined.counts.resize(size);
  return canonical(std::move(joined));
}

std::vector<Cell> cells(const LogLinearHistogram& histogram) {
  std::vector<Cell> result;
  result.reserve(histogram.prefixes.size());
  for (const Page& page : histogram.pages) {
    for (std::uint32_t i = page.begin; i < page.end; ++i) {
      const auto [low, high] = cell_range(page.id, page.level, histogram.prefixes[i]);
      result.push_back({low, high, histogram.counts[i]});
    }
  }
  return result;
}

LogLinearHistogram exact_histogram(std::span<const Cell> values, std::uint32_t resolution) {
  LogLinearHistogram result;
  result.resolution = resolution;
  result.prefixes.resize(values.size());
  result.counts.resize(values.size());
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    const PagePosition position = locate(values[i].low);
    if (result.pages.empty() || result.pages.back().id != position.page)
      result.pages.push_back({position.page, 0, i, i});
    result.prefixes[i] = position.mantissa;
    result.counts[i] = values[i].count;
    result.pages.back().end = i + 1;
  }
  return result;
}

CellRanges::CellRanges(std::uint32_t page, int level)
    : page_(page), level_(level), below_level_((std::uint64_t{1} << level) - 1) {
  const bool negative = page < zero_page - 1;
  plain_ = negative || (page > positive_base && page < first_anchored) || page > last_anchored;
  if (plain_) pattern_ = std::bit_cast<std::uint64_t>(value_at(page, 0));
}

void CellRanges::of_all(std::span<const std::uint64_t> prefixes, std::span<double> low, std::span<double> high) const {
  if (!plain_) {
    for (std::size_t i = 0; i < prefixes.size(); ++i) std::tie(low[i], high[i]) = of(prefixes[i]);
    return;
  }
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    const std::uint64_t first = prefixes[i] << level_;
    low[i] = std::bit_cast<double>(pattern_ ^ first);
    high[i] = std::bit_cast<double>(pattern_ ^ (first | below_level_));
  }
}

std::vector<CommonCell> common_cells(const LogLinearHistogram& reference, const LogLinearHistogram& current) {
  std::vector<CommonCell> result;
  result.reserve(std::max(reference.prefixes.size(), current.prefixes.size()));
  for_common_cells(reference, current, [&result](std::uint32_t id, int level) {
    return [&result, ranges = CellRanges(id, level)](std::uint64_t prefix, std::uint64_t r, std::uint64_t c) {
      const auto [low, high] = ranges.of(prefix);
      result.push_back({low, high, r, c});
    };
  });
  return result;
}

}  // namespace driftline
