#include "object_values.hpp"

#include <datetime.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "driftline/base/error.hpp"
#include "driftline/column/ticks.hpp"
#include "kept_alive.hpp"
#include "numpy_values.hpp"

namespace py = pybind11;

namespace driftline {
namespace {

using Kind = ObjectValue::Kind;

constexpr std::int64_t microseconds_per_second = 1'000'000;
constexpr std::int64_t seconds_per_day = 86400;

// What a column's values have in common, as a set of flags.
enum Seen : unsigned { booleans = 1, numbers = 2, datetimes = 4, durations = 8, texts = 16, binaries = 32 };

Logical logical_of(unsigned seen) {
  switch (seen) {
    case 0:
      return Logical::null;
    case booleans:
      return Logical::boolean;
    case numbers:
      return Logical::number;
    case datetimes:
      return Logical::datetime;
    case durations:
      return Logical::duration;
    case binaries:
      return Logical::binary;
    default:
      return Logical::text;
  }
}

struct ObjectColumn {
  std::vector<ObjectValue> values;
  py::list elements;  // the strings and bytes whose memory the values borrow; nobody else has this list
  py::list made;      // those that had to be made
};

// An attribute of a module that is loaded already: no value can be of a type whose module is not.
py::object find_loaded(const char* module_name, const char* attribute) {
  const auto modules = py::module_::import("sys").attr("modules").cast<py::dict>();
  if (!modules.contains(module_name)) return py::none();
  return py::getattr(modules[module_name], attribute, py::none());
}

bool is_instance(py::handle value, const py::object& type) {
  if (type.is_none()) return false;
  const int answer = PyObject_IsInstance(value.ptr(), type.ptr());
  if (answer < 0) throw py::error_already_set();
  return answer == 1;
}

class ObjectReader {
 public:
  explicit ObjectReader(ObjectColumn& column) : column_(column) {}

  ObjectValue read(py::handle value) {
    PyObject* object = value.ptr();
    if (object == Py_None || object == missing_.ptr() || object == not_a_time_.ptr()) return {};
    if (PyUnicode_Check(object)) return text(value);
    if (PyBool_Check(object)) return boolean(object == Py_True);
    if (PyFloat_Check(object)) return real(PyFloat_AS_DOUBLE(object));
    if (PyLong_Check(object)) return integer(value);
    if (PyBytes_Check(object)) return binary(value);
    return read_rare(value);
  }

  unsigned seen() const { return seen_ == 0 && seen_nan_ ? unsigned{numbers} : seen_; }

 private:
  ObjectValue read_rare(py::handle value) {
    PyObject* object = value.ptr();
    if (PyDateTime_Check(object) || PyDelta_Check(object)) return time(value);
    if (PyDate_Check(object)) return date(value);
    if (is_instance(value, decimal_type_)) return decimal(value);
    if (is_instance(value, numpy_scalar_)) return numpy_scalar(value);
    if (PyByteArray_Check(object)) return binary(kept(py::bytes(value.cast<py::bytearray>().cast<std::string>())));
    return text(kept(py::str(value)));
  }

  py::handle kept(const py::object& made) {
    column_.made.append(made);
    return made;
  }

  ObjectValue text(py::handle value) {
    seen_ |= texts;
    if (PyUnicode_IS_COMPACT_ASCII(value.ptr())) {
      const auto* ascii = static_cast<const char*>(PyUnicode_DATA(value.ptr()));
      return {.kind = Kind::text, .text = {ascii, static_cast<std::size_t>(PyUnicode_GET_LENGTH(value.ptr()))}};
    }
    Py_ssize_t size = 0;
    const char* utf8 = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
    if (utf8 != nullptr) return {.kind = Kind::text, .text = {utf8, static_cast<std::size_t>(size)}};
    // Lone surrogates have no UTF-8; their bytes are kept as they would be encoded.
    PyErr_Clear();
    const auto bytes =
        py::reinterpret_steal<py::bytes>(PyUnicode_AsEncodedString(value.ptr(), "utf-8", "surrogatepass"));
    if (!bytes) throw py::error_already_set();
    column_.made.append(bytes);
    return {.kind = Kind::text, .text = std::string_view(bytes)};
  }

  ObjectValue binary(py::handle value) {
    seen_ |= binaries;
    return {.kind = Kind::binary, .text = std::string_view(value.cast<py::bytes>())};
  }

  ObjectValue boolean(bool value) {
    seen_ |= booleans;
    return {.kind = Kind::boolean, .integer = value ? 1 : 0};
  }

  ObjectValue real(double value) {
    if (std::isnan(value)) {
      seen_nan_ = true;
      return {.kind = Kind::nan};
    }
    seen_ |= numbers;
    if (std::isinf(value)) return {.kind = value > 0 ? Kind::pos_inf : Kind::neg_inf};
    return {.kind = Kind::real, .real = value};
  }

  ObjectValue integer(py::handle value) {
    seen_ |= numbers;
    int overflow = 0;
    const long long small = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
    if (overflow == 0) return {.kind = Kind::integer, .integer = small};
    if (overflow > 0) {
      const unsigned long long large = PyLong_AsUnsignedLongLong(value.ptr());
      if (PyErr_Occurred() == nullptr) return {.kind = Kind::unsigned_, .integer = static_cast<std::int64_t>(large)};
      PyErr_Clear();
    }
    const double rounded = PyLong_AsDouble(value.ptr());
    if (PyErr_Occurred() == nullptr) return real(rounded);
    PyErr_Clear();
    return real(overflow * std::numeric_limits<double>::infinity());
  }

  ObjectValue seconds(double value, Seen kind) {
    seen_ |= kind;
    return {.kind = Kind::seconds, .real = value};
  }

  ObjectValue microseconds(std::int64_t days, std::int64_t day_seconds, std::int64_t micros, Seen kind) {
    const std::int64_t total = (days * seconds_per_day + day_seconds) * microseconds_per_second + micros;
    return seconds(seconds_from_ticks(total, 1, microseconds_per_second), kind);
  }

  static std::int64_t days_since_epoch(PyObject* date) {
    using namespace std::chrono;
    const year_month_day day{year{PyDateTime_GET_YEAR(date)}, month{static_cast<unsigned>(PyDateTime_GET_MONTH(date))},
                             std::chrono::day{static_cast<unsigned>(PyDateTime_GET_DAY(date))}};
    return sys_days{day}.time_since_epoch().count();
  }

  ObjectValue date(py::handle value) { return microseconds(days_since_epoch(value.ptr()), 0, 0, datetimes); }

  // Timestamp and Timedelta of pandas are subclasses that also hold nanoseconds, which `asm8` has.
  ObjectValue time(py::handle value) {
    PyObject* object = value.ptr();
    if (is_instance(value, timestamp_type_) || is_instance(value, timedelta_type_)) {
      ObjectValue moment = numpy_scalar(py::object(value.attr("asm8")));
      if (moment.kind == ObjectValue::Kind::seconds && py::hasattr(value, "tzinfo")) {
        moment.integer = value.attr("tzinfo").is_none() ? 0 : 1;
      }
      return moment;
    }
    if (PyDelta_Check(object)) {
      return microseconds(PyDateTime_DELTA_GET_DAYS(object), PyDateTime_DELTA_GET_SECONDS(object),
                          PyDateTime_DELTA_GET_MICROSECONDS(object), durations);
    }
    std::int64_t day_seconds = PyDateTime_DATE_GET_HOUR(object) * 3600 + PyDateTime_DATE_GET_MINUTE(object) * 60 +
                               PyDateTime_DATE_GET_SECOND(object);
    std::int64_t micros = PyDateTime_DATE_GET_MICROSECOND(object);
    std::int64_t days = days_since_epoch(object);
    const py::object offset = value.attr("utcoffset")();
    if (!offset.is_none()) {
      days -= PyDateTime_DELTA_GET_DAYS(offset.ptr());
      day_seconds -= PyDateTime_DELTA_GET_SECONDS(offset.ptr());
      micros -= PyDateTime_DELTA_GET_MICROSECONDS(offset.ptr());
    }
    ObjectValue moment = microseconds(days, day_seconds, micros, datetimes);
    moment.integer = offset.is_none() ? 0 : 1;
    return moment;
  }

  ObjectValue decimal(py::handle value) {
    if (value.attr("is_nan")().cast<bool>()) return real(std::numeric_limits<double>::quiet_NaN());
    // An integer keeps all its digits; longer ones, and 1e999999, go through the double.
    constexpr long most_digits = 20;
    if (value.attr("is_finite")().cast<bool>() && value.attr("adjusted")().cast<long>() < most_digits) {
      const py::object whole = value.attr("to_integral_value")();
      if (whole.equal(value)) return integer(py::int_(whole));
    }
    return real(py::float_(py::reinterpret_borrow<py::object>(value)));
  }

  ObjectValue numpy_scalar(py::handle value) {
    const auto dtype = value.attr("dtype").cast<py::dtype>();
    switch (dtype.kind()) {
      case 'M':
        return numpy_time(value, dtype, datetimes);
      case 'm':
        return numpy_time(value, dtype, durations);
      case 'b':
        return boolean(value.attr("item")().cast<bool>());
      case 'i':
      case 'u':
        return integer(py::int_(py::reinterpret_borrow<py::object>(value)));
      case 'f':
        return real(py::float_(py::reinterpret_borrow<py::object>(value)));
      default:
        return text(kept(py::str(value)));
    }
  }

  ObjectValue numpy_time(py::handle value, const py::dtype& dtype, Seen kind) {
    const auto tick_of = [](py::handle scalar) { return scalar.attr("astype")("int64").cast<std::int64_t>(); };
    const std::int64_t tick = tick_of(value);
    if (tick == std::numeric_limits<std::int64_t>::min()) return {};
    const auto name = py::str(dtype).cast<std::string>();
    if (name == "datetime64[Y]" || name == "datetime64[M]") {
      return microseconds(tick_of(value.attr("astype")("datetime64[D]")), 0, 0, kind);
    }
    const TickUnit unit = tick_unit(dtype);
    return seconds(seconds_from_ticks(tick, unit.numerator, unit.denominator), kind);
  }

  ObjectColumn& column_;
  unsigned seen_ = 0;
  bool seen_nan_ = false;
  py::object missing_ = find_loaded("pandas", "NA");
  py::object not_a_time_ = find_loaded("pandas", "NaT");
  py::object timestamp_type_ = find_loaded("pandas", "Timestamp");
  py::object timedelta_type_ = find_loaded("pandas", "Timedelta");
  py::object decimal_type_ = find_loaded("decimal", "Decimal");
  py::object numpy_scalar_ = find_loaded("numpy", "generic");
};

// A list of its own, which no code of an element can change.
py::list elements_of(const py::object& values) {
  if (py::isinstance<py::list>(values)) {
    auto copy = py::reinterpret_steal<py::list>(PyList_GetSlice(values.ptr(), 0, PyList_GET_SIZE(values.ptr())));
    if (!copy) throw py::error_already_set();
    return copy;
  }
  if (py::isinstance<py::array>(values)) {
    const auto array = values.cast<py::array>();
    if (array.ndim() == 1) return values.attr("tolist")().cast<py::list>();
    throw InputError("a column must be one-dimensional, got a NumPy array of shape " +
                     py::str(values.attr("shape")).cast<std::string>());
  }
  throw InputError("a column of Python objects must be a list or a NumPy array, got " +
                   py::str(py::type::of(values).attr("__name__")).cast<std::string>());
}

// The element's own code failed (a tzinfo, a __str__). Ctrl-C is not the element's fault.
[[noreturn]] void refuse_element(const py::error_already_set& error, std::size_t row) {
  if (!error.matches(PyExc_Exception)) throw error;
  std::string message = error.what();
  if (const std::size_t traceback = message.find("\n\nAt:"); traceback != std::string::npos) message.resize(traceback);
  throw InputError("row " + std::to_string(row) + " cannot be read: " + message);
}

}  // namespace

ColumnView view_objects(const py::object& values, std::string type_name) {
  if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
  auto column = keep_with_gil(ObjectColumn{{}, elements_of(values), py::list()});
  const std::size_t n_rows = column->elements.size();
  column->values.reserve(n_rows);
  ObjectReader reader(*column);
  for (std::size_t row = 0; row < n_rows; ++row) {
    // Now and then a chance for Ctrl-C.
    if (row % 65536 == 0 && PyErr_CheckSignals() != 0) throw py::error_already_set();
    try {
      column->values.push_back(reader.read(PyList_GET_ITEM(column->elements.ptr(), static_cast<Py_ssize_t>(row))));
    } catch (const py::error_already_set& error) {
      refuse_element(error, row);
    }
  }
  ColumnView view;
  view.storage = Storage::objects;
  view.logical = logical_of(reader.seen());
  view.type_name = std::move(type_name);
  view.length = static_cast<std::int64_t>(column->values.size());
  view.objects = column->values.data();
  view.owner = std::move(column);
  return view;
}

}  // namespace driftline
