// Columns made of plain values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "driftline/profile/profile.hpp"

namespace driftline::testing {

inline ColumnProfile numeric_column(std::span<const double> values, std::string type_name = "float64",
                                    std::uint32_t resolution = 8192) {
  constexpr std::size_t block_size = 4096;
  NumericAccumulator accumulator(resolution);
  for (std::size_t begin = 0; begin < values.size(); begin += block_size) {
    NumberBlock block;
    block.values = values.subspan(begin, std::min(block_size, values.size() - begin));
    accumulator.add(block);
  }
  return {.name = "x",
          .kind = Kind::numeric,
          .type_name = std::move(type_name),
          .role = {},
          .reason = {},
          .n_rows = values.size(),
          .summary = accumulator.finish()};
}

/// Labels "0", "1", "2", … as often as `counts` says.
inline ColumnProfile label_column(const std::vector<std::uint64_t>& counts) {
  CategoryCounts labels(CategoryOptions{});
  std::uint64_t n_rows = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) labels.add({LabelTag::text, std::to_string(i)}, counts[i]);
    n_rows += counts[i];
  }
  return {.name = "label",
          .kind = Kind::categorical,
          .type_name = "string",
          .role = {},
          .reason = {},
          .n_rows = n_rows,
          .summary = labels.finish()};
}

}  // namespace driftline::testing
