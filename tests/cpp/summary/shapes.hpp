// Samples of the shapes that real columns have.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace driftline::testing {

struct Shape {
  std::string name;
  std::vector<double> values;
};

inline std::vector<Shape> shapes(std::size_t n, std::uint64_t seed = 7) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  std::cauchy_distribution<double> cauchy;
  const auto draw = [n](auto one) {
    std::vector<double> values(n);
    for (double& value : values) value = one();
    return values;
  };
  const auto score = [&] { return 1.0 / (1.0 + std::exp(-6.0 * normal(random))); };
  return {
      {"normal", draw([&] { return normal(random); })},
      {"lognormal", draw([&] { return std::exp(2.0 * normal(random)); })},
      {"timestamps", draw([&] { return 1.4e9 + std::floor(3e7 * uniform(random)); })},
      {"money", draw([&] { return std::round(std::exp(3.0 + normal(random)) * 100.0) / 100.0; })},
      {"saturated scores", draw(score)},
      {"zero-inflated", draw([&] { return uniform(random) < 0.3 ? 0.0 : std::exp(normal(random)); })},
      {"ties", draw([&] { return std::floor(10.0 * uniform(random)); })},
      {"heavy tails", draw([&] { return cauchy(random); })},
      {"sentinel", draw([&] { return uniform(random) < 0.1 ? -999.0 : 300.0 + 5.0 * normal(random); })},
      {"hundred decades",
       draw([&] { return std::pow(10.0, 600.0 * uniform(random) - 300.0) * (normal(random) < 0 ? -1 : 1); })},
      {"subnormals",
       draw([&] { return std::floor(100.0 * normal(random)) * std::numeric_limits<double>::denorm_min() * 1e9; })},
      {"near one", draw([&] { return 1.0 - std::floor(1e4 * uniform(random)) * 0x1p-53; })},
  };
}

}  // namespace driftline::testing
