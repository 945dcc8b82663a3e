// The loop that the vector versions of NumericKernels::count share. It has internal linkage, and so is compiled for the
// instruction set of each translation unit that includes it: see numeric_kernels.hpp for which may.
#pragma once

#include <cstddef>
#include <cstdint>

#include "driftline/summary/numeric_kernels.hpp"

namespace driftline {
namespace {

/// `locate(values, n, mantissas, binades)`: the sign and exponent of each x, or 4096 − 970 + the exponent of 1 − x on
/// [0.5, 1), and the 52 bits of the mantissa of x or of 1 − x. Zeros, NaN and infinities get discard_binade and i
/// mod 4.
template <class Locate>
std::size_t count_cells(const double* values, std::size_t n, const BinadeCells* table, std::uint32_t* counts,
                        std::uint16_t* outside, const Locate& locate) {
  constexpr std::size_t most = 512;  // so many stay in the first cache level
  std::uint64_t mantissas[most];
  std::uint32_t binades[most];
  std::size_t n_outside = 0;
  for (std::size_t begin = 0; begin < n; begin += most) {
    const std::size_t size = n - begin < most ? n - begin : most;
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
