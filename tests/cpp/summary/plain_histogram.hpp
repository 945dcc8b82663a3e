// The canonical histogram straight from its definition: slow, and written without looking at the fast one.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace driftline::testing {

/// Side (0 negative, 1 zero, 2 below one half, 3 up to one, 4 from one), order of the binade, mantissa: all ascending.
using Position = std::tuple<int, int, std::uint64_t>;

inline Position position_of(double x) {
  const auto parts = [](double y) {
    const auto bits = std::bit_cast<std::uint64_t>(y);
    return std::pair<int, std::uint64_t>(static_cast<int>(bits >> 52 & 2047), bits & 0xFFFFFFFFFFFFFu);
  };
  if (x == 0) return {1, 0, 0};
  if (x < 0) return {0, -parts(-x).first, 0xFFFFFFFFFFFFFu - parts(-x).second};
  if (x < 0.5) return {2, parts(x).first, parts(x).second};
  if (x < 1) return {3, -parts(1 - x).first, 0xFFFFFFFFFFFFFu - parts(1 - x).second};
  return {4, parts(x).first, parts(x).second};
}

struct PlainHistogram {
  int global_level = 0;
  std::map<std::pair<int, int>, int> page_levels;
  std::map<Position, std::uint64_t> cells;  // mantissa >> page level
};

inline PlainHistogram plain_histogram(const std::vector<double>& values, std::size_t resolution) {
  std::map<std::pair<int, int>, std::set<std::uint64_t>> pages;
  for (const double x : values) {
    const auto [side, binade, mantissa] = position_of(x);
    pages[{side, binade}].insert(mantissa);
  }
  const auto occupied = [](const std::set<std::uint64_t>& mantissas, int level) {
    std::set<std::uint64_t> prefixes;
    for (const std::uint64_t mantissa : mantissas) prefixes.insert(mantissa >> level);
    return prefixes.size();
  };
  PlainHistogram result;
  for (result.global_level = 0; result.global_level < 52; ++result.global_level) {
    std::size_t total = 0;
    for (const auto& [page, mantissas] : pages) total += occupied(mantissas, result.global_level);
    if (total <= resolution) break;
  }
  std::size_t cap = 64;
  if (pages.size() > 128) {
    cap = 1;
    while (2 * cap * pages.size() <= 64 * 128) cap *= 2;
  }
  for (const auto& [page, mantissas] : pages) {
    int level = 0;
    while (level < result.global_level && occupied(mantissas, level) > cap) ++level;
    result.page_levels[page] = level;
  }
  for (const double x : values) {
    const auto [side, binade, mantissa] = position_of(x);
    ++result.cells[{side, binade, mantissa >> result.page_levels[{side, binade}]}];
  }
  return result;
}

}  // namespace driftline::testing
