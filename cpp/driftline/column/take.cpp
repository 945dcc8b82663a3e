#include "driftline/column/take.hpp"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "driftline/base/error.hpp"
#include "driftline/column/read_labels.hpp"
#include "driftline/column/rows.hpp"

namespace driftline {
namespace {

using Rows = std::span<const std::int64_t>;

// What a taken column points into.
struct Taken {
  std::vector<std::uint8_t> values;
  std::vector<std::uint8_t> data;
  std::vector<std::uint8_t> null_mask;
  std::vector<ObjectValue> objects;
  std::shared_ptr<const void> source;
};

void require_inside(const ColumnView& column, Rows rows) {
  for (const std::int64_t row : rows) {
    if (row < 0 || row >= column.length) require_rows(column, row, row + 1);
  }
}

template <std::size_t width>
void copy_fixed(const ColumnView& column, Rows rows, std::uint8_t* target) {
  for (const std::int64_t row : rows) {
    std::memcpy(target, column.values + (row + column.offset) * column.stride, width);
    target += width;
  }
}

void copy_any(const ColumnView& column, Rows rows, std::size_t width, std::uint8_t* target) {
  for (const std::int64_t row : rows) {
    std::memcpy(target, column.values + (row + column.offset) * column.stride, width);
    target += width;
  }
}

std::size_t width_of(Storage storage) {
  switch (storage) {
    case Storage::int8:
    case Storage::uint8:
      return 1;
    case Storage::int16:
    case Storage::uint16:
    case Storage::float16:
      return 2;
    case Storage::int32:
    case Storage::uint32:
    case Storage::float32:
    case Storage::decimal32:
      return 4;
    case Storage::decimal128:
    case Storage::bytes_view:
      return 16;
    case Storage::decimal256:
      return 32;
    default:
      return 8;
  }
}

void take_fixed(const ColumnView& column, Rows rows, std::size_t width, Taken& taken) {
  taken.values.resize(rows.size() * width);
  std::uint8_t* target = taken.values.data();
  switch (width) {
    case 1:
      return copy_fixed<1>(column, rows, target);
    case 2:
      return copy_fixed<2>(column, rows, target);
    case 4:
      return copy_fixed<4>(column, rows, target);
    case 8:
      return copy_fixed<8>(column, rows, target);
    default:
      return copy_any(column, rows, width, target);
  }
}

void take_bits(const ColumnView& column, Rows rows, Taken& taken) {
  taken.values.assign((rows.size() + 7) / 8, 0);
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const auto bit = static_cast<std::uint64_t>(rows[k] + column.offset);
    const int value = column.values[bit >> 3] >> (bit & 7) & 1;
    taken.values[k >> 3] = static_cast<std::uint8_t>(taken.values[k >> 3] | value << (k & 7));
  }
}

// Through the reader of labels, which checks the offsets of every row that is not null.
void take_bytes(const ColumnView& column, Rows rows, Taken& taken) {
  std::vector<std::int64_t> offsets = {0};
  offsets.reserve(rows.size() + 1);
  for (const std::int64_t row : rows) {
    read_labels(column, row, row + 1, [&taken](const Label& label, std::uint64_t) {
      taken.data.insert(taken.data.end(), label.payload.begin(), label.payload.end());
    });
    offsets.push_back(static_cast<std::int64_t>(taken.data.size()));
  }
  taken.values.resize(offsets.size() * sizeof(std::int64_t));
  std::memcpy(taken.values.data(), offsets.data(), taken.values.size());
}

void take_objects(const ColumnView& column, Rows rows, Taken& taken) {
  taken.objects.reserve(rows.size());
  for (const std::int64_t row : rows) taken.objects.push_back(column.objects[row + column.offset]);
}

void take_nulls(const ColumnView& column, Rows rows, Taken& taken) {
  if (!may_have_nulls(column)) return;
  taken.null_mask.reserve(rows.size());
  for (const std::int64_t row : rows) taken.null_mask.push_back(static_cast<std::uint8_t>(column.is_null(row)));
}

// Copies the values and returns the bytes between rows of the copy.
std::int64_t take_values(ColumnView& view, const ColumnView& column, Rows rows, Taken& taken) {
  switch (column.storage) {
    case Storage::none:
      return 0;
    case Storage::bits:
      take_bits(column, rows, taken);
      return 0;
    case Storage::bytes32:
    case Storage::bytes64:
      take_bytes(column, rows, taken);
      view.storage = Storage::bytes64;
      return 0;
    case Storage::objects:
      take_objects(column, rows, taken);
      return 0;
    default:
      break;
  }
  std::size_t width = width_of(column.storage == Storage::dictionary ? column.code_storage : column.storage);
  if (column.storage == Storage::bytes_fixed) width = static_cast<std::size_t>(column.stride);
  // Views of bytes are 16 bytes apart, whatever the stride says.
  ColumnView source = column;
  if (column.storage == Storage::bytes_view) source.stride = static_cast<std::int64_t>(width);
  take_fixed(source, rows, width, taken);
  return column.storage == Storage::bytes_view ? column.stride : static_cast<std::int64_t>(width);
}

}  // namespace

ColumnView take_rows(const ColumnView& column, Rows rows) {
  require_inside(column, rows);
  auto taken = std::make_shared<Taken>();
  taken->source = column.owner;
  ColumnView view = column;
  view.stride = take_values(view, column, rows, *taken);
  take_nulls(column, rows, *taken);
  view.length = static_cast<std::int64_t>(rows.size());
  view.offset = 0;
  view.validity = nullptr;
  view.null_mask = may_have_nulls(column) ? taken->null_mask.data() : nullptr;
  view.values = taken->values.data();
  if (view.storage == Storage::bytes64) {
    view.data = taken->data.data();
    view.data_size = static_cast<std::int64_t>(taken->data.size());
  }
  view.objects = taken->objects.data();
  view.owner = std::move(taken);
  return view;
}

}  // namespace driftline
