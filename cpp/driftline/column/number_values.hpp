// How each fixed-width layout turns row i into a double.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "driftline/base/error.hpp"
#include "driftline/column/column_view.hpp"
#include "driftline/column/decimal.hpp"
#include "driftline/column/rows.hpp"
#include "driftline/column/ticks.hpp"

namespace driftline {

/// A value source reads row i of fixed-width memory, `column.offset` included:
///   number(i)    the nearest double
///   integer(i)   the value before rounding; only where `has_integers`
///   Packed       where number and integer are casts of what lies in memory: its type
///   present(i)   false for a null that the value itself marks; only where `marks_nulls`
struct PlainValues {
  static constexpr bool has_integers = false;
  static constexpr bool marks_nulls = false;
  static constexpr bool is_unsigned = false;
};

template <class T>
struct RealValues : PlainValues {
  using Packed = T;
  const ColumnView& column;

  double number(std::int64_t i) const {
    return static_cast<double>(load<T>(column.values + (i + column.offset) * column.stride));
  }
};

template <class T>
struct IntegerValues : PlainValues {
  using Packed = T;
  static constexpr bool has_integers = true;
  static constexpr bool is_unsigned = std::is_same_v<T, std::uint64_t>;
  const ColumnView& column;

  T value(std::int64_t i) const { return load<T>(column.values + (i + column.offset) * column.stride); }
  double number(std::int64_t i) const { return static_cast<double>(value(i)); }
  std::int64_t integer(std::int64_t i) const { return static_cast<std::int64_t>(value(i)); }
};

struct HalfValues : PlainValues {
  const ColumnView& column;

  double number(std::int64_t i) const {
    const auto bits = load<std::uint16_t>(column.values + (i + column.offset) * column.stride);
    // The 15 bits below the sign, moved to the same place of a double, lack only the difference of the exponent biases,
    // 1023 − 15. Multiplying by that power of two is exact and normalises subnormals.
    const auto shifted = std::bit_cast<double>(static_cast<std::uint64_t>(bits & 0x7FFF) << 42);
    const bool finite = (bits & 0x7C00) != 0x7C00;
    const double not_finite =
        (bits & 0x03FF) == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    const double magnitude = finite ? shifted * 0x1p1008 : not_finite;
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
  }
};

struct BitValues : PlainValues {
  const ColumnView& column;

  double number(std::int64_t i) const {
    const auto bit = static_cast<std::uint64_t>(i + column.offset);
    return column.values[bit >> 3] >> (bit & 7) & 1;
  }
};

struct BooleanBytes : PlainValues {
  const ColumnView& column;

  double number(std::int64_t i) const { return column.values[(i + column.offset) * column.stride] != 0 ? 1.0 : 0.0; }
};

template <class T>
struct TickValues : PlainValues {
  static constexpr bool marks_nulls = true;
  const ColumnView& column;

  std::int64_t tick(std::int64_t i) const { return load<T>(column.values + (i + column.offset) * column.stride); }
  bool present(std::int64_t i) const { return !column.has_nat || tick(i) != column.nat; }
  double number(std::int64_t i) const {
    return seconds_from_ticks(tick(i), column.unit_numerator, column.unit_denominator);
  }
};

template <int n_bytes>
struct DecimalValues : PlainValues {
  const ColumnView& column;

  double number(std::int64_t i) const {
    return to_double({column.values + (i + column.offset) * column.stride, n_bytes, column.decimal_scale});
  }
};

[[noreturn]] inline void refuse_numbers(const ColumnView& column) {
  throw InputError("a column of type " + column.type_name + " holds no numbers; " +
                   (column.logical == Logical::unsupported ? "cast it to a number, or ignore it"
                                                           : "it can only be read as categories"));
}

/// Calls `visit` with the value source that fits the column's memory. Throws InputError where there are no numbers.
template <class Visitor>
void with_values(const ColumnView& column, Visitor&& visit) {
  if (column.logical == Logical::datetime || column.logical == Logical::duration) {
    switch (column.storage) {
      case Storage::int32:
        return visit(TickValues<std::int32_t>{{}, column});
      case Storage::int64:
        return visit(TickValues<std::int64_t>{{}, column});
      default:
        refuse_numbers(column);
    }
  }
  if (column.logical != Logical::number && column.logical != Logical::boolean) refuse_numbers(column);
  switch (column.storage) {
    case Storage::bits:
      return visit(BitValues{{}, column});
    case Storage::int8:
      return visit(IntegerValues<std::int8_t>{{}, column});
    case Storage::int16:
      return visit(IntegerValues<std::int16_t>{{}, column});
    case Storage::int32:
      return visit(IntegerValues<std::int32_t>{{}, column});
    case Storage::int64:
      return visit(IntegerValues<std::int64_t>{{}, column});
    case Storage::uint8:
      if (column.logical == Logical::boolean) return visit(BooleanBytes{{}, column});
      return visit(IntegerValues<std::uint8_t>{{}, column});
    case Storage::uint16:
      return visit(IntegerValues<std::uint16_t>{{}, column});
    case Storage::uint32:
      return visit(IntegerValues<std::uint32_t>{{}, column});
    case Storage::uint64:
      return visit(IntegerValues<std::uint64_t>{{}, column});
    case Storage::float16:
      return visit(HalfValues{{}, column});
    case Storage::float32:
      return visit(RealValues<float>{{}, column});
    case Storage::float64:
      return visit(RealValues<double>{{}, column});
    case Storage::decimal32:
      return visit(DecimalValues<4>{{}, column});
    case Storage::decimal64:
      return visit(DecimalValues<8>{{}, column});
    case Storage::decimal128:
      return visit(DecimalValues<16>{{}, column});
    case Storage::decimal256:
      return visit(DecimalValues<32>{{}, column});
    default:
      refuse_numbers(column);
  }
}

}  // namespace driftline
