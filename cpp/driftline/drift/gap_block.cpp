#include "driftline/drift/gap_block.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

// Inlined whole into a function for each instruction set, so that all of them are the same lines.
#define DRIFTLINE_INLINE [[gnu::always_inline]] inline

namespace driftline {
namespace {

constexpr std::size_t lanes = 4;
using Lanes [[gnu::vector_size(lanes * sizeof(double))]] = double;
using Pair [[gnu::vector_size(16)]] = double;  // above and below 0

/// One more than cells: the first is that before the first cell.
using Ends = std::array<double, GapBlock::capacity + 1>;

DRIFTLINE_INLINE void load(Lanes& lane, const double* from) { std::memcpy(&lane, from, sizeof lane); }

/// Areas of four cells, those between cells before those in them.
DRIFTLINE_INLINE void add_areas(Pair& sum, const Lanes& up_between, const Lanes& down_between, const Lanes& up,
                                const Lanes& down) {
  const Lanes even_between = __builtin_shufflevector(up_between, down_between, 0, 4, 2, 6);
  const Lanes odd_between = __builtin_shufflevector(up_between, down_between, 1, 5, 3, 7);
  const Lanes even = __builtin_shufflevector(up, down, 0, 4, 2, 6);
  const Lanes odd = __builtin_shufflevector(up, down, 1, 5, 3, 7);
  sum = sum + Pair{even_between[0], even_between[1]} + Pair{even[0], even[1]};
  sum = sum + Pair{odd_between[0], odd_between[1]} + Pair{odd[0], odd[1]};
  sum = sum + Pair{even_between[2], even_between[3]} + Pair{even[2], even[3]};
  sum = sum + Pair{odd_between[2], odd_between[3]} + Pair{odd[2], odd[3]};
}

/// The nearest double, by two halves that are exact: a vector at a time where there is no instruction for it.
DRIFTLINE_INLINE double to_double(std::uint64_t count) {
  constexpr std::uint64_t below = 0x4330'0000'0000'0000;  // of 2^52
  constexpr std::uint64_t above = 0x4530'0000'0000'0000;  // of 2^84
  const auto low = std::bit_cast<double>(below | (count & 0xFFFF'FFFF));
  const auto high = std::bit_cast<double>(above | count >> 32);
  return (high - 0x1.00000001p84) + low;
}

/// What the loops over cells share.
struct Run {
  Ends f;  // rows up to the end of each cell times those of the other side: F and G times n·m
  Ends g;
  Ends end;  // upper ends of the cells, times unit
};

DRIFTLINE_INLINE void find_ends(const GapBlock& block, std::size_t size, GapWalk& walk, Run& run) {
  std::array<std::uint64_t, GapBlock::capacity + 1> reference;
  std::array<std::uint64_t, GapBlock::capacity + 1> current;
  std::uint64_t sum_r = reference[0] = walk.reference;
  std::uint64_t sum_c = current[0] = walk.current;
  for (std::size_t i = 0; i < size; ++i) {
    reference[i + 1] = sum_r += block.reference[i];
    current[i + 1] = sum_c += block.current[i];
  }
  walk.reference = sum_r;
  walk.current = sum_c;
  for (std::size_t i = 0; i <= size; ++i) run.f[i] = to_double(reference[i]) * walk.m;
  for (std::size_t i = 0; i <= size; ++i) run.g[i] = to_double(current[i]) * walk.n;
  run.end[0] = walk.end;
  for (std::size_t i = 0; i < size; ++i) run.end[i + 1] = block.high[i] * walk.scan.unit;
  walk.end = run.end[size];
}

DRIFTLINE_INLINE double largest_of(const Lanes& x) { return std::max({x[0], x[1], x[2], x[3]}); }

/// Where F − G is largest.
DRIFTLINE_INLINE void find_largest(const GapBlock& block, std::size_t size, const Run& run, GapScan& scan) {
  Lanes possible{};
  Lanes largest{};
  for (std::size_t i = 0; i < size; i += lanes) {
    Lanes f_before, f_after, g_before, g_after, low, high;
    load(f_before, &run.f[i]), load(f_after, &run.f[i + 1]), load(g_before, &run.g[i]), load(g_after, &run.g[i + 1]);
    load(low, &block.low[i]), load(high, &block.high[i]);
    const Lanes above = f_after - g_after;
    const Lanes below = g_after - f_after;
    const Lanes at_end = above > below ? above : below;
    // All rows of one side may come before those of the other.
    const Lanes highest = f_after - g_before;
    const Lanes lowest = g_after - f_before;
    const Lanes inside = highest > lowest ? highest : lowest;
    const Lanes most = low == high ? at_end : inside;
    possible = most > possible ? most : possible;
    largest = at_end > largest ? at_end : largest;
  }
  scan.possible = std::max(scan.possible, largest_of(possible));
  const double size_of_largest = largest_of(largest);
  if (size_of_largest <= std::abs(scan.largest)) return;
  std::size_t i = 0;
  while (std::abs(run.f[i + 1] - run.g[i + 1]) < size_of_largest) ++i;
  scan.largest = run.f[i + 1] - run.g[i + 1];
  scan.location = block.high[i];
}

/// The area above 0 below a line of length 1 that crosses 0.
DRIFTLINE_INLINE double crossing(double from, double to) {
  const double top = std::max({from, to, 0.0});
  return 0.5 * top * top / std::abs(from - to);
}

#define POSITIVE(x) ((x) > zero ? (x) : zero)

/// Areas between cells, where F − G is constant, and inside: there it lies between what it is when all rows of one side
/// come before those of the other, and is estimated by a line.
DRIFTLINE_INLINE void integrate(const GapBlock& block, std::size_t size, const Run& run, double scale, GapScan& scan) {
  const Lanes zero{};
  Pair least{scan.up.low, scan.down.low};
  Pair estimate{scan.up.value, scan.down.value};
  Pair most{scan.up.high, scan.down.high};
  for (std::size_t i = 0; i < size; i += lanes) {
    Lanes f_before, f_after, g_before, g_after, end_before, end_after, low;
    load(f_before, &run.f[i]), load(f_after, &run.f[i + 1]), load(g_before, &run.g[i]), load(g_after, &run.g[i + 1]);
    load(end_before, &run.end[i]), load(end_after, &run.end[i + 1]), load(low, &block.low[i]);
    const Lanes begin = low * scan.unit;
    const Lanes distance = begin - end_before;
    const Lanes width = (end_after - begin) * scale;
    const Lanes above = f_before - g_before;
    const Lanes below = g_before - f_before;
    const Lanes up_between = distance * (POSITIVE(above) * scale);
    const Lanes down_between = distance * (POSITIVE(below) * scale);
    const Lanes after = f_after - g_after;
    const Lanes sum = above + after;
    const Lanes negated = zero - sum;
    Lanes up = 0.5 * POSITIVE(sum);
    Lanes down = 0.5 * POSITIVE(negated);
    const auto crosses = above * after < zero;
    if ((crosses[0] | crosses[1] | crosses[2] | crosses[3]) != 0) [[unlikely]] {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        if (crosses[lane] == 0) continue;
        up[lane] = crossing(above[lane], after[lane]);
        down[lane] = crossing(-above[lane], -after[lane]);
      }
    }
    add_areas(estimate, up_between, down_between, width * up, width * down);
    const Lanes highest = f_after - g_before;
    const Lanes lowest = g_after - f_before;
    add_areas(most, up_between, down_between, width * POSITIVE(highest), width * POSITIVE(lowest));
    const Lanes least_up = f_before - g_after;
    const Lanes least_down = g_before - f_after;
    add_areas(least, up_between, down_between, width * POSITIVE(least_up), width * POSITIVE(least_down));
  }
  scan.up = {least[0], estimate[0], most[0]};
  scan.down = {least[1], estimate[1], most[1]};
}

DRIFTLINE_INLINE void walk_along_with(GapBlock& block, GapWalk& walk) {
  // Cells of no width and no rows up to a whole vector.
  const std::size_t size = (block.size + lanes - 1) / lanes * lanes;
  for (std::size_t i = block.size; i < size; ++i) {
    block.reference[i] = block.current[i] = 0;
    block.low[i] = block.high[i] = block.high[block.size - 1];
  }
  Run run;
  find_ends(block, size, walk, run);
  find_largest(block, size, run, walk.scan);
  integrate(block, size, run, 1.0 / (walk.n * walk.m), walk.scan);
}

#if defined(__x86_64__) && defined(__GNUC__)
[[gnu::target("avx2")]] void walk_along_avx2(GapBlock& block, GapWalk& walk) { walk_along_with(block, walk); }
#endif

}  // namespace

void walk_along_portably(GapBlock& block, GapWalk& walk) { walk_along_with(block, walk); }

void walk_along(GapBlock& block, GapWalk& walk) {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  if (has_avx2) return walk_along_avx2(block, walk);
#endif
  walk_along_portably(block, walk);
}

}  // namespace driftline
