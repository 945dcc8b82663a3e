#include "driftline/drift/noncentral_chi_square.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/non_central_chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>

namespace driftline {
namespace {

namespace policies = boost::math::policies;
using Policy = policies::policy<policies::promote_double<false>, policies::overflow_error<policies::ignore_error>,
                                policies::evaluation_error<policies::ignore_error>>;
using Central = boost::math::chi_squared_distribution<double, Policy>;
using Noncentral = boost::math::non_central_chi_squared_distribution<double, Policy>;

constexpr double largest_exact = 2000.0;

/// The standard normal quantile that X = x corresponds to, for large noncentralities.
double normal_score(double x, double df, double noncentrality) {
  const double mean = df + noncentrality;
  const double half_variance = df + 2.0 * noncentrality;
  const double h = 1.0 - 2.0 / 3.0 * mean * (df + 3.0 * noncentrality) / (half_variance * half_variance);
  const double p = half_variance / (mean * mean);
  const double m = (h - 1.0) * (1.0 - 3.0 * h);
  const double centre = 1.0 + h * p * (h - 1.0 - 0.5 * (2.0 - h) * m * p);
  return (std::pow(x / mean, h) - centre) / (h * std::sqrt(2.0 * p) * (1.0 + 0.5 * m * p));
}

/// Solves increasing `score(noncentrality)` = 0 from 0 up; 0 when score(0) ≥ 0.
template <class Score>
double solve(const Score& score, double guess, double step) {
  if (score(0.0) >= 0.0) return 0.0;
  double low = std::max(0.0, guess - step);
  double high = guess + step;
  while (low > 0.0 && score(low) >= 0.0) {
    step *= 2.0;
    low = std::max(0.0, low - step);
  }
  while (score(high) < 0.0) {
    step *= 2.0;
    high += step;
  }
  std::uintmax_t most_steps = 60;
  const auto close = [](double a, double b) { return std::abs(b - a) <= 1e-9 * std::max(std::abs(a), 1e-6); };
  const auto bracket = boost::math::tools::toms748_solve(score, low, high, close, most_steps);
  return 0.5 * (bracket.first + bracket.second);
}

double normal_quantile(double probability) {
  return boost::math::quantile(boost::math::normal_distribution<double, Policy>(), probability);
}

/// Where X ≈ mean + z sd equals x: the square root of X has about unit variance.
double rough_noncentrality(double x, double df, double z) {
  const double root = std::sqrt(std::max(x, 0.0)) - z;
  return std::max(0.0, (root > 0.0 ? root * root : 0.0) - df);
}

}  // namespace

double noncentral_chi_square_above(double x, double df, double noncentrality) {
  if (x <= 0.0) return 1.0;
  if (noncentrality <= 0.0) return boost::math::cdf(boost::math::complement(Central(df), x));
  if (noncentrality > largest_exact) return 0.5 * std::erfc(normal_score(x, df, noncentrality) / std::sqrt(2.0));
  return std::clamp(boost::math::cdf(boost::math::complement(Noncentral(df, noncentrality), x)), 0.0, 1.0);
}

double noncentral_chi_square_below(double x, double df, double noncentrality) {
  if (x <= 0.0) return 0.0;
  if (noncentrality <= 0.0) return boost::math::cdf(Central(df), x);
  if (noncentrality > largest_exact) return 0.5 * std::erfc(-normal_score(x, df, noncentrality) / std::sqrt(2.0));
  return std::clamp(boost::math::cdf(Noncentral(df, noncentrality), x), 0.0, 1.0);
}

double noncentrality_for_above(double x, double df, double probability) {
  const double guess = rough_noncentrality(x, df, normal_quantile(1.0 - probability));
  const double target = std::log(probability);
  return solve([&](double l) { return std::log(std::max(noncentral_chi_square_above(x, df, l), 1e-300)) - target; },
               guess, 1.0 + 0.2 * std::sqrt(guess));
}

double noncentrality_for_below(double x, double df, double probability) {
  const double guess = rough_noncentrality(x, df, normal_quantile(probability));
  const double target = std::log(probability);
  return solve([&](double l) { return target - std::log(std::max(noncentral_chi_square_below(x, df, l), 1e-300)); },
               guess, 1.0 + 0.2 * std::sqrt(guess));
}

}  // namespace driftline
