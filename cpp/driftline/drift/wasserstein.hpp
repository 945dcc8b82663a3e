// The Wasserstein-1 distance between the two sides of a numeric column.
#pragma once

#include <cstdint>

#include "driftline/drift/evidence.hpp"
#include "driftline/drift/gap_scan.hpp"
#include "driftline/drift/numeric_pair.hpp"

namespace driftline {

/// ∫ |F − G| dx in the column's units, with what summarising leaves open.
struct TransportDistance {
  double low = 0.0;  ///< certified
  double value = 0.0;
  double high = 0.0;
  double unit = 1.0;  ///< all three are times this power of two, so that columns of ±1.7e308 stay in range
};

/// The certified interval follows from the widths of the common cells and from ∫ (F − G) dx, which is the exact
/// difference of the means. `scan` is that of the pair. Reference: Vallender (1974), doi:10.1137/1118101.
TransportDistance transport_distance(const NumericPair& pair, const GapScan& scan);

/// The distance itself, or with `Method::wasserstein_scaled` divided by the reference's interquartile range / 1.349, or
/// where that may be 0 by its standard deviation; undefined ("undefined_scale") where that is 0 too.
///
/// A distance beyond the largest double is undefined ("overflow"). With `spec.p_value` the law is simulated (Brownian
/// bridges, keyed by `column`), else there is none.
Evidence wasserstein(const NumericPair& pair, const TransportDistance& distance, const MethodSpec& spec,
                     std::uint64_t column);

}  // namespace driftline
