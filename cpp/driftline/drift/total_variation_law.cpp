#include "driftline/drift/total_variation_law.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "driftline/base/random.hpp"
#include "driftline/drift/noise_law.hpp"

namespace driftline {
namespace {

constexpr std::uint64_t n_replicates = 400;

using BinShares = std::vector<double>;

/// BinShares of a resample of `rows` rows, less the true ones.
BinShares draw_noise(const BinShares& shares, double rows, std::uint64_t key) {
  BinShares drawn(shares.size());
  double total = 0.0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    drawn[i] = random_poisson(key, i, rows * shares[i]);
    total += drawn[i];
  }
  for (std::size_t i = 0; i < shares.size(); ++i) drawn[i] = drawn[i] / std::max(total, 1.0) - shares[i];
  return drawn;
}

std::vector<double> simulate(const BinShares& p, double n, const BinShares& q, double m, std::uint64_t column,
                             std::uint64_t stream) {
  std::vector<double> norms;
  for (std::uint64_t replicate = 0; replicate < n_replicates; ++replicate) {
    const BinShares in_reference = draw_noise(p, n, random_key(column, 2 * stream, replicate));
    const BinShares in_current = draw_noise(q, m, random_key(column, 2 * stream + 1, replicate));
    double norm = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i) norm += 0.5 * std::abs(in_reference[i] - in_current[i]);
    norms.push_back(norm);
  }
  return norms;
}

}  // namespace

std::shared_ptr<const SamplingLaw> total_variation_law(const Divergence& distance,
                                                       std::shared_ptr<const BinTable> table, std::uint64_t column) {
  const double n = table->n;
  const double m = table->m;
  const double deviation = 0.5 * std::sqrt(1.0 / n + 1.0 / m);
  const auto under_no_change = [table, n, m, column] {
    BinShares pooled(table->size());
    for (std::size_t i = 0; i < pooled.size(); ++i)
      pooled[i] = (table->reference_counts[i] + table->current_counts[i]) / (n + m);
    return simulate(pooled, n, pooled, m, column, 0);
  };
  const auto as_seen = [table, n, m, column] {
    // Half a row more in each bin that holds one on either side (Jeffreys): a bin that is empty by luck would else make
    // no noise, and with 50 rows up to 15 % of the samples at a tolerance were called above it.
    BinShares p(table->size());
    BinShares q(table->size());
    double occupied = 0.0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      if (table->reference_counts[i] + table->current_counts[i] > 0.0) occupied += 1.0;
    }
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double r = table->reference_counts[i];
      const double c = table->current_counts[i];
      if (r + c <= 0.0) continue;
      p[i] = (r + 0.5) / (n + 0.5 * occupied);
      q[i] = (c + 0.5) / (m + 0.5 * occupied);
    }
    return simulate(p, n, q, m, column, 1);
  };
  return noise_law("bootstrap", {distance.certified_low, distance.certified_high, 1.0, n, m},
                   std::make_shared<Noise>(under_no_change, deviation), std::make_shared<Noise>(as_seen, deviation));
}

}  // namespace driftline
