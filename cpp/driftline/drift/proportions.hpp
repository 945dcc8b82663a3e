// Sampling laws of shares of rows, exact or conservative at every size.
#pragma once

#include <cstdint>
#include <memory>

#include "driftline/drift/sampling_law.hpp"

namespace driftline {

/// `count` of `rows` rows, each worth `weight` independent ones.
struct Share {
  std::uint64_t count = 0;
  std::uint64_t rows = 0;
  double weight = 1.0;

  double value() const { return static_cast<double>(count) / static_cast<double>(rows); }
  double hits() const { return weight * static_cast<double>(count); }
  double misses() const { return weight * static_cast<double>(rows - count); }
};

/// Clopper–Pearson limits: the share below, and the one above, which the truth lies with probability at most `alpha`.
double share_lower_limit(Share share, double alpha);
double share_upper_limit(Share share, double alpha);
/// The same for an estimated count, 0 ≤ count ≤ rows.
double share_upper_limit(double count, double rows, double alpha);

/// P(Binomial(rows, p) ≥ count).
double binomial_above(Share share, double p);

/// Law of |current − reference|, two independent shares. Requires rows on both sides.
///
/// Limits are combined as Newcombe's hybrid score limits are
/// (doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I), with Clopper–Pearson in place of Wilson
/// limits, which do not hold in the tails of rare events.
std::shared_ptr<const EffectLaw> share_difference_law(Share reference, Share current);
/// The same of max(0, current − reference).
std::shared_ptr<const EffectLaw> share_rise_law(Share reference, Share current);

/// Law of the share by which rows outside the range of `n_range` other rows exceed what chance puts there:
/// mass outside both extremes of n rows is Beta(2, n − 1), so p = E P(Bin(rows, min(1, τ + U)) ≥ count).
std::shared_ptr<const EffectLaw> share_outside_law(Share outside, double n_range);
/// Law of the share by which rows with some property exceed `allowance`, a bound of the share that chance explains.
std::shared_ptr<const EffectLaw> share_excess_law(Share share, double allowance);

}  // namespace driftline
