// The Anderson–Darling statistic of the two sides of a numeric column.
#pragma once

#include "driftline/drift/evidence.hpp"
#include "driftline/drift/numeric_pair.hpp"

namespace driftline {

/// A² of two samples with midranks, the A²_akN of Scholz and Stephens (1987), doi:10.1080/01621459.1987.10478517. It
/// grows with the rows, so it knows no tolerance and no interval.
///
/// Its p-value is that of the same integral with F and G running in lines through equal values and cells, whose law
/// lies below the limit law of distinct values: ties never make it reject more often. O(cells).
Evidence anderson_darling(const NumericPair& pair, const PairCells& common);

/// Standard deviation of A² without drift and ties, for n and m rows; nullopt below 4 rows together. Same reference.
std::optional<double> anderson_darling_deviation(double n, double m);

}  // namespace driftline
