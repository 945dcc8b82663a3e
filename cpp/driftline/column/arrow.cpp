#include "driftline/column/arrow.hpp"

#include <cstddef>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "driftline/base/error.hpp"
#include "driftline/column/arrow_format.hpp"
#include "driftline/column/rows.hpp"

namespace driftline {
namespace {

// The rows of an array that a parent struct shows, and where the parent is null.
struct Window {
  std::int64_t offset = 0;
  std::int64_t length = 0;
  const std::uint8_t* null_mask = nullptr;
  std::shared_ptr<const void> owner;
};

[[noreturn]] void refuse(const std::string& name, const std::string& problem) {
  throw InputError("the Arrow array of column \"" + name + "\" breaks the C data interface: " + problem);
}

std::string name_of(const ArrowSchema& schema) { return schema.name == nullptr ? "" : schema.name; }

std::string_view format_of(const ArrowSchema& schema) {
  if (schema.format == nullptr) refuse(name_of(schema), "its schema has no format (was it released?)");
  return schema.format;
}

bool is_struct(const ArrowSchema& schema) { return format_of(schema) == "+s" && schema.dictionary == nullptr; }

const ArrowSchema& child_of(const ArrowSchema& schema, std::int64_t i) {
  if (schema.children == nullptr || schema.children[i] == nullptr) {
    refuse(name_of(schema), "the schema of field " + std::to_string(i) + " is missing");
  }
  return *schema.children[i];
}

bool is_code_storage(Storage storage) { return storage >= Storage::int8 && storage <= Storage::uint64; }

// The type of a field as a view of length 0.
ColumnView view_of_schema(const ArrowSchema& schema) {
  ColumnView view = view_of_format(format_of(schema));
  if (schema.dictionary == nullptr) return view;
  if (!is_code_storage(view.storage)) refuse(name_of(schema), "dictionary codes of type " + view.type_name);
  auto values = std::make_shared<ColumnView>(view_of_format(format_of(*schema.dictionary)));
  if (schema.dictionary->dictionary != nullptr) {
    // A dictionary of dictionaries has no reading.
    *values = ColumnView{};
    values->logical = Logical::unsupported;
    values->type_name = "dictionary";
  }
  view.type_name = "dictionary<" + values->type_name + ">";
  view.logical = values->logical;
  view.code_storage = view.storage;
  view.storage = values->logical == Logical::unsupported ? Storage::none : Storage::dictionary;
  view.dictionary = std::move(values);
  return view;
}

void require_shape(const ArrowArray& array, const std::string& name) {
  if (array.length < 0 || array.offset < 0 || array.null_count < -1 ||
      array.offset > std::numeric_limits<std::int64_t>::max() / 64 - array.length) {
    refuse(name, "length " + std::to_string(array.length) + ", offset " + std::to_string(array.offset) +
                     ", null_count " + std::to_string(array.null_count));
  }
}

std::span<const void* const> buffers_of(const ArrowArray& array, const std::string& name, std::int64_t n_expected) {
  if (array.n_buffers < n_expected || (n_expected > 0 && array.buffers == nullptr)) {
    refuse(name, std::to_string(array.n_buffers) + " buffers instead of " + std::to_string(n_expected));
  }
  return {array.buffers, static_cast<std::size_t>(array.n_buffers)};
}

const std::uint8_t* buffer_at(std::span<const void* const> buffers, std::size_t i) {
  return static_cast<const std::uint8_t*>(buffers[i]);
}

const std::uint8_t* validity_of(const ArrowArray& array, const std::string& name) {
  if (array.null_count == 0) return nullptr;
  const std::uint8_t* validity = buffer_at(buffers_of(array, name, 1), 0);
  if (validity == nullptr && array.null_count > 0) {
    refuse(name, std::to_string(array.null_count) + " nulls but no validity bitmap");
  }
  return validity;
}

template <class Offset>
void attach_variable_bytes(ColumnView& view, const ArrowArray& array, const std::string& name) {
  const auto buffers = buffers_of(array, name, 3);
  view.values = buffer_at(buffers, 1);
  view.data = buffer_at(buffers, 2);
  if (view.values == nullptr) refuse(name, "the offsets are missing");
  // The interface does not tell the size of the characters. By the format they reach as far as the last offset, that of
  // the array and not of the rows which a struct around it shows.
  const std::int64_t last = array.offset + array.length;
  view.data_size = load<Offset>(view.values + last * static_cast<std::int64_t>(sizeof(Offset)));
  if (view.data_size < 0) refuse(name, "the last offset is " + std::to_string(view.data_size));
  if (view.data == nullptr && view.data_size > 0) refuse(name, "the characters are missing");
}

void attach_byte_views(ColumnView& view, const ArrowArray& array, const std::string& name) {
  const auto buffers = buffers_of(array, name, 3);
  view.values = buffer_at(buffers, 1);
  if (view.values == nullptr) refuse(name, "the views are missing");
  const std::size_t n_data = buffers.size() - 3;
  const std::uint8_t* sizes = buffer_at(buffers, buffers.size() - 1);
  if (n_data > 0 && sizes == nullptr) refuse(name, "the sizes of the data buffers are missing");
  for (std::size_t i = 0; i < n_data; ++i) {
    const auto size = load<std::int64_t>(sizes + i * sizeof(std::int64_t));
    const std::uint8_t* data = buffer_at(buffers, i + 2);
    if (size < 0 || (data == nullptr && size > 0)) {
      refuse(name, "data buffer " + std::to_string(i) + " is missing or has the size " + std::to_string(size));
    }
    view.view_buffers.emplace_back(data, size);
  }
}

void attach_values(ColumnView& view, const ArrowArray& array, const std::string& name) {
  switch (view.storage) {
    case Storage::none:
      return;
    case Storage::bytes32:
      return attach_variable_bytes<std::int32_t>(view, array, name);
    case Storage::bytes64:
      return attach_variable_bytes<std::int64_t>(view, array, name);
    case Storage::bytes_view:
      return attach_byte_views(view, array, name);
    default:
      break;
  }
  view.values = buffer_at(buffers_of(array, name, 2), 1);
  const bool takes_memory = view.stride > 0 || view.storage == Storage::bits;
  if (view.values == nullptr && takes_memory) refuse(name, "the values are missing");
}

ColumnView view_of_array(const ArrowSchema& schema, const ArrowArray& array, const Window& window);

void attach_dictionary(ColumnView& view, const ArrowSchema& schema, const ArrowArray& array, const Window& window) {
  if (array.dictionary == nullptr) refuse(name_of(schema), "the dictionary is missing");
  require_shape(*array.dictionary, name_of(schema));
  const Window whole{0, array.dictionary->length, nullptr, window.owner};
  view.dictionary = std::make_shared<ColumnView>(view_of_array(*schema.dictionary, *array.dictionary, whole));
}

ColumnView view_of_array(const ArrowSchema& schema, const ArrowArray& array, const Window& window) {
  const std::string name = name_of(schema);
  require_shape(array, name);
  if (window.offset > array.length - window.length) {
    refuse(name, std::to_string(array.length) + " rows where the struct around it needs " +
                     std::to_string(window.offset + window.length));
  }
  ColumnView view = view_of_schema(schema);
  view.length = window.length;
  view.offset = array.offset + window.offset;
  view.owner = window.owner;
  // Producers may leave every buffer of an array without rows empty.
  if (view.length == 0) return view;
  view.null_mask = window.null_mask;
  if (has_validity(format_of(schema))) view.validity = validity_of(array, name);
  attach_values(view, array, name);
  if (view.storage == Storage::dictionary) attach_dictionary(view, schema, array, window);
  return view;
}

struct OwnedMask {
  std::shared_ptr<const void> array;
  std::vector<std::uint8_t> is_null;
};

// The rows of the fields of a struct array, with a byte mask where the struct itself is null.
Window window_of_struct(const ArrowArray& array, const std::string& name, std::shared_ptr<const void> owner) {
  Window window{array.offset, array.length, nullptr, std::move(owner)};
  if (array.length == 0) return window;
  ColumnView rows;
  rows.length = array.length;
  rows.offset = array.offset;
  rows.validity = validity_of(array, name);
  if (rows.validity == nullptr) return window;
  auto mask = std::make_shared<OwnedMask>();
  mask->array = std::move(window.owner);
  mask->is_null.resize(static_cast<std::size_t>(array.length));
  for (std::int64_t i = 0; i < array.length; ++i) {
    mask->is_null[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(rows.is_null(i));
  }
  window.null_mask = mask->is_null.data();
  window.owner = std::move(mask);
  return window;
}

const ArrowArray& child_of(const ArrowArray& array, std::int64_t i, const std::string& name) {
  if (array.children == nullptr || array.children[i] == nullptr) {
    refuse(name, "the array of field " + std::to_string(i) + " is missing");
  }
  return *array.children[i];
}

void release_array(ArrowArray* array) {
  if (array->release != nullptr) array->release(array);
  delete array;
}

// Moves `array` behind a shared pointer that releases it exactly once. The pointer exists before the move, so that
// running out of memory leaves the array with its producer.
std::shared_ptr<const ArrowArray> own(ArrowArray& array) {
  std::shared_ptr<ArrowArray> owner(new ArrowArray{}, release_array);
  *owner = array;
  array.release = nullptr;
  return owner;
}

}  // namespace

std::vector<NamedView> import_arrow(const ArrowSchema& schema, ArrowArray&& array) {
  if (array.release == nullptr) throw InputError("the Arrow array was released or handed over before; export it again");
  const std::shared_ptr<const ArrowArray> owned = own(array);
  const std::string name = name_of(schema);
  require_shape(*owned, name);
  std::vector<NamedView> columns;
  if (!is_struct(schema)) {
    columns.push_back({name, view_of_array(schema, *owned, {0, owned->length, nullptr, owned})});
    return columns;
  }
  if (owned->n_children != schema.n_children) {
    refuse(name,
           std::to_string(owned->n_children) + " fields where its schema has " + std::to_string(schema.n_children));
  }
  const Window window = window_of_struct(*owned, name, owned);
  for (std::int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& field = child_of(schema, i);
    columns.push_back({name_of(field), view_of_array(field, child_of(*owned, i, name), window)});
  }
  return columns;
}

std::vector<NamedView> import_arrow_schema(const ArrowSchema& schema) {
  std::vector<NamedView> columns;
  if (!is_struct(schema)) {
    columns.push_back({name_of(schema), view_of_schema(schema)});
    return columns;
  }
  for (std::int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& field = child_of(schema, i);
    columns.push_back({name_of(field), view_of_schema(field)});
  }
  return columns;
}

}  // namespace driftline
