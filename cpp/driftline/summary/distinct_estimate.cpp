#include "driftline/summary/distinct_estimate.hpp"

#include <algorithm>
#include <cmath>

namespace driftline {
namespace {

double unit_interval(std::uint64_t hash) { return (static_cast<double>(hash) + 1.0) * 0x1p-64; }

double gamma_quantile(double shape, double z) {
  const double root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * std::sqrt(shape));
  return shape * root * root * root;
}

}  // namespace

double distinct_estimate(std::size_t k, std::uint64_t kth_hash) {
  return std::max(static_cast<double>(k), static_cast<double>(k - 1) / unit_interval(kth_hash));
}

std::pair<double, double> distinct_bounds(std::size_t k, std::uint64_t kth_hash) {
  constexpr double z = 1.959963984540054;
  const auto shape = static_cast<double>(k);
  const double u = unit_interval(kth_hash);
  return {std::max(shape, gamma_quantile(shape, -z) / u), std::max(shape, gamma_quantile(shape, z) / u)};
}

}  // namespace driftline
