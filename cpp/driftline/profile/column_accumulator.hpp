// Reads chunks of one column into the summary that fits its kind.
#pragma once

#include <cstdint>
#include <variant>

#include "driftline/column/column_view.hpp"
#include "driftline/column/read_labels.hpp"
#include "driftline/profile/profile.hpp"
#include "driftline/summary/category_counts.hpp"
#include "driftline/summary/numeric_summary.hpp"

namespace driftline {

/// Nulls of the whole view: marked ones, and empty cells of objects.
std::uint64_t count_nulls(const ColumnView& view);

/// The rows of one column that one thread has read. Not thread-safe; `merge` joins what several threads have read.
class ColumnAccumulator {
 public:
  /// `kind`: numeric, boolean, datetime or categorical.
  ColumnAccumulator(Kind kind, const ProfileOptions& options, std::uint64_t salt);

  /// Adds rows [begin, end) and returns how many hold no value. NaN and infinities among numbers are not in the result:
  /// the summary counts them. Throws InputError when the rows cannot be read; the accumulator is then of no more use.
  NonLabels read(const ColumnView& view, std::int64_t begin, std::int64_t end);

  /// Has a finite number or a label come?
  bool has_values() const { return has_values_; }
  ColumnSummary finish() const;

 private:
  NonLabels read_into(NumericAccumulator& numbers, const ColumnView& view, std::int64_t begin, std::int64_t end);
  NonLabels read_into(CategoryCounts& labels, const ColumnView& view, std::int64_t begin, std::int64_t end);

  bool has_values_ = false;
  std::variant<NumericAccumulator, CategoryCounts> accumulator_;
};

}  // namespace driftline
