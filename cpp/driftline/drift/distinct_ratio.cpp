#include "driftline/drift/distinct_ratio.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace driftline {
namespace {

/// Probability that `rows` rows drawn of `total` leave out a value that `count` of them hold.
double chance_of_absence(double count, double total, double rows) {
  if (count > total - rows) return 0.0;
  return std::exp(std::lgamma(total - count + 1.0) - std::lgamma(total - rows - count + 1.0) -
                  std::lgamma(total + 1.0) + std::lgamma(total - rows + 1.0));
}

double expected_distinct(const DistinctCounts& side, std::uint64_t rows) {
  if (rows == side.rows) return side.n_distinct;
  std::map<std::uint64_t, double> values_by_count;
  for (const std::uint64_t count : side.counts) values_by_count[count] += 1.0;
  double expected = 0.0;
  for (const auto& [count, values] : values_by_count) {
    expected += values * (1.0 - chance_of_absence(static_cast<double>(count), static_cast<double>(side.rows),
                                                  static_cast<double>(rows)));
  }
  return expected * side.n_distinct / static_cast<double>(side.counts.size());
}

}  // namespace

Signal distinct_ratio(const DistinctCounts& reference, const DistinctCounts& current) {
  const std::uint64_t rows = std::min(reference.rows, current.rows);
  const double before = expected_distinct(reference, rows);
  const double now = expected_distinct(current, rows);
  Signal signal;
  signal.name = "distinct_ratio";
  signal.value = std::abs(std::log(now / before));
  signal.reference = before;
  signal.current = now;
  signal.n_reference = reference.rows;
  signal.n_current = current.rows;
  signal.numbers.emplace_back("rows", static_cast<double>(rows));
  return signal;
}

}  // namespace driftline
