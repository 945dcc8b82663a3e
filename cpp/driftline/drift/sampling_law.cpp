#include "driftline/drift/sampling_law.hpp"

#include <algorithm>
#include <cmath>

#include "driftline/base/error.hpp"

namespace driftline {
namespace {

constexpr double most_rows = 1e9;
constexpr double endless_rows = 1e15;

bool settles(const SamplingLaw& law, double tolerance, double alpha) {
  return law.p_above(tolerance) <= alpha || law.p_below(tolerance) <= alpha;
}

}  // namespace

RowsNeeded rows_needed(const SamplingLaw* law, double value, std::uint64_t n_current, double tolerance, double alpha) {
  if (!(alpha > 0.0 && alpha < 1.0)) {
    throw OptionError("alpha must be between 0 and 1, got " + std::to_string(alpha));
  }
  const auto settled_at = [&](double rows) { return settles(*law->with_current_rows(rows), tolerance, alpha); };
  if (law == nullptr || law->with_current_rows(static_cast<double>(n_current)) == nullptr)
    return {std::nullopt, "no_law"};
  if (std::abs(value - tolerance) <= 1e-9 * std::max(std::abs(value), std::abs(tolerance))) {
    return {std::nullopt, "at_tolerance"};
  }
  if (settles(*law, tolerance, alpha)) return {n_current, ""};
  if (!settled_at(most_rows)) {
    return {std::nullopt, settled_at(endless_rows) ? "at_tolerance" : "reference_too_small"};
  }
  // Doubling finds a bracket, halving the smallest number in it.
  double too_few = static_cast<double>(n_current);
  double enough = std::min(2.0 * too_few, most_rows);
  while (enough < most_rows && !settled_at(enough)) {
    too_few = enough;
    enough = std::min(2.0 * enough, most_rows);
  }
  while (enough - too_few > 1.0) {
    const double middle = std::floor(0.5 * (too_few + enough));
    (settled_at(middle) ? enough : too_few) = middle;
  }
  return {static_cast<std::uint64_t>(enough), ""};
}

}  // namespace driftline
