// The bits of a value as the counting of cells sees them.
//
// A histogram numbers its pages in the order of values. Counting goes by what is cheapest to take from a double: its
// binade is the sign and exponent, on [0.5, 1) those of 1 − x, and its mantissa falls where |x| falls. So a cell is a
// prefix of bits in both views, read from the other end on pages that are `mirrored`.
#pragma once

#include <bit>
#include <cstdint>

#include "driftline/summary/log_linear_histogram.hpp"

namespace driftline {

inline constexpr std::uint64_t anchored_top_bits = 1022;      // sign 0, exponent of [0.5, 1)
inline constexpr std::uint32_t first_anchored_binade = 4096;  // by the exponent of 1 − x less 970, see n_binades
inline constexpr std::uint32_t anchored_offset = first_anchored_binade - 970;

inline bool anchored(std::uint64_t bits) { return bits >> mantissa_bits == anchored_top_bits; }

/// On [0.5, 1) the bits of 1 − x, elsewhere those of x itself.
inline std::uint64_t reflected(std::uint64_t bits) {
  return anchored(bits) ? std::bit_cast<std::uint64_t>(1.0 - std::bit_cast<double>(bits)) : bits;
}

/// Index below n_binades.
inline std::uint32_t binade_of(std::uint64_t bits) {
  return static_cast<std::uint32_t>(reflected(bits) >> mantissa_bits) + (anchored(bits) ? anchored_offset : 0);
}

/// The binade whose values a page other than zero_page holds.
inline std::uint32_t binade_of_page(std::uint32_t page) {
  return binade_of(std::bit_cast<std::uint64_t>(cell_range(page, mantissa_bits, 0).first));
}

/// One double for each cell, by its bits: those of a value of the cell with the last `level` cleared, of 1 − x on
/// [0.5, 1). It lies in the cell, except that ±0 stand for the cells of the smallest subnormals.
inline std::uint64_t corner(std::uint64_t bits, int level) {
  const std::uint64_t cleared = reflected(bits) & (~std::uint64_t{0} << level);
  return anchored(bits) ? std::bit_cast<std::uint64_t>(1.0 - std::bit_cast<double>(cleared)) : cleared;
}

/// Where the cell of a corner lies.
inline PagePosition position_of_corner(std::uint64_t corner) {
  constexpr std::uint64_t minus_zero = std::uint64_t{1} << 63;
  if (corner == 0) return {zero_page + 1, 0};
  if (corner == minus_zero) return {zero_page - 1, (std::uint64_t{1} << mantissa_bits) - 1};
  return locate(std::bit_cast<double>(corner));
}

}  // namespace driftline
