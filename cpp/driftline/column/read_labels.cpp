#include "driftline/column/read_labels.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "driftline/base/error.hpp"
#include "driftline/column/decimal.hpp"
#include "driftline/column/label_buffer.hpp"
#include "driftline/column/read_byte_labels.hpp"
#include "driftline/column/read_numbers.hpp"
#include "driftline/column/rows.hpp"

namespace driftline {
namespace {

void emit_integer(std::int64_t bits, bool is_unsigned, LabelBuffer& out) {
  // Only what int64 cannot hold is tagged as unsigned, so the same number always has the same label.
  out.add_value(is_unsigned && bits < 0 ? LabelTag::unsigned_ : LabelTag::integer, bits);
}

void emit_boolean(bool value, LabelBuffer& out) { out.add_value(LabelTag::boolean, static_cast<std::uint8_t>(value)); }

void emit_real(double value, NonLabels& rest, LabelBuffer& out) {
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

void emit_seconds(double value, LabelBuffer& out) { out.add_value(LabelTag::seconds, value); }

NonLabels read_number_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, LabelBuffer& out) {
  NonLabels rest;
  rest.n_null = read_numbers(column, begin, end, [&](const NumberBlock& block) {
    for (const std::int64_t bits : block.integers) emit_integer(bits, block.integers_are_unsigned, out);
    if (!block.integers.empty()) return;
    for (const double value : block.values) emit_real(value, rest, out);
  });
  return rest;
}

NonLabels read_boolean_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, LabelBuffer& out) {
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

NonLabels read_seconds_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, LabelBuffer& out) {
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
                              LabelBuffer& out) {
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

void emit_object(const ObjectValue& object, NonLabels& rest, LabelBuffer& out) {
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

NonLabels read_object_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, LabelBuffer& out) {
  NonLabels others;
  NonLabels rest = read_present_rows(
      column, begin, end, [&](std::int64_t row) { emit_object(column.objects[row + column.offset], others, out); });
  rest.n_null += others.n_null;
  rest.n_nan = others.n_nan;
  rest.n_pos_inf = others.n_pos_inf;
  rest.n_neg_inf = others.n_neg_inf;
  return rest;
}

NonLabels read_rows(const ColumnView& column, std::int64_t begin, std::int64_t end, LabelBuffer& out);

// Looks up dictionary values and gives each the weight of the rows that have its code.
class DictionaryValues {
 public:
  DictionaryValues(const ColumnView& dictionary, LabelBuffer& out) : dictionary_(dictionary), out_(out) {}

  void add(std::int64_t code, std::uint64_t count) {
    const std::uint64_t outer = out_.weight();  // of this column in a dictionary of dictionaries
    out_.set_weight(outer * count);
    const NonLabels one =
        is_bytes_ ? read_byte_label(dictionary_, code, out_) : read_rows(dictionary_, code, code + 1, out_);
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
  LabelBuffer& out_;
  bool is_bytes_ = dictionary_.storage != Storage::dictionary && dictionary_.storage != Storage::objects &&
                   (dictionary_.logical == Logical::text || dictionary_.logical == Logical::binary);
};

/// Counts codes by code, those of null rows too. Neighbouring rows count in different lanes: where they have the same
/// code, the second need not wait for the first.
class CodeCounts {
 public:
  explicit CodeCounts(std::int64_t n_codes)
      : size_(static_cast<std::size_t>(n_codes) + 1), n_lanes_(size_ < small ? 2 : 1), lanes_(n_lanes_ * size_) {}

  /// Codes from −1 (null) up.
  void add(const std::int64_t* codes, std::int64_t n) {
    std::uint64_t* even = lanes_.data() + 1;
    std::uint64_t* odd = even + (n_lanes_ - 1) * size_;
    std::int64_t k = 0;
    for (; k + 1 < n; k += 2) {
      ++even[codes[k]];
      ++odd[codes[k + 1]];
    }
    if (k < n) ++even[codes[k]];
  }
  std::uint64_t of(std::int64_t code) const {
    const auto i = static_cast<std::size_t>(code + 1);
    return n_lanes_ == 1 ? lanes_[i] : lanes_[i] + lanes_[size_ + i];
  }

 private:
  static constexpr std::size_t small = 4096;  // two lanes of it still fit the first cache level

  std::size_t size_;
  std::size_t n_lanes_;
  std::vector<std::uint64_t> lanes_;
};

/// Calls `visit(codes, n)` block by block; −1 stands for null.
template <class Visit>
void for_code_blocks(const ColumnView& column, std::int64_t begin, std::int64_t end, const Visit& visit) {
  std::int64_t codes[block_rows];
  for (std::int64_t row = begin; row < end; row += block_rows) {
    const std::int64_t n = std::min(block_rows, end - row);
    read_codes(column, row, n, codes);
    visit(codes, n);
  }
}

NonLabels read_dictionary_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, LabelBuffer& out) {
  if (column.dictionary == nullptr) {
    throw InputError("a dictionary column of type " + column.type_name + " has no dictionary");
  }
  const std::int64_t n_codes = column.dictionary->length;
  DictionaryValues values(*column.dictionary, out);
  // A dictionary longer than the rows (a small slice of a large column) is not worth a table of counts.
  if (n_codes > end - begin) {
    for_code_blocks(column, begin, end, [&values](const std::int64_t* codes, std::int64_t n) {
      for (std::int64_t k = 0; k < n; ++k) {
        codes[k] < 0 ? void(++values.rest.n_null) : values.add(codes[k], 1);
      }
    });
    return values.rest;
  }
  CodeCounts counts(n_codes);
  for_code_blocks(column, begin, end, [&counts](const std::int64_t* codes, std::int64_t n) { counts.add(codes, n); });
  for (std::int64_t code = 0; code < n_codes; ++code) {
    if (const std::uint64_t count = counts.of(code); count > 0) values.add(code, count);
  }
  values.rest.n_null += static_cast<std::int64_t>(counts.of(-1));
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

NonLabels read_rows(const ColumnView& column, std::int64_t begin, std::int64_t end, LabelBuffer& out) {
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
  LabelBuffer labels(sink);
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
