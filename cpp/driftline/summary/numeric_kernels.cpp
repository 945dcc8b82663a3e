#include "driftline/summary/numeric_kernels.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

#include "driftline/base/error.hpp"
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
  low.fill(std::numeric_limits<double>::infinity());
  high.fill(-std::numeric_limits<double>::infinity());
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      low[lane] = std::min(low[lane], values[i + lane]);
      high[lane] = std::max(high[lane], values[i + lane]);
    }
  }
  for (; i < n; ++i) {
    low[0] = std::min(low[0], values[i]);
    high[0] = std::max(high[0], values[i]);
  }
  facts.low = *std::min_element(low.begin(), low.end());
  facts.high = *std::max_element(high.begin(), high.end());
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
  std::size_t n_kept = 0;
  facts->n_negative = 0;
  for (std::size_t i = 0; i < n; ++i) {
    kept[n_kept] = values[i];
    const auto counts = static_cast<std::uint64_t>(is_counted(values[i]));
    n_kept += counts;
    facts->n_negative += counts & std::bit_cast<std::uint64_t>(values[i]) >> 63;
  }
  find_range(kept, n_kept, *facts);
}

std::size_t count(const double* values, std::size_t n, const BinadeCells* table, std::uint32_t* counts,
                  std::uint16_t* outside) {
  std::size_t n_outside = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto x = std::bit_cast<std::uint64_t>(values[i]);
    const std::uint64_t counted = mask_of(is_counted(values[i]));
    const std::uint64_t anchored = mask_of(x >> 52 == anchored_exponent);
    const std::uint64_t bits = select(anchored, std::bit_cast<std::uint64_t>(1.0 - values[i]), x);
    const std::uint64_t binade = (bits >> 52) + (anchored & anchored_offset);
    const BinadeCells& cells = table[select(counted, binade, discard_binade)];
    const std::uint64_t mantissa = select(counted, bits & mantissa_mask, i % 4);
    const std::uint64_t cell = (mantissa >> (cells.first_and_level & 63)) - (cells.first_and_level >> 8);
    if (cell < cells.size) [[likely]] {
      ++counts[cells.array + cell];
    } else {
      outside[n_outside++] = static_cast<std::uint16_t>(i);
    }
  }
  return n_outside;
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

constexpr NumericKernels scalar_kernels{"scalar", scan, count, nullptr, sift};

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
