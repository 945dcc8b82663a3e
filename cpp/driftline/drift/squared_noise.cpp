#include "driftline/drift/squared_noise.hpp"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

namespace driftline {
namespace {

constexpr double pi = std::numbers::pi;
/// From here on the law with one λ has the largest tail.
constexpr double one_is_largest = 1.5364;
constexpr double negligible_exponent = 42.0;
/// A p-value this close to 1 is 1: the closer it is, the more terms it takes.
constexpr double certain_rest = 1e-9;

// A law is known by the zeros 1/λ_1 < 1/λ_2 < … of the function d(y) = Π(1 − λ_j y).

struct CramerVonMises {
  static bool has(int) { return true; }
  static double zero(int j) { return pi * pi * j * j; }
  static double d(double y) { return std::sin(std::sqrt(y)) / std::sqrt(y); }
};

struct AndersonDarling {
  static bool has(int) { return true; }
  static double zero(int j) { return static_cast<double>(j) * (j + 1); }
  static double d(double y) { return std::cos(0.5 * pi * std::sqrt(1.0 + 4.0 * y)) / (pi * y); }
};

/// A string that is fixed at 0 and 1 and carries the weights: u starts at 0 with slope 1, and each weight bends it by
/// −y·weight·u. d(y) is where it is at 1, and it has crossed 0 once for every zero of d below y.
class WeightedString {
 public:
  /// Total weight 1.
  explicit WeightedString(std::vector<BridgeWeight> weights) : weights_(std::move(weights)) {
    for (const BridgeWeight& at : weights_) mean_ += at.weight * at.share * (1.0 - at.share);
  }

  bool has(int j) const { return j <= static_cast<int>(weights_.size()); }
  double zero(int j) {
    while (static_cast<int>(zeros_.size()) < j)
      zeros_.push_back(find(static_cast<int>(zeros_.size()) + 1, zeros_.empty() ? 1.0 / mean_ : zeros_.back()));
    return zeros_[static_cast<std::size_t>(j) - 1];
  }
  double d(double y) const { return end(y).first; }

  /// Is P(> x) above 1 − `rest` for certain? Chernoff: P(≤ x) ≤ exp(xt) / √d(−2t) for every t > 0.
  bool certainly_above(double x, double rest) const {
    for (double t = 1.0 / x; t < 1e4 / x; t *= 1.5) {
      const double log_d = std::log(std::min(d(-2.0 * t), 1e300));
      if (x * t - 0.5 * log_d < std::log(rest)) return true;
    }
    return false;
  }

 private:
  std::pair<double, int> end(double y) const {
    double at = 0.0, u = 0.0, slope = 1.0;
    int crossings = 0;
    for (const BridgeWeight& next : weights_) {
      const double after = u + slope * (next.share - at);
      if (u * after < 0.0 || (after == 0.0 && u != 0.0)) ++crossings;
      u = after;
      slope -= y * next.weight * u;
      at = next.share;
    }
    const double after = u + slope * (1.0 - at);
    if (u * after < 0.0) ++crossings;
    return {after, crossings};
  }

  /// Bisects by the number of crossings until the zero is alone between `low` and `high`.
  double find(int j, double least) const {
    double low = least;
    double high = 2.0 * least;
    auto at_high = end(high);
    while (at_high.second < j) low = high, high *= 2.0, at_high = end(high);
    auto at_low = end(low);
    for (int i = 0; i < 60 && (low == least || at_low.second != j - 1 || at_high.second != j); ++i) {
      const double middle = 0.5 * (low + high);
      const auto at_middle = end(middle);
      if (at_middle.second >= j) {
        high = middle, at_high = at_middle;
      } else {
        low = middle, at_low = at_middle;
      }
    }
    if (at_low.second != j - 1 || at_high.second != j || at_low.first * at_high.first >= 0.0) return high;
    std::uintmax_t most_steps = 60;
    const boost::math::tools::eps_tolerance<double> close(52);
    return boost::math::tools::toms748_solve([this](double y) { return d(y); }, low, high, at_low.first, at_high.first,
                                             close, most_steps)
        .second;
  }

  std::vector<BridgeWeight> weights_;
  double mean_ = 0.0;
  std::vector<double> zeros_;
};

/// The integral from one zero to the next, over π. The roots at both ends are the weight of Gauss–Chebyshev quadrature,
/// which takes as few points as the rest is smooth.
template <class Law>
double between(const Law& law, double low, double high, double x, int points) {
  double sum = 0.0;
  for (int i = 0; i < points; ++i) {
    const double angle = pi * (i + 0.5) / points;
    const double y = 0.5 * (low + high) - 0.5 * (high - low) * std::cos(angle);
    const double weight = 0.25 * (high - low) * (high - low) * std::sin(angle) * std::sin(angle);
    sum += std::exp(-0.5 * x * y) / y * std::sqrt(weight / std::abs(law.d(y)));
  }
  return sum / points;
}

/// The integral from the last zero, over π: with y = low + u² the integrand is even and smooth in u.
template <class Law>
double beyond(const Law& law, double low, double x) {
  constexpr int points = 200;
  const double step = std::sqrt(2.0 * negligible_exponent / x) / points;
  double sum = 0.0;
  for (int i = 0; i < points; ++i) {
    const double u = step * (i + 0.5);
    const double y = low + u * u;
    sum += std::exp(-0.5 * x * y) / y * u * std::sqrt(1.0 / std::abs(law.d(y)));
  }
  return 2.0 * step * sum / pi;
}

/// Smirnov's formula: P(> x) = 1/π Σ_k (−1)^(k−1) ∫ exp(−xy/2) / (y √|d(y)|) dy from zero 2k−1 to zero 2k.
template <class Law>
double above(Law law, double x) {
  double result = 0.0;
  const double first = law.zero(1);
  for (int k = 1; law.has(2 * k - 1) && x * (law.zero(2 * k - 1) - first) < 2.0 * negligible_exponent; ++k) {
    const double low = law.zero(2 * k - 1);
    const double part = law.has(2 * k) ? between(law, low, law.zero(2 * k), x, k == 1 ? 200 : 48) : beyond(law, low, x);
    result += k % 2 == 1 ? part : -part;
  }
  return std::clamp(result, 0.0, 1.0);
}

}  // namespace

// Below the two limits the laws have less than 1e-13 of their mass.

double cramer_von_mises_above(double x) { return x < 0.004 ? 1.0 : above(CramerVonMises{}, x); }

double anderson_darling_above(double x) { return x < 0.04 ? 1.0 : above(AndersonDarling{}, x); }

double bridge_squares_above(const std::vector<BridgeWeight>& weights, double x) {
  double total = 0.0;
  for (const BridgeWeight& at : weights) total += at.weight;
  std::vector<BridgeWeight> heavy;
  double mean = 0.0;
  for (const BridgeWeight& at : weights) {
    if (!(at.weight > 1e-6 * total) || at.share <= 0.0 || at.share >= 1.0) continue;
    heavy.push_back({at.share, at.weight / total});
    mean += heavy.back().weight * at.share * (1.0 - at.share);
  }
  if (heavy.empty() || x / total <= 0.02 * mean) return 1.0;
  WeightedString law(std::move(heavy));
  if (law.certainly_above(x / total, certain_rest)) return 1.0;
  return above(std::move(law), x / total);
}

double quadratic_above(double x) {
  if (x <= 1.0) return 1.0;
  return x < one_is_largest ? 0.5 : boost::math::erfc(std::sqrt(0.5 * x));
}

double quadratic_quantile(double probability) {
  if (probability >= 0.5) return 1.0;
  const double root = boost::math::erfc_inv(probability);
  return std::max(one_is_largest, 2.0 * root * root);
}

}  // namespace driftline
