// How sure a difference of two shares is, without assuming that either is far from 0 or 1.
#pragma once

#include <memory>

#include "driftline/drift/sampling_law.hpp"

namespace driftline {

/// `count` of `rows`, and what is believed of the share they estimate: Beta(count + 1, rows − count) as an upper and
/// Beta(count, rows − count + 1) as a lower confidence distribution (Clopper and Pearson 1934, doi:10.2307/2331986).
struct ShareCount {
  double count = 0.0;
  double rows = 0.0;

  double share() const { return count / rows; }
};

/// P(K ≥ count) for K binomial with `rows` draws of probability min(1, tolerance + U), where U is Beta(a, b).
///
/// With U the upper confidence distribution of a reference share this is the p-value of "the excess is at most
/// tolerance"; at tolerance 0 it is Fisher's exact test (Altham 1969, doi:10.1111/j.2517-6161.1969.tb00837.x).
/// By quadrature over the narrower of the two distributions, relative error below 1e-6.
double excess_p_value(const ShareCount& current, double a, double b, double tolerance);

/// |current share − reference share|: conservative at any size, also where both counts are 0.
std::unique_ptr<EffectLaw> share_difference_law(const ShareCount& reference, const ShareCount& current);

/// By how much the current share exceeds a reference share of which only Beta(a, b) is known.
std::unique_ptr<EffectLaw> share_excess_law(const ShareCount& current, double a, double b);

/// By how much the current share exceeds a share that is at most `bound`, and about `expected`.
std::unique_ptr<EffectLaw> share_above_bound_law(const ShareCount& current, double expected, double bound);

/// A normal estimate of an effect whose sign does not matter.
std::unique_ptr<EffectLaw> normal_effect_law(double estimate, double standard_error);

}  // namespace driftline
