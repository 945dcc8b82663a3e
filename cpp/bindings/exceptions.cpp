// Turns each kind of driftline::Error into its class of python/driftline/errors.py.
#include <exception>
#include <string_view>

#include "driftline/base/error.hpp"
#include "register.hpp"

namespace py = pybind11;

namespace driftline {
namespace {

/// Sets the Python error `driftline.errors.<class_name>`.
///
/// The class is looked up here and not when the module loads: driftline/errors.py must not depend on this module, nor
/// this module on the order of imports. A message may quote bytes of the data, which need not be UTF-8.
void raise_as(const char* class_name, std::string_view message) {
  const py::object error_class = py::module_::import("driftline.errors").attr(class_name);
  const auto text = py::reinterpret_steal<py::object>(
      PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()), "backslashreplace"));
  PyErr_SetObject(error_class.ptr(), text.ptr());
}

void translate(std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const InputError& e) {
    raise_as("InputError", e.what());
  } catch (const OptionError& e) {
    raise_as("OptionError", e.what());
  } catch (const SchemaError& e) {
    raise_as("SchemaError", e.what());
  } catch (const FormatError& e) {
    raise_as("FormatError", e.what());
  } catch (const Error& e) {
    raise_as("DriftlineError", e.what());
  }
}

}  // namespace

void register_exceptions(py::module_&) { py::register_local_exception_translator(&translate); }

}  // namespace driftline
