#include "driftline/base/random.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace driftline {
namespace {

constexpr std::uint64_t golden_step = 0x9E3779B97F4A7C15;

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
  x = (x ^ x >> 27) * 0x94D049BB133111EB;
  return x ^ x >> 31;
}

}  // namespace

std::uint64_t random_bits(std::uint64_t key, std::uint64_t counter) {
  return mix(mix(key) + (counter + 1) * golden_step);
}

std::uint64_t random_key(std::uint64_t column, std::uint64_t method, std::uint64_t replicate) {
  return random_bits(random_bits(column, method), replicate);
}

double random_uniform(std::uint64_t key, std::uint64_t counter) {
  return (static_cast<double>(random_bits(key, counter) >> 12) + 0.5) * 0x1p-52;
}

double random_normal(std::uint64_t key, std::uint64_t counter) {
  const std::uint64_t inner = random_bits(key, counter);
  const int heads = std::popcount(inner) + std::popcount(random_bits(inner, 0));
  // A binomial of 128 coins has variance 32, and the uniform that fills its steps 1/12.
  return (heads - 64 + random_uniform(inner, 1) - 0.5) / std::sqrt(32.0 + 1.0 / 12.0);
}

double random_poisson(std::uint64_t key, std::uint64_t counter, double mean) {
  if (mean >= 30.0) return std::max(0.0, std::round(mean + std::sqrt(mean) * random_normal(key, counter)));
  const double uniform = random_uniform(key, counter);
  double probability = std::exp(-mean);
  double reached = probability;
  double count = 0.0;
  while (uniform > reached && probability > 0.0) {
    count += 1.0;
    probability *= mean / count;
    reached += probability;
  }
  return count;
}

}  // namespace driftline
