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

void set_range(Doubles low, Doubles high, Doubles least, BlockFacts& facts) {
  double lows[lanes];
  double highs[lanes];
  double leasts[lanes];
  _mm256_storeu_pd(lows, low);
  _mm256_storeu_pd(highs, high);
  _mm256_storeu_pd(leasts, least);
  facts.low = lows[0];
  facts.high = highs[0];
  facts.least = leasts[0];
  for (std::size_t lane = 1; lane < lanes; ++lane) {
    facts.low = lows[lane] < facts.low ? lows[lane] : facts.low;
    facts.high = highs[lane] > facts.high ? highs[lane] : facts.high;
    facts.least = leasts[lane] < facts.least ? leasts[lane] : facts.least;
  }
}

/// `scan` where zeros, NaN or infinities are among the values.
void scan_mixed(const double* values, std::size_t n, BlockFacts* facts) {
  const Doubles zero = _mm256_setzero_pd();
  const Doubles minus_infinity = doubles(std::uint64_t{0xFFF} << 52);
  Doubles low = infinity();
  Doubles high = minus_infinity;
  Doubles least = infinity();
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
    const Doubles x_or_infinity = _mm256_blendv_pd(infinity(), x, counts);
    low = _mm256_min_pd(low, x_or_infinity);
    least = _mm256_min_pd(least, magnitude_of(x_or_infinity));
    high = _mm256_max_pd(high, _mm256_blendv_pd(minus_infinity, x, counts));
  }
  const std::size_t n_padding = (lanes - n % lanes) % lanes;
  *facts = {total(n_zero) - n_padding, total(n_negative), 0, 0, 0, 0.0, 0.0, 0.0};
  set_range(low, high, least, *facts);
  if (total(n_finite) != n + n_padding) count_not_finite(values, n, *facts);
}

/// The same where there are none, and `n` is a multiple of the lanes and not 0; false where there are.
bool scan_plain(const double* values, std::size_t n, BlockFacts* facts) {
  Doubles low = _mm256_loadu_pd(values);
  Doubles high = low;
  Doubles least = magnitude_of(low);
  Words n_negative = words(0);
  Doubles nothing = _mm256_setzero_pd();  // turns NaN with the first value that is not finite
  for (std::size_t i = 0; i < n; i += lanes) {
    const Doubles x = _mm256_loadu_pd(values + i);
    low = _mm256_min_pd(low, x);
    high = _mm256_max_pd(high, x);
    least = _mm256_min_pd(least, magnitude_of(x));
    n_negative = _mm256_add_epi64(n_negative, _mm256_srli_epi64(_mm256_castpd_si256(x), 63));
    nothing = _mm256_or_pd(nothing, _mm256_sub_pd(x, x));
  }
  *facts = {0, total(n_negative), 0, 0, 0, 0.0, 0.0, 0.0};
  set_range(low, high, least, *facts);
  return facts->least != 0.0 && _mm256_movemask_pd(_mm256_cmp_pd(nothing, nothing, _CMP_UNORD_Q)) == 0;
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
  facts->least = last.least < facts->least ? last.least : facts->least;
}

/// Which words of four doubles come first when those of a mask are moved to the front.
alignas(32) constexpr std::uint32_t moved_words[16][8] = {
    {0, 0, 0, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0, 0, 0}, {2, 3, 0, 0, 0, 0, 0, 0}, {0, 1, 2, 3, 0, 0, 0, 0},
    {4, 5, 0, 0, 0, 0, 0, 0}, {0, 1, 4, 5, 0, 0, 0, 0}, {2, 3, 4, 5, 0, 0, 0, 0}, {0, 1, 2, 3, 4, 5, 0, 0},
    {6, 7, 0, 0, 0, 0, 0, 0}, {0, 1, 6, 7, 0, 0, 0, 0}, {2, 3, 6, 7, 0, 0, 0, 0}, {0, 1, 2, 3, 6, 7, 0, 0},
    {4, 5, 6, 7, 0, 0, 0, 0}, {0, 1, 4, 5, 6, 7, 0, 0}, {2, 3, 4, 5, 6, 7, 0, 0}, {0, 1, 2, 3, 4, 5, 6, 7}};

std::size_t keep(const double* values, std::size_t n, double* kept) {
  std::size_t n_kept = 0;
  const auto is_counted = [](Doubles x) {
    return _mm256_movemask_pd(_mm256_and_pd(_mm256_cmp_pd(x, _mm256_setzero_pd(), _CMP_NEQ_OQ),
                                            _mm256_cmp_pd(magnitude_of(x), infinity(), _CMP_LT_OQ)));
  };
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const Doubles x = _mm256_loadu_pd(values + i);
    const int mask = is_counted(x);
    const Words order = _mm256_load_si256(reinterpret_cast<const Words*>(moved_words[mask]));
    // Whole vectors fit: n_kept is at most i.
    _mm256_storeu_ps(reinterpret_cast<float*>(kept + n_kept), _mm256_permutevar8x32_ps(_mm256_castpd_ps(x), order));
    n_kept += static_cast<std::size_t>(__builtin_popcount(static_cast<unsigned>(mask)));
  }
  const int last = is_counted(load(values + i, n - i));
  for (std::size_t lane = 0; i + lane < n; ++lane) {
    kept[n_kept] = values[i + lane];
    n_kept += static_cast<std::size_t>(last >> lane & 1);
  }
  return n_kept;
}

/// The bits of x, or of 1 − x on [0.5, 1); `anchored` tells which.
Words bits_of(Doubles x, Words& anchored) {
  anchored = _mm256_cmpeq_epi64(_mm256_srli_epi64(_mm256_castpd_si256(x), 52), words(1022));
  const Doubles rest = _mm256_sub_pd(_mm256_set1_pd(1.0), x);
  return _mm256_castpd_si256(_mm256_blendv_pd(x, rest, _mm256_castsi256_pd(anchored)));
}

/// The lower halves of the lanes, one after the other.
__m128i packed(Words x) {
  return _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(x, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6)));
}

void store(std::uint32_t* at, std::size_t n_left, __m128i values) {
  if (n_left >= lanes) return _mm_storeu_si128(reinterpret_cast<__m128i*>(at), values);
  std::uint32_t lane[lanes];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(lane), values);
  for (std::size_t i = 0; i < n_left; ++i) at[i] = lane[i];
}

Words word_of_side(Doubles x, Words anchored, const std::uint64_t (&of_side)[3]) {
  const Words of_sign = _mm256_castpd_si256(_mm256_blendv_pd(doubles(of_side[0]), doubles(of_side[1]), x));
  return _mm256_blendv_epi8(of_sign, words(of_side[2]), anchored);
}

bool place(const double* values, std::size_t n, const Windows& windows, std::uint32_t* cells) {
  const Window* side = windows.side;
  const std::uint64_t first[3] = {side[0].first, side[1].first, side[2].first};
  const std::uint64_t size[3] = {side[0].size, side[1].size, side[2].size};
  const std::uint64_t array[3] = {side[0].array, side[1].array, side[2].array};
  const __m128i level = _mm_cvtsi32_si128(windows.level);
  Words all_inside = words(~std::uint64_t{0});
  for (std::size_t i = 0; i < n; i += lanes) {
    const Doubles x = load(values + i, n - i);
    Words anchored;
    const Words bits = bits_of(x, anchored);
    const Words cell = _mm256_sub_epi64(_mm256_srl_epi64(bits, level), word_of_side(x, anchored, first));
    // Both are below 2^63, or the cell lies before the first one and is negative.
    const Words below_size = _mm256_cmpgt_epi64(word_of_side(x, anchored, size), cell);
    const Words inside = _mm256_andnot_si256(_mm256_cmpgt_epi64(words(0), cell), below_size);
    const Words index = _mm256_and_si256(_mm256_add_epi64(cell, word_of_side(x, anchored, array)), inside);
    store(cells + i, n - i, packed(index));
    all_inside = _mm256_and_si256(all_inside, inside);
  }
  return _mm256_movemask_pd(_mm256_castsi256_pd(all_inside)) != 0xF;
}

std::size_t count_sides(const double* values, std::size_t n, const Windows* windows, std::uint32_t* counts,
                        std::uint16_t* outside) {
  return count_placed(values, n, windows, counts, outside, place);
}

void locate(const double* values, std::size_t n, std::uint64_t* mantissas, std::uint32_t* binades) {
  for (std::size_t i = 0; i < n; i += lanes) {
    const Doubles x = load(values + i, n - i);
    Words anchored;
    const Words bits = bits_of(x, anchored);
    const Words binade = _mm256_add_epi64(_mm256_srli_epi64(bits, 52), _mm256_and_si256(anchored, words(4096 - 970)));
    const Words mantissa = _mm256_and_si256(bits, words((std::uint64_t{1} << 52) - 1));
    store(binades + i, n - i, packed(binade));
    if (n - i >= lanes) {
      _mm256_storeu_si256(reinterpret_cast<Words*>(mantissas + i), mantissa);
    } else {
      std::uint64_t last[lanes];
      _mm256_storeu_si256(reinterpret_cast<Words*>(last), mantissa);
      for (std::size_t lane = 0; i + lane < n; ++lane) mantissas[i + lane] = last[lane];
    }
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
      const Doubles shifted = _mm256_add_pd(x, round);
      x = _mm256_sub_pd(x, _mm256_sub_pd(shifted, round));
      limb[k] = _mm256_castpd_si256(shifted);
    }
    return x;
  }

  void add(const Words (&limb)[3]) {
    const Words twice0 = _mm256_add_epi32(limb[0], limb[0]);
    for (int k = 0; k < 3; ++k) sum_[k] = _mm256_add_epi64(sum_[k], limb[k]);
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
  void add_product(int k, Words a, Words b) { product_[k] = _mm256_add_epi64(product_[k], _mm256_mul_epi32(a, b)); }

  std::uint64_t magic_[3];
  Words sum_[3] = {words(0), words(0), words(0)};
  Words product_[5] = {words(0), words(0), words(0), words(0), words(0)};
};

void sum(const double* values, std::size_t n, int unit, LimbSums* sums) {
  Limbs limbs(unit);
  Words limb[3];
  for (std::size_t i = 0; i < n; i += lanes) {
    limbs.cut(load(values + i, n - i), limb);
    limbs.add(limb);
  }
  limbs.finish((n + lanes - 1) / lanes * lanes, sums);
}

std::size_t sum_coarse(const double* values, std::size_t n, int unit, LimbSums* sums, double* rest) {
  Limbs limbs(unit);
  std::size_t n_rest = 0;
  for (std::size_t i = 0; i < n; i += lanes) {
    Doubles x = load(values + i, n - i);
    Words limb[3];
    while (true) {
      const Doubles too_fine = _mm256_cmp_pd(limbs.cut(x, limb), _mm256_setzero_pd(), _CMP_NEQ_OQ);
      const int lost = _mm256_movemask_pd(too_fine);
      if (__builtin_expect(lost == 0, 1)) break;
      double lane[lanes];
      _mm256_storeu_pd(lane, x);
      for (unsigned left = static_cast<unsigned>(lost); left != 0; left &= left - 1) {
        rest[n_rest++] = lane[__builtin_ctz(left)];
      }
      x = _mm256_andnot_pd(too_fine, x);
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

constexpr NumericKernels avx2_kernels{"avx2",           scan, keep,       count_side, count_sides,
                                      count_in_binades, sum,  sum_coarse, sift};

}  // namespace driftline
