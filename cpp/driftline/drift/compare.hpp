// Compares two profiles of a column.
#pragma once

#include <vector>

#include "driftline/drift/evidence.hpp"
#include "driftline/profile/profile.hpp"

namespace driftline {

/// Evidence of every method asked for, and the signals. Pure: equal profiles give equal results on every machine.
///
/// Both sides need at least one value and the same sort of summary; without methods a side may have no value, and only
/// the signals that need none are found. Throws OptionError for a method that the column
/// cannot have (those on cells, such as ks and wasserstein, need numbers), for options out of range, and InputError for
/// a side without values or sides of different sorts, and for weights outside (0, 1]. Laws are computed when they are
/// asked.
///
/// `weights` makes every law take n and m for so many independent rows; other tools' definitions know no weights.
Comparison compare_columns(const ColumnProfile& reference, const ColumnProfile& current,
                           const std::vector<MethodSpec>& methods, const RowWeights& weights = {});

}  // namespace driftline
