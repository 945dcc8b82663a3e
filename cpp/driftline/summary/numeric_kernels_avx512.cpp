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
  Doubles least = infinity();
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
    least = _mm512_mask_min_pd(least, counts, least, _mm512_abs_pd(x));
  }
  double lows[lanes];
  double highs[lanes];
  double leasts[lanes];
  _mm512_storeu_pd(lows, low);
  _mm512_storeu_pd(highs, high);
  _mm512_storeu_pd(leasts, least);
  *facts = {n_zero, n_negative, 0, 0, 0, lows[0], highs[0], leasts[0]};
  for (std::size_t lane = 1; lane < lanes; ++lane) {
    facts->low = lows[lane] < facts->low ? lows[lane] : facts->low;
    facts->high = highs[lane] > facts->high ? highs[lane] : facts->high;
    facts->least = leasts[lane] < facts->least ? leasts[lane] : facts->least;
  }
  if (n_finite != n) count_not_finite(values, n, *facts);
}

std::size_t keep(const double* values, std::size_t n, double* kept) {
  std::size_t n_kept = 0;
  for (std::size_t i = 0; i < n; i += lanes) {
    const Doubles x = _mm512_maskz_loadu_pd(lanes_of(n - i), values + i);
    const __mmask8 counts = _mm512_mask_cmp_pd_mask(is_finite(x), x, zero(), _CMP_NEQ_OQ);
    // In a register first: some processors are slow to compress into memory.
    _mm512_mask_storeu_pd(kept + n_kept, lanes_of(n_set(counts)), _mm512_maskz_compress_pd(counts, x));
    n_kept += n_set(counts);
  }
  return n_kept;
}

/// The bits of x, or of 1 − x on [0.5, 1); `anchored` tells which.
Words bits_of(Doubles x, __mmask8& anchored) {
  anchored = _mm512_cmpeq_epi64_mask(_mm512_srli_epi64(_mm512_castpd_si512(x), 52), words(1022));
  return _mm512_castpd_si512(_mm512_mask_sub_pd(x, anchored, _mm512_set1_pd(1.0), x));
}

bool place(const double* values, std::size_t n, const Windows& windows, std::uint32_t* cells) {
  const Window* side = windows.side;
  const auto word_of_side = [](__mmask8 negative, __mmask8 anchored, std::uint64_t a, std::uint64_t b,
                               std::uint64_t c) {
    return _mm512_mask_mov_epi64(_mm512_mask_mov_epi64(words(a), negative, words(b)), anchored, words(c));
  };
  const __m128i level = _mm_cvtsi32_si128(windows.level);
  __mmask8 outside = 0;
  for (std::size_t i = 0; i < n; i += lanes) {
    const __mmask8 loaded = lanes_of(n - i);
    const Doubles x = _mm512_maskz_loadu_pd(loaded, values + i);
    __mmask8 anchored;
    const Words bits = bits_of(x, anchored);
    const __mmask8 negative = _mm512_movepi64_mask(bits);
    const Words cell = _mm512_sub_epi64(_mm512_srl_epi64(bits, level),
                                        word_of_side(negative, anchored, side[0].first, side[1].first, side[2].first));
    const __mmask8 inside =
        _mm512_cmplt_epu64_mask(cell, word_of_side(negative, anchored, side[0].size, side[1].size, side[2].size));
    const Words index = _mm512_maskz_add_epi64(
        inside, cell, word_of_side(negative, anchored, side[0].array, side[1].array, side[2].array));
    _mm256_mask_storeu_epi32(cells + i, loaded, _mm512_cvtepi64_epi32(index));
    outside = static_cast<__mmask8>(outside | (loaded & ~inside));
  }
  return outside != 0;
}

std::size_t count_sides(const double* values, std::size_t n, const Windows* windows, std::uint32_t* counts,
                        std::uint16_t* outside) {
  return count_placed(values, n, windows, counts, outside, place);
}

void locate(const double* values, std::size_t n, std::uint64_t* mantissas, std::uint32_t* binades) {
  for (std::size_t i = 0; i < n; i += lanes) {
    const __mmask8 loaded = lanes_of(n - i);
    const Doubles x = _mm512_maskz_loadu_pd(loaded, values + i);
    __mmask8 anchored;
    const Words bits = bits_of(x, anchored);
    const Words exponent = _mm512_srli_epi64(bits, 52);
    const Words binade = _mm512_mask_add_epi64(exponent, anchored, exponent, words(4096 - 970));
    _mm512_mask_storeu_epi64(mantissas + i, loaded, _mm512_and_si512(bits, words((std::uint64_t{1} << 52) - 1)));
    _mm256_mask_storeu_epi32(binades + i, loaded, _mm512_cvtepi64_epi32(binade));
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

/// Adds up limbs and their products.
class Limbs {
 public:
  explicit Limbs(int unit) : magic_{rounder(unit + 50), rounder(unit + 25), rounder(unit)} {}

  /// x cut into limbs; returns what they leave of it.
  Doubles cut(Doubles x, Words (&limb)[3]) const {
    for (int k = 0; k < 3; ++k) {
      const Doubles round = doubles(magic_[k]);
      const Doubles shifted = _mm512_add_pd(x, round);
      x = _mm512_sub_pd(x, _mm512_sub_pd(shifted, round));
      limb[k] = _mm512_castpd_si512(shifted);
    }
    return x;
  }

  void add(const Words (&limb)[3]) {
    const Words twice0 = _mm512_add_epi32(limb[0], limb[0]);
    for (int k = 0; k < 3; ++k) sum_[k] = _mm512_add_epi64(sum_[k], limb[k]);
    add_product(0, limb[0], limb[0]);
    add_product(1, limb[0], limb[1]);
    add_product(2, twice0, limb[2]);
    add_product(2, limb[1], limb[1]);
    add_product(3, limb[1], limb[2]);
    add_product(4, limb[2], limb[2]);
  }

  void finish(std::uint64_t n_added, LimbSums* sums) const {
    // The upper bits of the shifted values were added along, modulo 2^64.
    for (int k = 0; k < 3; ++k) sums->sum[k] = static_cast<std::int64_t>(total(sum_[k]) - n_added * magic_[k]);
    for (int k = 0; k < 5; ++k) sums->square[k] = signed_total(product_[k]) * (k % 2 == 1 ? 2 : 1);
  }

 private:
  void add_product(int k, Words a, Words b) { product_[k] = _mm512_add_epi64(product_[k], _mm512_mul_epi32(a, b)); }

  std::uint64_t magic_[3];
  Words sum_[3] = {words(0), words(0), words(0)};
  Words product_[5] = {words(0), words(0), words(0), words(0), words(0)};
};

void sum(const double* values, std::size_t n, int unit, LimbSums* sums) {
  Limbs limbs(unit);
  Words limb[3];
  for (std::size_t i = 0; i < n; i += lanes) {
    limbs.cut(_mm512_maskz_loadu_pd(lanes_of(n - i), values + i), limb);
    limbs.add(limb);
  }
  limbs.finish((n + lanes - 1) / lanes * lanes, sums);
}

std::size_t sum_coarse(const double* values, std::size_t n, int unit, LimbSums* sums, double* rest) {
  Limbs limbs(unit);
  std::size_t n_rest = 0;
  for (std::size_t i = 0; i < n; i += lanes) {
    Doubles x = _mm512_maskz_loadu_pd(lanes_of(n - i), values + i);
    Words limb[3];
    while (true) {
      const __mmask8 lost = _mm512_cmp_pd_mask(limbs.cut(x, limb), zero(), _CMP_NEQ_OQ);
      if (__builtin_expect(lost == 0, 1)) break;
      double lane[lanes];
      _mm512_storeu_pd(lane, x);
      for (unsigned left = lost; left != 0; left &= left - 1) rest[n_rest++] = lane[__builtin_ctz(left)];
      x = _mm512_maskz_mov_pd(static_cast<__mmask8>(~lost), x);
    }
    limbs.add(limb);
  }
  limbs.finish((n + lanes - 1) / lanes * lanes, sums);
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

constexpr NumericKernels avx512_kernels{"avx512",         scan, keep,       count_side, count_sides,
                                        count_in_binades, sum,  sum_coarse, sift};

}  // namespace driftline
