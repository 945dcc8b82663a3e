#include "driftline/drift/foreign_order.hpp"

#include <algorithm>
#include <cmath>

namespace driftline {
namespace {

constexpr std::size_t nannyml_bins = 10'000;

/// |a/n − b/m| for counts that are only bounded.
Bounded gap(const Bounded& a, double n, const Bounded& b, double m) {
  const double lowest = a.low / n - b.high / m;
  const double highest = a.high / n - b.low / m;
  return {std::max({0.0, lowest, -highest}), std::abs(a.value / n - b.value / m), std::max(highest, -lowest)};
}

void raise_to(Bounded& largest, const Bounded& other) {
  largest.low = std::max(largest.low, other.low);
  largest.value = std::max(largest.value, other.value);
  largest.high = std::max(largest.high, other.high);
}

/// Edges as NumPy makes them for a number of bins: half a unit around a constant.
std::vector<double> histogram_edges(const NumericSummary& numbers) {
  const double half = numbers.min == numbers.max ? 0.5 : 0.0;
  return even_edges(numbers.min - half, numbers.max + half, nannyml_bins);
}

}  // namespace

Bounded nannyml_binned_ks(const NumericSummary& reference, const NumericSummary& current) {
  const RowsBelow before(reference);
  const RowsBelow now(current);
  const auto n = static_cast<double>(reference.n_valid);
  const auto m = static_cast<double>(current.n_valid);
  const std::vector<double> edges = even_edges(reference.min, reference.max, nannyml_bins);
  Bounded largest = gap(before.at_most(edges.back()), n, now.at_most(edges.back()), m);
  for (std::size_t i = 1; i < nannyml_bins; ++i) {
    raise_to(largest, gap(before.below(edges[i]), n, now.below(edges[i]), m));
  }
  return largest;
}

Bounded nannyml_binned_wasserstein(const NumericSummary& reference, const NumericSummary& current) {
  const RowsBelow before(reference);
  const RowsBelow now(current);
  const auto n = static_cast<double>(reference.n_valid);
  const auto m = static_cast<double>(current.n_valid);
  const std::vector<double> edges = histogram_edges(reference);
  const double width = edges[1] - edges[0];
  const double extra = current.min < edges.front() ? 1.0 : 0.0;
  Bounded inside;
  for (std::size_t i = 1; i <= nannyml_bins; ++i) {
    const bool last = i == nannyml_bins;
    Bounded rows = last ? now.at_most(edges[i]) : now.below(edges[i]);
    rows = {rows.low + extra, rows.value + extra, rows.high + extra};
    const Bounded at_edge = gap(last ? before.at_most(edges[i]) : before.below(edges[i]), n, rows, m);
    inside = {inside.low + at_edge.low, inside.value + at_edge.value, inside.high + at_edge.high};
  }
  const Bounded left = now.sum_below(edges.front());
  const Bounded right = now.sum_above(edges.back());
  return {inside.low * width + (left.low + right.low) / m, inside.value * width + (left.value + right.value) / m,
          inside.high * width + (left.high + right.high) / m};
}

Bounded whylogs_ks(const NumericSummary& reference, const NumericSummary& current) {
  constexpr std::size_t n_quantiles = 100;
  const RowsBelow before(reference);
  const RowsBelow now(current);
  const auto n = static_cast<double>(reference.n_valid);
  const auto m = static_cast<double>(current.n_valid);
  const std::vector<double> ranks = even_edges(0.0, 1.0, n_quantiles - 1);
  Bounded largest;
  for (const auto& [side, rows] : {std::pair(&before, reference.n_valid), std::pair(&now, current.n_valid)}) {
    for (const double rank : ranks) {
      const auto position = static_cast<std::uint64_t>(std::floor(rank * static_cast<double>(rows)));
      const Bounded x = side->value_at(std::min(position, rows - 1));
      const auto below = [&x](const RowsBelow& of) {
        return Bounded{of.below(x.low).low, of.below(x.value).value, of.below(x.high).high};
      };
      raise_to(largest, gap(below(before), n, below(now), m));
    }
  }
  return largest;
}

}  // namespace driftline
