#include "driftline/drift/wasserstein.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "driftline/base/random.hpp"
#include "driftline/drift/noise_law.hpp"

namespace driftline {
namespace {

/// What the scaled distance is divided by.
struct Scale {
  Certified size;
  std::string kind;
};

std::optional<Scale> scale_of(const NumericPair& pair, double unit) {
  constexpr double normal_iqr = 1.349;
  const SideCells& cells = pair.counted_reference();
  const auto [low_25, high_25] = quantile_bounds_of(cells, 0.25);
  const auto [low_75, high_75] = quantile_bounds_of(cells, 0.75);
  const double least = low_75 * unit - high_25 * unit;
  if (least > 0.0) {
    const double estimate = quantile_of(cells, 0.75) * unit - quantile_of(cells, 0.25) * unit;
    return Scale{{least / normal_iqr, estimate / normal_iqr, (high_75 * unit - low_25 * unit) / normal_iqr}, "iqr"};
  }
  const std::optional<double> deviation = pair.reference_moments().std;
  if (!deviation || *deviation <= 0.0) return std::nullopt;
  return Scale{{*deviation * unit, *deviation * unit, *deviation * unit}, "std"};
}

/// Where the Brownian bridge is looked at: pooled share up to a point, and how much width hangs on it.
struct BridgePoint {
  double share;
  double width_before;  // of the group of cells that ends here, on which the bridge is interpolated
  double gap_after;
};

std::vector<BridgePoint> bridge_points(const PairCells& common, double n, double m, double unit) {
  constexpr double most_groups = 256.0;
  std::vector<BridgePoint> points;
  double rows = 0.0;
  double group_rows = 0.0;
  double group_low = common.cells.front().low * unit;
  for (std::size_t i = 0; i < common.cells.size(); ++i) {
    const CommonCell& cell = common.cells[i];
    if (group_rows == 0.0) group_low = cell.low * unit;
    const auto both = static_cast<double>(cell.reference + cell.current);
    group_rows += both;
    rows += both;
    const bool last = i + 1 == common.cells.size();
    const bool few = static_cast<double>(common.cells.size()) <= most_groups;
    if (!few && !last && group_rows < (n + m) / most_groups) continue;
    const double gap = last ? 0.0 : common.cells[i + 1].low * unit - cell.high * unit;
    points.push_back({rows / (n + m), cell.high * unit - group_low, gap});
    group_rows = 0.0;
  }
  return points;
}

std::vector<double> simulate_bridges(const std::vector<BridgePoint>& points, double size, std::uint64_t column) {
  constexpr std::uint64_t n_replicates = 999;
  std::vector<double> norms;
  std::vector<double> walk(points.size());
  for (std::uint64_t replicate = 0; replicate < n_replicates; ++replicate) {
    const std::uint64_t key = random_key(column, 2, replicate);
    double position = 0.0;
    double share = 0.0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      position += std::sqrt(std::max(0.0, points[i].share - share)) * random_normal(key, i);
      share = points[i].share;
      walk[i] = position;
    }
    double norm = 0.0;
    double previous = 0.0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double here = std::abs(walk[i] - points[i].share * position);
      norm += 0.5 * (previous + here) * points[i].width_before + here * points[i].gap_after;
      previous = here;
    }
    norms.push_back(norm * size);
  }
  return norms;
}

/// Standard deviation of both sides' rows together, which bounds that of every linear functional of the bridge below
/// ∫|bridge|: the tail of the noise is Gaussian with it (Borell's inequality).
double pooled_deviation(const NumericPair& pair, double unit) {
  const double n = pair.n();
  const double m = pair.m();
  const double a = pair.reference_moments().std.value_or(0.0) * unit;
  const double b = pair.current_moments().std.value_or(0.0) * unit;
  const double w = n / (n + m);
  const double between = pair.reference_moments().mean * unit - pair.current_moments().mean * unit;
  return std::sqrt(w * a * a + (1.0 - w) * b * b + w * (1.0 - w) * between * between);
}

std::shared_ptr<const SamplingLaw> bridge_law(const NumericPair& pair, const Certified& distance, double unit,
                                              double scale, std::uint64_t column) {
  const double n = pair.effective_n();
  const double m = pair.effective_m();
  const double root_s = std::sqrt(1.0 / n + 1.0 / m);
  const auto simulate = [points = bridge_points(pair.common(), pair.n(), pair.m(), unit),
                         size = root_s / (unit * scale), column] { return simulate_bridges(points, size, column); };
  const auto noise = std::make_shared<const Noise>(simulate, pooled_deviation(pair, unit) * root_s / (unit * scale));
  const NoisyDistance known{distance.low, distance.high, std::numeric_limits<double>::max(), n, m};
  return noise_law("bridge", known, noise, noise);
}

}  // namespace

TransportDistance transport_distance(const NumericPair& pair, const GapScan& scan) {
  const double unit = scan.unit;
  const Certified& up = scan.up;
  const Certified& down = scan.down;
  const double slack = pair.width_differs() ? rounding_slack(pair.common(), pair.n(), pair.m(), unit) : 0.0;
  TransportDistance total{std::max(0.0, up.low + down.low - slack), up.value + down.value, up.high + down.high + slack,
                          unit};
  if (pair.width_differs() || total.low == total.high) return total;
  // ∫(F − G) is the difference of the means, so the distance is that plus twice the smaller part.
  const double reference_mean = pair.reference_moments().mean * unit;
  const double current_mean = pair.current_moments().mean * unit;
  const double shift = current_mean - reference_mean;
  const double rounding = 0x1p-51 * (std::abs(current_mean) + std::abs(reference_mean)) +
                          2.0 * std::numeric_limits<double>::denorm_min() * unit;
  total.low = std::max({total.low, shift + 2.0 * down.low - rounding, 2.0 * up.low - shift - rounding});
  total.high = std::min({total.high, shift + 2.0 * down.high + rounding, 2.0 * up.high - shift + rounding});
  total.high = std::max(total.low, total.high);
  total.value = std::clamp(total.value, total.low, total.high);
  return total;
}

Evidence wasserstein(const NumericPair& pair, const TransportDistance& distance, const MethodSpec& spec,
                     std::uint64_t column) {
  Evidence evidence;
  evidence.method = spec.method;
  const double unit = distance.unit;
  Certified result{distance.low, distance.value, distance.high};
  double divisor = 1.0;
  if (spec.method == Method::wasserstein_scaled) {
    const std::optional<Scale> scale = scale_of(pair, unit);
    if (!scale) {
      evidence.reason = "undefined_scale";
      return evidence;
    }
    divisor = scale->size.value / unit;
    result = {result.low / scale->size.high, result.value / scale->size.value, result.high / scale->size.low};
    evidence.details = ScaleDetails{divisor, scale->kind};
  } else {
    result = {result.low / unit, result.value / unit, result.high / unit};
  }
  if (!std::isfinite(result.high) || !std::isfinite(divisor)) {
    evidence.reason = "overflow";
    evidence.details = std::monostate{};
    return evidence;
  }
  evidence.value = result.value;
  evidence.certified_low = result.low;
  evidence.certified_high = result.high;
  if (spec.p_value) evidence.law = bridge_law(pair, result, unit, divisor, column);
  return evidence;
}

}  // namespace driftline
