// Names of column types, and the least common type of several.
#pragma once

#include <string>
#include <string_view>

namespace driftline {

/// The least common type of `a` and `b`.
///
/// Numbers: the wider of the same sort; a signed type that holds both for signed with unsigned; float64 for integers
/// with floats, and where no integer type holds both. Times that differ only in the unit: the finer one. The empty name
/// and "null" add nothing to another type. Types without a common one stand side by side in ascending order:
/// "float64 | string".
///
/// Associative, commutative and idempotent, so the type of a merged column does not depend on the order of merges.
/// `common_type(a, "")` is the canonical spelling of `a`.
std::string common_type(std::string_view a, std::string_view b);

}  // namespace driftline
