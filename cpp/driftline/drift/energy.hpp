// The energy distance between the two sides of a numeric column.
#pragma once

#include "driftline/drift/evidence.hpp"
#include "driftline/drift/numeric_pair.hpp"

namespace driftline {

/// √(2 ∫ (F − G)² dx), in the root of the column's unit; finite for all doubles.
///
/// In a cell of many values F − G may be anything that its rows allow: the certified bounds take the nearest to 0 and
/// the furthest, over the cell's width. The p-value is that of a Brownian bridge on at most about 256 groups of cells.
/// O(cells). Reference: Székely and Rizzo (2013), doi:10.1016/j.jspi.2013.03.018.
Evidence energy(const NumericPair& pair, const PairCells& common);

}  // namespace driftline
