// What the definitions of other tools are applied to: rows of both sides by equally wide bins, by value or by label.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "driftline/drift/evidence.hpp"
#include "driftline/profile/queries.hpp"

namespace driftline {

/// A number that is only known to lie between two others, with an estimate; all three are equal where it is exact.
struct Bounded {
  double low = 0.0;
  double value = 0.0;
  double high = 0.0;

  bool exact() const { return low == high; }
};

/// Rows of one side below points of the number line. Cells of many values are taken as evenly filled.
class RowsBelow {
 public:
  /// At least one value.
  explicit RowsBelow(const NumericSummary& numbers);

  /// Rows < x, a whole number. O(log cells).
  Bounded below(double x) const;
  /// Rows ≤ x.
  Bounded at_most(double x) const;
  /// The value at a zero-based position in the sorted rows. O(log cells).
  Bounded value_at(std::uint64_t position) const;
  /// Σ max(0, x − value) over the rows. O(cells).
  Bounded sum_below(double x) const;
  /// Σ max(0, value − x) over the rows. O(cells).
  Bounded sum_above(double x) const;

 private:
  std::vector<Cell> cells_;
  std::vector<std::uint64_t> rows_up_to_;  // and with each cell
  double min_;
  double max_;
};

/// Rows of both sides, bin by bin.
struct ForeignTable {
  std::vector<Bounded> reference;
  std::vector<Bounded> current;
  double n = 0.0;  ///< rows of the reference
  double m = 0.0;
  ForeignDetails details;
};

/// `numpy.linspace(first, last, bins + 1)`, bit for bit.
std::vector<double> even_edges(double first, double last, std::size_t bins);

/// The number of bins of `numpy.histogram_bin_edges` for an estimated width; 1 where the width is 0
/// (or the numbers leave the range of doubles).
std::size_t bins_of_width(double range, double width);

/// Rows in [e0, e1), [e1, e2), ..., the last bin closed, as `numpy.histogram` counts. With `outside` a further bin
/// holds what lies outside.
ForeignTable count_in_bins(const NumericSummary& reference, const NumericSummary& current, std::vector<double> edges,
                           bool outside);

/// Rows by value or by label, those of either side. nullopt where not every value or label was kept on both sides.
std::optional<ForeignTable> count_values(const ColumnProfile& reference, const ColumnProfile& current);

}  // namespace driftline
