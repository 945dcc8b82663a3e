#include "driftline/drift/anderson_darling.hpp"

#include <algorithm>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>
#include <cmath>
#include <numbers>
#include <utility>

#include "driftline/drift/squared_noise.hpp"

namespace driftline {
namespace {

class AndersonDarlingLaw final : public SamplingLaw {
 public:
  explicit AndersonDarlingLaw(double statistic) : statistic_(statistic) {}

  const char* name() const override { return "anderson_darling"; }
  std::optional<double> p_value() const override { return anderson_darling_above(statistic_); }
  double p_above(double) const override { return 1.0; }
  double p_below(double) const override { return 1.0; }
  std::optional<std::pair<double, double>> interval(double) const override { return std::nullopt; }
  std::shared_ptr<const SamplingLaw> with_current_rows(double) const override { return nullptr; }

 private:
  double statistic_;
};

/// A number that is only known to lie between two others.
struct Range {
  double low = 0.0;
  double high = 0.0;
  double nearest_to_zero() const { return std::max({0.0, low, -high}); }
  double furthest_from_zero() const { return std::max(std::abs(low), std::abs(high)); }
};

/// The end of a cell: rows of both sides up to there, and (F − G)·n·m.
struct Boundary {
  Range rows;
  Range gap;
  double rows_counted = 0.0;  ///< before rounding moved any
  double gap_counted = 0.0;
};

/// A cell between its two ends.
struct Step {
  Boundary from;
  Boundary to;
  Range inside;  ///< of (F − G)·n·m
  bool known;    ///< one value, and no row in doubt
};

std::vector<Step> steps(const PairCells& common, double n, double m) {
  std::vector<Step> result;
  result.reserve(common.cells.size());
  double r = 0.0, c = 0.0;  // rows up to the cell
  Blur before;
  Boundary from;
  for (std::size_t i = 0; i < common.cells.size(); ++i) {
    const CommonCell& cell = common.cells[i];
    const Blur here = common.blurs.empty() ? Blur{} : common.blurs[i];
    const Blur next = i + 1 < common.blurs.size() ? common.blurs[i + 1] : Blur{};
    const double to_r = r + static_cast<double>(cell.reference);
    const double to_c = c + static_cast<double>(cell.current);
    const double gap =
        from.gap_counted + static_cast<double>(cell.reference) * m - static_cast<double>(cell.current) * n;
    const Range reference{to_r - here.reference_above, to_r + next.reference_below};
    const Range current{to_c - here.current_above, to_c + next.current_below};
    Boundary to{{reference.low + current.low, reference.high + current.high},
                {gap - here.reference_above * m - next.current_below * n,
                 gap + next.reference_below * m + here.current_above * n},
                to_r + to_c,
                gap};
    const Range inside{(r - before.reference_above) * m - current.high * n,
                       reference.high * m - (c - before.current_above) * n};
    const bool sure = from.rows.low == from.rows.high && to.rows.low == to.rows.high;
    result.push_back({from, to, inside, sure && is_one_value(cell)});
    r = to_r;
    c = to_c;
    before = here;
    from = to;
  }
  return result;
}

/// One value, or a cell taken as one: its rows times the square of the mean gap, over what that square is without
/// drift.
double part_of_value(double from_rows, double to_rows, double from_gap, double to_gap, double both) {
  const double gap = 0.5 * (from_gap + to_gap);
  if (gap == 0.0) return 0.0;
  const double middle = 0.5 * (from_rows + to_rows);
  const double rows = to_rows - from_rows;
  return rows * gap * gap / (middle * (both - middle) - 0.25 * both * rows);
}

/// The least and the most that the values of a cell can add, however its rows are spread over them.
Range part_range(const Step& step, double both, double larger) {
  const double first = std::max(0.0, step.from.rows.low);
  const double last = std::min(both, step.to.rows.high);
  const double rows = std::max(0.0, last - first);
  const double furthest = step.inside.furthest_from_zero();
  // A mean gap is also at most `larger` times the rows to the nearer end of the column, which bounds the end cells.
  double most = 4.0 * rows * furthest * larger / both;
  if (first > 0.0 && last < both) most = std::min(most, rows * furthest / first * (furthest / (both - last)));
  const double surely = std::max(0.0, step.to.rows.low - step.from.rows.high);
  const double middle = std::clamp(0.5 * both, first, last);
  const double nearest = step.inside.nearest_to_zero();
  const double least = nearest > 0.0 ? surely * nearest / middle * (nearest / (both - middle)) : 0.0;
  return {least, most};
}

/// ∫ (F − G)²/(H(1 − H)) dH over shares of H in which F − G runs in a line.
double smooth_part(double from, double to, double gap_from, double gap_to) {
  const double width = to - from;
  const double slope = (gap_to - gap_from) / width;
  const double at_zero = from > 0.0 ? gap_from - slope * from : 0.0;
  const double at_one = to < 1.0 ? gap_to + slope * (1.0 - to) : 0.0;
  double result = -slope * slope * width;
  if (at_zero != 0.0) result += at_zero * at_zero * std::log1p(width / from);
  if (at_one != 0.0) result += at_one * at_one * std::log1p(width / (1.0 - to));
  return std::max(0.0, result);
}

/// What is sure of a gap: the nearest to 0 that rounding allows.
double sure_gap(const Boundary& boundary) {
  const double nearest = boundary.gap.nearest_to_zero();
  return boundary.gap_counted < 0.0 ? -nearest : nearest;
}

}  // namespace

std::optional<double> anderson_darling_deviation(double n, double m) {
  const double both = n + m;
  if (both < 4.0) return std::nullopt;
  const double sizes = 1.0 / n + 1.0 / m;
  const double harmonic = boost::math::digamma(both) + std::numbers::egamma;
  // Σ_{i<j<N} 1/((N − i) j), which is the sum of the inverse squares below N less twice the harmonic one over N.
  const double pairs = std::numbers::pi * std::numbers::pi / 6.0 - boost::math::trigamma(both) - 2.0 * harmonic / both;
  const double a = (4.0 * pairs - 6.0) + (10.0 - 6.0 * pairs) * sizes;
  const double b = (2.0 * pairs - 4.0) * 4.0 + 16.0 * harmonic + (2.0 * pairs - 14.0 * harmonic - 4.0) * sizes -
                   8.0 * harmonic + 4.0 * pairs - 6.0;
  const double c = (6.0 * harmonic + 2.0 * pairs - 2.0) * 4.0 + (4.0 * harmonic - 4.0 * pairs + 6.0) * 2.0 +
                   (2.0 * harmonic - 6.0) * sizes + 4.0 * harmonic;
  const double d = (2.0 * harmonic + 6.0) * 4.0 - 8.0 * harmonic;
  const double variance = (((a * both + b) * both + c) * both + d) / ((both - 1.0) * (both - 2.0) * (both - 3.0));
  return std::sqrt(variance);
}

Evidence anderson_darling(const NumericPair& pair, const PairCells& common) {
  const double n = pair.n();
  const double m = pair.m();
  const double both = n + m;
  double value = 0.0, low = 0.0, high = 0.0, smooth = 0.0;
  for (const Step& step : steps(common, n, m)) {
    const double part =
        part_of_value(step.from.rows_counted, step.to.rows_counted, step.from.gap_counted, step.to.gap_counted, both);
    const Range range = step.known ? Range{part, part} : part_range(step, both, std::max(n, m));
    value += part;
    low += std::min(part, range.low);
    high += std::max(part, range.high);
    smooth += smooth_part(step.from.rows_counted / both, step.to.rows_counted / both, sure_gap(step.from) / (n * m),
                          sure_gap(step.to) / (n * m));
  }
  const double unit = (both - 1.0) / (both * (n * m));
  Evidence evidence;
  evidence.method = Method::anderson_darling;
  evidence.value = value * unit;
  evidence.certified_low = low * unit;
  evidence.certified_high = high * unit;
  AndersonDarlingDetails details;
  details.smooth_statistic = (n * m) / both * smooth;
  if (const std::optional<double> deviation = anderson_darling_deviation(n, m))
    details.normalised_statistic = (*evidence.value - 1.0) / *deviation;
  const double s = 1.0 / n + 1.0 / m;
  const double effective_s = 1.0 / pair.effective_n() + 1.0 / pair.effective_m();
  evidence.law = std::make_shared<AndersonDarlingLaw>(details.smooth_statistic * (s / effective_s));
  evidence.details = details;
  return evidence;
}

}  // namespace driftline
