#include "driftline/drift/signals.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "driftline/drift/category_signals.hpp"
#include "driftline/drift/numeric_signals.hpp"
#include "driftline/drift/proportions.hpp"
#include "driftline/drift/share_signal.hpp"

namespace driftline {
namespace {

std::uint64_t rows_present(const ColumnProfile& column) { return column.n_rows - column.n_absent; }

Signal nulls(const ColumnProfile& reference, const ColumnProfile& current, const SideWeights& weights) {
  const Share before{reference.n_null + reference.n_nan, rows_present(reference), weights.reference};
  const Share now{current.n_null + current.n_nan, rows_present(current), weights.current};
  Signal signal = share_signal("nulls", before, now);
  signal.value = std::abs(now.value() - before.value());
  signal.law = share_difference_law(before, now);
  return signal;
}

Signal non_finite(const ColumnProfile& reference, const ColumnProfile& current, const SideWeights& weights) {
  const Share before{reference.n_pos_inf + reference.n_neg_inf, rows_present(reference), weights.reference};
  const Share now{current.n_pos_inf + current.n_neg_inf, rows_present(current), weights.current};
  Signal signal = share_signal("non_finite", before, now);
  signal.value = std::max(0.0, now.value() - before.value());
  signal.law = share_rise_law(before, now);
  return signal;
}

void append(std::vector<Signal>& signals, std::vector<Signal> more) {
  std::move(more.begin(), more.end(), std::back_inserter(signals));
}

}  // namespace

std::vector<Signal> find_signals(const ColumnProfile& reference, const ColumnProfile& current,
                                 const NumericPair* numbers, const RowWeights& weights) {
  if (rows_present(reference) == 0 || rows_present(current) == 0) return {};
  std::vector<Signal> signals{nulls(reference, current, weights.nulls), non_finite(reference, current, weights.nulls)};
  if (reference.n_valid() == 0 || current.n_valid() == 0) return signals;
  const auto* labels = std::get_if<CategorySummary>(&reference.summary);
  const auto* labels_now = std::get_if<CategorySummary>(&current.summary);
  if (numbers != nullptr) append(signals, numeric_signals(*numbers));
  if (labels != nullptr && labels_now != nullptr)
    append(signals, category_signals(*labels, *labels_now, weights.shares));
  return signals;
}

}  // namespace driftline
