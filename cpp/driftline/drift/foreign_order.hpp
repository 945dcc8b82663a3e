// KS and Wasserstein distances on the points where other tools look at the distribution functions.
#pragma once

#include "driftline/drift/foreign_counts.hpp"

namespace driftline {

/// The largest |F − G| over the right ends of 10,000 equally wide bins between the reference's smallest and largest
/// value: NannyML's KS from 10,000 reference rows on.
Bounded nannyml_binned_ks(const NumericSummary& reference, const NumericSummary& current);

/// NannyML's Wasserstein from 10,000 reference rows on: Σ |F − G| · width over the right ends of such bins, where G is
/// too large by one row if a current value is below the reference's smallest, plus the exact areas outside.
Bounded nannyml_binned_wasserstein(const NumericSummary& reference, const NumericSummary& current);

/// The largest |F − G| over 100 quantiles of each side, F and G being the shares strictly below: whylogs' KS with exact
/// quantiles and shares in place of its sketches.
Bounded whylogs_ks(const NumericSummary& reference, const NumericSummary& current);

}  // namespace driftline
