#include "driftline/profile/queries.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <tuple>

#include "driftline/base/error.hpp"

namespace driftline {
namespace {

void require_values(const NumericSummary& numbers) {
  if (numbers.n_valid == 0) throw InputError("a column without valid values has no quantiles and no distribution");
}

Cell cut(Cell cell, const NumericSummary& numbers) {
  return {std::max(cell.low, numbers.min), std::min(cell.high, numbers.max), cell.count};
}

Cell cell_at(const NumericSummary& numbers, const Page& page, std::uint32_t i) {
  const auto [low, high] = cell_range(page.id, page.level, numbers.histogram.prefixes[i]);
  return cut({low, high, numbers.histogram.counts[i]}, numbers);
}

/// A cell and the rows in the cells before it.
struct Position {
  std::uint64_t before = 0;
  Cell cell{};
};

/// The cell of the value of rank `rank`, 1 ≤ rank ≤ n.
Position position_of_rank(const NumericSummary& numbers, std::uint64_t rank) {
  Position position;
  for (const Page& page : numbers.histogram.pages) {
    for (std::uint32_t i = page.begin; i < page.end; ++i) {
      const std::uint64_t count = numbers.histogram.counts[i];
      if (rank <= position.before + count) {
        position.cell = cell_at(numbers, page, i);
        return position;
      }
      position.before += count;
    }
  }
  return position;
}

std::uint64_t rank_of(const NumericSummary& numbers, double q) {
  if (!(q >= 0.0 && q <= 1.0))
    throw OptionError("q=" + std::to_string(q) + " is not a probability; it must be in [0, 1]");
  require_values(numbers);
  const double rank = std::ceil(q * static_cast<double>(numbers.n_valid));
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, numbers.n_valid);
}

/// The first cell that reaches x or lies above it, and the rows before it.
Position position_of_value(const NumericSummary& numbers, double x) {
  Position position;
  for (const Page& page : numbers.histogram.pages) {
    for (std::uint32_t i = page.begin; i < page.end; ++i) {
      const auto [low, high] = cell_range(page.id, page.level, numbers.histogram.prefixes[i]);
      if (high >= x) {
        position.cell = cell_at(numbers, page, i);
        return position;
      }
      position.before += numbers.histogram.counts[i];
    }
  }
  return position;
}

/// Share of a cell below x, for low < x < high, its rows spread evenly.
double share_below(const Cell& cell, double x) { return (x - cell.low) / (cell.high - cell.low); }

/// Estimated rows below x, or up to and with x.
double rows_below(const NumericSummary& numbers, double x, bool with_x) {
  if (x > numbers.max || (with_x && x == numbers.max)) return static_cast<double>(numbers.n_valid);
  if (x < numbers.min || (!with_x && x == numbers.min)) return 0.0;
  const auto [before, cell] = position_of_value(numbers, x);
  double inside = 0.0;
  if (x >= cell.high) {
    inside = with_x || cell.low < cell.high ? 1.0 : 0.0;
  } else if (x > cell.low) {
    inside = share_below(cell, x);
  }
  return static_cast<double>(before) + inside * static_cast<double>(cell.count);
}

/// Certain bounds of the rows ≤ x.
std::pair<std::uint64_t, std::uint64_t> rank_bounds(const NumericSummary& numbers, double x) {
  const std::uint64_t n = numbers.n_valid;
  if (x >= numbers.max) return {n, n};
  if (x < numbers.min) return {0, 0};
  const auto [before, cell] = position_of_value(numbers, x);
  const std::uint64_t low = x >= cell.high ? before + cell.count : before;
  const std::uint64_t high = x >= cell.low ? before + cell.count : before;
  // The minimum is certainly at most x, the maximum certainly above it.
  return {std::max<std::uint64_t>(low, 1), std::min(high, n - 1)};
}

void require_edges(std::span<const double> edges) {
  if (edges.size() < 2) throw OptionError("a histogram needs at least two edges, got " + std::to_string(edges.size()));
  for (std::size_t i = 1; i < edges.size(); ++i) {
    if (edges[i - 1] < edges[i]) continue;
    throw OptionError("the edges of a histogram must ascend, but edge " + std::to_string(i) + " (" +
                      std::to_string(edges[i]) + ") is not above the one before (" + std::to_string(edges[i - 1]) +
                      ")");
  }
}

/// (λ/(e^λ − 1))^kept, λ = rows/values
double probability_without_repeats(double values, double rows, std::size_t kept) {
  const double mean_count = rows / values;
  return std::pow(mean_count / std::expm1(mean_count), static_cast<double>(kept));
}

template <class Kept>
Distinct distinct_of(const Kept& kept) {
  const auto [low, high] = kept.n_distinct_bounds();
  return {kept.n_distinct(), low, high};
}

template <class Counts>
bool all_once(const Counts& counts) {
  return counts.size() >= 2 &&
         std::all_of(counts.begin(), counts.end(), [](const auto& kept) { return kept.count == 1; });
}

}  // namespace

std::vector<Cell> certified_cells(const NumericSummary& numbers) {
  std::vector<Cell> result = cells(numbers.histogram);
  for (Cell& cell : result) cell = cut(cell, numbers);
  return result;
}

std::pair<double, double> quantile_bounds(const NumericSummary& numbers, double q) {
  const std::uint64_t rank = rank_of(numbers, q);
  if (rank == 1) return {numbers.min, numbers.min};
  if (rank == numbers.n_valid) return {numbers.max, numbers.max};
  const Cell cell = position_of_rank(numbers, rank).cell;
  return {cell.low, cell.high};
}

double quantile(const NumericSummary& numbers, double q) {
  const auto [low, high] = quantile_bounds(numbers, q);
  if (low == high) return low;
  const std::uint64_t rank = rank_of(numbers, q);
  const auto [before, cell] = position_of_rank(numbers, rank);
  const double share = (static_cast<double>(rank - before) - 0.5) / static_cast<double>(cell.count);
  return std::clamp(low + share * (high - low), low, high);
}

std::pair<double, double> cdf_bounds(const NumericSummary& numbers, double x) {
  if (std::isnan(x)) throw OptionError("the distribution function of NaN is not defined; ask for a number");
  require_values(numbers);
  const auto [low, high] = rank_bounds(numbers, x);
  const auto n = static_cast<double>(numbers.n_valid);
  return {static_cast<double>(low) / n, static_cast<double>(high) / n};
}

double cdf(const NumericSummary& numbers, double x) {
  const auto [low, high] = cdf_bounds(numbers, x);
  return std::clamp(rows_below(numbers, x, true) / static_cast<double>(numbers.n_valid), low, high);
}

std::vector<double> histogram_counts(const NumericSummary& numbers, std::span<const double> edges) {
  require_edges(edges);
  std::vector<double> counts(edges.size() - 1, 0.0);
  if (numbers.n_valid == 0) return counts;
  double below = rows_below(numbers, edges[0], false);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const bool is_last = i + 1 == counts.size();
    const double below_next = rows_below(numbers, edges[i + 1], is_last);
    counts[i] = below_next - below;
    below = below_next;
  }
  return counts;
}

std::vector<LabelCount> most_frequent(const CategorySummary& labels) {
  std::vector<LabelCount> ordered = labels.labels;
  std::sort(ordered.begin(), ordered.end(), [](const LabelCount& a, const LabelCount& b) {
    return a.count != b.count ? a.count > b.count : std::tie(a.tag, a.payload) < std::tie(b.tag, b.payload);
  });
  return ordered;
}

Distinct distinct_values(const ColumnProfile& column) {
  if (const auto* labels = std::get_if<CategorySummary>(&column.summary)) return distinct_of(*labels);
  const auto* numbers = std::get_if<NumericSummary>(&column.summary);
  if (numbers == nullptr) return {};
  const LogLinearHistogram& histogram = numbers->histogram;
  if (!histogram.exact() && numbers->integers) return distinct_of(*numbers->integers);
  const auto at_least = static_cast<double>(histogram.counts.size());
  if (histogram.exact()) return {at_least, at_least, at_least};
  const std::vector<Cell> all = cells(histogram);
  const double at_most = std::accumulate(all.begin(), all.end(), 0.0, [](double sum, const Cell& cell) {
    return sum + (cell.low == cell.high ? 1.0 : static_cast<double>(cell.count));
  });
  return {at_least, at_least, at_most};
}

Uniqueness looks_unique(const ColumnProfile& column) {
  const auto rows = static_cast<double>(column.n_valid());
  if (const auto* labels = std::get_if<CategorySummary>(&column.summary)) {
    if (!all_once(labels->labels)) return {};
    return {true, probability_without_repeats(labels->n_distinct(), rows, labels->labels.size())};
  }
  const auto* numbers = std::get_if<NumericSummary>(&column.summary);
  if (numbers == nullptr || !numbers->integers || !all_once(numbers->integers->kept)) return {};
  const double range = numbers->max - numbers->min + 1.0;
  return {true, probability_without_repeats(range, rows, numbers->integers->kept.size())};
}

}  // namespace driftline
