#include "numpy_values.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "driftline/base/error.hpp"
#include "kept_alive.hpp"

namespace py = pybind11;

namespace driftline {
namespace {

std::string name_of(const py::dtype& dtype) { return py::str(dtype.attr("name")).cast<std::string>(); }

std::string describe(const py::array& values) {
  return "a NumPy array of shape " + py::str(values.attr("shape")).cast<std::string>() + " and dtype " +
         py::str(values.dtype()).cast<std::string>();
}

void require_column(const py::array& values) {
  if (values.ndim() != 1) throw InputError("a column must be one-dimensional, got " + describe(values));
  if (!values.dtype().attr("isnative").cast<bool>()) {
    throw InputError(describe(values) +
                     " is not in native byte order; convert it with "
                     "values.astype(values.dtype.newbyteorder('='))");
  }
}

const std::uint8_t* memory_of(const py::array& values) { return static_cast<const std::uint8_t*>(values.data()); }

ColumnView plain_view(const py::array& values, Storage storage, Logical logical) {
  ColumnView view;
  view.storage = storage;
  view.logical = logical;
  view.type_name = name_of(values.dtype());
  view.length = values.shape(0);
  view.values = memory_of(values);
  view.stride = values.strides(0);
  view.owner = keep_with_gil(py::object(values));
  return view;
}

Storage by_size(py::ssize_t size, Storage one, Storage two, Storage four, Storage eight) {
  switch (size) {
    case 1:
      return one;
    case 2:
      return two;
    case 4:
      return four;
    case 8:
      return eight;
    default:
      return Storage::none;
  }
}

Storage storage_of(const py::dtype& dtype) {
  switch (dtype.kind()) {
    case 'b':
      return Storage::uint8;
    case 'i':
      return by_size(dtype.itemsize(), Storage::int8, Storage::int16, Storage::int32, Storage::int64);
    case 'u':
      return by_size(dtype.itemsize(), Storage::uint8, Storage::uint16, Storage::uint32, Storage::uint64);
    case 'f':
      return by_size(dtype.itemsize(), Storage::none, Storage::float16, Storage::float32, Storage::float64);
    default:
      return Storage::none;
  }
}

ColumnView time_view(const py::array& values, Logical logical) {
  const TickUnit unit = tick_unit(values.dtype());
  ColumnView view = plain_view(values, Storage::int64, logical);
  view.unit_numerator = unit.numerator;
  view.unit_denominator = unit.denominator;
  view.nat = std::numeric_limits<std::int64_t>::min();
  view.has_nat = true;
  return view;
}

struct PackedBytes {
  std::vector<std::int64_t> offsets = {0};
  std::string bytes;
};

// Appends one cell; NumPy pads short cells with zeros.
void pack_bytes(const std::uint8_t* cell, std::size_t width, PackedBytes& packed) {
  while (width > 0 && cell[width - 1] == 0) --width;
  packed.bytes.append(reinterpret_cast<const char*>(cell), width);
}

// Appends `point`, a surrogate like any other (Python's "surrogatepass"). Throws InputError beyond U+10FFFF.
void append_utf8(char32_t point, std::string& out) {
  const auto push = [&out](char32_t bits) { out.push_back(static_cast<char>(bits)); };
  if (point > 0x10FFFF) throw InputError("text holds the code point " + std::to_string(point) + ", above U+10FFFF");
  if (point < 0x80) {
    push(point);
    return;
  }
  if (point < 0x800) {
    push(0xC0 | point >> 6);
  } else if (point < 0x10000) {
    push(0xE0 | point >> 12);
    push(0x80 | (point >> 6 & 0x3F));
  } else {
    push(0xF0 | point >> 18);
    push(0x80 | (point >> 12 & 0x3F));
    push(0x80 | (point >> 6 & 0x3F));
  }
  push(0x80 | (point & 0x3F));
}

void pack_text(const std::uint8_t* cell, std::size_t width, PackedBytes& packed) {
  std::size_t n_points = width / sizeof(char32_t);
  const auto point_at = [cell](std::size_t i) {
    char32_t point = 0;
    std::memcpy(&point, cell + i * sizeof point, sizeof point);
    return point;
  };
  while (n_points > 0 && point_at(n_points - 1) == 0) --n_points;
  for (std::size_t i = 0; i < n_points; ++i) append_utf8(point_at(i), packed.bytes);
}

template <class Pack>
ColumnView packed_view(const py::array& values, Logical logical, const char* type_name, const Pack& pack) {
  auto packed = std::make_shared<PackedBytes>();
  const auto width = static_cast<std::size_t>(values.itemsize());
  const std::uint8_t* cell = memory_of(values);
  packed->offsets.reserve(static_cast<std::size_t>(values.shape(0)) + 1);
  for (py::ssize_t i = 0; i < values.shape(0); ++i, cell += values.strides(0)) {
    pack(cell, width, *packed);
    packed->offsets.push_back(static_cast<std::int64_t>(packed->bytes.size()));
  }
  ColumnView view;
  view.storage = Storage::bytes64;
  view.logical = logical;
  view.type_name = type_name;
  view.length = values.shape(0);
  view.values = reinterpret_cast<const std::uint8_t*>(packed->offsets.data());
  view.data = reinterpret_cast<const std::uint8_t*>(packed->bytes.data());
  view.data_size = static_cast<std::int64_t>(packed->bytes.size());
  view.owner = std::move(packed);
  return view;
}

// Years and months have no fixed length, but each has a first day.
ColumnView datetime_view(const py::array& values) {
  const auto unit = py::module_::import("numpy").attr("datetime_data")(values.dtype()).cast<py::tuple>();
  const auto name = unit[0].cast<std::string>();
  if (name != "Y" && name != "M") return time_view(values, Logical::datetime);
  ColumnView view = time_view(values.attr("astype")("datetime64[D]").cast<py::array>(), Logical::datetime);
  view.type_name = name_of(values.dtype());
  return view;
}

ColumnView view_values(const py::array& values) {
  const char kind = values.dtype().kind();
  switch (kind) {
    case 'M':
      return datetime_view(values);
    case 'm':
      return time_view(values, Logical::duration);
    case 'S':
      return packed_view(values, Logical::binary, "bytes", pack_bytes);
    case 'U':
      return packed_view(values, Logical::text, "str", pack_text);
    default:
      break;
  }
  const Storage storage = storage_of(values.dtype());
  if (storage == Storage::none) {
    throw InputError(describe(values) +
                     " cannot be read as a column; supported are bool, integers, floats up to 64 "
                     "bits, datetime64, timedelta64, and fixed-width str and bytes");
  }
  return plain_view(values, storage, kind == 'b' ? Logical::boolean : Logical::number);
}

struct MaskedOwner {
  std::shared_ptr<const void> values;
  py::object mask;
};

void attach_mask(ColumnView& view, const py::array& mask) {
  if (mask.ndim() != 1 || mask.dtype().kind() != 'b' || mask.shape(0) != view.length) {
    throw InputError("the mask of a column with " + std::to_string(view.length) +
                     " rows must be one-dimensional, bool and of the same length; got " + describe(mask));
  }
  const auto dense = py::array::ensure(mask, py::array::c_style);
  view.null_mask = memory_of(dense);
  view.owner = keep_with_gil(MaskedOwner{std::move(view.owner), dense});
}

}  // namespace

TickUnit tick_unit(const py::dtype& dtype) {
  struct NamedUnit {
    std::string_view name;
    TickUnit unit;
  };
  static constexpr std::array units = {
      NamedUnit{"W", {604800, 1}},
      NamedUnit{"D", {86400, 1}},
      NamedUnit{"h", {3600, 1}},
      NamedUnit{"m", {60, 1}},
      NamedUnit{"s", {1, 1}},
      NamedUnit{"ms", {1, 1000}},
      NamedUnit{"us", {1, 1'000'000}},
      NamedUnit{"ns", {1, 1'000'000'000}},
      NamedUnit{"ps", {1, 1'000'000'000'000}},
      NamedUnit{"fs", {1, 1'000'000'000'000'000}},
      NamedUnit{"as", {1, 1'000'000'000'000'000'000}},
  };
  const auto [name, count] =
      py::module_::import("numpy").attr("datetime_data")(dtype).cast<std::pair<std::string, std::int64_t>>();
  for (const NamedUnit& candidate : units) {
    if (name == candidate.name) return {candidate.unit.numerator * count, candidate.unit.denominator};
  }
  // Without a unit a datetime64 can only hold NaT, so any unit will do.
  if (name == "generic" && dtype.kind() == 'M') return {};
  throw InputError("values of dtype " + py::str(dtype).cast<std::string>() +
                   " have no fixed length in seconds; convert them to a unit of weeks or shorter");
}

ColumnView view_numpy(const py::array& values, const std::optional<py::array>& mask) {
  require_column(values);
  ColumnView view = view_values(values);
  if (mask.has_value()) attach_mask(view, *mask);
  return view;
}

ColumnView view_dictionary(const py::array& codes, const ColumnView& categories, std::string type_name) {
  require_column(codes);
  const char kind = codes.dtype().kind();
  if (kind != 'i' && kind != 'u') throw InputError("dictionary codes must be integers, got " + describe(codes));
  if (categories.storage == Storage::dictionary) {
    throw InputError("the categories of a dictionary must be plain values, got " + categories.type_name);
  }
  ColumnView view = plain_view(codes, Storage::dictionary, categories.logical);
  view.code_storage = storage_of(codes.dtype());
  view.type_name = std::move(type_name);
  view.dictionary = std::make_shared<ColumnView>(categories);
  view.nat = -1;
  view.has_nat = true;
  return view;
}

}  // namespace driftline
