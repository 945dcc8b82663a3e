#include "driftline/column/rows.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>

#include "driftline/base/error.hpp"

namespace driftline {
namespace {

[[noreturn]] void refuse_code(std::int64_t row, const std::string& code, std::int64_t n_values) {
  throw InputError("row " + std::to_string(row) + " has the dictionary code " + code + ", but the dictionary holds " +
                   std::to_string(n_values) + " values; codes must lie in [0, " + std::to_string(n_values) + ")");
}

/// Codes that lie one after the other and are never null. False when one of them is out of range.
template <class T>
bool read_packed_codes(const std::uint8_t* first, std::int64_t n, std::int64_t n_values, std::int64_t* codes) {
  std::int64_t negative = 0;  // its sign tells: a loop without a branch is one over vectors
  for (std::int64_t k = 0; k < n; ++k) {
    const auto code = static_cast<std::int64_t>(load<T>(first + k * std::int64_t{sizeof(T)}));
    negative |=
        code | static_cast<std::int64_t>(static_cast<std::uint64_t>(n_values - 1) - static_cast<std::uint64_t>(code));
    codes[k] = code;
  }
  return negative >= 0;
}

template <class T>
void read_codes_of(const ColumnView& column, std::int64_t row, std::int64_t n, std::int64_t* codes) {
  const std::uint8_t* address = column.values + (row + column.offset) * column.stride;
  if (!may_have_nulls(column) && !column.has_nat && column.stride == sizeof(T) &&
      read_packed_codes<T>(address, n, column.dictionary->length, codes)) {
    return;
  }
  std::array<std::uint8_t, block_rows> present;
  read_present(column, row, n, present.data());
  const auto n_values = static_cast<std::uint64_t>(column.dictionary->length);
  for (std::int64_t k = 0; k < n; ++k, address += column.stride) {
    const T code = load<T>(address);
    const bool absent = present[static_cast<std::size_t>(k)] == 0 ||
                        (column.has_nat && static_cast<std::int64_t>(code) == column.nat && std::is_signed_v<T>);
    if (!absent && static_cast<std::uint64_t>(code) >= n_values) {
      refuse_code(row + k, std::to_string(code), column.dictionary->length);
    }
    codes[k] = absent ? -1 : static_cast<std::int64_t>(code);
  }
}

}  // namespace

void require_rows(const ColumnView& column, std::int64_t begin, std::int64_t end) {
  if (0 <= begin && begin <= end && end <= column.length) return;
  throw InputError("rows [" + std::to_string(begin) + ", " + std::to_string(end) + ") asked of a column with " +
                   std::to_string(column.length) + " rows");
}

std::uint64_t valid_rows(const ColumnView& column, std::int64_t row, std::int64_t n) {
  const auto first = static_cast<std::uint64_t>(row + column.offset);
  const std::uint8_t* const at = column.validity + (first >> 3);
  const std::uint64_t skipped = first & 7;
  const std::uint64_t n_bytes = (skipped + static_cast<std::uint64_t>(n) + 7) / 8;  // up to nine
  std::uint64_t bits = 0;
  std::memcpy(&bits, at, std::min<std::uint64_t>(n_bytes, 8));
  bits >>= skipped;
  if (n_bytes == 9) bits |= std::uint64_t{at[8]} << (64 - skipped);
  return n == 64 ? bits : bits & ((std::uint64_t{1} << n) - 1);
}

void read_present(const ColumnView& column, std::int64_t row, std::int64_t n, std::uint8_t* present) {
  if (column.validity == nullptr) {
    std::fill_n(present, n, std::uint8_t{1});
  } else {
    const auto first = static_cast<std::uint64_t>(row + column.offset);
    for (std::int64_t k = 0; k < n; ++k) {
      const std::uint64_t bit = first + static_cast<std::uint64_t>(k);
      present[k] = static_cast<std::uint8_t>(column.validity[bit >> 3] >> (bit & 7) & 1);
    }
  }
  if (column.null_mask != nullptr) {
    const std::uint8_t* mask = column.null_mask + row;
    for (std::int64_t k = 0; k < n; ++k) present[k] &= static_cast<std::uint8_t>(mask[k] == 0);
  }
}

void read_codes(const ColumnView& column, std::int64_t row, std::int64_t n, std::int64_t* codes) {
  if (column.dictionary == nullptr)
    throw InputError("a dictionary column of type " + column.type_name + " has no dictionary");
  switch (column.code_storage) {
    case Storage::int8:
      return read_codes_of<std::int8_t>(column, row, n, codes);
    case Storage::int16:
      return read_codes_of<std::int16_t>(column, row, n, codes);
    case Storage::int32:
      return read_codes_of<std::int32_t>(column, row, n, codes);
    case Storage::int64:
      return read_codes_of<std::int64_t>(column, row, n, codes);
    case Storage::uint8:
      return read_codes_of<std::uint8_t>(column, row, n, codes);
    case Storage::uint16:
      return read_codes_of<std::uint16_t>(column, row, n, codes);
    case Storage::uint32:
      return read_codes_of<std::uint32_t>(column, row, n, codes);
    case Storage::uint64:
      return read_codes_of<std::uint64_t>(column, row, n, codes);
    default:
      throw InputError("dictionary codes of column type " + column.type_name + " are not integers");
  }
}

}  // namespace driftline
