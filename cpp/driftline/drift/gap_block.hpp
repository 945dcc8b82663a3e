// The arithmetic of the walk along F − G: a few hundred common cells at a time, a vector of them at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "driftline/drift/gap_scan.hpp"

namespace driftline {

/// Consecutive common cells. Only the first `size` of each array mean anything.
struct GapBlock {
  static constexpr std::size_t capacity = 256;

  std::size_t size = 0;
  std::array<std::uint64_t, capacity> reference;  ///< rows
  std::array<std::uint64_t, capacity> current;
  std::array<double, capacity> low;
  std::array<double, capacity> high;
};

/// What is known of F − G after some cells.
struct GapWalk {
  double n;
  double m;
  GapScan scan;                 ///< of the cells so far; `unit` is set
  std::uint64_t reference = 0;  ///< rows so far
  std::uint64_t current = 0;
  double end = 0.0;  ///< upper end of the last cell, times unit
};

/// Walks along the cells of `block`, with the widest vectors of this machine. Additions keep the order of the cells, so
/// that `walk_along_portably` gives the same bits.
void walk_along(GapBlock& block, GapWalk& walk);
void walk_along_portably(GapBlock& block, GapWalk& walk);

}  // namespace driftline
