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

}  // namespace

SideCells::SideCells(const LogLinearHistogram& histogram, const NumericSummary& summary, FloatWidth width)
    : histogram_(histogram),
      summary_(summary),
      min_(round_to_width(summary.min, width)),
      max_(round_to_width(summary.max, width)),
      width_(width) {
  rows_before_.resize(histogram.counts.size() + 1);
  std::inclusive_scan(histogram.counts.begin(), histogram.counts.end(), rows_before_.begin() + 1);
}

std::pair<double, double> SideCells::range(const Page& page, std::size_t i) const {
  const auto [low_end, high_end] = cell_range(page.id, page.level, histogram_.prefixes[i]);
  return {std::clamp(round_to_width(low_end, width_), min_, max_),
          std::clamp(round_to_width(high_end, width_), min_, max_)};
}

std::pair<double, double> SideCells::range(std::size_t i) const {
  const auto page = std::upper_bound(histogram_.pages.begin(), histogram_.pages.end(), i,
                                     [](std::size_t index, const Page& other) { return index < other.end; });
  return range(*page, i);
}

std::vector<std::size_t> SideCells::cells_of_at_least(double least) const {
  const auto whole = static_cast<std::uint64_t>(std::ceil(least));
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < size(); ++i) {
    if (histogram_.counts[i] >= whole) result.push_back(i);
  }
  return result;
}

std::size_t SideCells::cell_of_rank(std::uint64_t rank) const {
  return first_index(0, size(), [&](std::size_t i) { return rows_before_[i + 1] >= rank; });
}

std::size_t SideCells::first_exceeding(std::size_t begin, double rows) const {
  return first_index(begin + 1, size(), [&](std::size_t i) { return this->rows(begin, i + 1) > rows; });
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

std::size_t SideCells::first_reaching(double x) const {
  return first_cell([x](const std::pair<double, double>& range) { return range.second >= x; });
}

std::size_t SideCells::first_above(double x) const {
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
