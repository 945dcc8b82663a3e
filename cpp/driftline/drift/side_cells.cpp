#include "driftline/drift/side_cells.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace driftline {
namespace {

/// The first index in [0, size) for which `holds`, which is false before and true after; `size` if none.
template <class Predicate>
std::size_t first_index(std::size_t size, const Predicate& holds) {
  std::size_t low = 0;
  std::size_t high = size;
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

}  // namespace

SideCells::SideCells(const LogLinearHistogram& histogram, const NumericSummary& summary, FloatWidth width)
    : histogram_(histogram),
      min_(round_to_width(summary.min, width)),
      max_(round_to_width(summary.max, width)),
      width_(width) {}

double SideCells::rows(std::size_t begin, std::size_t end) const {
  const auto first = histogram_.counts.begin();
  return static_cast<double>(std::accumulate(first + static_cast<std::ptrdiff_t>(begin),
                                             first + static_cast<std::ptrdiff_t>(end), std::uint64_t{0}));
}

std::pair<double, double> SideCells::range(std::size_t i) const {
  const auto page = std::upper_bound(histogram_.pages.begin(), histogram_.pages.end(), i,
                                     [](std::size_t index, const Page& other) { return index < other.end; });
  const auto [low_end, high_end] = cell_range(page->id, page->level, histogram_.prefixes[i]);
  return {std::clamp(round_to_width(low_end, width_), min_, max_),
          std::clamp(round_to_width(high_end, width_), min_, max_)};
}

std::size_t SideCells::first_reaching(double x) const {
  return first_index(size(), [&](std::size_t i) { return high(i) >= x; });
}

std::size_t SideCells::first_above(double x) const {
  return first_index(size(), [&](std::size_t i) { return low(i) >= x; });
}

QuantileTable::QuantileTable(const NumericSummary& summary)
    : summary_(summary), cells_(summary.histogram, summary, FloatWidth::full), rows_up_to_(cells_.size()) {
  std::partial_sum(summary.histogram.counts.begin(), summary.histogram.counts.end(), rows_up_to_.begin());
}

QuantileTable::Position QuantileTable::find(double q) const {
  const double exact_rank = std::ceil(q * static_cast<double>(summary_.n_valid));
  const std::uint64_t rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(exact_rank), 1, summary_.n_valid);
  const auto cell =
      static_cast<std::size_t>(std::lower_bound(rows_up_to_.begin(), rows_up_to_.end(), rank) - rows_up_to_.begin());
  return {rank, cell, cell == 0 ? 0 : rows_up_to_[cell - 1]};
}

std::pair<double, double> QuantileTable::bounds(const Position& position) const {
  if (position.rank == 1) return {summary_.min, summary_.min};
  if (position.rank == summary_.n_valid) return {summary_.max, summary_.max};
  return {cells_.low(position.cell), cells_.high(position.cell)};
}

std::pair<double, double> QuantileTable::bounds(double q) const { return bounds(find(q)); }

double QuantileTable::at(double q) const {
  const Position position = find(q);
  const auto [low, high] = bounds(position);
  if (low == high) return low;
  const double share = (static_cast<double>(position.rank - position.before) - 0.5) / cells_.count(position.cell);
  return std::clamp(low + share * (high - low), low, high);
}

}  // namespace driftline
