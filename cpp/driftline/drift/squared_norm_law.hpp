// The law of a distance that is a root of an integral of squares: it differs from the true one by at most the same root
// of the sampling noise.
#pragma once

#include <functional>
#include <memory>

#include "driftline/drift/sampling_law.hpp"

namespace driftline {

/// What is known of such a distance ‖F − G‖, and of the noise of either side.
///
/// All norms are in the same unit; `squared` says that tolerances and intervals are of ‖F − G‖², else they are times
/// 1/`unit`, which keeps the squares of columns of ±1e308 in range.
struct SquaredNorm {
  double low;  ///< certified
  double high;
  double largest;  ///< no distance is above
  double n;
  double m;
  /// The mean square of the noise is reference_noise / n + current_noise / m.
  double reference_noise;
  double current_noise;
  /// Without drift P(‖F − G‖² · nm/(n+m) ≥ x) is at most about null_above(x).
  std::function<double(double)> null_above;
  bool squared = false;
  double unit = 1.0;
};

/// By the triangle inequality and the largest tail of a sum of weighted squares of which only the mean is known, so
/// without simulation and on the safe side.
std::shared_ptr<const SamplingLaw> squared_norm_law(const char* name, const SquaredNorm& norm);

}  // namespace driftline
