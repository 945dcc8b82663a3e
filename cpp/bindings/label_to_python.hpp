// Labels of categories as Python objects.
#pragma once

#include <pybind11/pybind11.h>

#include <string_view>

#include "driftline/column/column_view.hpp"

namespace driftline {

/// bool, int, float, str or bytes. Text that is not UTF-8 comes with its bad bytes as \xNN, so that every label can be
/// shown and written; times are seconds; a hashed label is "#" and 16 hexadecimal digits.
pybind11::object label_to_python(LabelTag tag, std::string_view payload);

}  // namespace driftline
