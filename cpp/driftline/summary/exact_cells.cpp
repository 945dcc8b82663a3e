#include "driftline/summary/exact_cells.hpp"

#include <algorithm>
#include <bit>
#include <boost/sort/pdqsort/pdqsort.hpp>

namespace driftline {
namespace {

constexpr std::size_t first_rows = 4096;  // that tell whether most values differ

/// How many distinct values other than zero an exact histogram may have.
std::size_t most_exact(std::uint32_t resolution) { return std::max<std::size_t>(resolution, most_own_cells); }

std::size_t most_taken(std::uint32_t resolution) { return most_exact(resolution) * 5 / 4; }

std::size_t n_distinct(std::span<const double> sorted) {
  std::size_t n = sorted.empty() ? 0 : 1;
  for (std::size_t i = 1; i < sorted.size(); ++i) n += static_cast<std::size_t>(sorted[i] != sorted[i - 1]);
  return n;
}

std::vector<Cell> cells_of(std::vector<double> values) {
  boost::sort::pdqsort_branchless(values.begin(), values.end());
  std::vector<Cell> result(values.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    size += static_cast<std::size_t>(i == 0 || values[i] != values[i - 1]);
    Cell& cell = result[size - 1];
    cell.low = cell.high = values[i];
    ++cell.count;
  }
  result.resize(size);
  return result;
}

std::vector<Cell> cells_of(const CellTable& table) {
  std::vector<Cell> result;
  result.reserve(table.size() + 1);
  for (const auto& [key, count] : table.sorted()) {
    const auto x = std::bit_cast<double>(key);
    result.push_back({x, x, count});
  }
  return result;
}

LogLinearHistogram histogram_of(std::vector<Cell> nonzero, std::uint64_t n_zero, std::uint32_t resolution) {
  if (n_zero > 0) {
    const auto place = std::find_if(nonzero.begin(), nonzero.end(), [](const Cell& cell) { return cell.low > 0.0; });
    nonzero.insert(place, {0.0, 0.0, n_zero});
  }
  return exact_histogram(nonzero, resolution);
}

}  // namespace

ExactCells::ExactCells(std::uint32_t resolution)
    : resolution_(resolution),
      most_waiting_(most_taken(resolution)),
      // Twice the keys that come: a table at less than half is the faster one.
      table_(2 * most_taken(resolution)) {}

std::size_t ExactCells::add(std::span<const double> values) {
  std::size_t n = waiting_.empty() ? 0 : let_wait(values);
  if (waiting_.empty()) {
    const std::size_t begin = n;
    const std::size_t most = most_taken(resolution_);
    for (; n < values.size() && table_.size() < most; ++n) {
      table_.add(std::bit_cast<std::uint64_t>(values[n]), 1);
    }
    n_values_ += n - begin;
    if (may_wait_ && n_values_ >= first_rows) choose_list_or_table();
  }
  return n;
}

void ExactCells::choose_list_or_table() {
  may_wait_ = false;
  if (2 * table_.size() < n_values_) return;
  waiting_.reserve(most_waiting_);
  table_.for_each([this](const CellTable::Entry& entry) {
    waiting_.insert(waiting_.end(), entry.count, std::bit_cast<double>(entry.key));
  });
  table_ = CellTable(table_.max_size());
}

/// When many wait and too few of them differ, they go to the table.
std::size_t ExactCells::let_wait(std::span<const double> values) {
  const std::size_t n = std::min(values.size(), most_waiting_ - std::min(most_waiting_, waiting_.size()));
  waiting_.insert(waiting_.end(), values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n));
  n_values_ += n;
  if (waiting_.size() < most_waiting_) return n;
  boost::sort::pdqsort_branchless(waiting_.begin(), waiting_.end());
  const std::size_t n_cells = n_distinct(waiting_);
  if (n_cells > most_exact(resolution_)) return n;
  if (2 * n_cells > waiting_.size() && waiting_.size() < 4 * most_taken(resolution_)) {
    most_waiting_ *= 2;
    return n + let_wait(values.subspan(n));
  }
  for (const double x : waiting_) table_.add(std::bit_cast<std::uint64_t>(x), 1);
  waiting_ = {};
  return n;
}

LogLinearHistogram ExactCells::counted(std::uint64_t n_zero) const {
  return histogram_of(cells_of(table_), n_zero, resolution_);
}

LogLinearHistogram ExactCells::histogram(std::uint64_t n_zero) const {
  return waiting_.empty() ? counted(n_zero) : histogram_of(cells_of(waiting_), n_zero, resolution_);
}

}  // namespace driftline
