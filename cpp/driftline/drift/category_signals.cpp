#include "driftline/drift/category_signals.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstddef>
#include <string_view>

#include "driftline/drift/distinct_ratio.hpp"
#include "driftline/drift/proportions.hpp"
#include "driftline/drift/share_signal.hpp"

namespace driftline {
namespace {

bool earlier(const LabelCount& a, const LabelCount& b) { return label_order(a, b) < 0; }

constexpr std::size_t most_listed = 20;

/// The labels of `side` that `other` never holds; those that are listed first, most rows first.
std::vector<const LabelCount*> missing_from(const CategorySummary& side, const CategorySummary& other) {
  std::vector<const LabelCount*> missing;
  auto next = other.labels.begin();
  for (const LabelCount& label : side.labels) {
    while (next != other.labels.end() && next->hash < label.hash) ++next;
    auto order = std::strong_ordering::less;  // of the label before the next of the others
    while (next != other.labels.end() && (order = label_order(label, *next)) > 0) ++next;
    if (next == other.labels.end() || order < 0) missing.push_back(&label);
  }
  const auto listed = static_cast<std::ptrdiff_t>(std::min(most_listed, missing.size()));
  std::partial_sort(missing.begin(), missing.begin() + listed, missing.end(),
                    [](const LabelCount* a, const LabelCount* b) {
                      return a->count != b->count ? a->count > b->count : a < b;  // labels of one array
                    });
  return missing;
}

Share share_of(const std::vector<const LabelCount*>& labels, std::uint64_t rows, double weight) {
  Share share{0, rows, weight};
  for (const LabelCount* label : labels) share.count += label->count;
  return share;
}

void list_labels(Signal& signal, const std::vector<const LabelCount*>& labels) {
  for (std::size_t i = 0; i < std::min(most_listed, labels.size()); ++i) signal.labels.push_back(*labels[i]);
  signal.numbers.emplace_back("n_labels", static_cast<double>(labels.size()));
}

/// Only what chance does not explain counts as an effect.
void set_excess(Signal& signal, Share share, const UnseenMass& by_chance) {
  signal.value = std::max(0.0, share.value() - by_chance.expected);
  signal.law = share_excess_law(share, by_chance.bound);
  signal.numbers.emplace_back("expected", by_chance.expected);
}

std::uint64_t count_of(const CategorySummary& side, const LabelCount& label) {
  const auto found = std::lower_bound(side.labels.begin(), side.labels.end(), label, earlier);
  return found != side.labels.end() && !earlier(label, *found) ? found->count : 0;
}

DistinctCounts distinct_counts(const CategorySummary& side) {
  DistinctCounts result;
  result.counts.reserve(side.labels.size());
  for (const LabelCount& label : side.labels) result.counts.push_back(label.count);
  result.n_distinct = static_cast<double>(side.labels.size());
  result.rows = side.n_rows;
  return result;
}

}  // namespace

UnseenMass unseen_mass(const CategorySummary& side, double weight) {
  double once = 0.0;
  double twice = 0.0;
  for (const LabelCount& label : side.labels) {
    once += label.count == 1 ? 1.0 : 0.0;
    twice += label.count == 2 ? 1.0 : 0.0;
  }
  const auto n = static_cast<double>(side.n_rows);
  return {once / n, (once + 1.645 * std::sqrt((once + 2.0 * twice + 1.0) / weight) + 3.0 / weight) / n};
}

std::vector<Signal> category_signals(const CategorySummary& reference, const CategorySummary& current,
                                     const SideWeights& weights) {
  if (reference.overflowed || current.overflowed) return {};
  std::vector<Signal> signals;
  const auto new_labels = missing_from(current, reference);
  const Share unseen = share_of(new_labels, current.n_rows, weights.current);
  signals.push_back(share_signal("unseen", {0, reference.n_rows}, unseen));
  set_excess(signals.back(), unseen, unseen_mass(reference, weights.reference));
  list_labels(signals.back(), new_labels);

  // The same question with the sides swapped: which share of the reference lies on labels that the current rows lack?
  const auto old_labels = missing_from(reference, current);
  const Share vanished = share_of(old_labels, reference.n_rows, weights.reference);
  signals.push_back(share_signal("vanished", vanished, {0, current.n_rows}));
  set_excess(signals.back(), vanished, unseen_mass(current, weights.current));
  list_labels(signals.back(), old_labels);

  const bool was = reference.labels.size() == 1;
  const bool is = current.labels.size() == 1;
  if (was != is ||
      (was && earlier(reference.labels[0], current.labels[0]) != earlier(current.labels[0], reference.labels[0]))) {
    const LabelCount& label = was ? reference.labels[0] : current.labels[0];
    signals.push_back(constant_signal(was && is ? "both"
                                      : was     ? "reference"
                                                : "current",
                                      {count_of(reference, label), reference.n_rows, weights.reference},
                                      {count_of(current, label), current.n_rows, weights.current}));
    signals.back().labels.push_back(label);
  }
  signals.push_back(distinct_ratio(distinct_counts(reference), distinct_counts(current)));
  return signals;
}

}  // namespace driftline
