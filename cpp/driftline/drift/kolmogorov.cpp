#include "driftline/drift/kolmogorov.hpp"

#include <cmath>
#include <numbers>

namespace driftline {
namespace {

/// P(sup |bridge| ≤ x) by the series that converges fast for small x.
double below_for_small(double x) {
  const double exponent = -std::numbers::pi * std::numbers::pi / (8.0 * x * x);
  double sum = 0.0;
  for (int k = 1; k <= 7; k += 2) sum += std::exp(exponent * k * k);
  return std::sqrt(2.0 * std::numbers::pi) / x * sum;
}

double above_for_large(double x) {
  double sum = 0.0;
  for (int k = 1; k <= 6; ++k) sum += (k % 2 == 1 ? 1.0 : -1.0) * std::exp(-2.0 * k * k * x * x);
  return 2.0 * sum;
}

}  // namespace

double kolmogorov_above(double x) {
  if (x <= 0.04) return 1.0;
  return x < 1.0 ? 1.0 - below_for_small(x) : above_for_large(x);
}

double kolmogorov_quantile(double probability) {
  double low = 0.04;
  double high = 2.0;
  while (kolmogorov_above(high) > probability) high *= 2.0;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (kolmogorov_above(middle) > probability ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace driftline
