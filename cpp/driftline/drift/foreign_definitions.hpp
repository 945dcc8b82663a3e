// Methods as other tools define them, so that a team that moves from one can reproduce its old numbers.
//
// The formulas, and the versions they were read from and checked against, are in docs/methods/other_tools.md.
#pragma once

#include "driftline/drift/evidence.hpp"
#include "driftline/profile/profile.hpp"

namespace driftline {

/// The value that the tool would give for the rows of both sides, with what summarising leaves open; exact where cells
/// are single values. A p-value where the tool has one, and never an interval or a claim about a tolerance.
///
/// Both sides have at least one value and the same sort of summary. Undefined with the reason "infinite" (the p-value
/// is then 0), "too_many_values" or "labels_not_kept" (the formula needs every value or label), or "overflow". Throws
/// OptionError for a method that the tool does not have or not for such a column. O(cells) and at most 10,000 lookups.
Evidence foreign_evidence(const ColumnProfile& reference, const ColumnProfile& current, const MethodSpec& spec);

}  // namespace driftline
