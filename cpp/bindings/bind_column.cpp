// driftline._core: column views.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arrow_capsule.hpp"
#include "driftline/base/error.hpp"
#include "driftline/column/column_view.hpp"
#include "driftline/column/encode_labels.hpp"
#include "driftline/column/instants.hpp"
#include "driftline/column/take.hpp"
#include "label_to_python.hpp"
#include "numpy_values.hpp"
#include "object_values.hpp"
#include "register.hpp"

namespace py = pybind11;

namespace driftline {
namespace {

const char* logical_name(const ColumnView& view) {
  switch (view.logical) {
    case Logical::null:
      return "null";
    case Logical::number:
      return "number";
    case Logical::boolean:
      return "boolean";
    case Logical::datetime:
      return "datetime";
    case Logical::duration:
      return "duration";
    case Logical::text:
      return "text";
    case Logical::binary:
      return "binary";
    case Logical::unsupported:
      break;
  }
  return "unsupported";
}

bool is_integer(const ColumnView& view) {
  if (view.logical != Logical::number) return false;
  if (view.storage == Storage::dictionary) return is_integer(*view.dictionary);
  if (view.storage != Storage::objects) return view.storage >= Storage::int8 && view.storage <= Storage::uint64;
  using Kind = ObjectValue::Kind;
  for (std::int64_t i = 0; i < view.length; ++i) {
    const Kind kind = view.objects[view.offset + i].kind;
    if (kind != Kind::integer && kind != Kind::unsigned_ && kind != Kind::null) return false;
  }
  return true;
}

ColumnView slice(const ColumnView& view, std::int64_t begin, std::int64_t end) {
  if (begin < 0 || begin > end || end > view.length) {
    throw OptionError("slice [" + std::to_string(begin) + ", " + std::to_string(end) + ") of a column with " +
                      std::to_string(view.length) + " rows; 0 <= begin <= end <= length is needed");
  }
  ColumnView part = view;
  part.offset += begin;
  part.length = end - begin;
  if (part.null_mask != nullptr) part.null_mask += begin;
  return part;
}

ColumnView typed_as(const ColumnView& view, const ColumnView& other) {
  ColumnView renamed = view;
  renamed.type_name = other.type_name;
  return renamed;
}

using Int64Array = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

ColumnView take(const ColumnView& view, const Int64Array& rows) {
  const auto size = static_cast<std::size_t>(rows.size());
  const py::gil_scoped_release unlocked;
  return take_rows(view, {rows.data(), size});
}

py::tuple instants(const ColumnView& view, double seconds_per_unit) {
  Instants found;
  {
    const py::gil_scoped_release unlocked;
    found = read_instants(view, seconds_per_unit);
  }
  const auto size = static_cast<py::ssize_t>(found.microseconds.size());
  const py::object zoned = found.zoned.empty()
                               ? py::object(py::none())
                               : py::object(py::array_t<std::uint8_t>(size, found.zoned.data()).attr("astype")("bool"));
  return py::make_tuple(py::array_t<std::int64_t>(size, found.microseconds.data()), zoned);
}

py::tuple encoded(const ColumnView& view) {
  EncodedLabels found;
  {
    const py::gil_scoped_release unlocked;
    found = encode_labels(view);
  }
  py::list labels;
  for (const OwnedLabel& label : found.labels) labels.append(label_to_python(label.tag, label.payload));
  const auto size = static_cast<py::ssize_t>(found.codes.size());
  return py::make_tuple(py::array_t<std::int32_t>(size, found.codes.data()), labels);
}

std::string utf8_name(const std::string& name) {
  PyObject* decoded = PyUnicode_DecodeUTF8(name.data(), static_cast<Py_ssize_t>(name.size()), nullptr);
  if (decoded == nullptr) {
    PyErr_Clear();
    throw InputError("the column name " + py::repr(py::bytes(name)).cast<std::string>() + " is not UTF-8");
  }
  Py_DECREF(decoded);
  return name;
}

std::vector<std::pair<std::string, ColumnView>> named_pairs(std::vector<NamedView> columns) {
  std::vector<std::pair<std::string, ColumnView>> pairs;
  pairs.reserve(columns.size());
  for (NamedView& column : columns) pairs.emplace_back(utf8_name(column.name), std::move(column.view));
  return pairs;
}

void register_stream(py::module_& module) {
  py::class_<ArrowStream>(module, "ArrowStream",
                          "Iterator over an __arrow_c_stream__ capsule; items are (n_rows, [(name, ColumnView), ...]).")
      .def(py::init<const py::object&>(), py::arg("capsule"))
      .def_property_readonly(
          "schema", [](const ArrowStream& stream) { return named_pairs(stream.schema()); },
          "The columns as views of length 0.")
      .def("__iter__", [](py::object self) { return self; })
      .def("__next__", [](ArrowStream& stream) {
        std::optional<ArrowBatch> batch = stream.next();
        if (!batch.has_value()) throw py::stop_iteration();
        return std::pair(batch->n_rows, named_pairs(std::move(batch->columns)));
      });
}

}  // namespace

void register_column(py::module_& module) {
  py::class_<ColumnView>(module, "ColumnView", "Read-only view of one column or chunk; keeps its memory alive.")
      .def_readonly("length", &ColumnView::length)
      .def_property_readonly(
          "type_name",
          [](const ColumnView& view) { return py::bytes(view.type_name).attr("decode")("utf-8", "backslashreplace"); })
      .def_property_readonly("logical", &logical_name)
      .def_property_readonly("is_dictionary",
                             [](const ColumnView& view) { return view.storage == Storage::dictionary; })
      .def_property_readonly("is_integer", &is_integer)
      .def("slice", &slice, py::arg("begin"), py::arg("end"), "Rows [begin, end), without a copy.")
      .def("typed_as", &typed_as, py::arg("other"), "The same rows under the type name of another view.")
      .def("take", &take, py::arg("rows"), "These rows, in this order, as a copy.")
      .def("instants", &instants, py::arg("seconds_per_unit") = 0.0, "Microseconds since 1970 of every row.")
      .def("encode_labels", &encoded, "Codes of every row, and the labels they stand for.");
  module.def("view_numpy", &view_numpy, py::arg("values"), py::arg("mask") = py::none(),
             "View a 1-D array; mask: True means null.");
  module.def("view_dictionary", &view_dictionary, py::arg("codes"), py::arg("categories"), py::arg("type_name"),
             "View integer codes into categories; -1 means null.");
  module.def("view_objects", &view_objects, py::arg("values"), py::arg("type_name") = "object",
             "View a list or an object array of Python values.");
  module.def(
      "import_arrow_array",
      [](const py::object& schema_capsule, const py::object& array_capsule) {
        return named_pairs(import_capsules(schema_capsule, array_capsule));
      },
      py::arg("schema_capsule"), py::arg("array_capsule"), "The columns of an __arrow_c_array__ export.");
  register_stream(module);
}

}  // namespace driftline
