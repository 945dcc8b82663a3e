// Values stored at different floating-point widths, made comparable.
#pragma once

#include <cstdint>
#include <string_view>

#include "driftline/summary/log_linear_histogram.hpp"

namespace driftline {

/// How finely a column's values were stored. Everything but the two narrow floating types counts as `full`.
enum class FloatWidth : std::uint8_t { half, single, full };

/// The width that a type name tells: float16 and float32 are narrow; the widest where several types are named.
FloatWidth float_width(std::string_view type_name);

/// The nearest number of that width, ties to even; `x` itself where it is beyond the largest one.
double round_to_width(double x, FloatWidth width);

/// The histogram of the rounded values, where that can be known: cells whose values all round to one number become that
/// number; other cells stay as they are, so values near their ends may belong to a neighbour.
LogLinearHistogram round_cells(const LogLinearHistogram& histogram, FloatWidth width);

}  // namespace driftline
