#include "driftline/summary/exact_cells.hpp"

#include <algorithm>
#include <bit>
#include <boost/sort/pdqsort/pdqsort.hpp>
#include <utility>

#include "driftline/summary/cell_writer.hpp"

namespace driftline {
namespace {

/// How many distinct values other than zero an exact histogram may have.
std::size_t most_exact(std::uint32_t resolution) { return std::max<std::size_t>(resolution, most_own_cells); }

std::size_t most_taken(std::uint32_t resolution) { return most_exact(resolution) * 5 / 4; }

struct Distinct {
  std::size_t all = 0;
  std::size_t repeated = 0;  // those that came more than once
};

Distinct distinct(std::span<const double> sorted) {
  Distinct result;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const bool is_first = i == 0 || sorted[i] != sorted[i - 1];
    const bool is_second = !is_first && (i == 1 || sorted[i - 1] != sorted[i - 2]);
    result.all += static_cast<std::size_t>(is_first);
    result.repeated += static_cast<std::size_t>(is_second);
  }
  return result;
}

void sort(std::vector<double>& values) {
  if (std::is_sorted(values.begin(), values.end())) return;
  boost::sort::pdqsort_branchless(values.begin(), values.end());
}

/// Writes values in ascending order, each a cell, and the zeros among them.
class ValueWriter {
 public:
  ValueWriter(std::uint32_t resolution, std::size_t most_values, std::uint64_t n_zero)
      : out_(resolution, 0, most_values + 1), n_zero_(n_zero) {}

  void append(double x, std::uint64_t count) {
    if (n_zero_ > 0 && x > 0.0) write(0.0, std::exchange(n_zero_, 0));
    write(x, count);
  }
  LogLinearHistogram finish() {
    if (n_zero_ > 0) write(0.0, n_zero_);
    return out_.finish();
  }

 private:
  void write(double x, std::uint64_t count) {
    const PagePosition position = locate(x);
    out_.enter(position.page, 0);
    out_.append(position.mantissa, count);
  }

  CellWriter out_;
  std::uint64_t n_zero_;
};

LogLinearHistogram histogram_of(std::span<const double> sorted, std::uint64_t n_zero, std::uint32_t resolution) {
  ValueWriter out(resolution, sorted.size(), n_zero);
  for (auto x = sorted.begin(), next = x; x != sorted.end(); x = next) {
    while (next != sorted.end() && *next == *x) ++next;
    out.append(*x, static_cast<std::uint64_t>(next - x));
  }
  return out.finish();
}

}  // namespace

ExactCells::ExactCells(std::uint32_t resolution) : resolution_(resolution), table_(most_taken(resolution)) {}

std::size_t ExactCells::add(std::span<const double> values) {
  const std::size_t n = most_waiting_ > 0 ? let_wait(values) : 0;
  return most_waiting_ > 0 ? n : n + count(values.subspan(n));
}

std::size_t ExactCells::count(std::span<const double> values) {
  const std::size_t most = most_taken(resolution_);
  std::size_t n = 0;
  for (; n < values.size() && table_.size() < most; ++n) table_.add(std::bit_cast<std::uint64_t>(values[n]), 1);
  n_values_ += n;
  return n;
}

std::size_t ExactCells::let_wait(std::span<const double> values) {
  const std::size_t n = std::min(values.size(), most_waiting_ - waiting_.size());
  waiting_.insert(waiting_.end(), values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n));
  n_values_ += n;
  if (waiting_.size() < most_waiting_) return n;
  sort(waiting_);
  const Distinct found = distinct(waiting_);
  if (found.all > most_exact(resolution_)) return n;
  if (16 * found.repeated <= found.all && waiting_.size() < 4 * most_taken(resolution_)) {
    most_waiting_ = std::max(most_taken(resolution_), 2 * most_waiting_);
    waiting_.reserve(most_waiting_);
    return n + let_wait(values.subspan(n));
  }
  most_waiting_ = 0;
  for (const double x : std::exchange(waiting_, {})) table_.add(std::bit_cast<std::uint64_t>(x), 1);
  return n;
}

LogLinearHistogram ExactCells::counted(std::uint64_t n_zero) const {
  ValueWriter out(resolution_, table_.size(), n_zero);
  for (const auto& [key, count] : table_.sorted()) out.append(std::bit_cast<double>(key), count);
  return out.finish();
}

LogLinearHistogram ExactCells::histogram(std::uint64_t n_zero) const {
  if (waiting_.empty()) return counted(n_zero);
  if (std::is_sorted(waiting_.begin(), waiting_.end())) return histogram_of(waiting_, n_zero, resolution_);
  std::vector<double> values = waiting_;
  sort(values);
  return histogram_of(values, n_zero, resolution_);
}

}  // namespace driftline
