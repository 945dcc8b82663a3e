#include "driftline/summary/category_counts.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "driftline/base/hash.hpp"
#include "driftline/summary/distinct_estimate.hpp"

namespace driftline {
namespace {

constexpr std::size_t batch_size = 32;  // labels whose slots are asked for before the first is read

std::uint64_t hash_of(const Label& label, std::uint64_t seed) {
  return xxh64_tagged(static_cast<std::uint8_t>(label.tag), label.payload, seed);
}

std::size_t bucket_of(std::uint64_t hash) { return hash % CategorySummary::n_buckets; }

bool is_equal(const Label& a, const Label& b) { return a.tag == b.tag && a.payload == b.payload; }

bool is_run(std::span<const Label> labels) {
  return std::all_of(labels.begin() + 1, labels.end(), [&](const Label& label) { return is_equal(label, labels[0]); });
}

std::uint64_t sum(std::span<const std::uint64_t> counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void add_to_buckets(std::vector<std::uint64_t>& buckets, const CategorySummary& summary) {
  if (summary.overflowed) {
    for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += summary.buckets[i];
  } else {
    for (const LabelCount& label : summary.labels) buckets[bucket_of(label.hash)] += label.count;
  }
}

/// The first `most` labels of both sides, in order; equal ones added up.
std::vector<LabelCount> joined(const std::vector<LabelCount>& a, const std::vector<LabelCount>& b, std::size_t most) {
  std::vector<LabelCount> result;
  result.reserve(std::min(most, a.size() + b.size()));
  auto next_a = a.begin();
  auto next_b = b.begin();
  while (result.size() < most && (next_a != a.end() || next_b != b.end())) {
    const auto order = next_a == a.end()   ? std::strong_ordering::greater
                       : next_b == b.end() ? std::strong_ordering::less
                                           : label_order(*next_a, *next_b);
    result.push_back(order <= 0 ? *next_a++ : *next_b);
    if (order == 0) result.back().count += next_b->count;
    if (order >= 0) ++next_b;
  }
  return result;
}

/// How many different labels both sides have together.
std::size_t size_of_union(const std::vector<LabelCount>& a, const std::vector<LabelCount>& b) {
  std::size_t shared = 0;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    const auto order = label_order(*x, *y);
    shared += order == 0;
    if (order <= 0) ++x;
    if (order >= 0) ++y;
  }
  return a.size() + b.size() - shared;
}

}  // namespace

double CategorySummary::n_distinct() const {
  return overflowed ? distinct_estimate(labels.size(), labels.back().hash) : static_cast<double>(labels.size());
}

std::pair<double, double> CategorySummary::n_distinct_bounds() const {
  if (overflowed) return distinct_bounds(labels.size(), labels.back().hash);
  return {n_distinct(), n_distinct()};
}

std::uint64_t label_hash(const Label& label) { return hash_of(label, 0); }

CategorySummary merge(const CategorySummary& a, const CategorySummary& b, std::uint32_t max_categories) {
  CategorySummary result;
  result.n_rows = a.n_rows + b.n_rows;
  // What a side dropped is in no kept label of the other that counts: its own kept ones already fill the cap.
  result.labels = joined(a.labels, b.labels, max_categories);
  result.overflowed =
      a.overflowed || b.overflowed ||
      (a.labels.size() + b.labels.size() > max_categories && size_of_union(a.labels, b.labels) > max_categories);
  if (!result.overflowed) return result;
  result.buckets.assign(CategorySummary::n_buckets, 0);
  add_to_buckets(result.buckets, a);
  add_to_buckets(result.buckets, b);
  return result;
}

CategoryCounts::CategoryCounts(CategoryOptions options) : options_(options) {}

void CategoryCounts::add(const LabelBlock& block) {
  for (std::size_t i = 0; i < block.labels.size(); i += batch_size) {
    const std::size_t n = std::min(batch_size, block.labels.size() - i);
    const LabelBlock batch{block.labels.subspan(i, n), block.counts.subspan(i, n)};
    options_.hash_labels ? add_hashed(batch) : add_batch(batch);
  }
}

void CategoryCounts::add_hashed(const LabelBlock& batch) {
  std::array<std::uint64_t, batch_size> secrets;
  std::array<Label, batch_size> hashed;
  for (std::size_t i = 0; i < batch.labels.size(); ++i) {
    secrets[i] = hash_of(batch.labels[i], options_.salt);
    hashed[i] = {LabelTag::hashed, {reinterpret_cast<const char*>(&secrets[i]), sizeof secrets[i]}};
  }
  add_batch({{hashed.data(), batch.labels.size()}, batch.counts});
}

void CategoryCounts::add_batch(const LabelBlock& batch) {
  n_rows_ += sum(batch.counts);
  has_dropped() ? add_after_drop(batch) : add_before_drop(batch);
  drop_if_many();
}

void CategoryCounts::add_before_drop(const LabelBlock& batch) {
  const auto add = [this](const Label& label, const QuickKey& key, std::uint64_t count) {
    table_.add(label, key, count, [&label] { return label_hash(label); });
  };
  if (is_run(batch.labels)) return add(batch.labels[0], table_.key_of(batch.labels[0]), sum(batch.counts));
  std::array<QuickKey, batch_size> keys;
  for (std::size_t i = 0; i < batch.labels.size(); ++i) {
    keys[i] = table_.key_of(batch.labels[i]);
    table_.prefetch(keys[i]);
  }
  for (std::size_t i = 0; i < batch.labels.size(); ++i) add(batch.labels[i], keys[i], batch.counts[i]);
}

/// Every row counts in its bucket, so every label needs its hash, and few are looked up.
void CategoryCounts::add_after_drop(const LabelBlock& batch) {
  std::array<std::uint64_t, batch_size> hashes;
  std::array<std::uint32_t, batch_size> kept;
  std::array<QuickKey, batch_size> keys;
  std::size_t n_kept = 0;
  for (std::uint32_t i = 0; i < batch.labels.size(); ++i) {
    hashes[i] = label_hash(batch.labels[i]);
    buckets_[bucket_of(hashes[i])] += batch.counts[i];
    kept[n_kept] = i;
    n_kept += static_cast<std::size_t>(hashes[i] <= limit_);
  }
  for (std::size_t k = 0; k < n_kept; ++k) {
    keys[k] = table_.key_of(batch.labels[kept[k]]);
    table_.prefetch(keys[k]);
  }
  for (std::size_t k = 0; k < n_kept; ++k) {
    const std::uint32_t i = kept[k];
    table_.add(batch.labels[i], keys[k], batch.counts[i], [&hashes, i] { return hashes[i]; });
  }
}

void CategoryCounts::merge(const CategorySummary& other) {
  merged_ = merged_ ? driftline::merge(*merged_, other, options_.max_categories) : other;
}

CategorySummary CategoryCounts::finish() const {
  CategorySummary result;
  result.n_rows = n_rows_;
  result.overflowed = has_dropped() || table_.entries().size() > options_.max_categories;
  if (result.overflowed) result.buckets = has_dropped() ? buckets_ : bucket_counts();
  std::vector<Ranked> first = first_entries();
  std::sort(first.begin(), first.end(), [this](const Ranked& a, const Ranked& b) { return precedes(a, b); });
  result.labels.reserve(first.size());
  for (const Ranked& ranked : first) {
    const LabelTable::Entry& entry = table_.entries()[ranked.index];
    result.labels.push_back({entry.hash, entry.tag, std::string(table_.payload_of(entry)), entry.count});
  }
  return merged_ ? driftline::merge(result, *merged_, options_.max_categories) : result;
}

bool CategoryCounts::precedes(const Ranked& a, const Ranked& b) const {
  if (a.hash != b.hash) return a.hash < b.hash;
  const LabelTable::Entry& x = table_.entries()[a.index];
  const LabelTable::Entry& y = table_.entries()[b.index];
  return x.tag != y.tag ? x.tag < y.tag : table_.payload_of(x) < table_.payload_of(y);
}

/// The `max_categories` first, in any order.
std::vector<CategoryCounts::Ranked> CategoryCounts::first_entries() const {
  std::vector<Ranked> ranked;
  ranked.reserve(table_.entries().size());
  for (const LabelTable::Entry& entry : table_.entries()) {
    ranked.push_back({entry.hash, static_cast<std::uint32_t>(ranked.size())});
  }
  if (ranked.size() <= options_.max_categories) return ranked;
  const auto end = ranked.begin() + options_.max_categories;
  std::nth_element(ranked.begin(), end, ranked.end(),
                   [this](const Ranked& a, const Ranked& b) { return precedes(a, b); });
  ranked.erase(end, ranked.end());
  return ranked;
}

/// Right as long as no label was dropped.
std::vector<std::uint64_t> CategoryCounts::bucket_counts() const {
  std::vector<std::uint64_t> buckets(CategorySummary::n_buckets, 0);
  for (const LabelTable::Entry& entry : table_.entries()) buckets[bucket_of(entry.hash)] += entry.count;
  return buckets;
}

void CategoryCounts::drop_if_many() {
  if (table_.entries().size() <= options_.max_categories + options_.max_categories / 4) return;
  if (!has_dropped()) buckets_ = bucket_counts();
  limit_ = 0;
  std::vector<std::uint32_t> kept;
  for (const Ranked& ranked : first_entries()) {
    limit_ = std::max(limit_, ranked.hash);
    kept.push_back(ranked.index);
  }
  table_.keep_only(kept);
}

}  // namespace driftline
