#include "driftline/column/read_labels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "driftline/base/error.hpp"
#include "driftline/column/decimal.hpp"
#include "driftline/column/read_numbers.hpp"
#include "driftline/column/rows.hpp"

namespace driftline {
namespace {

using Sink = std::function<void(const Label&, std::uint64_t)>;

template <class T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

void emit_integer(std::int64_t bits, bool is_unsigned, const Sink& sink) {
  // Only what int64 cannot hold is tagged as unsigned, so the same number always has the same label.
  sink({is_unsigned && bits < 0 ? LabelTag::unsigned_ : LabelTag::integer, bytes_of(bits)}, 1);
}

void emit_boolean(bool value, std::uint64_t count, const Sink& sink) {
  const auto byte = static_cast<std::uint8_t>(value);
  if (count > 0) sink({LabelTag::boolean, bytes_of(byte)}, count);
}

void emit_real(double value, NonLabels& rest, const Sink& sink) {
  constexpr double two_to_63 = 9223372036854775808.0;
  if (std::isnan(value)) {
    ++rest.n_nan;
  } else if (std::isinf(value)) {
    ++(value > 0 ? rest.n_pos_inf : rest.n_neg_inf);
  } else if (value != std::trunc(value) || value < -two_to_63 || value >= 2 * two_to_63) {
    sink({LabelTag::real, bytes_of(value)}, 1);
  } else if (value < two_to_63) {
    emit_integer(static_cast<std::int64_t>(value), false, sink);
  } else {
    emit_integer(static_cast<std::int64_t>(static_cast<std::uint64_t>(value)), true, sink);
  }
}

void emit_seconds(double value, const Sink& sink) { sink({LabelTag::seconds, bytes_of(value)}, 1); }

NonLabels read_number_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, const Sink& sink) {
  NonLabels rest;
  rest.n_null = read_numbers(column, begin, end, [&](const NumberBlock& block) {
    for (const std::int64_t bits : block.integers) emit_integer(bits, block.integers_are_unsigned, sink);
    if (!block.integers.empty()) return;
    for (const double value : block.values) emit_real(value, rest, sink);
  });
  return rest;
}

NonLabels read_boolean_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, const Sink& sink) {
  NonLabels rest;
  std::uint64_t n_true = 0;
  std::uint64_t n_valid = 0;
  rest.n_null = read_numbers(column, begin, end, [&](const NumberBlock& block) {
    n_valid += block.values.size();
    for (const double value : block.values) n_true += value != 0.0 ? 1 : 0;
  });
  emit_boolean(false, n_valid - n_true, sink);
  emit_boolean(true, n_true, sink);
  return rest;
}

NonLabels read_seconds_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, const Sink& sink) {
  NonLabels rest;
  rest.n_null = read_numbers(column, begin, end, [&](const NumberBlock& block) {
    for (const double value : block.values) emit_seconds(value, sink);
  });
  return rest;
}

// Calls `read(row)` for every row that is present.
template <class Read>
NonLabels read_present_rows(const ColumnView& column, std::int64_t begin, std::int64_t end, const Read& read) {
  NonLabels rest;
  for (std::int64_t row = begin; row < end; ++row) {
    if (column.is_null(row)) {
      ++rest.n_null;
    } else {
      read(row);
    }
  }
  return rest;
}

NonLabels read_decimal_labels(const ColumnView& column, int n_bytes, std::int64_t begin, std::int64_t end,
                              const Sink& sink) {
  NonLabels beyond;
  NonLabels rest = read_present_rows(column, begin, end, [&](std::int64_t row) {
    const Decimal decimal{column.values + (row + column.offset) * column.stride, n_bytes, column.decimal_scale};
    if (const auto whole = to_whole_number(decimal)) {
      emit_integer(whole->bits, whole->is_unsigned, sink);
    } else {
      emit_real(to_double(decimal), beyond, sink);
    }
  });
  rest.n_pos_inf = beyond.n_pos_inf;
  rest.n_neg_inf = beyond.n_neg_inf;
  return rest;
}

[[noreturn]] void refuse_range(const ColumnView& column, std::int64_t row, std::int64_t start, std::int64_t stop) {
  throw InputError("row " + std::to_string(row) + " of a column of type " + column.type_name + " claims bytes [" +
                   std::to_string(start) + ", " + std::to_string(stop) + ") of a buffer of " +
                   (column.data_size < 0 ? "unknown size" : std::to_string(column.data_size) + " bytes"));
}

template <class Offset>
NonLabels read_variable_bytes(const ColumnView& column, LabelTag tag, std::int64_t begin, std::int64_t end,
                              const Sink& sink) {
  constexpr auto width = static_cast<std::int64_t>(sizeof(Offset));
  return read_present_rows(column, begin, end, [&](std::int64_t row) {
    const std::uint8_t* address = column.values + (row + column.offset) * width;
    const std::int64_t start = load<Offset>(address);
    const std::int64_t stop = load<Offset>(address + width);
    if (start < 0 || stop < start || (column.data_size >= 0 && stop > column.data_size)) {
      refuse_range(column, row, start, stop);
    }
    sink({tag, {reinterpret_cast<const char*>(column.data) + start, static_cast<std::size_t>(stop - start)}}, 1);
  });
}

// The 16 bytes of a view: length, then either up to 12 bytes in place or prefix, buffer number and offset.
std::string_view view_at(const ColumnView& column, std::int64_t row) {
  constexpr std::int64_t width = 16;
  constexpr std::int32_t longest_in_place = 12;
  const std::uint8_t* address = column.values + (row + column.offset) * width;
  const auto size = load<std::int32_t>(address);
  if (size >= 0 && size <= longest_in_place) {
    return {reinterpret_cast<const char*>(address) + 4, static_cast<std::size_t>(size)};
  }
  const auto number = load<std::int32_t>(address + 8);
  const auto start = load<std::int32_t>(address + 12);
  if (size < 0 || number < 0 || static_cast<std::size_t>(number) >= column.view_buffers.size()) {
    throw InputError("row " + std::to_string(row) + " of a column of type " + column.type_name + " claims " +
                     std::to_string(size) + " bytes in buffer " + std::to_string(number) + " of " +
                     std::to_string(column.view_buffers.size()));
  }
  const auto& [data, data_size] = column.view_buffers[static_cast<std::size_t>(number)];
  const std::int64_t stop = std::int64_t{start} + size;
  if (start < 0 || stop > data_size) {
    throw InputError("row " + std::to_string(row) + " of a column of type " + column.type_name + " claims bytes [" +
                     std::to_string(start) + ", " + std::to_string(stop) + ") of buffer " + std::to_string(number) +
                     " with " + std::to_string(data_size) + " bytes");
  }
  return {reinterpret_cast<const char*>(data) + start, static_cast<std::size_t>(size)};
}

NonLabels read_byte_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, const Sink& sink) {
  const LabelTag tag = column.logical == Logical::text ? LabelTag::text : LabelTag::binary;
  switch (column.storage) {
    case Storage::bytes32:
      return read_variable_bytes<std::int32_t>(column, tag, begin, end, sink);
    case Storage::bytes64:
      return read_variable_bytes<std::int64_t>(column, tag, begin, end, sink);
    case Storage::bytes_view:
      return read_present_rows(column, begin, end, [&](std::int64_t row) { sink({tag, view_at(column, row)}, 1); });
    case Storage::bytes_fixed:
      return read_present_rows(column, begin, end, [&](std::int64_t row) {
        const auto* first = reinterpret_cast<const char*>(column.values) + (row + column.offset) * column.stride;
        sink({tag, {first, static_cast<std::size_t>(column.stride)}}, 1);
      });
    default:
      throw InputError("a column of type " + column.type_name + " cannot be read as categories");
  }
}

void emit_object(const ObjectValue& object, NonLabels& rest, const Sink& sink) {
  using Kind = ObjectValue::Kind;
  switch (object.kind) {
    case Kind::null:
      ++rest.n_null;
      break;
    case Kind::nan:
      ++rest.n_nan;
      break;
    case Kind::pos_inf:
      ++rest.n_pos_inf;
      break;
    case Kind::neg_inf:
      ++rest.n_neg_inf;
      break;
    case Kind::boolean:
      emit_boolean(object.integer != 0, 1, sink);
      break;
    case Kind::integer:
      emit_integer(object.integer, false, sink);
      break;
    case Kind::unsigned_:
      emit_integer(object.integer, true, sink);
      break;
    case Kind::real:
      emit_real(object.real, rest, sink);
      break;
    case Kind::text:
      sink({LabelTag::text, object.text}, 1);
      break;
    case Kind::binary:
      sink({LabelTag::binary, object.text}, 1);
      break;
    case Kind::seconds:
      emit_seconds(object.real, sink);
      break;
  }
}

NonLabels read_object_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, const Sink& sink) {
  NonLabels others;
  NonLabels rest = read_present_rows(
      column, begin, end, [&](std::int64_t row) { emit_object(column.objects[row + column.offset], others, sink); });
  rest.n_null += others.n_null;
  rest.n_nan = others.n_nan;
  rest.n_pos_inf = others.n_pos_inf;
  rest.n_neg_inf = others.n_neg_inf;
  return rest;
}

// Looks up dictionary values and gives each the weight of the rows that have its code.
class DictionaryValues {
 public:
  DictionaryValues(const ColumnView& dictionary, const Sink& sink) : dictionary_(dictionary), sink_(sink) {}

  void add(std::int64_t code, std::uint64_t count) {
    count_ = count;
    const NonLabels one = read_labels(dictionary_, code, code + 1, weighted_);
    const auto weight = static_cast<std::int64_t>(count);
    rest.n_null += weight * one.n_null;
    rest.n_nan += weight * one.n_nan;
    rest.n_pos_inf += weight * one.n_pos_inf;
    rest.n_neg_inf += weight * one.n_neg_inf;
  }

  NonLabels rest;

 private:
  const ColumnView& dictionary_;
  const Sink& sink_;
  std::uint64_t count_ = 0;
  Sink weighted_ = [this](const Label& label, std::uint64_t n) { sink_(label, n * count_); };
};

NonLabels read_dictionary_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, const Sink& sink) {
  if (column.dictionary == nullptr) {
    throw InputError("a dictionary column of type " + column.type_name + " has no dictionary");
  }
  DictionaryValues values(*column.dictionary, sink);
  // A dictionary longer than the rows (a small slice of a large column) is not worth a table of counts.
  const bool count_first = column.dictionary->length <= end - begin;
  std::vector<std::uint64_t> counts(count_first ? static_cast<std::size_t>(column.dictionary->length) : 0);
  std::int64_t codes[block_rows];
  for (std::int64_t row = begin; row < end; row += block_rows) {
    const std::int64_t n = std::min(block_rows, end - row);
    read_codes(column, row, n, codes);
    for (std::int64_t k = 0; k < n; ++k) {
      if (codes[k] < 0) {
        ++values.rest.n_null;
      } else if (count_first) {
        ++counts[static_cast<std::size_t>(codes[k])];
      } else {
        values.add(codes[k], 1);
      }
    }
  }
  for (std::size_t code = 0; code < counts.size(); ++code) {
    if (counts[code] > 0) values.add(static_cast<std::int64_t>(code), counts[code]);
  }
  return values.rest;
}

int decimal_bytes(Storage storage) {
  switch (storage) {
    case Storage::decimal32:
      return 4;
    case Storage::decimal64:
      return 8;
    case Storage::decimal128:
      return 16;
    case Storage::decimal256:
      return 32;
    default:
      return 0;
  }
}

}  // namespace

NonLabels read_labels(const ColumnView& column, std::int64_t begin, std::int64_t end,
                      const std::function<void(const Label&, std::uint64_t)>& sink) {
  require_rows(column, begin, end);
  if (column.storage == Storage::dictionary) return read_dictionary_labels(column, begin, end, sink);
  if (column.storage == Storage::objects) return read_object_labels(column, begin, end, sink);
  switch (column.logical) {
    case Logical::null:
      return NonLabels{.n_null = end - begin};
    case Logical::boolean:
      return read_boolean_labels(column, begin, end, sink);
    case Logical::datetime:
    case Logical::duration:
      return read_seconds_labels(column, begin, end, sink);
    case Logical::number:
      if (const int n_bytes = decimal_bytes(column.storage); n_bytes > 0) {
        return read_decimal_labels(column, n_bytes, begin, end, sink);
      }
      return read_number_labels(column, begin, end, sink);
    case Logical::text:
    case Logical::binary:
      return read_byte_labels(column, begin, end, sink);
    case Logical::unsupported:
      break;
  }
  throw InputError("a column of type " + column.type_name +
                   " cannot be read; cast it to text or to a number, or ignore it");
}

}  // namespace driftline
