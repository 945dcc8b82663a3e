// Compiled for AVX2: see numeric_kernels.hpp for what may be included here.
#include <immintrin.h>

#include "driftline/summary/count_cells.hpp"
#include "driftline/summary/numeric_kernels.hpp"

namespace driftline {

extern const NumericKernels avx2_kernels;

namespace {

constexpr std::size_t lanes = 4;
using Doubles = __m256d;
using Words = __m256i;

Words words(std::uint64_t value) { return _mm256_set1_epi64x(static_cast<long long>(value)); }
Doubles doubles(std::uint64_t bits) { return _mm256_castsi256_pd(words(bits)); }
Doubles infinity() { return doubles(std::uint64_t{0x7FF} << 52); }
Doubles magnitude_of(Doubles x) { return _mm256_andnot_pd(doubles(std::uint64_t{1} << 63), x); }

/// The values from `at` on; zeros behind the last of `n_left`.
Doubles load(const double* at, std::size_t n_left) {
  if (n_left >= lanes) return _mm256_loadu_pd(at);
  double padded[lanes] = {};
  for (std::size_t i = 0; i < n_left; ++i) padded[i] = at[i];
  return _mm256_loadu_pd(padded);
}

/// Of the lanes, modulo 2^64.
std::uint64_t total(Words x) {
  std::uint64_t lane[lanes];
  _mm256_storeu_si256(reinterpret_cast<Words*>(lane), x);
  return lane[0] + lane[1] + lane[2] + lane[3];
}
std::int64_t signed_total(Words x) { return static_cast<std::int64_t>(total(x)); }

/// One more in every lane whose mask is all ones.
Words plus_one(Words counter, Doubles mask) { return _mm256_sub_epi64(counter, _mm256_castpd_si256(mask)); }

void count_not_finite(const double* values, std::size_t n, BlockFacts& facts) {
  Words n_nan = words(0);
  Words n_pos_inf = words(0);
  Words n_neg_inf = words(0);
  for (std::size_t i = 0; i < n; i += lanes) {
    const Doubles x = load(values + i, n - i);
    n_nan = plus_one(n_nan, _mm256_cmp_pd(x, x, _CMP_UNORD_Q));
    n_pos_inf = plus_one(n_pos_inf, _mm256_cmp_pd(x, infinity(), _CMP_EQ_OQ));
    n_neg_inf = plus_one(n_neg_inf, _mm256_cmp_pd(x, doubles(std::uint64_t{0xFFF} << 52), _CMP_EQ_OQ));
  }
  facts.n_nan = total(n_nan);
  facts.n_pos_inf = total(n_pos_inf);
  facts.n_neg_inf = total(n_neg_inf);
}

void set_range(Doubles low, Doubles high, BlockFacts& facts) {
  double lows[lanes];
  double highs[lanes];
  _mm256_storeu_pd(lows, low);
  _mm256_storeu_pd(highs, high);
  facts.low = lows[0];
  facts.high = highs[0];
  for (std::size_t lane = 1; lane < lanes; ++lane) {
    facts.low = lows[lane] < facts.low ? lows[lane] : facts.low;
    facts.high = highs[lane] > facts.high ? highs[lane] : facts.high;
  }
}

/// `scan` where zeros, NaN or infinities are among the values.
void scan_mixed(const double* values, std::size_t n, BlockFacts* facts) {
  const Doubles zero = _mm256_setzero_pd();
  const Doubles minus_infinity = doubles(std::uint64_t{0xFFF} << 52);
  Doubles low = infinity();
  Doubles high = minus_infinity;
  Words n_zero = words(0);
  Words n_finite = words(0);
  Words n_negative = words(0);
  for (std::size_t i = 0; i < n; i += lanes) {
    const Doubles x = load(values + i, n - i);
    const Doubles is_zero = _mm256_cmp_pd(x, zero, _CMP_EQ_OQ);
    const Doubles is_finite = _mm256_cmp_pd(magnitude_of(x), infinity(), _CMP_LT_OQ);
    const Doubles counts = _mm256_andnot_pd(is_zero, is_finite);
    n_zero = plus_one(n_zero, is_zero);
    n_finite = plus_one(n_finite, is_finite);
    n_negative = plus_one(n_negative, _mm256_and_pd(counts, _mm256_cmp_pd(x, zero, _CMP_LT_OQ)));
    low = _mm256_min_pd(low, _mm256_blendv_pd(infinity(), x, counts));
    high = _mm256_max_pd(high, _mm256_blendv_pd(minus_infinity, x, counts));
  }
  const std::size_t n_padding = (lanes - n % lanes) % lanes;
  *facts = {total(n_zero) - n_padding, total(n_negative), 0, 0, 0, 0.0, 0.0};
  set_range(low, high, *facts);
  if (total(n_finite) != n + n_padding) count_not_finite(values, n, *facts);
}

/// The same where there are none, and `n` is a multiple of the lanes and not 0; false where there are.
bool scan_plain(const double* values, std::size_t n, BlockFacts* facts) {
  Doubles low = _mm256_loadu_pd(values);
  Doubles high = low;
  Words n_negative = words(0);
  Doubles all_count = _mm256_cmp_pd(infinity(), infinity(), _CMP_EQ_OQ);
  for (std::size_t i = 0; i < n; i += lanes) {
    const Doubles x = _mm256_loadu_pd(values + i);
    low = _mm256_min_pd(low, x);
    high = _mm256_max_pd(high, x);
    n_negative = _mm256_add_epi64(n_negative, _mm256_srli_epi64(_mm256_castpd_si256(x), 63));
    // One less than the bits of |x|: a NaN for zero, the largest double for infinity.
    const Doubles below = _mm256_castsi256_pd(_mm256_sub_epi64(_mm256_castpd_si256(magnitude_of(x)), words(1)));
    const Doubles largest = doubles((std::uint64_t{0x7FF} << 52) - 1);
    all_count = _mm256_and_pd(all_count, _mm256_cmp_pd(below, largest, _CMP_LT_OQ));
  }
  *facts = {0, total(n_negative), 0, 0, 0, 0.0, 0.0};
  set_range(low, high, *facts);
  return _mm256_movemask_pd(all_count) == 0xF;
}

void scan(const double* values, std::size_t n, BlockFacts* facts) {
  const std::size_t n_whole = n / lanes * lanes;
  if (n_whole == 0 || !scan_plain(values, n_whole, facts)) return scan_mixed(values, n, facts);
  if (n_whole == n) return;
  BlockFacts last;
  scan_mixed(values + n_whole, n - n_whole, &last);
  facts->n_zero += last.n_zero;
  facts->n_negative += last.n_negative;
  facts->n_nan += last.n_nan;
  facts->n_pos_inf += last.n_pos_inf;
  facts->n_neg_inf += last.n_neg_inf;
  facts->low = last.low < facts->low ? last.low : facts->low;
  facts->high = last.high > facts->high ? last.high : facts->high;
}

void locate(const double* values, std::size_t n, std::uint64_t* mantissas, std::uint32_t* binades) {
  const Words anchored_exponent = words(1022);
  const Words even_words = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
  const Words lane_numbers = _mm256_setr_epi64x(0, 1, 2, 3);
  for (std::size_t i = 0; i < n; i += lanes) {
    const Doubles x = load(values + i, n - i);
    const Doubles is_counted = _mm256_and_pd(_mm256_cmp_pd(x, _mm256_setzero_pd(), _CMP_NEQ_OQ),
                                             _mm256_cmp_pd(magnitude_of(x), infinity(), _CMP_LT_OQ));
    const Words anchored = _mm256_cmpeq_epi64(_mm256_srli_epi64(_mm256_castpd_si256(x), 52), anchored_exponent);
    const Doubles rest = _mm256_sub_pd(_mm256_set1_pd(1.0), x);
    const Words bits = _mm256_castpd_si256(_mm256_blendv_pd(x, rest, _mm256_castsi256_pd(anchored)));
    const Words binade = _mm256_add_epi64(_mm256_srli_epi64(bits, 52), _mm256_and_si256(anchored, words(4096 - 970)));
    const Words mantissa = _mm256_and_si256(bits, words((std::uint64_t{1} << 52) - 1));
    const Words counts = _mm256_castpd_si256(is_counted);
    const Words kept_mantissa = _mm256_blendv_epi8(lane_numbers, mantissa, counts);
    const Words kept_binade = _mm256_blendv_epi8(words(discard_binade), binade, counts);
    const __m128i packed = _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(kept_binade, even_words));
    if (n - i >= lanes) {
      _mm256_storeu_si256(reinterpret_cast<Words*>(mantissas + i), kept_mantissa);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(binades + i), packed);
    } else {
      std::uint64_t last_mantissas[lanes];
      std::uint32_t last_binades[lanes];
      _mm256_storeu_si256(reinterpret_cast<Words*>(last_mantissas), kept_mantissa);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(last_binades), packed);
      for (std::size_t lane = 0; i + lane < n; ++lane) {
        mantissas[i + lane] = last_mantissas[lane];
        binades[i + lane] = last_binades[lane];
      }
    }
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
  const Doubles zero = _mm256_setzero_pd();
  Words s0 = words(0), s1 = words(0), s2 = words(0);
  Words q00 = words(0), q01 = words(0), q02 = words(0), q11 = words(0), q12 = words(0), q22 = words(0);
  std::size_t n_rest = 0;
  for (std::size_t i = 0; i < n; i += lanes) {
    Doubles x = load(values + i, n - i);
    x = _mm256_and_pd(x, _mm256_cmp_pd(magnitude_of(x), infinity(), _CMP_LT_OQ));
    Words a0, a1, a2;
    while (true) {
      const Doubles shifted0 = _mm256_add_pd(x, round0);
      const Doubles left1 = _mm256_sub_pd(x, _mm256_sub_pd(shifted0, round0));
      const Doubles shifted1 = _mm256_add_pd(left1, round1);
      const Doubles left2 = _mm256_sub_pd(left1, _mm256_sub_pd(shifted1, round1));
      const Doubles shifted2 = _mm256_add_pd(left2, round2);
      const Doubles left3 = _mm256_sub_pd(left2, _mm256_sub_pd(shifted2, round2));
      a0 = _mm256_castpd_si256(shifted0);
      a1 = _mm256_castpd_si256(shifted1);
      a2 = _mm256_castpd_si256(shifted2);
      const Doubles too_fine = _mm256_cmp_pd(left3, zero, _CMP_NEQ_OQ);
      const int lost = _mm256_movemask_pd(too_fine);
      if (__builtin_expect(lost == 0, 1)) break;
      double lane[lanes];
      _mm256_storeu_pd(lane, x);
      for (unsigned left = static_cast<unsigned>(lost); left != 0; left &= left - 1) {
        rest[n_rest++] = lane[__builtin_ctz(left)];
      }
      x = _mm256_andnot_pd(too_fine, x);
    }
    s0 = _mm256_add_epi64(s0, a0);
    s1 = _mm256_add_epi64(s1, a1);
    s2 = _mm256_add_epi64(s2, a2);
    q00 = _mm256_add_epi64(q00, _mm256_mul_epi32(a0, a0));
    q01 = _mm256_add_epi64(q01, _mm256_mul_epi32(a0, a1));
    q02 = _mm256_add_epi64(q02, _mm256_mul_epi32(a0, a2));
    q11 = _mm256_add_epi64(q11, _mm256_mul_epi32(a1, a1));
    q12 = _mm256_add_epi64(q12, _mm256_mul_epi32(a1, a2));
    q22 = _mm256_add_epi64(q22, _mm256_mul_epi32(a2, a2));
  }
  // The upper bits of the shifted values were added along, modulo 2^64.
  const std::uint64_t n_added = (n + lanes - 1) / lanes * lanes;
  const Words limb_sums[3] = {s0, s1, s2};
  for (int k = 0; k < 3; ++k) {
    sums->sum[k] = static_cast<std::int64_t>(total(limb_sums[k]) - n_added * magic[k]);
  }
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

/// x·factor modulo 2^64, which AVX2 has no instruction for.
template <std::uint64_t factor>
Words times(Words x) {
  const Words low = _mm256_mul_epu32(x, words(factor));
  const Words cross = _mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64(x, 32), words(factor)),
                                       _mm256_mul_epu32(x, words(factor >> 32)));
  return _mm256_add_epi64(low, _mm256_slli_epi64(cross, 32));
}

template <int by>
Words rotated(Words x) {
  return _mm256_or_si256(_mm256_slli_epi64(x, by), _mm256_srli_epi64(x, 64 - by));
}

/// xxh64_tagged of base/hash.hpp.
Words hash_of(Words value, Words tag) {
  const Words lane = _mm256_or_si256(_mm256_slli_epi64(value, 8), tag);
  Words hash = _mm256_xor_si256(words(prime_5 + 9), times<prime_1>(rotated<31>(times<prime_2>(lane))));
  hash = _mm256_add_epi64(times<prime_1>(rotated<27>(hash)), words(prime_4));
  // The ninth byte: 0 in most columns.
  const Words last_byte = _mm256_srli_epi64(value, 56);
  if (!_mm256_testz_si256(last_byte, last_byte)) hash = _mm256_xor_si256(hash, times<prime_5>(last_byte));
  hash = times<prime_1>(rotated<11>(hash));
  hash = times<prime_2>(_mm256_xor_si256(hash, _mm256_srli_epi64(hash, 33)));
  hash = times<prime_3>(_mm256_xor_si256(hash, _mm256_srli_epi64(hash, 29)));
  return _mm256_xor_si256(hash, _mm256_srli_epi64(hash, 32));
}

std::size_t sift(const std::int64_t* values, std::size_t n, bool is_unsigned, std::uint64_t limit,
                 std::uint32_t* found) {
  const Words sign = words(std::uint64_t{1} << 63);
  const Words signed_limit = words(limit ^ std::uint64_t{1} << 63);
  const Words large_tag = words(is_unsigned ? 1 : 0);
  std::size_t n_found = 0;
  for (std::size_t i = 0; i < n; i += lanes) {
    std::int64_t padded[lanes] = {};
    const std::int64_t* at = values + i;
    if (n - i < lanes) {
      for (std::size_t k = 0; i + k < n; ++k) padded[k] = at[k];
      at = padded;
    }
    const Words x = _mm256_loadu_si256(reinterpret_cast<const Words*>(at));
    const Words tag = _mm256_add_epi64(words(2), _mm256_and_si256(_mm256_srli_epi64(x, 63), large_tag));
    const Words above = _mm256_cmpgt_epi64(_mm256_xor_si256(hash_of(x, tag), sign), signed_limit);
    auto kept = static_cast<unsigned>(~_mm256_movemask_pd(_mm256_castsi256_pd(above))) & 0xF;
    if (n - i < lanes) kept &= (1U << (n - i)) - 1;
    for (; kept != 0; kept &= kept - 1) {
      found[n_found++] = static_cast<std::uint32_t>(i) + static_cast<std::uint32_t>(__builtin_ctz(kept));
    }
  }
  return n_found;
}

}  // namespace

constexpr NumericKernels avx2_kernels{"avx2", scan, count, sum, sift};

}  // namespace driftline
