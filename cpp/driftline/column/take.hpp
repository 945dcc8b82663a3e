// Some rows of a column, in any order: what splits a batch by window or by segment.
#pragma once

#include <cstdint>
#include <span>

#include "driftline/column/column_view.hpp"

namespace driftline {

/// The rows `rows` of `column`, in that order; a row may come more than once. Copies values; a dictionary and what
/// objects borrow are shared with `column`, whose owner is kept.
///
/// Reading the result gives what reading those rows gives, and the same type name. Throws InputError for a row outside
/// [0, length) and for offsets that leave their buffers. O(rows).
ColumnView take_rows(const ColumnView& column, std::span<const std::int64_t> rows);

}  // namespace driftline
