// Reads columns of text and of binary into labels.
#pragma once

#include <cstdint>

#include "driftline/column/column_view.hpp"
#include "driftline/column/label_buffer.hpp"
#include "driftline/column/read_labels.hpp"

namespace driftline {

/// The labels of rows [begin, end) of a column of bytes. Throws InputError for another storage, and for offsets that
/// leave their buffers.
NonLabels read_byte_labels(const ColumnView& column, std::int64_t begin, std::int64_t end, LabelBuffer& out);
/// The same for one row, without the work that only pays for many.
NonLabels read_byte_label(const ColumnView& column, std::int64_t row, LabelBuffer& out);

}  // namespace driftline
