// The law of a distance that is a norm: it differs from the true one by at most the same norm of the sampling noise.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "driftline/drift/sampling_law.hpp"

namespace driftline {

/// Simulated norms of the noise, drawn when first asked for and kept. Thread-safe.
class Noise {
 public:
  /// `tail_deviation`: σ with P(norm ≥ mean + t) ≤ exp(−t²/2σ²), for tails beyond the replicates.
  Noise(std::function<std::vector<double>()> simulate, double tail_deviation);
  ~Noise();

  /// P(norm ≥ x), never 0: the rank among the replicates, itself included, or the tail bound where that is smaller.
  double above(double x) const;
  /// The x with above(x) = `probability`, 0 < probability < 1.
  double quantile(double probability) const;

 private:
  struct Replicates;
  std::function<std::vector<double>()> simulate_;
  double tail_deviation_;
  std::unique_ptr<Replicates> replicates_;
};

/// What a NoiseLaw knows of a distance. All in the distance's unit.
struct NoisyDistance {
  double low;  ///< certified
  double high;
  double largest;  ///< no distance is above
  double n;
  double m;
};

/// `null_noise`: under no change, with both sides' rows pooled; `noise`: under each side's own shares.
std::shared_ptr<const SamplingLaw> noise_law(const char* name, NoisyDistance distance,
                                             std::shared_ptr<const Noise> null_noise,
                                             std::shared_ptr<const Noise> noise);

}  // namespace driftline
