// Python objects owned by column views, which may die on a thread that does not hold the GIL.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <utility>

namespace driftline {

/// Moves `value`, which holds Python objects, behind a pointer that takes the GIL to destroy it.
template <class T>
std::shared_ptr<T> keep_with_gil(T value) {
  return std::shared_ptr<T>(new T(std::move(value)), [](T* kept) {
    // After the interpreter is gone its objects cannot be released any more.
    if (Py_IsInitialized() == 0) return;
    const pybind11::gil_scoped_acquire gil;
    delete kept;
  });
}

}  // namespace driftline
