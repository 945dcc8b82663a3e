// The inner loops of the numeric pass, one version per instruction set, and the choice among them at run time.
//
// The vector versions live in translation units of their own (numeric_kernels_avx2.cpp, numeric_kernels_avx512.cpp),
// compiled for their instruction set. Those include this header, count_cells.hpp and intrinsics only: an inline
// function of a shared header, compiled there, could be the copy that the linker keeps for every machine.
#pragma once

#include <cstddef>
#include <cstdint>

namespace driftline {

/// What one look at some doubles tells.
struct BlockFacts {
  std::uint64_t n_zero;      ///< of either sign
  std::uint64_t n_negative;  ///< finite and below zero
  std::uint64_t n_nan;
  std::uint64_t n_pos_inf;
  std::uint64_t n_neg_inf;
  double low;    ///< smallest finite value that is not zero; +∞ when there is none
  double high;   ///< largest finite value that is not zero; −∞ when there is none
  double least;  ///< smallest |x| of a finite value that is not zero; +∞ when there is none
};

/// Sums of integers a0, a1, a2 with x = (a0·2^50 + a1·2^25 + a2)·2^unit, and of the products that make x².
struct LimbSums {
  std::int64_t sum[3];     ///< Σ a_i
  std::int64_t square[5];  ///< [k]: Σ over i + j = k of a_i·a_j
};

inline constexpr std::size_t kernel_rows = 4096;  ///< most values one call may get

/// How the values of one binade are counted: those of the cells [first, first + size), by mantissa >> level, in an
/// array that begins at counts[array].
struct BinadeCells {
  std::uint64_t first_and_level;  ///< first << 8 | level
  std::uint32_t array;
  std::uint32_t size;
};

/// Binades by sign and exponent; the entries from 4096 on are for [0.5, 1), by the exponent of 1 − x less 970.
inline constexpr std::size_t n_binades = 4096 + 53;

/// Cells of one level that follow each other through several binades of a side: [first, first + size), by the bits of
/// the value >> level (on [0.5, 1) the bits of 1 − x), in an array that begins at counts[array].
struct Window {
  std::uint64_t first;
  std::uint32_t array;
  std::uint32_t size;
};
enum Side : std::size_t { positive_side, negative_side, anchored_side };  ///< anchored: [0.5, 1), in no other
struct Windows {
  int level;
  Window side[3];  ///< empty where there is none
};
inline constexpr std::uint32_t no_cell = 0;  ///< counts[no_cell] belongs to no cell: what is added there is lost

/// All take n ≤ kernel_rows values and memory of any alignment, and agree bit for bit.
struct NumericKernels {
  const char* name;

  /// Of any doubles.
  void (*scan)(const double* values, std::size_t n, BlockFacts* facts);

  /// Writes the values that are finite and not zero to the front of `kept`, which has room for kernel_rows, and
  /// returns how many.
  std::size_t (*keep)(const double* values, std::size_t n, double* kept);

  /// The next three take finite values other than zero. They leave those in none of the arrays; the positions of these,
  /// ascending, go to `outside`, and their number is returned.

  /// In one window of bits >> level. It may not be of [0.5, 1), nor reach through it.
  std::size_t (*count_side)(const double* values, std::size_t n, int level, const Window* window, std::uint32_t* counts,
                            std::uint16_t* outside);
  std::size_t (*count_sides)(const double* values, std::size_t n, const Windows* windows, std::uint32_t* counts,
                             std::uint16_t* outside);
  /// `table` has n_binades entries.
  std::size_t (*count_by_binade)(const double* values, std::size_t n, const BinadeCells* table, std::uint32_t* counts,
                                 std::uint16_t* outside);

  /// Adds up finite values that are multiples of 2^unit, all |x| ≤ 2^(unit + 74); −1074 ≤ unit ≤ 920.
  void (*sum)(const double* values, std::size_t n, int unit, LimbSums* sums);
  /// The same for any finite values within that bound. Those that are no multiples go to `rest`, and their number is
  /// returned.
  std::size_t (*sum_coarse)(const double* values, std::size_t n, int unit, LimbSums* sums, double* rest);

  /// found[…] = the i, ascending, whose integer_hash(values[i]) is at most `limit`. Returns how many. `is_unsigned`:
  /// the values are bit patterns of uint64.
  std::size_t (*sift)(const std::int64_t* values, std::size_t n, bool is_unsigned, std::uint64_t limit,
                      std::uint32_t* found);
};

/// The versions this machine can run, from plain to widest; the first is the scalar one.
struct AvailableKernels {
  const NumericKernels* list[3];
  std::size_t size;
};
AvailableKernels available_kernels();

/// The widest of them, or the one that the environment variable DRIFTLINE_ISA (scalar, avx2, avx512) names when the
/// process first asks. Throws OptionError when it names none that this machine can run.
const NumericKernels& numeric_kernels();

}  // namespace driftline
