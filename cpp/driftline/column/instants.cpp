#include "driftline/column/instants.hpp"

#include <cmath>
#include <string>

#include "driftline/base/error.hpp"
#include "driftline/base/wide.hpp"
#include "driftline/column/number_values.hpp"
#include "driftline/column/rows.hpp"

namespace driftline {
namespace {

constexpr std::int64_t per_second = 1'000'000;

std::int64_t from_wide(int128 value) {
  constexpr int128 most = std::numeric_limits<std::int64_t>::max();
  return value > most || value < -most ? no_instant : static_cast<std::int64_t>(value);
}

std::int64_t from_seconds(double seconds) {
  const double micros = std::nearbyint(seconds * static_cast<double>(per_second));
  constexpr double limit = 9.2e18;
  return std::abs(micros) < limit ? static_cast<std::int64_t>(micros) : no_instant;  // false for NaN
}

// floor(tick · numerator · 10^6 / denominator)
std::int64_t from_ticks(std::int64_t tick, const ColumnView& column) {
  if (column.unit_numerator == 1 && column.unit_denominator == per_second) return from_wide(tick);
  // Numerators are whole seconds up to a week, or 1 below a power of ten: the product stays within 128 bits.
  const int128 product = int128{tick} * column.unit_numerator * per_second;
  const int128 denominator = column.unit_denominator;
  const int128 quotient = product / denominator;
  return from_wide(quotient - (product % denominator < 0 ? 1 : 0));
}

[[noreturn]] void refuse(const ColumnView& column) {
  throw InputError("a column of type " + column.type_name + " holds no points in time; numbers need a unit");
}

Instants of_objects(const ColumnView& column, double unit) {
  using Kind = ObjectValue::Kind;
  Instants found;
  for (std::int64_t i = 0; i < column.length; ++i) {
    const ObjectValue& object = column.objects[column.offset + i];
    std::int64_t instant = no_instant;
    if (!column.is_null(i)) {
      if (object.kind == Kind::seconds) instant = from_seconds(object.real);
      if (object.kind == Kind::integer) instant = from_seconds(static_cast<double>(object.integer) * unit);
      if (object.kind == Kind::real) instant = from_seconds(object.real * unit);
    }
    found.microseconds.push_back(instant);
    found.zoned.push_back(object.kind == Kind::seconds && object.integer != 0);
  }
  return found;
}

Instants of_dictionary(const ColumnView& column, double unit) {
  if (column.dictionary == nullptr) refuse(column);
  const Instants values = read_instants(*column.dictionary, unit);
  Instants found;
  found.microseconds.resize(static_cast<std::size_t>(column.length));
  std::int64_t codes[block_rows];
  for (std::int64_t row = 0; row < column.length; row += block_rows) {
    const std::int64_t n = std::min(block_rows, column.length - row);
    read_codes(column, row, n, codes);
    for (std::int64_t k = 0; k < n; ++k) {
      const std::int64_t instant = codes[k] < 0 ? no_instant : values.microseconds[static_cast<std::size_t>(codes[k])];
      found.microseconds[static_cast<std::size_t>(row + k)] = instant;
    }
  }
  return found;
}

}  // namespace

Instants read_instants(const ColumnView& column, double seconds_per_unit) {
  Instants found;
  const auto n_rows = static_cast<std::size_t>(column.length);
  if (column.logical == Logical::null) {
    found.microseconds.assign(n_rows, no_instant);
    return found;
  }
  const bool counts = column.logical == Logical::number && seconds_per_unit > 0;
  if (column.logical != Logical::datetime && !counts) refuse(column);
  if (column.storage == Storage::objects) return of_objects(column, seconds_per_unit);
  if (column.storage == Storage::dictionary) return of_dictionary(column, seconds_per_unit);
  found.microseconds.reserve(n_rows);
  with_values(column, [&](const auto& values) {
    using Values = std::remove_cvref_t<decltype(values)>;
    for (std::int64_t i = 0; i < column.length; ++i) {
      std::int64_t instant = no_instant;
      if constexpr (Values::marks_nulls) {
        if (!column.is_null(i) && values.present(i)) instant = from_ticks(values.tick(i), column);
      } else {
        if (!column.is_null(i)) instant = from_seconds(values.number(i) * seconds_per_unit);
      }
      found.microseconds.push_back(instant);
    }
  });
  return found;
}

}  // namespace driftline
