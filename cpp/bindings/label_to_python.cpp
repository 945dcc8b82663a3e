#include "label_to_python.hpp"

#include <cstdint>
#include <cstdio>
#include <cstring>

namespace py = pybind11;

namespace driftline {
namespace {

template <class Value>
Value read(std::string_view payload) {
  Value value{};
  std::memcpy(&value, payload.data(), sizeof value);
  return value;
}

py::object decode(std::string_view text) {
  PyObject* decoded = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "backslashreplace");
  if (decoded == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(decoded);
}

py::str hexadecimal(std::uint64_t hash) {
  char digits[18];
  std::snprintf(digits, sizeof digits, "#%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

}  // namespace

py::object label_to_python(LabelTag tag, std::string_view payload) {
  switch (tag) {
    case LabelTag::boolean:
      return py::bool_(payload[0] != 0);
    case LabelTag::integer:
      return py::int_(read<std::int64_t>(payload));
    case LabelTag::unsigned_:
      return py::int_(read<std::uint64_t>(payload));
    case LabelTag::real:
    case LabelTag::seconds:
      return py::float_(read<double>(payload));
    case LabelTag::text:
      return decode(payload);
    case LabelTag::hashed:
      return hexadecimal(read<std::uint64_t>(payload));
    case LabelTag::binary:
      break;
  }
  return py::bytes(payload.data(), payload.size());
}

}  // namespace driftline
