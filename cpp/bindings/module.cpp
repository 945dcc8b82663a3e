// driftline._core: the table of contents. Each register_* lives in its own file.
#include <pybind11/stl.h>

#include <map>
#include <string>

#include "driftline/parallel/parallel_for.hpp"
#include "register.hpp"

namespace {

std::map<std::string, std::string> build_info() {
  return {{"compiler", DRIFTLINE_COMPILER},
          {"tbb", DRIFTLINE_TBB},
          {"boost", DRIFTLINE_BOOST},
          {"pybind11", PYBIND11_TOSTRING(PYBIND11_VERSION_MAJOR) "." PYBIND11_TOSTRING(
                           PYBIND11_VERSION_MINOR) "." PYBIND11_TOSTRING(PYBIND11_VERSION_PATCH)}};
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  module.attr("__version__") = DRIFTLINE_VERSION;
  module.def("build_info", &build_info, "Compiler and library versions this build was made with.");
  module.def("available_threads", &driftline::available_threads,
             "Threads this process may use: the least of CPU affinity, cgroup quota and DRIFTLINE_NUM_THREADS.");
  driftline::register_exceptions(module);
  driftline::register_column(module);
  driftline::register_profile(module);
  driftline::register_drift(module);
}
