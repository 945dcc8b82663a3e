#include "driftline/drift/energy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "driftline/drift/squared_noise.hpp"
#include "driftline/drift/squared_norm_law.hpp"

namespace driftline {
namespace {

/// Integrals over the column, in units of `length_unit`.
struct Integrals {
  double low = 0.0;  ///< of (F − G)², certified
  double value = 0.0;
  double high = 0.0;
  double reference_noise = 0.0;  ///< of F (1 − F)
  double current_noise = 0.0;    ///< of G (1 − G)
};

struct Shares {
  double f = 0.0;
  double g = 0.0;
};

double variance(double share) { return std::max(0.0, share * (1.0 - share)); }

/// Integral of share · (1 − share) over a unit interval on which the share runs in a line.
double variance_between(double from, double to) {
  return (variance(from) + 4.0 * variance(0.5 * (from + to)) + variance(to)) / 6.0;
}

void add_noise(Integrals& sum, double width, const Shares& from, const Shares& to) {
  sum.reference_noise += width * variance_between(from.f, to.f);
  sum.current_noise += width * variance_between(from.g, to.g);
}

/// A cell of many values, where F − G runs from `before` to `after` between `lowest` and `highest`.
void add_cell(Integrals& sum, double width, double before, double after, double lowest, double highest) {
  const double nearest = std::max({0.0, lowest, -highest});
  const double furthest = std::max(std::abs(lowest), std::abs(highest));
  sum.low += width * nearest * nearest;
  sum.value += width * (before * before + before * after + after * after) / 3.0;
  sum.high += width * furthest * furthest;
}

Integrals integrate(const PairCells& common, double n, double m, double unit) {
  Integrals sum;
  Shares from;
  double before = 0.0;  // (F − G)·n·m up to the cell: a whole number, exact up to 2^53
  double rows_f = 0.0, rows_g = 0.0;
  const double scale = 1.0 / (n * m);
  for (std::size_t i = 0; i < common.cells.size(); ++i) {
    const CommonCell& cell = common.cells[i];
    const double up = static_cast<double>(cell.reference) * m;
    const double down = static_cast<double>(cell.current) * n;
    const double after = before + up - down;
    rows_f += static_cast<double>(cell.reference);
    rows_g += static_cast<double>(cell.current);
    const Shares to{rows_f / n, rows_g / m};
    if (!is_one_value(cell)) {
      const double width = cell.high * unit - cell.low * unit;
      add_cell(sum, width, before * scale, after * scale, (before - down) * scale, (before + up) * scale);
      add_noise(sum, width, from, to);
    }
    if (i + 1 < common.cells.size()) {
      const double gap = common.cells[i + 1].low * unit - cell.high * unit;
      const double area = gap * (after * scale) * (after * scale);
      sum.low += area;
      sum.value += area;
      sum.high += area;
      add_noise(sum, gap, to, to);
    }
    from = to;
    before = after;
  }
  sum.low = std::min(sum.low, sum.value);
  sum.high = std::max(sum.high, sum.value);
  return sum;
}

/// Where the Brownian bridge is looked at, and the width that hangs on it, twice; cells are joined to at most about 256
/// groups of equal shares of both sides' rows.
std::vector<BridgeWeight> bridge_weights(const PairCells& common, double n, double m, double unit) {
  constexpr double most_groups = 256.0;
  const bool few = static_cast<double>(common.cells.size()) <= most_groups;
  std::vector<BridgeWeight> groups;
  BridgeWeight sum{0.0, 0.0};  // share times weight, and weight
  double from = 0.0;           // share of the rows up to the group
  double rows = 0.0;
  for (std::size_t i = 0; i < common.cells.size(); ++i) {
    const CommonCell& cell = common.cells[i];
    const auto both = static_cast<double>(cell.reference + cell.current);
    const double inside = 2.0 * (cell.high * unit - cell.low * unit);
    rows += both;
    sum.share += inside * (rows - 0.5 * both) / (n + m);
    sum.weight += inside;
    const bool last = i + 1 == common.cells.size();
    if (!last) {
      const double gap = 2.0 * (common.cells[i + 1].low * unit - cell.high * unit);
      sum.share += gap * rows / (n + m);
      sum.weight += gap;
    }
    if (!few && !last && rows / (n + m) - from < 1.0 / most_groups) continue;
    if (sum.weight > 0.0) groups.push_back({sum.share / sum.weight, sum.weight});
    sum = {0.0, 0.0};
    from = rows / (n + m);
  }
  return groups;
}

/// How far rounding to the narrower width can move the distance; in roots of `unit`.
double blur(const PairCells& common, double n, double m, double unit) {
  double largest_share = 0.0;
  for (const CommonCell& cell : common.cells) {
    if (is_one_value(cell)) continue;
    largest_share =
        std::max(largest_share, static_cast<double>(cell.reference) / n + static_cast<double>(cell.current) / m);
  }
  return std::sqrt(2.0 * rounding_slack(common, n, m, unit) * std::min(1.0, largest_share));
}

}  // namespace

Evidence energy(const NumericPair& pair, const PairCells& common) {
  const double n = pair.n();
  const double m = pair.m();
  const double unit = length_unit(common.cells.front().low, common.cells.back().high);
  const double root_unit = std::sqrt(unit);  // a power of two
  const Integrals sum = integrate(common, n, m, unit);
  const double slack = blur(common, n, m, unit);
  Evidence evidence;
  evidence.method = Method::energy;
  evidence.value = std::sqrt(2.0 * sum.value) / root_unit;
  evidence.certified_low = std::max(0.0, std::sqrt(2.0 * sum.low) - slack) / root_unit;
  evidence.certified_high = (std::sqrt(2.0 * sum.high) + slack) / root_unit;
  SquaredNorm norm{};
  norm.low = *evidence.certified_low * root_unit;
  norm.high = *evidence.certified_high * root_unit;
  norm.largest = std::numeric_limits<double>::max();
  norm.n = pair.effective_n();
  norm.m = pair.effective_m();
  norm.reference_noise = 2.0 * sum.reference_noise;
  norm.current_noise = 2.0 * sum.current_noise;
  norm.null_above = [weights = bridge_weights(common, n, m, unit)](double x) {
    return bridge_squares_above(weights, x);
  };
  norm.unit = root_unit;
  evidence.law = squared_norm_law("quadratic", norm);
  return evidence;
}

}  // namespace driftline
