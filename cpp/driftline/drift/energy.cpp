#include "driftline/drift/energy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

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
  double pooled_noise = 0.0;     ///< of H (1 − H), with H of both sides' rows
};

struct Shares {
  double f = 0.0;
  double g = 0.0;
  double h = 0.0;
};

double variance(double share) { return std::max(0.0, share * (1.0 - share)); }

/// Integral of share · (1 − share) over a unit interval on which the share runs in a line.
double variance_between(double from, double to) {
  return (variance(from) + 4.0 * variance(0.5 * (from + to)) + variance(to)) / 6.0;
}

void add_noise(Integrals& sum, double width, const Shares& from, const Shares& to) {
  sum.reference_noise += width * variance_between(from.f, to.f);
  sum.current_noise += width * variance_between(from.g, to.g);
  sum.pooled_noise += width * variance_between(from.h, to.h);
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
    const Shares to{rows_f / n, rows_g / m, (rows_f + rows_g) / (n + m)};
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
  const double unit = length_unit(common);
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
  norm.n = n;
  norm.m = m;
  norm.reference_noise = 2.0 * sum.reference_noise;
  norm.current_noise = 2.0 * sum.current_noise;
  norm.null_above = quadratic_above;
  norm.null_square = 2.0 * sum.pooled_noise;
  norm.unit = root_unit;
  evidence.law = squared_norm_law("quadratic", norm);
  return evidence;
}

}  // namespace driftline
