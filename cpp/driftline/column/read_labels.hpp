// Decodes any column into typed labels with counts.
#pragma once

#include <cstdint>
#include <functional>

#include "driftline/column/column_view.hpp"

namespace driftline {

/// What rows hold besides labels.
struct NonLabels {
  std::int64_t n_null = 0;
  std::int64_t n_nan = 0;
  std::int64_t n_pos_inf = 0;
  std::int64_t n_neg_inf = 0;
};

/// Calls `sink` with the labels of rows [begin, end), block by block. The same label may come many times.
///
/// Dictionary columns are counted by code first and mapped to their values once, so codes never leak. Integral floats
/// and integral decimals come as integers, −0.0 as the integer 0; NaN, NaT and infinities are counted in the result.
/// A block is valid only during the call.
///
/// Throws InputError for unsupported storage and for offsets or codes that leave their buffers. O(rows), reentrant.
NonLabels read_label_blocks(const ColumnView& column, std::int64_t begin, std::int64_t end,
                            const std::function<void(const LabelBlock&)>& sink);

/// The same, one label at a time.
NonLabels read_labels(const ColumnView& column, std::int64_t begin, std::int64_t end,
                      const std::function<void(const Label&, std::uint64_t)>& sink);

}  // namespace driftline
