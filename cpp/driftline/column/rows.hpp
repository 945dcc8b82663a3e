// What the readers of numbers and of labels share: blocks of rows, which rows are present, dictionary codes.
#pragma once

#include <cstdint>
#include <cstring>

#include "driftline/column/column_view.hpp"

namespace driftline {

/// Rows are decoded in blocks that stay in the first cache level.
inline constexpr std::int64_t block_rows = 4096;

/// Reads a T from memory of any alignment.
template <class T>
T load(const std::uint8_t* address) {
  T value;
  std::memcpy(&value, address, sizeof value);
  return value;
}

/// Throws InputError unless 0 ≤ begin ≤ end ≤ length.
void require_rows(const ColumnView& column, std::int64_t begin, std::int64_t end);

/// Can the bitmap or the mask mark a row as null?
inline bool may_have_nulls(const ColumnView& column) {
  return column.validity != nullptr || column.null_mask != nullptr;
}

/// Bit k: the bitmap marks row `row + k` as present. 1 ≤ n ≤ 64; the bits from n on are 0. Needs a bitmap.
std::uint64_t valid_rows(const ColumnView& column, std::int64_t row, std::int64_t n);

/// present[k] = 1 if row `row + k` is marked neither by the bitmap nor by the mask, else 0; k < n ≤ block_rows.
void read_present(const ColumnView& column, std::int64_t row, std::int64_t n, std::uint8_t* present);

/// The codes of rows [row, row + n) of a dictionary column, −1 where the row is null; n ≤ block_rows.
///
/// Throws InputError for codes outside the dictionary. A null inside the dictionary is not looked up.
void read_codes(const ColumnView& column, std::int64_t row, std::int64_t n, std::int64_t* codes);

}  // namespace driftline
