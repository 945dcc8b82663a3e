// The Cramér–von Mises distance between the two sides of a numeric column.
#pragma once

#include "driftline/drift/evidence.hpp"
#include "driftline/drift/numeric_pair.hpp"

namespace driftline {

/// ω² = ∫ (F − G)² dH with F, G and H = (F + G)/2 running in lines through equal values, in [0, 1/3].
///
/// So it does not depend on the sizes of the two sides, nor on the direction of the column. The path of (F, G) through
/// a cell of many values may be any monotone one between its corners: the certified bounds are those of the two extreme
/// ones (Green's theorem), and where the widths differ also hold the rows that rounding may move. O(cells).
Evidence cramer_von_mises(const NumericPair& pair, const PairCells& common);

}  // namespace driftline
