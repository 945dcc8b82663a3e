// Which way a column moved.
#pragma once

#include <string>

#include "driftline/drift/numeric_pair.hpp"
#include "driftline/summary/category_counts.hpp"

namespace driftline {

/// "up" or "down" when the quartiles do not contradict each other and the middle moved, "wider" or "narrower" when the
/// interquartile range changed by more than a twentieth, "" when neither is clear. Where no quartile moved (0/1
/// columns) the means decide.
std::string numeric_direction(const NumericPair& pair);

/// "new values" or "vanished values" when labels that one side lacks hold most of the rows that changed their label,
/// "reshuffled" when shares changed otherwise, "" when none did.
std::string category_direction(const CategorySummary& reference, const CategorySummary& current);

}  // namespace driftline
