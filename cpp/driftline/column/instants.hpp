// Points in time of a column, whatever unit and container they came in.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "driftline/column/column_view.hpp"

namespace driftline {

/// Stands for a row without a point in time: null, NaT, NaN, infinite, or beyond the range of int64.
inline constexpr std::int64_t no_instant = std::numeric_limits<std::int64_t>::min();

struct Instants {
  std::vector<std::int64_t> microseconds;  ///< since 1970, rounded down; `no_instant` where there is none
  std::vector<std::uint8_t> zoned;         ///< 1 where a Python object carried a zone; empty for other containers
};

/// Microseconds since 1970 of every row of a datetime column, or of numbers that count `seconds_per_unit` each.
///
/// `seconds_per_unit` is for numbers only (0: numbers are refused); doubles are rounded to the nearest microsecond.
/// Throws InputError for text, booleans, durations and for numbers without a unit. O(rows).
Instants read_instants(const ColumnView& column, double seconds_per_unit);

}  // namespace driftline
