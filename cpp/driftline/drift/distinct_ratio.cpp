#include "driftline/drift/distinct_ratio.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
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
  std::array<double, 256> values_by_small_count{};  // most counts are small, and a map is slow
  std::map<std::uint64_t, double> values_by_count;
  for (const std::uint64_t count : side.counts) {
    (count < values_by_small_count.size() ? values_by_small_count[count] : values_by_count[count]) += 1.0;
  }
  double expected = 0.0;
  const auto add = [&](std::uint64_t count, double values) {
    expected += values * (1.0 - chance_of_absence(static_cast<double>(count), static_cast<double>(side.rows),
                                                  static_cast<double>(rows)));
  };
  for (std::size_t count = 0; count < values_by_small_count.size(); ++count) {
    if (values_by_small_count[count] > 0.0) add(count, values_by_small_count[count]);
  }
  for (const auto& [count, values] : values_by_count) add(count, values);
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
