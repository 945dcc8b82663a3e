#include "driftline/column/read_numbers.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <type_traits>

#include "driftline/base/error.hpp"
#include "driftline/column/number_values.hpp"
#include "driftline/column/rows.hpp"

namespace driftline {
namespace {

using Sink = std::function<void(const NumberBlock&)>;

// What one call of the sink is handed. Left uninitialised: only the decoded part is read.
struct Buffer {
  double numbers[block_rows];
  std::int64_t integers[block_rows];
  std::uint8_t present[block_rows];
};

template <class Values>
void decode(const Values& values, std::int64_t i, std::size_t slot, Buffer& buffer) {
  buffer.numbers[slot] = values.number(i);
  if constexpr (Values::has_integers) buffer.integers[slot] = values.integer(i);
}

/// Decodes rows [row, row + n) into the first n slots. A loop over packed memory is one over vectors.
template <class Values>
void decode_all(const Values& values, std::int64_t row, std::int64_t n, Buffer& buffer) {
  if constexpr (requires { typename Values::Packed; }) {
    using T = typename Values::Packed;
    if (values.column.stride == sizeof(T)) {
      const std::uint8_t* at = values.column.values + (row + values.column.offset) * std::int64_t{sizeof(T)};
      for (std::int64_t k = 0; k < n; ++k) {
        const T value = load<T>(at + k * std::int64_t{sizeof(T)});
        buffer.numbers[k] = static_cast<double>(value);
        if constexpr (Values::has_integers) buffer.integers[k] = static_cast<std::int64_t>(value);
      }
      return;
    }
  }
  for (std::int64_t k = 0; k < n; ++k) decode(values, row + k, static_cast<std::size_t>(k), buffer);
}

/// Moves slots whose row the bitmap marks as present to the front, and returns how many there are.
template <bool with_integers>
std::size_t keep_valid(const ColumnView& column, std::int64_t row, std::int64_t n, Buffer& buffer) {
  std::size_t kept = 0;
  for (std::int64_t begin = 0; begin < n; begin += 64) {
    const std::int64_t size = std::min<std::int64_t>(64, n - begin);
    std::uint64_t present = valid_rows(column, row + begin, size);
    for (std::int64_t k = begin; k < begin + size; ++k, present >>= 1) {
      // Without a branch: the next present row overwrites what a null left in the slot.
      buffer.numbers[kept] = buffer.numbers[k];
      if constexpr (with_integers) buffer.integers[kept] = buffer.integers[k];
      kept += present & 1;
    }
  }
  return kept;
}

template <class Values>
void emit(const Values&, const Buffer& buffer, std::size_t n, const Sink& sink) {
  if (n == 0) return;
  NumberBlock block{.values = {buffer.numbers, n}, .integers = {}, .integers_are_unsigned = Values::is_unsigned};
  if constexpr (Values::has_integers) block.integers = {buffer.integers, n};
  sink(block);
}

// Decodes rows [row, row + n) into the buffer and returns how many are present.
template <class Values>
std::size_t decode_rows(const Values& values, std::int64_t row, std::int64_t n, Buffer& buffer) {
  if (!values.column.has_nat && values.column.null_mask == nullptr) {
    decode_all(values, row, n, buffer);
    if (!may_have_nulls(values.column)) return static_cast<std::size_t>(n);
    return keep_valid<Values::has_integers>(values.column, row, n, buffer);
  }
  read_present(values.column, row, n, buffer.present);
  std::size_t kept = 0;
  for (std::int64_t k = 0; k < n; ++k) {
    // Without a branch: the next present row overwrites what a null left in the slot.
    decode(values, row + k, kept, buffer);
    std::uint8_t present = buffer.present[k];
    if constexpr (Values::marks_nulls) present &= static_cast<std::uint8_t>(values.present(row + k));
    kept += present;
  }
  return kept;
}

template <class Values>
std::int64_t read_fixed_width(const Values& values, std::int64_t begin, std::int64_t end, const Sink& sink) {
  Buffer buffer;
  std::int64_t n_null = 0;
  for (std::int64_t row = begin; row < end; row += block_rows) {
    const std::int64_t n = std::min(block_rows, end - row);
    const std::size_t kept = decode_rows(values, row, n, buffer);
    emit(values, buffer, kept, sink);
    n_null += n - static_cast<std::int64_t>(kept);
  }
  return n_null;
}

/// Can rows be handed on as they lie in memory?
bool is_plain(const ColumnView& column, std::size_t size) {
  return static_cast<std::size_t>(column.stride) == size && !may_have_nulls(column) && !column.has_nat &&
         std::bit_cast<std::uintptr_t>(column.values) % size == 0;
}

std::int64_t read_in_place(const ColumnView& column, std::int64_t begin, std::int64_t end, const Sink& sink) {
  const auto* first = reinterpret_cast<const double*>(column.values) + column.offset;
  for (std::int64_t row = begin; row < end; row += block_rows) {
    const auto n = static_cast<std::size_t>(std::min(block_rows, end - row));
    sink(NumberBlock{.values = {first + row, n}, .integers = {}, .integers_are_unsigned = false});
  }
  return 0;
}

/// int64 or uint64: only the doubles need a buffer.
template <class T>
std::int64_t read_words_in_place(const ColumnView& column, std::int64_t begin, std::int64_t end, const Sink& sink) {
  const auto* first = reinterpret_cast<const T*>(column.values) + column.offset;
  double numbers[block_rows];
  for (std::int64_t row = begin; row < end; row += block_rows) {
    const auto n = static_cast<std::size_t>(std::min(block_rows, end - row));
    for (std::size_t k = 0; k < n; ++k) numbers[k] = static_cast<double>(first[row + static_cast<std::int64_t>(k)]);
    sink(NumberBlock{.values = {numbers, n},
                     .integers = {reinterpret_cast<const std::int64_t*>(first + row), n},
                     .integers_are_unsigned = std::is_unsigned_v<T>});
  }
  return 0;
}

template <class Values>
std::int64_t read_fixed_width_or_in_place(const Values& values, std::int64_t begin, std::int64_t end,
                                          const Sink& sink) {
  if constexpr (requires { typename Values::Packed; } && Values::has_integers) {
    using T = typename Values::Packed;
    if constexpr (sizeof(T) == sizeof(std::int64_t)) {
      if (is_plain(values.column, sizeof(T))) return read_words_in_place<T>(values.column, begin, end, sink);
    }
  }
  return read_fixed_width(values, begin, end, sink);
}

std::int64_t read_dictionary(const ColumnView& column, std::int64_t begin, std::int64_t end, const Sink& sink) {
  if (column.dictionary == nullptr) refuse_numbers(column);
  const ColumnView& dictionary = *column.dictionary;
  std::int64_t n_null = 0;
  with_values(dictionary, [&](const auto& values) {
    Buffer buffer;
    std::int64_t codes[block_rows];
    for (std::int64_t row = begin; row < end; row += block_rows) {
      const std::int64_t n = std::min(block_rows, end - row);
      read_codes(column, row, n, codes);
      std::size_t kept = 0;
      for (std::int64_t k = 0; k < n; ++k) {
        const std::int64_t code = codes[k];
        if (code < 0 || dictionary.is_null(code)) continue;
        if constexpr (std::remove_reference_t<decltype(values)>::marks_nulls) {
          if (!values.present(code)) continue;
        }
        decode(values, code, kept++, buffer);
      }
      emit(values, buffer, kept, sink);
      n_null += n - static_cast<std::int64_t>(kept);
    }
  });
  return n_null;
}

// How an object can be handed on: exactly as int64, exactly as uint64, or as a double.
enum class Exactness : std::uint8_t { null, signed_, unsigned_, rounded };

Exactness exactness_of(const ObjectValue& object) {
  switch (object.kind) {
    case ObjectValue::Kind::null:
      return Exactness::null;
    case ObjectValue::Kind::integer:
      return Exactness::signed_;
    case ObjectValue::Kind::unsigned_:
      return Exactness::unsigned_;
    default:
      return Exactness::rounded;
  }
}

double number_of(const ObjectValue& object, std::int64_t row, const ColumnView& column) {
  using Kind = ObjectValue::Kind;
  switch (object.kind) {
    case Kind::nan:
      return std::numeric_limits<double>::quiet_NaN();
    case Kind::pos_inf:
      return std::numeric_limits<double>::infinity();
    case Kind::neg_inf:
      return -std::numeric_limits<double>::infinity();
    case Kind::boolean:
      return object.integer != 0 ? 1.0 : 0.0;
    case Kind::integer:
      return static_cast<double>(object.integer);
    case Kind::unsigned_:
      return static_cast<double>(static_cast<std::uint64_t>(object.integer));
    case Kind::real:
    case Kind::seconds:
      return object.real;
    default:
      throw InputError("row " + std::to_string(row) + " of a column of type " + column.type_name +
                       " holds text, not a number; the column can only be read as categories");
  }
}

// Python objects mix integers and reals. Each block is handed on in up to three parts, so that what is known of a row
// before rounding does not depend on its neighbours.
std::int64_t read_objects(const ColumnView& column, std::int64_t begin, std::int64_t end, const Sink& sink) {
  Buffer buffer;
  std::int64_t n_read = 0;
  for (std::int64_t row = begin; row < end; row += block_rows) {
    const std::int64_t n = std::min(block_rows, end - row);
    read_present(column, row, n, buffer.present);
    for (const Exactness part : {Exactness::signed_, Exactness::unsigned_, Exactness::rounded}) {
      std::size_t kept = 0;
      for (std::int64_t k = 0; k < n; ++k) {
        const ObjectValue& object = column.objects[row + k + column.offset];
        if (buffer.present[k] == 0 || exactness_of(object) != part) continue;
        buffer.numbers[kept] = number_of(object, row + k, column);
        buffer.integers[kept++] = object.integer;
      }
      if (kept == 0) continue;
      NumberBlock block{{buffer.numbers, kept}, {}, part == Exactness::unsigned_};
      if (part != Exactness::rounded) block.integers = {buffer.integers, kept};
      sink(block);
      n_read += static_cast<std::int64_t>(kept);
    }
  }
  return end - begin - n_read;
}

}  // namespace

std::int64_t read_numbers(const ColumnView& column, std::int64_t begin, std::int64_t end,
                          const std::function<void(const NumberBlock&)>& sink) {
  require_rows(column, begin, end);
  if (column.logical == Logical::null) return end - begin;
  if (column.storage == Storage::objects) return read_objects(column, begin, end, sink);
  if (column.storage == Storage::dictionary) return read_dictionary(column, begin, end, sink);
  if (column.storage == Storage::float64 && is_plain(column, sizeof(double))) {
    return read_in_place(column, begin, end, sink);
  }
  std::int64_t n_null = 0;
  with_values(column, [&](const auto& values) { n_null = read_fixed_width_or_in_place(values, begin, end, sink); });
  return n_null;
}

}  // namespace driftline
