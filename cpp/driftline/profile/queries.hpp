// Questions to a summary: quantiles, distribution function, counts between edges, uniqueness.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "driftline/profile/profile.hpp"

namespace driftline {

/// The cells of a histogram, cut by the smallest and the largest value: ranges that certainly hold the rows.
std::vector<Cell> certified_cells(const NumericSummary& numbers);

/// Certain bounds of the value of rank ⌈q·n⌉ (NumPy's "inverted_cdf"; q = 0: the minimum). Equal when the histogram is
/// exact. Throws OptionError unless 0 ≤ q ≤ 1, InputError without values. O(cells).
std::pair<double, double> quantile_bounds(const NumericSummary& numbers, double q);
/// An estimate inside the bounds: the rows of a cell are taken as evenly spread over it.
double quantile(const NumericSummary& numbers, double q);

/// Certain bounds of the share of rows ≤ x. Throws OptionError for NaN, InputError without values. O(cells).
std::pair<double, double> cdf_bounds(const NumericSummary& numbers, double x);
/// An estimate inside the bounds, like that of `quantile`.
double cdf(const NumericSummary& numbers, double x);

/// Estimated rows in [e0, e1), [e1, e2), ..., the last interval closed. Whole numbers where no cell straddles an edge.
/// Throws OptionError unless there are at least two edges in strictly ascending order. O(edges · cells).
std::vector<double> histogram_counts(const NumericSummary& numbers, std::span<const double> edges);

/// The kept labels, most frequent first; equal counts in the order of (tag, payload).
std::vector<LabelCount> most_frequent(const CategorySummary& labels);

/// Number of distinct values or labels. Exact (all three equal) while every cell is one value and no label was dropped;
/// then an estimate with its 95 % interval for integers and labels. Of other numbers only certain bounds are known:
/// each cell holds at least one value and at most as many as rows; the estimate is the lower bound.
struct Distinct {
  double estimate = 0.0;
  double low = 0.0;
  double high = 0.0;
};
Distinct distinct_values(const ColumnProfile& column);

/// Does every kept integer or label occur exactly once?
///
/// `p_value` is the probability of that if the column were ordinary: n rows drawn with replacement, each of R values
/// equally likely. A value then occurs Poisson(λ) times, λ = n/R, and one that is there is there once with probability
/// λ/(e^λ − 1); the kept ones are chosen by hash alone, so p = (λ/(e^λ − 1))^kept. With all values kept this is the
/// birthday problem, p ≈ e^(−n²/2R). R is max − min + 1 for integers: the widest uniform law that the data show. A law
/// that is not uniform repeats itself more often, so p is an upper bound there. Labels have no range; R is the number
/// of distinct ones. A small p says that repeats were to be expected, so something makes the values unique.
struct Uniqueness {
  bool all_once = false;  ///< at least two values are kept, and each occurs once
  double p_value = 1.0;   ///< 1 unless all_once
};
Uniqueness looks_unique(const ColumnProfile& column);

}  // namespace driftline
