#include "driftline/drift/foreign_counts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <variant>

namespace driftline {
namespace {

/// Evenly filled, x in (low, high]: the share of a cell's rows below x.
double share_below(const Cell& cell, double x) {
  return (0.5 * x - 0.5 * cell.low) / (0.5 * cell.high - 0.5 * cell.low);
}

Bounded exactly(double x) { return {x, x, x}; }

void add_row(ForeignTable& table, std::uint64_t reference, std::uint64_t current) {
  table.reference.push_back(exactly(static_cast<double>(reference)));
  table.current.push_back(exactly(static_cast<double>(current)));
}

ForeignTable count_numbers(const NumericSummary& reference, const NumericSummary& current) {
  ForeignTable table;
  for (const CommonCell& cell : common_cells(reference.histogram, current.histogram)) {
    table.details.values.push_back(cell.low);
    add_row(table, cell.reference, cell.current);
  }
  return table;
}

ForeignTable count_labels(const CategorySummary& reference, const CategorySummary& current) {
  const auto key = [](const LabelCount& label) { return std::tie(label.hash, label.tag, label.payload); };
  ForeignTable table;
  auto before = reference.labels.begin();
  auto now = current.labels.begin();
  while (before != reference.labels.end() || now != current.labels.end()) {
    const bool in_reference =
        now == current.labels.end() || (before != reference.labels.end() && !(key(*now) < key(*before)));
    const bool in_current =
        before == reference.labels.end() || (now != current.labels.end() && !(key(*before) < key(*now)));
    const LabelCount& label = in_reference ? *before : *now;
    table.details.labels.emplace_back(label.tag, label.payload);
    add_row(table, in_reference ? before->count : 0, in_current ? now->count : 0);
    if (in_reference) ++before;
    if (in_current) ++now;
  }
  return table;
}

void fill_details(ForeignTable& table) {
  for (const Bounded& rows : table.reference) table.details.reference_counts.push_back(rows.value);
  for (const Bounded& rows : table.current) table.details.current_counts.push_back(rows.value);
}

std::vector<Bounded> side_counts(const NumericSummary& numbers, const std::vector<double>& edges, bool outside) {
  const RowsBelow rows(numbers);
  std::vector<Bounded> bins;
  const Bounded first = rows.below(edges.front());
  Bounded before = first;
  for (std::size_t i = 1; i < edges.size(); ++i) {
    const Bounded here = i + 1 < edges.size() ? rows.below(edges[i]) : rows.at_most(edges[i]);
    bins.push_back({std::max(0.0, here.low - before.high), here.value - before.value, here.high - before.low});
    before = here;
  }
  if (outside) {
    const auto n = static_cast<double>(numbers.n_valid);
    bins.push_back({first.low + n - before.high, first.value + n - before.value, first.high + n - before.low});
  }
  return bins;
}

}  // namespace

RowsBelow::RowsBelow(const NumericSummary& numbers)
    : cells_(certified_cells(numbers)), min_(numbers.min), max_(numbers.max) {
  rows_up_to_.reserve(cells_.size());
  std::uint64_t rows = 0;
  for (const Cell& cell : cells_) rows_up_to_.push_back(rows += cell.count);
}

Bounded RowsBelow::below(double x) const {
  const auto total = static_cast<double>(rows_up_to_.back());
  if (x <= min_) return exactly(0.0);
  if (x > max_) return exactly(total);
  const auto cell =
      std::lower_bound(cells_.begin(), cells_.end(), x, [](const Cell& each, double at) { return each.high < at; });
  const auto index = static_cast<std::size_t>(cell - cells_.begin());
  const double before = index == 0 ? 0.0 : static_cast<double>(rows_up_to_[index - 1]);
  if (cell->low >= x) return exactly(before);
  const auto rows = static_cast<double>(cell->count);
  // The smallest row is below x and the largest one is not.
  const double low = std::max(before, 1.0);
  const double high = std::min(before + rows, total - 1.0);
  return {low, std::clamp(std::round(before + share_below(*cell, x) * rows), low, high), high};
}

Bounded RowsBelow::at_most(double x) const { return below(std::nextafter(x, std::numeric_limits<double>::max())); }

Bounded RowsBelow::value_at(std::uint64_t position) const {
  if (position == 0) return exactly(min_);
  if (position + 1 == rows_up_to_.back()) return exactly(max_);
  const auto index = static_cast<std::size_t>(std::upper_bound(rows_up_to_.begin(), rows_up_to_.end(), position) -
                                              rows_up_to_.begin());
  const Cell& cell = cells_[index];
  const double before = index == 0 ? 0.0 : static_cast<double>(rows_up_to_[index - 1]);
  const double share = (static_cast<double>(position) - before + 0.5) / static_cast<double>(cell.count);
  return {cell.low, std::clamp(cell.low + share * (cell.high - cell.low), cell.low, cell.high), cell.high};
}

Bounded RowsBelow::sum_below(double x) const {
  Bounded sum;
  for (const Cell& cell : cells_) {
    if (cell.low >= x) break;
    const auto rows = static_cast<double>(cell.count);
    const double top = std::min(cell.high, x);
    const double inside = cell.low == cell.high ? 1.0 : share_below(cell, top);
    sum.low += rows * (x - top);
    sum.value += rows * inside * (x - (0.5 * cell.low + 0.5 * top));
    sum.high += rows * (x - cell.low);
  }
  return sum;
}

Bounded RowsBelow::sum_above(double x) const {
  Bounded sum;
  for (auto cell = cells_.rbegin(); cell != cells_.rend() && cell->high > x; ++cell) {
    const auto rows = static_cast<double>(cell->count);
    const double bottom = std::max(cell->low, x);
    const double inside = cell->low == cell->high ? 1.0 : 1.0 - share_below(*cell, bottom);
    sum.low += rows * (bottom - x);
    sum.value += rows * inside * (0.5 * bottom + 0.5 * cell->high - x);
    sum.high += rows * (cell->high - x);
  }
  return sum;
}

std::vector<double> even_edges(double first, double last, std::size_t bins) {
  const double step = (last - first) / static_cast<double>(bins);
  std::vector<double> edges;
  edges.reserve(bins + 1);
  for (std::size_t i = 0; i < bins; ++i) edges.push_back(static_cast<double>(i) * step + first);
  edges.push_back(last);
  return edges;
}

std::size_t bins_of_width(double range, double width) {
  const double bins = std::ceil(range / width);
  return bins >= 1.0 && bins <= 1e6 ? static_cast<std::size_t>(bins) : 1;
}

ForeignTable count_in_bins(const NumericSummary& reference, const NumericSummary& current, std::vector<double> edges,
                           bool outside) {
  ForeignTable table;
  table.reference = side_counts(reference, edges, outside);
  table.current = side_counts(current, edges, outside);
  table.n = static_cast<double>(reference.n_valid);
  table.m = static_cast<double>(current.n_valid);
  table.details.bin_edges = std::move(edges);
  fill_details(table);
  return table;
}

std::optional<ForeignTable> count_values(const ColumnProfile& reference, const ColumnProfile& current) {
  ForeignTable table;
  if (const auto* before = std::get_if<NumericSummary>(&reference.summary)) {
    const auto& now = std::get<NumericSummary>(current.summary);
    if (!before->histogram.exact() || !now.histogram.exact()) return std::nullopt;
    table = count_numbers(*before, now);
  } else {
    const auto& labels = std::get<CategorySummary>(reference.summary);
    const auto& labels_now = std::get<CategorySummary>(current.summary);
    if (labels.overflowed || labels_now.overflowed) return std::nullopt;
    table = count_labels(labels, labels_now);
  }
  table.n = static_cast<double>(reference.n_valid());
  table.m = static_cast<double>(current.n_valid());
  fill_details(table);
  return table;
}

}  // namespace driftline
