// Rows of a column as codes into the labels they hold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "driftline/column/column_view.hpp"

namespace driftline {

struct OwnedLabel {
  LabelTag tag;
  std::string payload;
};

struct EncodedLabels {
  std::vector<std::int32_t> codes;  ///< of each row; −1 for null, NaN and infinities
  std::vector<OwnedLabel> labels;   ///< each once, in the order in which they come first (dictionaries: in theirs)
};

/// The labels of all rows, typed and canonical as `read_labels` gives them. Throws InputError as that does. O(rows).
EncodedLabels encode_labels(const ColumnView& column);

}  // namespace driftline
