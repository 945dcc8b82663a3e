#include "driftline/drift/squared_noise.hpp"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <numbers>

namespace driftline {
namespace {

constexpr double pi = std::numbers::pi;
/// From here on the law with one λ has the largest tail.
constexpr double one_is_largest = 1.5364;
constexpr double negligible_exponent = 42.0;

// A law is known by the zeros 1/λ_1 < 1/λ_2 < … of the function d(y) = Π(1 − λ_j y).

struct CramerVonMises {
  static double zero(int j) { return pi * pi * j * j; }
  static double d(double y) { return std::sin(std::sqrt(y)) / std::sqrt(y); }
};

struct AndersonDarling {
  static double zero(int j) { return static_cast<double>(j) * (j + 1); }
  static double d(double y) { return std::cos(0.5 * pi * std::sqrt(1.0 + 4.0 * y)) / (pi * y); }
};

/// Smirnov's formula: P(> x) = 1/π Σ_k (−1)^(k−1) ∫ exp(−xy/2) / (y √|d(y)|) dy from zero 2k−1 to zero 2k. The roots at
/// both ends of an interval are the weight of Gauss–Chebyshev quadrature, which takes as few points as the rest is
/// smooth.
template <class Law>
double above(double x) {
  double result = 0.0;
  for (int k = 1; k == 1 || x * (Law::zero(2 * k - 1) - Law::zero(1)) < 2.0 * negligible_exponent; ++k) {
    const double low = Law::zero(2 * k - 1);
    const double high = Law::zero(2 * k);
    const int points = k == 1 ? 200 : 48;
    double sum = 0.0;
    for (int i = 0; i < points; ++i) {
      const double angle = pi * (i + 0.5) / points;
      const double y = 0.5 * (low + high) - 0.5 * (high - low) * std::cos(angle);
      const double weight = 0.25 * (high - low) * (high - low) * std::sin(angle) * std::sin(angle);
      sum += std::exp(-0.5 * x * y) / y * std::sqrt(weight / std::abs(Law::d(y)));
    }
    result += (k % 2 == 1 ? sum : -sum) / points;
  }
  return std::clamp(result, 0.0, 1.0);
}

}  // namespace

// Below the two limits the laws have less than 1e-13 of their mass.

double cramer_von_mises_above(double x) { return x < 0.004 ? 1.0 : above<CramerVonMises>(x); }

double anderson_darling_above(double x) { return x < 0.04 ? 1.0 : above<AndersonDarling>(x); }

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
