#include "driftline/drift/side_cells.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace driftline {
namespace {

/// The first index in [low, high) for which `holds`, which is false before and true after; `high` if none.
template <class Predicate>
std::size_t first_index(std::size_t low, std::size_t high, const Predicate& holds) {
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (holds(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/// The rank of the value that a quantile asks for.
std::uint64_t rank_of(const NumericSummary& summary, double q) {
  const double exact_rank = std::ceil(q * static_cast<double>(summary.n_valid));
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(exact_rank), 1, summary.n_valid);
}

std::pair<double, double> range_of_rank(const SideCells& cells, std::uint64_t rank, std::size_t cell) {
  const NumericSummary& summary = cells.summary();
  if (rank == 1) return {summary.min, summary.min};
  if (rank == summary.n_valid) return {summary.max, summary.max};
  return cells.range(cell);
}

/// `start` and the counts of the cells [begin, end).
std::uint64_t sum_of(const std::vector<std::uint64_t>& counts, std::size_t begin, std::size_t end,
                     std::uint64_t start) {
  return std::accumulate(counts.data() + begin, counts.data() + end, start);
}

}  // namespace

SideCells::SideCells(const LogLinearHistogram& histogram, const NumericSummary& summary, FloatWidth width)
    : histogram_(histogram),
      summary_(summary),
      min_(round_to_width(summary.min, width)),
      max_(round_to_width(summary.max, width)),
      width_(width) {
  const std::vector<std::uint64_t>& counts = histogram.counts;
  rows_before_group_.reserve((counts.size() + group_size - 1) / group_size + 1);
  std::uint64_t rows = 0;
  for (std::size_t begin = 0; begin < counts.size(); begin += group_size) {
    rows_before_group_.push_back(rows);
    rows = sum_of(counts, begin, std::min(begin + group_size, counts.size()), rows);
  }
  rows_before_group_.push_back(rows);
}

std::uint64_t SideCells::rows_before(std::size_t i) const {
  const std::size_t group = i / group_size;
  return sum_of(histogram_.counts, group * group_size, i, rows_before_group_[group]);
}

std::pair<double, double> SideCells::range(const Page& page, std::size_t i) const {
  const auto [low_end, high_end] = cell_range(page.id, page.level, histogram_.prefixes[i]);
  return {std::clamp(round_to_width(low_end, width_), min_, max_),
          std::clamp(round_to_width(high_end, width_), min_, max_)};
}

const Page& SideCells::page_of(std::size_t i) const {
  return *std::upper_bound(histogram_.pages.begin(), histogram_.pages.end(), i,
                           [](std::size_t index, const Page& page) { return index < page.end; });
}

std::pair<double, double> SideCells::range(std::size_t i) const { return range(page_of(i), i); }

std::vector<std::size_t> SideCells::cells_of_at_least(double least) const {
  const auto whole = static_cast<std::uint64_t>(std::ceil(least));
  std::vector<std::size_t> result;
  for (std::size_t group = 0; group + 1 < rows_before_group_.size(); ++group) {
    if (rows_before_group_[group + 1] - rows_before_group_[group] < whole) continue;
    const std::size_t end = std::min((group + 1) * group_size, size());
    for (std::size_t i = group * group_size; i < end; ++i) {
      if (histogram_.counts[i] >= whole) result.push_back(i);
    }
  }
  return result;
}

std::size_t SideCells::cell_of_rank(std::uint64_t rank) const {
  const std::size_t group =
      first_index(0, rows_before_group_.size() - 1, [&](std::size_t i) { return rows_before_group_[i + 1] >= rank; });
  std::size_t i = group * group_size;
  for (std::uint64_t rows = rows_before_group_[group]; i < size(); ++i) {
    rows += histogram_.counts[i];
    if (rows >= rank) return i;
  }
  return size();
}

std::size_t SideCells::first_exceeding(std::size_t begin, double rows) const {
  const std::uint64_t before = rows_before(begin);
  const auto exceeds = [&](std::uint64_t up_to) { return static_cast<double>(up_to - before) > rows; };
  const std::size_t group = first_index(begin / group_size, rows_before_group_.size() - 1,
                                        [&](std::size_t i) { return exceeds(rows_before_group_[i + 1]); });
  std::size_t i = std::max(begin + 1, group * group_size);
  for (std::uint64_t up_to = i < size() ? rows_before(i) : 0; i < size(); ++i) {
    up_to += histogram_.counts[i];
    if (exceeds(up_to)) return i;
  }
  return size();
}

/// `holds(range of a cell)` is false before and true after: the page is found by its last cell, the cell in its page.
template <class Predicate>
std::size_t SideCells::first_cell(const Predicate& holds) const {
  const std::vector<Page>& pages = histogram_.pages;
  const std::size_t page =
      first_index(0, pages.size(), [&](std::size_t i) { return holds(range(pages[i], pages[i].end - 1)); });
  if (page == pages.size()) return size();
  return first_index(pages[page].begin, pages[page].end, [&](std::size_t i) { return holds(range(pages[page], i)); });
}

/// The first cell that is not below min < x ≤ max, found by the bits of x; `whole`: that has no value below x.
std::size_t SideCells::first_cell_at(double x, bool whole) const {
  const auto [id, mantissa] = locate(x);
  const std::vector<Page>& pages = histogram_.pages;
  const auto page = std::lower_bound(pages.begin(), pages.end(), id,
                                     [](const Page& each, std::uint32_t wanted) { return each.id < wanted; });
  if (page == pages.end()) return size();
  if (page->id != id) return page->begin;
  const auto cells = histogram_.prefixes.begin();
  const std::uint64_t prefix = mantissa >> page->level;
  const auto cell = std::lower_bound(cells + page->begin, cells + page->end, prefix);
  const auto i = static_cast<std::size_t>(cell - cells);
  const bool begins_below = i < page->end && *cell == prefix && cell_range(id, page->level, prefix).first < x;
  return whole && begins_below ? i + 1 : i;
}

std::size_t SideCells::first_reaching(double x) const {
  if (width_ == FloatWidth::full && x > min_ && x <= max_) return first_cell_at(x, false);
  return first_cell([x](const std::pair<double, double>& range) { return range.second >= x; });
}

std::size_t SideCells::first_above(double x) const {
  if (width_ == FloatWidth::full && x > min_ && x <= max_) return first_cell_at(x, true);
  return first_cell([x](const std::pair<double, double>& range) { return range.first >= x; });
}

std::pair<double, double> quantile_bounds_of(const SideCells& cells, double q) {
  const std::uint64_t rank = rank_of(cells.summary(), q);
  return range_of_rank(cells, rank, cells.cell_of_rank(rank));
}

double quantile_of(const SideCells& cells, double q) {
  const std::uint64_t rank = rank_of(cells.summary(), q);
  const std::size_t cell = cells.cell_of_rank(rank);
  const auto [low, high] = range_of_rank(cells, rank, cell);
  if (low == high) return low;
  const double share = (static_cast<double>(rank - cells.rows_before(cell)) - 0.5) / cells.count(cell);
  return std::clamp(low + share * (high - low), low, high);
}

}  // namespace driftline
