// The bins that PSI, chi-square and the other divergences count in. They come from the reference.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "driftline/column/column_view.hpp"
#include "driftline/drift/numeric_pair.hpp"
#include "driftline/drift/row_weights.hpp"
#include "driftline/summary/category_counts.hpp"

namespace driftline {

/// The counts of one comparison: enough to recompute every value.
struct BinTable {
  /// Numbers: the inner edges. Bin i holds edge[i−1] ≤ x < edge[i]; the end bins are open. Each edge is the smallest
  /// double of the bin to its right.
  std::vector<double> bin_edges;
  /// Categories: the labels of each bin that are known by name; of a bin of many labels the 20 with the most rows.
  std::vector<std::vector<std::pair<LabelTag, std::string>>> labels;
  /// Categories: "" for a bin of one label, else "other 0" … "other 15", "bucket 17", "other buckets".
  std::vector<std::string> bin_names;

  std::vector<double> reference_counts;  ///< whole numbers unless the widths differ
  std::vector<double> reference_counts_low;
  std::vector<double> reference_counts_high;
  std::vector<double> current_counts;      ///< estimates where a cell straddles an edge, else whole numbers
  std::vector<double> current_counts_low;  ///< certified
  std::vector<double> current_counts_high;
  double n = 0.0;  ///< rows of the reference
  double m = 0.0;  ///< rows of the current side

  std::size_t size() const { return reference_counts.size(); }
};

/// Rows that a bin with these counts should hold on the smaller side, of n and m rows, if nothing changed.
///
/// By the shares of both sides together; of numbers by those of the reference where it has rows. Bins of numbers hold
/// equal shares of the reference by construction, so the sum of both counts would tell apart the bins that hold few
/// current rows by luck, and a test that pools these finds too much.
double expected_rows(const BinTable& table, double reference, double current, double m);

/// Inner edges of about `bins` ≥ 2 bins that hold equal shares of the reference.
///
/// A cell of one value that holds at least n/bins is a bin of its own; the other bins close when the next cell would
/// take them above (rows left outside such cells) / (bins − such cells − bins closed). No bin is empty.
std::vector<double> equal_share_edges(const SideCells& reference, int bins);

/// The edge between two neighbouring values: of the numbers in the middle half of the gap the one with the most
/// trailing zero bits, lowest on ties; `above` when there is no double in between. Requires below < above.
///
/// Where cells are closed at the top (negative numbers, and (0.5, 1), where the bits are those of 1 − x) the next
/// double is taken, so that the edge is the boundary of a cell at almost every level.
double edge_between(double below, double above);

/// The bins of `equal_share_edges`. Where the smallest or the largest value of the reference has a bin of its own and
/// current rows lie beyond it by more than rounding (1e-6 of the reference's range, 2⁻²³ of the larger of |min| and
/// |max|), an edge keeps them apart: a zero that became −1 is no zero. The bin beyond holds no row of the reference.
BinTable numeric_bins(const NumericPair& pair, int bins);

/// A bin for each of the 20 most frequent reference labels with at least max(n/40, 20) rows, ties broken by hash; all
/// other labels in 16 groups by the 4 bits of the hash above the low 12. If a side overflowed: the 20 fullest hash
/// buckets of the reference and the rest.
BinTable category_bins(const CategorySummary& reference, const CategorySummary& current);

/// The same shares seen in as many rows as the weights say: what a law should take the table for.
BinTable thinned(BinTable table, const SideWeights& weights);

/// Rows of each block in the bins that the reference makes, 10 for numbers; a block without a value has zeros.
///
/// The blocks, of either side, have the same sort of summary as the reference, which has a value. O(blocks · cells).
std::vector<std::vector<double>> block_counts(const ColumnProfile& reference,
                                              const std::vector<const ColumnProfile*>& blocks);

}  // namespace driftline
