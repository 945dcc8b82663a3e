// NumPy arrays as column views.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <string>

#include "driftline/column/column_view.hpp"

namespace driftline {

/// Seconds per tick of a datetime64 or timedelta64, as a fraction.
struct TickUnit {
  std::int64_t numerator = 1;
  std::int64_t denominator = 1;
};

/// The unit of a datetime64 or timedelta64 dtype. Throws InputError for years and months, which have no fixed length.
TickUnit tick_unit(const pybind11::dtype& dtype);

/// A 1-D array of native byte order; `mask` (bool, same length): true means null. No copy except of fixed-width text.
/// Throws InputError for dtypes without a reading.
ColumnView view_numpy(const pybind11::array& values, const std::optional<pybind11::array>& mask);

/// Integer codes into `categories`; −1 means null.
ColumnView view_dictionary(const pybind11::array& codes, const ColumnView& categories, std::string type_name);

}  // namespace driftline
