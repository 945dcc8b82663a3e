// The format strings of the Arrow C data interface.
#pragma once

#include <string_view>

#include "driftline/column/column_view.hpp"

namespace driftline {

/// A view of length 0 with the type that `format` names, as if the column had no dictionary.
///
/// Types without a reading are Logical::unsupported. Throws InputError for parameters that cannot be parsed.
ColumnView view_of_format(std::string_view format);

/// Does the layout of a format start with a validity bitmap? Not so for null, union and run-end encoded arrays.
bool has_validity(std::string_view format);

}  // namespace driftline
