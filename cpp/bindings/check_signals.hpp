// Ctrl-C during long work without the interpreter's lock.
#pragma once

#include <pybind11/pybind11.h>

namespace driftline {

/// Runs what Python does about signals, in its main thread. Throws what that raises (KeyboardInterrupt).
inline void check_signals() {
  const pybind11::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) throw pybind11::error_already_set();
}

}  // namespace driftline
