#include "driftline/column/read_byte_labels.hpp"

#include <algorithm>
#include <string>

#include "driftline/base/error.hpp"
#include "driftline/column/rows.hpp"

namespace driftline {
namespace {

[[noreturn]] void refuse_range(const ColumnView& column, std::int64_t row, std::int64_t start, std::int64_t stop) {
  throw InputError("row " + std::to_string(row) + " of a column of type " + column.type_name + " claims bytes [" +
                   std::to_string(start) + ", " + std::to_string(stop) + ") of a buffer of " +
                   (column.data_size < 0 ? "unknown size" : std::to_string(column.data_size) + " bytes"));
}

template <class Offset>
std::string_view variable_bytes_at(const ColumnView& column, std::int64_t row, bool is_present) {
  constexpr auto width = static_cast<std::int64_t>(sizeof(Offset));
  const std::uint8_t* address = column.values + (row + column.offset) * width;
  const std::int64_t start = load<Offset>(address);
  const std::int64_t stop = load<Offset>(address + width);
  if (start < 0 || stop < start || (column.data_size >= 0 && stop > column.data_size)) [[unlikely]] {
    if (is_present) refuse_range(column, row, start, stop);
    return {};
  }
  return {reinterpret_cast<const char*>(column.data) + start, static_cast<std::size_t>(stop - start)};
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

std::string_view fixed_bytes_at(const ColumnView& column, std::int64_t row) {
  const auto* first = reinterpret_cast<const char*>(column.values) + (row + column.offset) * column.stride;
  return {first, static_cast<std::size_t>(column.stride)};
}

LabelTag byte_tag(const ColumnView& column) {
  return column.logical == Logical::text ? LabelTag::text : LabelTag::binary;
}

/// Calls `visit(bytes_at)` once, where `bytes_at(row, is_present)` gives the bytes of a row; anything if it is null.
template <class Visit>
auto with_bytes_of(const ColumnView& column, const Visit& visit) {
  switch (column.storage) {
    case Storage::bytes32:
      return visit(
          [&](std::int64_t row, bool is_present) { return variable_bytes_at<std::int32_t>(column, row, is_present); });
    case Storage::bytes64:
      return visit(
          [&](std::int64_t row, bool is_present) { return variable_bytes_at<std::int64_t>(column, row, is_present); });
    case Storage::bytes_view:
      return visit(
          [&](std::int64_t row, bool is_present) { return is_present ? view_at(column, row) : std::string_view(); });
    case Storage::bytes_fixed:
      return visit([&](std::int64_t row, bool) { return fixed_bytes_at(column, row); });
    default:
      throw InputError("a column of type " + column.type_name + " cannot be read as categories");
  }
}

}  // namespace

NonLabels read_byte_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, LabelBuffer& out) {
  return with_bytes_of(column, [&](const auto& bytes_at) {
    NonLabels rest;
    std::uint8_t present[LabelBuffer::capacity];
    for (std::int64_t row = begin; row < end; row += LabelBuffer::capacity) {
      const std::int64_t n = std::min(LabelBuffer::capacity, end - row);
      read_present(column, row, n, present);
      rest.n_null += std::count(present, present + n, std::uint8_t{0});
      out.add_present(byte_tag(column), n, present, [&](std::int64_t k) { return bytes_at(row + k, present[k] != 0); });
    }
    return rest;
  });
}

NonLabels read_byte_label(const ColumnView& column, std::int64_t row, LabelBuffer& out) {
  if (column.is_null(row)) return {.n_null = 1};
  with_bytes_of(column, [&](const auto& bytes_at) { out.add(byte_tag(column), bytes_at(row, true)); });
  return {};
}

}  // namespace driftline
