#include "driftline/drift/bins.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <compare>
#include <cstdint>
#include <limits>
#include <numeric>

namespace driftline {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int default_bins = 10;

/// Of the doubles in [low, high], 0 < low, the one with the most trailing zero mantissa bits.
double simplest_positive(double low, double high, bool lowest_on_ties) {
  const auto first = std::bit_cast<std::uint64_t>(low);
  const auto last = std::bit_cast<std::uint64_t>(high);
  for (int zeros = mantissa_bits; zeros > 0; --zeros) {
    const std::uint64_t step = std::uint64_t{1} << zeros;
    const std::uint64_t lowest = (first + step - 1) & ~(step - 1);
    if (lowest <= last) return std::bit_cast<double>(lowest_on_ties ? lowest : last & ~(step - 1));
  }
  return lowest_on_ties ? low : high;
}

/// Cuts between the reference's cells.
class EdgeWalk {
 public:
  EdgeWalk(const SideCells& cells, int bins)
      : cells_(cells), bins_(static_cast<double>(bins)), rows_left_(cells.rows(0, cells.size())) {
    own_ = cells_.cells_of_at_least(rows_left_ / bins_);
    std::erase_if(own_, [this](std::size_t i) { return !cells_.one_value(i); });
    for (const std::size_t i : own_) {
      bins_ -= 1.0;
      rows_left_ -= cells_.count(i);
    }
    room_ = rows_left_ / std::max(1.0, bins_);
  }

  std::vector<double> edges() {
    auto next_own = own_.begin();
    for (std::size_t begin = 0; begin < cells_.size();) {
      if (begin > 0) edges_.push_back(edge_between(cells_.high(begin - 1), cells_.low(begin)));
      if (next_own != own_.end() && *next_own == begin) {
        ++next_own;
        ++begin;
      } else {
        const std::size_t limit = next_own != own_.end() ? *next_own : cells_.size();
        begin = close_from(begin, std::min(limit, cells_.first_exceeding(begin, room_)));
      }
    }
    return std::move(edges_);
  }

 private:
  /// A bin of the cells [begin, end).
  std::size_t close_from(std::size_t begin, std::size_t end) {
    closed_ += 1.0;
    rows_left_ -= cells_.rows(begin, end);
    room_ = rows_left_ / std::max(1.0, bins_ - closed_);
    return end;
  }

  const SideCells& cells_;
  std::vector<std::size_t> own_;  // cells with a bin of their own
  std::vector<double> edges_;
  double bins_;        // bins for the other cells
  double rows_left_;   // in no closed bin and in no bin of one value
  double room_ = 0.0;  // rows that the next bin may take
  double closed_ = 0.0;
};

struct Tally {
  std::vector<double> estimate;
  std::vector<double> low;
  std::vector<double> high;
};

/// Spreads the rows of a cell that straddles edges evenly over its range; any of its bins may hold them all.
void split_cell(const SideCells& cells, std::size_t i, const std::vector<double>& edges, Tally& tally) {
  const auto [low, high] = cells.range(i);
  const double count = cells.count(i);
  // Halves, because the range of a column of ±1.7e308 is no double.
  const double width = 0.5 * high - 0.5 * low;
  double placed = 0.0;
  for (auto bin = static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), low) - edges.begin());; ++bin) {
    tally.high[bin] += count;
    if (bin == edges.size() || high < edges[bin]) {
      tally.estimate[bin] += count - placed;
      return;
    }
    const double below = width > 0.0 ? count * std::clamp((0.5 * edges[bin] - 0.5 * low) / width, 0.0, 1.0) : 0.0;
    tally.estimate[bin] += below - placed;
    placed = below;
  }
}

Tally count_in_bins(const SideCells& cells, const std::vector<double>& edges) {
  Tally tally;
  tally.estimate.resize(edges.size() + 1);
  tally.low.resize(edges.size() + 1);
  tally.high.resize(edges.size() + 1);
  std::size_t next = 0;  // first cell that is not counted yet
  for (std::size_t bin = 0; bin <= edges.size(); ++bin) {
    const std::size_t end = bin < edges.size() ? cells.first_reaching(edges[bin]) : cells.size();
    const double inside = cells.rows(next, std::max(next, end));
    next = std::max(next, end);
    tally.estimate[bin] += inside;
    tally.low[bin] += inside;
    tally.high[bin] += inside;
    if (bin == edges.size()) break;
    for (const std::size_t right = cells.first_above(edges[bin]); next < right; ++next)
      split_cell(cells, next, edges, tally);
  }
  return tally;
}

/// Bounds an end bin that is one value with at least `own_bin` rows of the reference, where current rows lie beyond it
/// by more than rounding: they would else count as that value.
void bound_end_values(const SideCells& reference, const SideCells& current, double own_bin,
                      std::vector<double>& edges) {
  constexpr double largest = std::numeric_limits<double>::max();
  const std::size_t last = reference.size() - 1;
  const double low = reference.low(0);
  const double high = reference.high(last);
  const double range = 2.0 * (0.5 * high - 0.5 * low);
  const double rounding = std::max(1e-6 * range, 0x1p-23 * std::max(std::abs(low), std::abs(high)));
  // An edge lies in the middle half of a gap.
  const double gap = std::max(4.0 * rounding, std::numeric_limits<double>::denorm_min());
  const auto has_own_bin = [&](std::size_t i) { return reference.count(i) >= own_bin && reference.one_value(i); };
  if (has_own_bin(0) && low > -largest) {
    const double edge = edge_between(std::max(low - gap, -largest), low);
    if (current.low(0) < edge) edges.insert(edges.begin(), edge);
  }
  if (has_own_bin(last) && high < largest) {
    const double edge = edge_between(high, std::min(high + gap, largest));
    if (current.high(current.size() - 1) >= edge) edges.push_back(edge);
  }
}

using NamedLabel = std::pair<LabelTag, std::string>;

/// A label and what ranks it, together: most comparisons need no more.
struct Ranked {
  std::uint64_t count;
  std::uint64_t hash;
  const LabelCount* label;
};

bool more_rows(const Ranked& a, const Ranked& b) {
  if (a.count != b.count) return a.count > b.count;
  if (a.hash != b.hash) return a.hash < b.hash;
  return label_order(*a.label, *b.label) < 0;
}

/// The labels that get a bin of their own.
std::vector<const LabelCount*> frequent_labels(const CategorySummary& reference) {
  constexpr std::size_t most = 20;
  const double least = std::max(static_cast<double>(reference.n_rows) / 40.0, 20.0);
  std::vector<Ranked> ranked;
  for (const LabelCount& label : reference.labels) {
    if (static_cast<double>(label.count) >= least) ranked.push_back({label.count, label.hash, &label});
  }
  std::sort(ranked.begin(), ranked.end(), more_rows);
  if (ranked.size() > most) ranked.resize(most);
  std::vector<const LabelCount*> frequent;
  for (const Ranked& each : ranked) frequent.push_back(each.label);
  return frequent;
}

/// A power of two. With 8, a change among 50 labels of 2 % that turns half of them up and half down cancels within the
/// groups for about one hash in six; 32 cost the power to say `ok` on windows of 500 rows (docs/methods/index.md).
constexpr std::size_t n_groups = 16;

std::size_t group_of(std::uint64_t hash) { return hash >> 12 & (n_groups - 1); }

/// Names of the labels of a group, those with the most rows first.
std::vector<NamedLabel> names_of(std::vector<Ranked> members) {
  constexpr std::size_t most = 20;
  // Each label may come from both sides.
  const auto front = static_cast<std::ptrdiff_t>(std::min(members.size(), 2 * most));
  std::partial_sort(members.begin(), members.begin() + front, members.end(), more_rows);
  std::vector<NamedLabel> names;
  names.reserve(most);
  for (auto member = members.begin(); member != members.begin() + front && names.size() < most; ++member) {
    const bool known = std::any_of(members.begin(), member, [&](const Ranked& other) {
      return other.hash == member->hash && label_order(*other.label, *member->label) == 0;
    });
    if (!known) names.emplace_back(member->label->tag, member->label->payload);
  }
  return names;
}

/// Counts one side's labels in the bins of `frequent` and, after them, of the groups.
void count_labels(const CategorySummary& side, const std::vector<const LabelCount*>& frequent,
                  std::vector<double>& counts, std::vector<std::vector<Ranked>>& members) {
  std::vector<std::size_t> order(frequent.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return label_order(*frequent[a], *frequent[b]) < 0; });
  auto next = order.begin();
  for (const LabelCount& label : side.labels) {
    while (next != order.end() && label_order(*frequent[*next], label) < 0) ++next;
    if (next != order.end() && label_order(label, *frequent[*next]) == 0) {
      counts[*next] += static_cast<double>(label.count);
    } else {
      counts[frequent.size() + group_of(label.hash)] += static_cast<double>(label.count);
      members[group_of(label.hash)].push_back({label.count, label.hash, &label});
    }
  }
}

BinTable label_bins(const CategorySummary& reference, const CategorySummary& current) {
  const std::vector<const LabelCount*> frequent = frequent_labels(reference);
  BinTable table;
  table.reference_counts.resize(frequent.size() + n_groups);
  table.current_counts.resize(frequent.size() + n_groups);
  std::vector<std::vector<Ranked>> members(n_groups);
  for (auto& group : members) group.reserve((reference.labels.size() + current.labels.size()) / n_groups);
  count_labels(reference, frequent, table.reference_counts, members);
  count_labels(current, frequent, table.current_counts, members);
  for (const LabelCount* label : frequent) {
    table.bin_names.emplace_back();
    table.labels.push_back({{label->tag, label->payload}});
  }
  for (std::size_t group = 0; group < n_groups; ++group) {
    table.bin_names.push_back("other " + std::to_string(group));
    table.labels.push_back(names_of(std::move(members[group])));
  }
  return table;
}

std::vector<double> bucket_counts(const CategorySummary& side) {
  std::vector<double> counts(CategorySummary::n_buckets);
  if (side.overflowed) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = static_cast<double>(side.buckets[i]);
  } else {
    for (const LabelCount& label : side.labels)
      counts[label.hash % CategorySummary::n_buckets] += static_cast<double>(label.count);
  }
  return counts;
}

BinTable bucket_bins(const CategorySummary& reference, const CategorySummary& current) {
  const std::vector<double> in_reference = bucket_counts(reference);
  const std::vector<double> in_current = bucket_counts(current);
  std::vector<std::size_t> order(in_reference.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return in_reference[a] > in_reference[b]; });
  BinTable table;
  const std::size_t occupied =
      order.size() - static_cast<std::size_t>(std::count(in_reference.begin(), in_reference.end(), 0.0));
  const std::size_t n_own = std::min<std::size_t>(20, occupied);
  for (std::size_t rank = 0; rank < n_own; ++rank) {
    table.bin_names.push_back("bucket " + std::to_string(order[rank]));
    table.reference_counts.push_back(in_reference[order[rank]]);
    table.current_counts.push_back(in_current[order[rank]]);
  }
  table.bin_names.emplace_back("other buckets");
  table.reference_counts.push_back(0.0);
  table.current_counts.push_back(0.0);
  for (std::size_t rank = n_own; rank < order.size(); ++rank) {
    table.reference_counts.back() += in_reference[order[rank]];
    table.current_counts.back() += in_current[order[rank]];
  }
  table.labels.resize(table.size());
  return table;
}

}  // namespace

double edge_between(double below, double above) {
  const double first = std::nextafter(below, infinity);
  const double last = std::nextafter(above, -infinity);
  if (first > last) return above;
  const double low = std::clamp(0.75 * below + 0.25 * above, first, last);
  const double high = std::clamp(0.25 * below + 0.75 * above, low, last);
  if (low <= 0.0 && high >= 0.0) return 0.0;
  if (high < 0.0) return std::nextafter(-simplest_positive(-high, -low, false), infinity);
  if (low > 0.5 && high < 1.0) return std::nextafter(1.0 - simplest_positive(1.0 - high, 1.0 - low, false), infinity);
  return simplest_positive(low, high, true);
}

std::vector<double> equal_share_edges(const SideCells& reference, int bins) {
  return EdgeWalk(reference, bins).edges();
}

double expected_rows(const BinTable& table, double reference, double current, double m) {
  const bool by_reference = table.labels.empty() && reference > 0.0;
  const double share = by_reference ? reference / table.n : (reference + current) / (table.n + m);
  return std::min(table.n, m) * share;
}

BinTable numeric_bins(const NumericPair& pair, int bins) {
  const SideCells& reference = pair.reference_cells();
  BinTable table;
  table.bin_edges = equal_share_edges(reference, bins);
  bound_end_values(reference, pair.current_cells(), pair.n() / static_cast<double>(bins), table.bin_edges);
  Tally in_reference = count_in_bins(reference, table.bin_edges);
  Tally in_current = count_in_bins(pair.current_cells(), table.bin_edges);
  table.reference_counts = std::move(in_reference.estimate);
  table.reference_counts_low = std::move(in_reference.low);
  table.reference_counts_high = std::move(in_reference.high);
  table.current_counts = std::move(in_current.estimate);
  table.current_counts_low = std::move(in_current.low);
  table.current_counts_high = std::move(in_current.high);
  table.n = pair.n();
  table.m = pair.m();
  return table;
}

BinTable category_bins(const CategorySummary& reference, const CategorySummary& current) {
  const bool overflowed = reference.overflowed || current.overflowed;
  BinTable table = overflowed ? bucket_bins(reference, current) : label_bins(reference, current);
  table.reference_counts_low = table.reference_counts_high = table.reference_counts;
  table.current_counts_low = table.current_counts_high = table.current_counts;
  table.n = static_cast<double>(reference.n_rows);
  table.m = static_cast<double>(current.n_rows);
  return table;
}

BinTable thinned(BinTable table, const SideWeights& weights) {
  const auto scale = [](std::vector<double>& counts, double weight) {
    for (double& count : counts) count *= weight;
  };
  for (std::vector<double>* counts :
       {&table.reference_counts, &table.reference_counts_low, &table.reference_counts_high})
    scale(*counts, weights.reference);
  for (std::vector<double>* counts : {&table.current_counts, &table.current_counts_low, &table.current_counts_high})
    scale(*counts, weights.current);
  table.n *= weights.reference;
  table.m *= weights.current;
  return table;
}

std::vector<std::vector<double>> block_counts(const ColumnProfile& reference,
                                              const std::vector<const ColumnProfile*>& blocks) {
  std::vector<std::vector<double>> counts;
  counts.reserve(blocks.size());
  if (const auto* numbers = std::get_if<NumericSummary>(&reference.summary)) {
    const std::vector<double> edges =
        equal_share_edges(SideCells(numbers->histogram, *numbers, FloatWidth::full), default_bins);
    for (const ColumnProfile* block : blocks) {
      if (block->n_valid() == 0) {
        counts.emplace_back(edges.size() + 1);
      } else {
        const auto& side = std::get<NumericSummary>(block->summary);
        counts.push_back(count_in_bins(SideCells(side.histogram, side, FloatWidth::full), edges).estimate);
      }
    }
    return counts;
  }
  const auto& labels = std::get<CategorySummary>(reference.summary);
  const CategorySummary nothing;
  const auto summary_of = [&nothing](const ColumnProfile& block) -> const CategorySummary& {
    return block.n_valid() == 0 ? nothing : std::get<CategorySummary>(block.summary);
  };
  const bool overflowed = labels.overflowed || std::any_of(blocks.begin(), blocks.end(), [&](const auto* block) {
                            return summary_of(*block).overflowed;
                          });
  for (const ColumnProfile* block : blocks) {
    const CategorySummary& side = summary_of(*block);
    counts.push_back((overflowed ? bucket_bins(labels, side) : label_bins(labels, side)).current_counts);
  }
  return counts;
}

}  // namespace driftline
