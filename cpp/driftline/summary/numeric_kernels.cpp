#include "driftline/summary/numeric_kernels.hpp"

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

double smaller(double a, double b) { return a < b ? a : b; }
double larger(double a, double b) { return a > b ? a : b; }

void count_not_finite(const double* values, std::size_t n, BlockFacts& facts) {
  for (std::size_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<std::uint64_t>(values[i]);
    facts.n_nan += static_cast<std::uint64_t>((bits & ~sign_bit) > infinity_bits);
    facts.n_pos_inf += static_cast<std::uint64_t>(bits == infinity_bits);
    facts.n_neg_inf += static_cast<std::uint64_t>(bits == (infinity_bits | sign_bit));
  }
}

void scan(const double* values, std::size_t n, BlockFacts* facts) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr std::size_t lanes = 4;  // one chain of comparisons would wait for itself
  double low[lanes] = {infinity, infinity, infinity, infinity};
  double high[lanes] = {-infinity, -infinity, -infinity, -infinity};
  std::uint64_t n_zero = 0;
  std::uint64_t n_not_finite = 0;
  std::uint64_t n_negative = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<std::uint64_t>(values[i]);
    const std::uint64_t magnitude = bits & ~sign_bit;
    const bool is_zero = magnitude == 0;
    const bool is_finite = magnitude < infinity_bits;
    n_zero += static_cast<std::uint64_t>(is_zero);
    n_not_finite += static_cast<std::uint64_t>(!is_finite);
    n_negative += (bits >> 63) & static_cast<std::uint64_t>(is_finite) & static_cast<std::uint64_t>(!is_zero);
    const std::uint64_t counts = mask_of(is_finite) & mask_of(!is_zero);
    const auto candidate = std::bit_cast<double>(select(counts, bits, infinity_bits));
    const auto other = std::bit_cast<double>(select(counts, bits, infinity_bits | sign_bit));
    low[i % lanes] = smaller(low[i % lanes], candidate);
    high[i % lanes] = larger(high[i % lanes], other);
  }
  *facts = {n_zero, n_negative, 0, 0, 0, infinity, -infinity};
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    facts->low = smaller(facts->low, low[lane]);
    facts->high = larger(facts->high, high[lane]);
  }
  if (n_not_finite > 0) count_not_finite(values, n, *facts);
}

void locate(const double* values, std::size_t n, std::uint64_t* mantissas, std::uint32_t* binades) {
  for (std::size_t i = 0; i < n; ++i) {
    const auto x = std::bit_cast<std::uint64_t>(values[i]);
    const std::uint64_t magnitude = x & ~sign_bit;
    const std::uint64_t counts = mask_of(magnitude - 1 < infinity_bits - 1);
    const std::uint64_t anchored = mask_of(x >> 52 == anchored_exponent);
    const std::uint64_t bits = select(anchored, std::bit_cast<std::uint64_t>(1.0 - values[i]), x);
    const std::uint64_t binade = (bits >> 52) + (anchored & anchored_offset);
    mantissas[i] = select(counts, bits & mantissa_mask, i % 4);
    binades[i] = static_cast<std::uint32_t>(select(counts, binade, discard_binade));
  }
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

constexpr NumericKernels scalar_kernels{"scalar", scan, locate, nullptr, sift};

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
