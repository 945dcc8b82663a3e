#include "driftline/column/read_labels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "driftline/base/error.hpp"
#include "driftline/column/decimal.hpp"
#include "driftline/column/read_numbers.hpp"
#include "driftline/column/rows.hpp"

namespace driftline {
namespace {

/// Gathers labels into blocks.
class Labels {
 public:
  static constexpr std::int64_t capacity = 256;

  explicit Labels(const std::function<void(const LabelBlock&)>& sink) : sink_(sink) {}

  /// Every label added from now on stands for so many rows.
  void set_weight(std::uint64_t weight) { weight_ = weight; }
  std::uint64_t weight() const { return weight_; }

  /// The payload must stay where it is until the block is delivered.
  void add(LabelTag tag, std::string_view payload) {
    if (size_ == capacity) deliver();
    labels_[size_] = {tag, payload};
    counts_[size_] = weight_;
    ++size_;
  }
  /// Copies the payload.
  template <class Value>
  void add_value(LabelTag tag, Value value) {
    static_assert(sizeof value <= sizeof(std::uint64_t));
    if (size_ == capacity) deliver();
    std::memcpy(&values_[size_], &value, sizeof value);
    add(tag, {reinterpret_cast<const char*>(&values_[size_]), sizeof value});
  }
  /// Calls `label_at(k)` for k < n ≤ capacity, and keeps what it returns where `present[k]` is 1.
  template <class LabelAt>
  void add_present(LabelTag tag, std::int64_t n, const std::uint8_t* present, const LabelAt& label_at) {
    if (size_ + n > capacity) deliver();
    // Nulls come at random, so no branch depends on them.
    for (std::int64_t k = 0; k < n; ++k) {
      labels_[size_] = {tag, label_at(k)};
      counts_[size_] = weight_;
      size_ += present[k];
    }
  }
  void deliver() {
    const auto n = static_cast<std::size_t>(size_);
    if (n > 0) sink_({{labels_, n}, {counts_, n}});
    size_ = 0;
  }

 private:
  const std::function<void(const LabelBlock&)>& sink_;
  std::uint64_t weight_ = 1;
  std::int64_t size_ = 0;
  Label labels_[capacity + 1];  // one more, for the null behind the last label
  std::uint64_t counts_[capacity + 1];
  std::uint64_t values_[capacity];
};

void emit_integer(std::int64_t bits, bool is_unsigned, Labels& out) {
  // Only what int64 cannot hold is tagged as unsigned, so the same number always has the same label.
  out.add_value(is_unsigned && bits < 0 ? LabelTag::unsigned_ : LabelTag::integer, bits);
}

void emit_boolean(bool value, Labels& out) { out.add_value(LabelTag::boolean, static_cast<std::uint8_t>(value)); }

void emit_real(double value, NonLabels& rest, Labels& out) {
  constexpr double two_to_63 = 9223372036854775808.0;
  if (std::isnan(value)) {
    ++rest.n_nan;
  } else if (std::isinf(value)) {
    ++(value > 0 ? rest.n_pos_inf : rest.n_neg_inf);
  } else if (value != std::trunc(value) || value < -two_to_63 || value >= 2 * two_to_63) {
    out.add_value(LabelTag::real, value);
  } else if (value < two_to_63) {
    emit_integer(static_cast<std::int64_t>(value), false, out);
  } else {
    emit_integer(static_cast<std::int64_t>(static_cast<std::uint64_t>(value)), true, out);
  }
}

void emit_seconds(double value, Labels& out) { out.add_value(LabelTag::seconds, value); }

NonLabels read_number_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, Labels& out) {
  NonLabels rest;
  rest.n_null = read_numbers(column, begin, end, [&](const NumberBlock& block) {
    for (const std::int64_t bits : block.integers) emit_integer(bits, block.integers_are_unsigned, out);
    if (!block.integers.empty()) return;
    for (const double value : block.values) emit_real(value, rest, out);
  });
  return rest;
}

NonLabels read_boolean_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, Labels& out) {
  NonLabels rest;
  std::uint64_t n_true = 0;
  std::uint64_t n_valid = 0;
  rest.n_null = read_numbers(column, begin, end, [&](const NumberBlock& block) {
    n_valid += block.values.size();
    for (const double value : block.values) n_true += value != 0.0 ? 1 : 0;
  });
  for (const auto& [value, count] : {std::pair(false, n_valid - n_true), std::pair(true, n_true)}) {
    if (count == 0) continue;
    const std::uint64_t weight = out.weight();
    out.set_weight(weight * count);
    emit_boolean(value, out);
    out.set_weight(weight);
  }
  return rest;
}

NonLabels read_seconds_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, Labels& out) {
  NonLabels rest;
  rest.n_null = read_numbers(column, begin, end, [&](const NumberBlock& block) {
    for (const double value : block.values) emit_seconds(value, out);
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
                              Labels& out) {
  NonLabels beyond;
  NonLabels rest = read_present_rows(column, begin, end, [&](std::int64_t row) {
    const Decimal decimal{column.values + (row + column.offset) * column.stride, n_bytes, column.decimal_scale};
    if (const auto whole = to_whole_number(decimal)) {
      emit_integer(whole->bits, whole->is_unsigned, out);
    } else {
      emit_real(to_double(decimal), beyond, out);
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

// Calls `label_at(row)` for the rows that are present, and for the others if it can be called for any row.
template <class LabelAt>
NonLabels read_bytes(const ColumnView& column, LabelTag tag, std::int64_t begin, std::int64_t end, Labels& out,
                     const LabelAt& label_at) {
  NonLabels rest;
  std::uint8_t present[Labels::capacity];
  for (std::int64_t row = begin; row < end; row += Labels::capacity) {
    const std::int64_t n = std::min(Labels::capacity, end - row);
    read_present(column, row, n, present);
    rest.n_null += std::count(present, present + n, std::uint8_t{0});
    out.add_present(tag, n, present, [&](std::int64_t k) { return label_at(row + k, present[k] != 0); });
  }
  return rest;
}

template <class Offset>
NonLabels read_variable_bytes(const ColumnView& column, LabelTag tag, std::int64_t begin, std::int64_t end,
                              Labels& out) {
  constexpr auto width = static_cast<std::int64_t>(sizeof(Offset));
  const std::int64_t data_size = column.data_size >= 0 ? column.data_size : std::numeric_limits<std::int64_t>::max();
  return read_bytes(column, tag, begin, end, out, [&](std::int64_t row, bool is_present) -> std::string_view {
    const std::uint8_t* address = column.values + (row + column.offset) * width;
    const std::int64_t start = load<Offset>(address);
    const std::int64_t stop = load<Offset>(address + width);
    if (start < 0 || stop < start || stop > data_size) [[unlikely]] {
      if (is_present) refuse_range(column, row, start, stop);
      return {};
    }
    return {reinterpret_cast<const char*>(column.data) + start, static_cast<std::size_t>(stop - start)};
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

NonLabels read_byte_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, Labels& out) {
  const LabelTag tag = column.logical == Logical::text ? LabelTag::text : LabelTag::binary;
  switch (column.storage) {
    case Storage::bytes32:
      return read_variable_bytes<std::int32_t>(column, tag, begin, end, out);
    case Storage::bytes64:
      return read_variable_bytes<std::int64_t>(column, tag, begin, end, out);
    case Storage::bytes_view:
      return read_bytes(column, tag, begin, end, out, [&](std::int64_t row, bool is_present) {
        return is_present ? view_at(column, row) : std::string_view();
      });
    case Storage::bytes_fixed:
      return read_bytes(column, tag, begin, end, out, [&](std::int64_t row, bool) -> std::string_view {
        const auto* first = reinterpret_cast<const char*>(column.values) + (row + column.offset) * column.stride;
        return {first, static_cast<std::size_t>(column.stride)};
      });
    default:
      throw InputError("a column of type " + column.type_name + " cannot be read as categories");
  }
}

void emit_object(const ObjectValue& object, NonLabels& rest, Labels& out) {
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
      emit_boolean(object.integer != 0, out);
      break;
    case Kind::integer:
      emit_integer(object.integer, false, out);
      break;
    case Kind::unsigned_:
      emit_integer(object.integer, true, out);
      break;
    case Kind::real:
      emit_real(object.real, rest, out);
      break;
    case Kind::text:
      out.add(LabelTag::text, object.text);
      break;
    case Kind::binary:
      out.add(LabelTag::binary, object.text);
      break;
    case Kind::seconds:
      emit_seconds(object.real, out);
      break;
  }
}

NonLabels read_object_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, Labels& out) {
  NonLabels others;
  NonLabels rest = read_present_rows(
      column, begin, end, [&](std::int64_t row) { emit_object(column.objects[row + column.offset], others, out); });
  rest.n_null += others.n_null;
  rest.n_nan = others.n_nan;
  rest.n_pos_inf = others.n_pos_inf;
  rest.n_neg_inf = others.n_neg_inf;
  return rest;
}

NonLabels read_rows(const ColumnView& column, std::int64_t begin, std::int64_t end, Labels& out);

// Looks up dictionary values and gives each the weight of the rows that have its code.
class DictionaryValues {
 public:
  DictionaryValues(const ColumnView& dictionary, Labels& out) : dictionary_(dictionary), out_(out) {}

  void add(std::int64_t code, std::uint64_t count) {
    const std::uint64_t outer = out_.weight();  // of this column in a dictionary of dictionaries
    out_.set_weight(outer * count);
    const NonLabels one = read_rows(dictionary_, code, code + 1, out_);
    out_.set_weight(outer);
    const auto weight = static_cast<std::int64_t>(count);
    rest.n_null += weight * one.n_null;
    rest.n_nan += weight * one.n_nan;
    rest.n_pos_inf += weight * one.n_pos_inf;
    rest.n_neg_inf += weight * one.n_neg_inf;
  }

  NonLabels rest;

 private:
  const ColumnView& dictionary_;
  Labels& out_;
};

NonLabels read_dictionary_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, Labels& out) {
  if (column.dictionary == nullptr) {
    throw InputError("a dictionary column of type " + column.type_name + " has no dictionary");
  }
  DictionaryValues values(*column.dictionary, out);
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

NonLabels read_rows(const ColumnView& column, std::int64_t begin, std::int64_t end, Labels& out) {
  require_rows(column, begin, end);
  if (column.storage == Storage::dictionary) return read_dictionary_labels(column, begin, end, out);
  if (column.storage == Storage::objects) return read_object_labels(column, begin, end, out);
  switch (column.logical) {
    case Logical::null:
      return NonLabels{.n_null = end - begin};
    case Logical::boolean:
      return read_boolean_labels(column, begin, end, out);
    case Logical::datetime:
    case Logical::duration:
      return read_seconds_labels(column, begin, end, out);
    case Logical::number:
      if (const int n_bytes = decimal_bytes(column.storage); n_bytes > 0) {
        return read_decimal_labels(column, n_bytes, begin, end, out);
      }
      return read_number_labels(column, begin, end, out);
    case Logical::text:
    case Logical::binary:
      return read_byte_labels(column, begin, end, out);
    case Logical::unsupported:
      break;
  }
  throw InputError("a column of type " + column.type_name +
                   " cannot be read; cast it to text or to a number, or ignore it");
}

}  // namespace

NonLabels read_label_blocks(const ColumnView& column, std::int64_t begin, std::int64_t end,
                            const std::function<void(const LabelBlock&)>& sink) {
  Labels labels(sink);
  const NonLabels rest = read_rows(column, begin, end, labels);
  labels.deliver();
  return rest;
}

NonLabels read_labels(const ColumnView& column, std::int64_t begin, std::int64_t end,
                      const std::function<void(const Label&, std::uint64_t)>& sink) {
  return read_label_blocks(column, begin, end, [&sink](const LabelBlock& block) {
    for (std::size_t i = 0; i < block.labels.size(); ++i) sink(block.labels[i], block.counts[i]);
  });
}

}  // namespace driftline
