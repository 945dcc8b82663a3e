#include "driftline/summary/numeric_kernels.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

#include "driftline/base/error.hpp"
#include "driftline/summary/count_cells.hpp"
#include "driftline/summary/integer_sample.hpp"

namespace driftline {

#ifdef DRIFTLINE_X86_KERNELS
extern const NumericKernels avx2_kernels;
extern const NumericKernels avx512_kernels;
#endif

namespace {

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;
constexpr std::uint64_t mantissa_mask = (std::uint64_t{1} << 52) - 1;
constexpr std::uint64_t infinity_bits = std::uint64_t{0x7FF} << 52;
constexpr std::uint64_t anchored_exponent = 1022;  // of [0.5, 1)
constexpr std::uint64_t anchored_offset = 4096 - 970;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// `a` where the mask is all ones, `b` where it is zero: the compiler cannot make a branch of it, which values that
/// cross a bound at random would mispredict.
std::uint64_t select(std::uint64_t mask, std::uint64_t a, std::uint64_t b) { return b ^ ((a ^ b) & mask); }
std::uint64_t mask_of(bool condition) { return -static_cast<std::uint64_t>(condition); }

void count_not_finite(const double* values, std::size_t n, BlockFacts& facts) {
  for (std::size_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<std::uint64_t>(values[i]);
    facts.n_nan += static_cast<std::uint64_t>((bits & ~sign_bit) > infinity_bits);
    facts.n_pos_inf += static_cast<std::uint64_t>(bits == infinity_bits);
    facts.n_neg_inf += static_cast<std::uint64_t>(bits == (infinity_bits | sign_bit));
  }
}

bool is_counted(double x) { return (std::bit_cast<std::uint64_t>(x) << 1) - 1 < (infinity_bits << 1) - 1; }

/// Smallest and largest. Four of each, because one chain of comparisons would wait for itself.
void find_range(const double* values, std::size_t n, BlockFacts& facts) {
  constexpr std::size_t lanes = 4;
  std::array<double, lanes> low;
  std::array<double, lanes> high;
  std::array<double, lanes> least;
  low.fill(infinity);
  high.fill(-infinity);
  least.fill(infinity);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      low[lane] = std::min(low[lane], values[i + lane]);
      high[lane] = std::max(high[lane], values[i + lane]);
      least[lane] = std::min(least[lane], std::fabs(values[i + lane]));
    }
  }
  for (; i < n; ++i) {
    low[0] = std::min(low[0], values[i]);
    high[0] = std::max(high[0], values[i]);
    least[0] = std::min(least[0], std::fabs(values[i]));
  }
  facts.low = *std::min_element(low.begin(), low.end());
  facts.high = *std::max_element(high.begin(), high.end());
  facts.least = *std::min_element(least.begin(), least.end());
}

std::size_t keep(const double* values, std::size_t n, double* kept) {
  std::size_t n_kept = 0;
  for (std::size_t i = 0; i < n; ++i) {
    kept[n_kept] = values[i];
    n_kept += static_cast<std::size_t>(is_counted(values[i]));
  }
  return n_kept;
}

void scan(const double* values, std::size_t n, BlockFacts* facts) {
  *facts = {};
  std::uint64_t n_finite = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t shifted = std::bit_cast<std::uint64_t>(values[i]) << 1;
    facts->n_zero += static_cast<std::uint64_t>(shifted == 0);
    n_finite += static_cast<std::uint64_t>(shifted < infinity_bits << 1);
    facts->n_negative += std::bit_cast<std::uint64_t>(values[i]) >> 63;
  }
  if (n_finite != n) count_not_finite(values, n, *facts);
  if (n_finite - facts->n_zero == n) return find_range(values, n, *facts);
  double kept[kernel_rows];
  const std::size_t n_kept = keep(values, n, kept);
  facts->n_negative = 0;
  for (std::size_t i = 0; i < n_kept; ++i) facts->n_negative += std::bit_cast<std::uint64_t>(kept[i]) >> 63;
  find_range(kept, n_kept, *facts);
}

std::size_t count_sides(const double* values, std::size_t n, const Windows* windows, std::uint32_t* counts,
                        std::uint16_t* outside) {
  std::size_t n_outside = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto x = std::bit_cast<std::uint64_t>(values[i]);
    const std::uint64_t anchored = mask_of(x >> 52 == anchored_exponent);
    const std::uint64_t bits = select(anchored, std::bit_cast<std::uint64_t>(1.0 - values[i]), x);
    const Window& window = windows->side[(x >> 63) + (anchored & anchored_side)];
    const std::uint64_t cell = (bits >> windows->level) - window.first;
    if (cell < window.size) [[likely]] {
      ++counts[window.array + cell];
    } else {
      outside[n_outside++] = static_cast<std::uint16_t>(i);
    }
  }
  return n_outside;
}

void locate(const double* values, std::size_t n, std::uint64_t* mantissas, std::uint32_t* binades) {
  for (std::size_t i = 0; i < n; ++i) {
    const auto x = std::bit_cast<std::uint64_t>(values[i]);
    const std::uint64_t anchored = mask_of(x >> 52 == anchored_exponent);
    const std::uint64_t bits = select(anchored, std::bit_cast<std::uint64_t>(1.0 - values[i]), x);
    mantissas[i] = bits & mantissa_mask;
    binades[i] = static_cast<std::uint32_t>((bits >> 52) + (anchored & anchored_offset));
  }
}

std::size_t count_in_binades(const double* values, std::size_t n, const BinadeCells* table, std::uint32_t* counts,
                             std::uint16_t* outside) {
  return count_by_binade(values, n, table, counts, outside, locate);
}

/// Bits of 1.5·2^(52 + exponent): adding it to a small x rounds x to a multiple of 2^exponent, and leaves that
/// multiple, in two's complement, in the last 32 bits.
std::uint64_t rounder(int exponent) {
  return static_cast<std::uint64_t>(1023 + 52 + exponent) << 52 | std::uint64_t{1} << 51;
}

std::int64_t limb_of(double shifted) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(shifted)));
}

/// `may_leave`: values that are no multiples of 2^unit go to `rest`, whose size is returned.
template <bool may_leave>
std::size_t sum_limbs(const double* values, std::size_t n, int unit, LimbSums* sums, double* rest) {
  const auto round0 = std::bit_cast<double>(rounder(unit + 50));
  const auto round1 = std::bit_cast<double>(rounder(unit + 25));
  const auto round2 = std::bit_cast<double>(rounder(unit));
  LimbSums found{};
  std::size_t n_rest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double shifted0 = values[i] + round0;
    const double left1 = values[i] - (shifted0 - round0);
    const double shifted1 = left1 + round1;
    const double left2 = left1 - (shifted1 - round1);
    const double shifted2 = left2 + round2;
    if constexpr (may_leave) {
      if (left2 != shifted2 - round2) [[unlikely]] {
        rest[n_rest++] = values[i];
        continue;
      }
    }
    const std::int64_t a0 = limb_of(shifted0);
    const std::int64_t a1 = limb_of(shifted1);
    const std::int64_t a2 = limb_of(shifted2);
    found.sum[0] += a0;
    found.sum[1] += a1;
    found.sum[2] += a2;
    found.square[0] += a0 * a0;
    found.square[1] += a0 * a1;
    found.square[2] += 2 * a0 * a2 + a1 * a1;
    found.square[3] += a1 * a2;
    found.square[4] += a2 * a2;
  }
  found.square[1] *= 2;
  found.square[3] *= 2;
  *sums = found;
  return n_rest;
}

void sum(const double* values, std::size_t n, int unit, LimbSums* sums) {
  sum_limbs<false>(values, n, unit, sums, nullptr);
}

std::size_t sum_coarse(const double* values, std::size_t n, int unit, LimbSums* sums, double* rest) {
  return sum_limbs<true>(values, n, unit, sums, rest);
}

std::size_t sift(const std::int64_t* values, std::size_t n, bool is_unsigned, std::uint64_t limit,
                 std::uint32_t* found) {
  std::size_t n_found = 0;
  for (std::size_t i = 0; i < n; ++i) {
    found[n_found] = static_cast<std::uint32_t>(i);
    n_found += static_cast<std::size_t>(integer_hash(values[i], is_unsigned && values[i] < 0) <= limit);
  }
  return n_found;
}

constexpr NumericKernels scalar_kernels{"scalar",         scan, keep,       count_side, count_sides,
                                        count_in_binades, sum,  sum_coarse, sift};

const NumericKernels& chosen_kernels() {
  const AvailableKernels available = available_kernels();
  const char* wanted = std::getenv("DRIFTLINE_ISA");
  if (wanted == nullptr || *wanted == '\0') return *available.list[available.size - 1];
  std::string names;
  for (std::size_t i = 0; i < available.size; ++i) {
    if (std::string_view(wanted) == available.list[i]->name) return *available.list[i];
    names += std::string(i == 0 ? "" : ", ") + available.list[i]->name;
  }
  throw OptionError("DRIFTLINE_ISA=" + std::string(wanted) + " is not among what this machine can run: " + names);
}

}  // namespace

AvailableKernels available_kernels() {
  AvailableKernels result{{&scalar_kernels}, 1};
#ifdef DRIFTLINE_X86_KERNELS
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) {
    result.list[result.size++] = &avx2_kernels;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl")) {
      result.list[result.size++] = &avx512_kernels;
    }
  }
#endif
  return result;
}

const NumericKernels& numeric_kernels() {
  static const NumericKernels& kernels = chosen_kernels();
  return kernels;
}

}  // namespace driftline
