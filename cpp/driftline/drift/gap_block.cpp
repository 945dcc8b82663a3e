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

/// One more than cells: the first stands before the first cell.
using Ends = std::array<double, GapBlock::capacity + 1>;

/// Sizes of the areas above and below 0, a vector of each in turn.
using Areas = std::array<double, 2 * GapBlock::capacity>;

DRIFTLINE_INLINE void load(Lanes& lane, const double* from) { std::memcpy(&lane, from, sizeof lane); }
DRIFTLINE_INLINE void store(const Lanes& lane, double* to) { std::memcpy(to, &lane, sizeof lane); }

/// The nearest double, by two halves that are exact: a vector at a time where there is no instruction for it.
DRIFTLINE_INLINE double to_double(std::uint64_t count) {
  constexpr std::uint64_t below = 0x4330'0000'0000'0000;  // of 2^52
  constexpr std::uint64_t above = 0x4530'0000'0000'0000;  // of 2^84
  const auto low = std::bit_cast<double>(below | (count & 0xFFFF'FFFF));
  const auto high = std::bit_cast<double>(above | count >> 32);
  return (high - 0x1.00000001p84) + low;
}

/// Rows up to the end of each cell, times those of the other side: F or G times n·m.
DRIFTLINE_INLINE void add_up(const std::array<std::uint64_t, GapBlock::capacity>& rows, std::size_t size, double other,
                             std::uint64_t& so_far, Ends& up_to) {
  std::array<std::uint64_t, GapBlock::capacity> sums;
  up_to[0] = to_double(so_far) * other;
  for (std::size_t i = 0; i < size; ++i) sums[i] = so_far += rows[i];
  for (std::size_t i = 0; i < size; ++i) up_to[i + 1] = to_double(sums[i]) * other;
}

/// The area above 0 below a line of length 1 that crosses 0.
DRIFTLINE_INLINE double crossing(double from, double to) {
  const double top = std::max({from, to, 0.0});
  return 0.5 * top * top / std::abs(from - to);
}

#define POSITIVE(x) ((x) > zero ? (x) : zero)

DRIFTLINE_INLINE void walk_along_with(GapBlock& block, GapWalk& walk) {
  const Lanes zero{};
  const double scale = 1.0 / (walk.n * walk.m);
  // Cells of no width and no rows up to a whole vector.
  const std::size_t size = (block.size + lanes - 1) / lanes * lanes;
  for (std::size_t i = block.size; i < size; ++i) {
    block.reference[i] = block.current[i] = 0;
    block.low[i] = block.high[i] = block.high[block.size - 1];
  }
  Ends f, g, end;
  add_up(block.reference, size, walk.m, walk.reference, f);
  add_up(block.current, size, walk.n, walk.current, g);
  end[0] = walk.end;
  for (std::size_t i = 0; i < size; ++i) end[i + 1] = block.high[i] * walk.scan.unit;

  std::array<double, GapBlock::capacity> after;
  Areas between, least, line, most;
  Lanes most_possible = zero;
  Lanes largest = zero;
  for (std::size_t i = 0; i < size; i += lanes) {
    Lanes f_before, f_after, g_before, g_after, end_before, end_after, low, high;
    load(f_before, &f[i]), load(f_after, &f[i + 1]), load(g_before, &g[i]), load(g_after, &g[i + 1]);
    load(end_before, &end[i]), load(end_after, &end[i + 1]), load(low, &block.low[i]), load(high, &block.high[i]);
    const Lanes gap = f_before - g_before;
    const Lanes highest = f_after - g_before;  // all rows of one side before those of the other
    const Lanes lowest = f_before - g_after;
    const Lanes now = f_after - g_after;
    store(now, &after[i]);

    const Lanes size_now = now > zero ? now : -now;
    const Lanes inside = highest > -lowest ? highest : -lowest;
    const Lanes possible = low == high ? size_now : inside;
    most_possible = possible > most_possible ? possible : most_possible;
    largest = size_now > largest ? size_now : largest;

    const Lanes begin = low * walk.scan.unit;
    const Lanes distance = begin - end_before;
    const Lanes width = (end_after - begin) * scale;
    store(distance * (POSITIVE(gap) * scale), &between[2 * i]);
    store(distance * (POSITIVE(-gap) * scale), &between[2 * i + lanes]);
    store(width * POSITIVE(lowest), &least[2 * i]);
    store(width * POSITIVE(-highest), &least[2 * i + lanes]);
    store(width * POSITIVE(highest), &most[2 * i]);
    store(width * POSITIVE(-lowest), &most[2 * i + lanes]);
    Lanes line_up = 0.5 * POSITIVE(gap + now);
    Lanes line_down = 0.5 * POSITIVE(-(gap + now));
    const auto crosses = gap * now < zero;
    if ((crosses[0] | crosses[1] | crosses[2] | crosses[3]) != 0) [[unlikely]] {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        if (crosses[lane] == 0) continue;
        line_up[lane] = crossing(gap[lane], now[lane]);
        line_down[lane] = crossing(-gap[lane], -now[lane]);
      }
    }
    store(width * line_up, &line[2 * i]);
    store(width * line_down, &line[2 * i + lanes]);
  }

  Pair low{walk.scan.up.low, walk.scan.down.low};
  Pair value{walk.scan.up.value, walk.scan.down.value};
  Pair high{walk.scan.up.high, walk.scan.down.high};
  for (std::size_t i = 0; i < 2 * size; i += 2 * lanes) {
    for (std::size_t up = i; up < i + lanes; ++up) {
      const std::size_t down = up + lanes;
      const Pair area{between[up], between[down]};
      low += area;
      value += area;
      high += area;
      low += Pair{least[up], least[down]};
      value += Pair{line[up], line[down]};
      high += Pair{most[up], most[down]};
    }
  }
  walk.scan.up = {low[0], value[0], high[0]};
  walk.scan.down = {low[1], value[1], high[1]};
  walk.end = end[size];

  walk.scan.possible =
      std::max({walk.scan.possible, most_possible[0], most_possible[1], most_possible[2], most_possible[3]});
  const double block_largest = std::max({largest[0], largest[1], largest[2], largest[3]});
  if (block_largest > std::abs(walk.scan.largest)) {
    std::size_t i = 0;
    while (std::abs(after[i]) < block_largest) ++i;
    walk.scan.largest = after[i];
    walk.scan.location = block.high[i];
  }
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
