// The loops that all versions of the counting kernels share. They have internal linkage, and so are compiled for the
// instruction set of each translation unit that includes them: see numeric_kernels.hpp for which may.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "driftline/summary/numeric_kernels.hpp"

namespace driftline {
namespace {

constexpr std::size_t rows_in_cache = 512;  // what is worked out for so many stays in the first cache level

std::size_t count_side(const double* values, std::size_t n, int level, const Window* window, std::uint32_t* counts,
                       std::uint16_t* outside) {
  const std::uint64_t first = window->first;
  const std::uint64_t size = window->size;
  std::uint32_t* const array = counts + window->array;
  std::size_t n_outside = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::uint64_t bits;
    std::memcpy(&bits, values + i, sizeof bits);
    const std::uint64_t cell = (bits >> level) - first;
    if (__builtin_expect(cell < size, 1)) {
      ++array[cell];
    } else {
      outside[n_outside++] = static_cast<std::uint16_t>(i);
    }
  }
  return n_outside;
}

/// `place(values, n, windows, cells)`: the index in `counts` of each value, or no_cell outside of the windows; true
/// when any is outside.
template <class Place>
std::size_t count_placed(const double* values, std::size_t n, const Windows* windows, std::uint32_t* counts,
                         std::uint16_t* outside, const Place& place) {
  std::uint32_t cells[rows_in_cache];
  std::size_t n_outside = 0;
  for (std::size_t begin = 0; begin < n; begin += rows_in_cache) {
    const std::size_t size = n - begin < rows_in_cache ? n - begin : rows_in_cache;
    const bool any_outside = place(values + begin, size, *windows, cells);
    for (std::size_t i = 0; i < size; ++i) ++counts[cells[i]];
    if (!any_outside) continue;
    for (std::size_t i = 0; i < size; ++i) {
      outside[n_outside] = static_cast<std::uint16_t>(begin + i);
      n_outside += static_cast<std::size_t>(cells[i] == no_cell);
    }
  }
  return n_outside;
}

/// `locate(values, n, mantissas, binades)`: the sign and exponent of each x, or 4096 − 970 + the exponent of 1 − x on
/// [0.5, 1), and the 52 bits of the mantissa of x or of 1 − x.
template <class Locate>
std::size_t count_by_binade(const double* values, std::size_t n, const BinadeCells* table, std::uint32_t* counts,
                            std::uint16_t* outside, const Locate& locate) {
  std::uint64_t mantissas[rows_in_cache];
  std::uint32_t binades[rows_in_cache];
  std::size_t n_outside = 0;
  for (std::size_t begin = 0; begin < n; begin += rows_in_cache) {
    const std::size_t size = n - begin < rows_in_cache ? n - begin : rows_in_cache;
    locate(values + begin, size, mantissas, binades);
    for (std::size_t i = 0; i < size; ++i) {
      const BinadeCells& cells = table[binades[i]];
      const std::uint64_t cell = (mantissas[i] >> (cells.first_and_level & 63)) - (cells.first_and_level >> 8);
      if (__builtin_expect(cell < cells.size, 1)) {
        ++counts[cells.array + cell];
      } else {
        outside[n_outside++] = static_cast<std::uint16_t>(begin + i);
      }
    }
  }
  return n_outside;
}

}  // namespace
}  // namespace driftline
