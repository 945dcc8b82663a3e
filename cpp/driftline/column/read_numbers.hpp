// Decodes any numeric, boolean, datetime or duration column into blocks of doubles.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "driftline/column/column_view.hpp"

namespace driftline {

/// Some rows of a column, nulls left out, in row order (Python objects: integers before the others).
struct NumberBlock {
  std::span<const double> values;          ///< nearest doubles; NaN and infinities included
  std::span<const std::int64_t> integers;  ///< the same rows before rounding, for integer storage; else empty
  bool integers_are_unsigned = false;      ///< `integers` holds bit patterns of uint64
};

/// Calls `sink` with blocks of at most 4096 present values of rows [begin, end) and returns how many rows were null.
///
/// Dates, times and durations come in seconds: the nearest double of the exact rational. Decimals and wide integers
/// are rounded once, to nearest even. NaT is a null. Contiguous float64 memory without nulls is passed without a copy.
/// Booleans are 0 and 1. Dictionaries of numbers are looked up.
///
/// Throws InputError for storage that holds no numbers (text, binary, unsupported) and for dictionary codes out of
/// range. O(rows), reentrant.
std::int64_t read_numbers(const ColumnView& column, std::int64_t begin, std::int64_t end,
                          const std::function<void(const NumberBlock&)>& sink);

}  // namespace driftline
