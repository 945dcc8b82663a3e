// One function per bind_*.cpp; module.cpp calls them all.
#pragma once

#include <pybind11/pybind11.h>

namespace driftline {

void register_exceptions(pybind11::module_& module);
void register_column(pybind11::module_& module);
void register_profile(pybind11::module_& module);
void register_drift(pybind11::module_& module);

}  // namespace driftline
