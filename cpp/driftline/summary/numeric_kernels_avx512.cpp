// Compiled for AVX-512 (F, DQ, BW, VL): see numeric_kernels.hpp for what may be included here.
#include <immintrin.h>

#include "driftline/summary/count_cells.hpp"
#include "driftline/summary/numeric_kernels.hpp"

namespace driftline {

extern const NumericKernels avx512_kernels;

namespace {

constexpr std::size_t lanes = 8;
using Doubles = __m512d;
using Words = __m512i;

Words words(std::uint64_t value) { return _mm512_set1_epi64(static_cast<long long>(value)); }
Doubles doubles(std::uint64_t bits) { return _mm512_castsi512_pd(words(bits)); }
Doubles infinity() { return doubles(std::uint64_t{0x7FF} << 52); }
Doubles minus_infinity() { return doubles(std::uint64_t{0xFFF} << 52); }
Doubles zero() { return _mm512_setzero_pd(); }

/// The lanes that hold one of the `n_left` values.
__mmask8 lanes_of(std::size_t n_left) { return static_cast<__mmask8>(n_left >= lanes ? 0xFFU : (1U << n_left) - 1); }

__mmask8 is_finite(Doubles x) { return _mm512_cmp_pd_mask(_mm512_abs_pd(x), infinity(), _CMP_LT_OQ); }
unsigned n_set(__mmask8 mask) { return static_cast<unsigned>(__builtin_popcount(mask)); }

/// Of the lanes, modulo 2^64.
std::uint64_t total(Words x) {
  std::uint64_t lane[lanes];
  _mm512_storeu_si512(lane, x);
  return lane[0] + lane[1] + lane[2] + lane[3] + lane[4] + lane[5] + lane[6] + lane[7];
}
std::int64_t signed_total(Words x) { return static_cast<std::int64_t>(total(x)); }

void count_not_finite(const double* values, std::size_t n, BlockFacts& facts) {
  for (std::size_t i = 0; i < n; i += lanes) {
    const Doubles x = _mm512_maskz_loadu_pd(lanes_of(n - i), values + i);
    facts.n_nan += n_set(_mm512_cmp_pd_mask(x, x, _CMP_UNORD_Q));
    facts.n_pos_inf += n_set(_mm512_cmp_pd_mask(x, infinity(), _CMP_EQ_OQ));
    facts.n_neg_inf += n_set(_mm512_cmp_pd_mask(x, minus_infinity(), _CMP_EQ_OQ));
  }
}

void scan(const double* values, std::size_t n, BlockFacts* facts) {
  Doubles low = infinity();
  Doubles high = minus_infinity();
  std::uint64_t n_zero = 0;
  std::uint64_t n_finite = 0;
  std::uint64_t n_negative = 0;
  for (std::size_t i = 0; i < n; i += lanes) {
    const __mmask8 loaded = lanes_of(n - i);
    const Doubles x = _mm512_maskz_loadu_pd(loaded, values + i);
    const __mmask8 finite = is_finite(x) & loaded;
    const __mmask8 counts = _mm512_mask_cmp_pd_mask(finite, x, zero(), _CMP_NEQ_OQ);
    n_finite += n_set(finite);
    n_zero += n_set(static_cast<__mmask8>(finite & ~counts));
    n_negative += n_set(_mm512_mask_cmp_pd_mask(counts, x, zero(), _CMP_LT_OQ));
    low = _mm512_mask_min_pd(low, counts, low, x);
    high = _mm512_mask_max_pd(high, counts, high, x);
  }
  double lows[lanes];
  double highs[lanes];
  _mm512_storeu_pd(lows, low);
  _mm512_storeu_pd(highs, high);
  *facts = {n_zero, n_negative, 0, 0, 0, lows[0], highs[0]};
  for (std::size_t lane = 1; lane < lanes; ++lane) {
    facts->low = lows[lane] < facts->low ? lows[lane] : facts->low;
    facts->high = highs[lane] > facts->high ? highs[lane] : facts->high;
  }
  if (n_finite != n) count_not_finite(values, n, *facts);
}

void locate(const double* values, std::size_t n, std::uint64_t* mantissas, std::uint32_t* binades) {
  const Words lane_numbers = _mm512_setr_epi64(0, 1, 2, 3, 0, 1, 2, 3);
  for (std::size_t i = 0; i < n; i += lanes) {
    const __mmask8 loaded = lanes_of(n - i);
    const Doubles x = _mm512_maskz_loadu_pd(loaded, values + i);
    const __mmask8 counts = _mm512_mask_cmp_pd_mask(is_finite(x), x, zero(), _CMP_NEQ_OQ);
    const __mmask8 anchored = _mm512_cmpeq_epi64_mask(_mm512_srli_epi64(_mm512_castpd_si512(x), 52), words(1022));
    const Words bits = _mm512_castpd_si512(_mm512_mask_sub_pd(x, anchored, _mm512_set1_pd(1.0), x));
    const Words exponent = _mm512_srli_epi64(bits, 52);
    const Words binade = _mm512_mask_add_epi64(exponent, anchored, exponent, words(4096 - 970));
    const Words mantissa = _mm512_and_si512(bits, words((std::uint64_t{1} << 52) - 1));
    _mm512_mask_storeu_epi64(mantissas + i, loaded, _mm512_mask_mov_epi64(lane_numbers, counts, mantissa));
    const Words kept_binade = _mm512_mask_mov_epi64(words(discard_binade), counts, binade);
    _mm256_mask_storeu_epi32(binades + i, loaded, _mm512_cvtepi64_epi32(kept_binade));
  }
}

std::size_t count(const double* values, std::size_t n, const BinadeCells* table, std::uint32_t* counts,
                  std::uint16_t* outside) {
  return count_cells(values, n, table, counts, outside, locate);
}

/// Bits of 1.5·2^(52 + exponent): adding it to a small x rounds x to a multiple of 2^exponent, and leaves that
/// multiple, in two's complement, in the last 32 bits.
std::uint64_t rounder(int exponent) {
  return static_cast<std::uint64_t>(1023 + 52 + exponent) << 52 | std::uint64_t{1} << 51;
}

std::size_t sum(const double* values, std::size_t n, int unit, LimbSums* sums, double* rest) {
  const std::uint64_t magic[3] = {rounder(unit + 50), rounder(unit + 25), rounder(unit)};
  const Doubles round0 = doubles(magic[0]);
  const Doubles round1 = doubles(magic[1]);
  const Doubles round2 = doubles(magic[2]);
  Words s0 = words(0), s1 = words(0), s2 = words(0);
  Words q00 = words(0), q01 = words(0), q02 = words(0), q11 = words(0), q12 = words(0), q22 = words(0);
  std::size_t n_rest = 0;
  for (std::size_t i = 0; i < n; i += lanes) {
    Doubles x = _mm512_maskz_loadu_pd(lanes_of(n - i), values + i);
    x = _mm512_maskz_mov_pd(is_finite(x), x);
    Words a0, a1, a2;
    while (true) {
      const Doubles shifted0 = _mm512_add_pd(x, round0);
      const Doubles left1 = _mm512_sub_pd(x, _mm512_sub_pd(shifted0, round0));
      const Doubles shifted1 = _mm512_add_pd(left1, round1);
      const Doubles left2 = _mm512_sub_pd(left1, _mm512_sub_pd(shifted1, round1));
      const Doubles shifted2 = _mm512_add_pd(left2, round2);
      const Doubles left3 = _mm512_sub_pd(left2, _mm512_sub_pd(shifted2, round2));
      a0 = _mm512_castpd_si512(shifted0);
      a1 = _mm512_castpd_si512(shifted1);
      a2 = _mm512_castpd_si512(shifted2);
      const __mmask8 lost = _mm512_cmp_pd_mask(left3, zero(), _CMP_NEQ_OQ);
      if (__builtin_expect(lost == 0, 1)) break;
      double lane[lanes];
      _mm512_storeu_pd(lane, x);
      for (unsigned left = lost; left != 0; left &= left - 1) rest[n_rest++] = lane[__builtin_ctz(left)];
      x = _mm512_maskz_mov_pd(static_cast<__mmask8>(~lost), x);
    }
    s0 = _mm512_add_epi64(s0, a0);
    s1 = _mm512_add_epi64(s1, a1);
    s2 = _mm512_add_epi64(s2, a2);
    q00 = _mm512_add_epi64(q00, _mm512_mul_epi32(a0, a0));
    q01 = _mm512_add_epi64(q01, _mm512_mul_epi32(a0, a1));
    q02 = _mm512_add_epi64(q02, _mm512_mul_epi32(a0, a2));
    q11 = _mm512_add_epi64(q11, _mm512_mul_epi32(a1, a1));
    q12 = _mm512_add_epi64(q12, _mm512_mul_epi32(a1, a2));
    q22 = _mm512_add_epi64(q22, _mm512_mul_epi32(a2, a2));
  }
  // The upper bits of the shifted values were added along, modulo 2^64.
  const std::uint64_t n_added = (n + lanes - 1) / lanes * lanes;
  sums->sum[0] = static_cast<std::int64_t>(total(s0) - n_added * magic[0]);
  sums->sum[1] = static_cast<std::int64_t>(total(s1) - n_added * magic[1]);
  sums->sum[2] = static_cast<std::int64_t>(total(s2) - n_added * magic[2]);
  sums->square[0] = signed_total(q00);
  sums->square[1] = 2 * signed_total(q01);
  sums->square[2] = 2 * signed_total(q02) + signed_total(q11);
  sums->square[3] = 2 * signed_total(q12);
  sums->square[4] = signed_total(q22);
  return n_rest;
}

constexpr std::uint64_t prime_1 = 0x9E3779B185EBCA87;
constexpr std::uint64_t prime_2 = 0xC2B2AE3D27D4EB4F;
constexpr std::uint64_t prime_3 = 0x165667B19E3779F9;
constexpr std::uint64_t prime_4 = 0x85EBCA77C2B2AE63;
constexpr std::uint64_t prime_5 = 0x27D4EB2F165667C5;

Words times(Words x, std::uint64_t factor) { return _mm512_mullo_epi64(x, words(factor)); }

/// xxh64_tagged of base/hash.hpp.
Words hash_of(Words value, Words tag) {
  const Words lane = _mm512_or_si512(_mm512_slli_epi64(value, 8), tag);
  const Words mixed = times(_mm512_rol_epi64(times(lane, prime_2), 31), prime_1);
  Words hash = _mm512_rol_epi64(_mm512_xor_si512(words(prime_5 + 9), mixed), 27);
  hash = _mm512_add_epi64(times(hash, prime_1), words(prime_4));
  hash = _mm512_xor_si512(hash, times(_mm512_srli_epi64(value, 56), prime_5));
  hash = times(_mm512_rol_epi64(hash, 11), prime_1);
  hash = times(_mm512_xor_si512(hash, _mm512_srli_epi64(hash, 33)), prime_2);
  hash = times(_mm512_xor_si512(hash, _mm512_srli_epi64(hash, 29)), prime_3);
  return _mm512_xor_si512(hash, _mm512_srli_epi64(hash, 32));
}

std::size_t sift(const std::int64_t* values, std::size_t n, bool is_unsigned, std::uint64_t limit,
                 std::uint32_t* found) {
  const Words large_tag = words(is_unsigned ? 1 : 0);
  std::size_t n_found = 0;
  for (std::size_t i = 0; i < n; i += lanes) {
    const __mmask8 loaded = lanes_of(n - i);
    const Words x = _mm512_maskz_loadu_epi64(loaded, values + i);
    const Words tag = _mm512_add_epi64(words(2), _mm512_and_si512(_mm512_srli_epi64(x, 63), large_tag));
    unsigned kept = _mm512_mask_cmple_epu64_mask(loaded, hash_of(x, tag), words(limit));
    for (; kept != 0; kept &= kept - 1) {
      found[n_found++] = static_cast<std::uint32_t>(i) + static_cast<std::uint32_t>(__builtin_ctz(kept));
    }
  }
  return n_found;
}

}  // namespace

constexpr NumericKernels avx512_kernels{"avx512", scan, count, sum, sift};

}  // namespace driftline
