// Lists and object arrays of Python values as column views.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "driftline/column/column_view.hpp"

namespace driftline {

/// One typed value per element of a list or a 1-D array (_core.pyi says which Python type becomes what).
///
/// The elements are read once, here; later changes of the list do not reach the view. Text is borrowed from the
/// Python strings, which the view keeps alive. Throws InputError for an element whose own methods fail.
ColumnView view_objects(const pybind11::object& values, std::string type_name);

}  // namespace driftline
