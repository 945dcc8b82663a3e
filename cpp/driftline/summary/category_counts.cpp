#include "driftline/summary/category_counts.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>

#include "driftline/base/error.hpp"
#include "driftline/base/hash.hpp"
#include "driftline/summary/distinct_estimate.hpp"

namespace driftline {
namespace {

constexpr std::size_t first_capacity = 256;

std::uint64_t hash_of(const Label& label, std::uint64_t seed) {
  std::array<char, 256> small;
  if (label.payload.size() < small.size()) {
    small[0] = static_cast<char>(label.tag);
    std::memcpy(small.data() + 1, label.payload.data(), label.payload.size());
    return xxh64({small.data(), label.payload.size() + 1}, seed);
  }
  std::string large(1, static_cast<char>(label.tag));
  large += label.payload;
  return xxh64(large, seed);
}

std::size_t bucket_of(std::uint64_t hash) { return hash % CategorySummary::n_buckets; }

}  // namespace

double CategorySummary::n_distinct() const {
  return overflowed ? distinct_estimate(labels.size(), labels.back().hash) : static_cast<double>(labels.size());
}

std::pair<double, double> CategorySummary::n_distinct_bounds() const {
  if (overflowed) return distinct_bounds(labels.size(), labels.back().hash);
  return {n_distinct(), n_distinct()};
}

std::uint64_t label_hash(const Label& label) { return hash_of(label, 0); }

CategoryCounts::CategoryCounts(CategoryOptions options) : options_(options), slots_(first_capacity, 0) {}

void CategoryCounts::add(const Label& label, std::uint64_t count) {
  if (!options_.hash_labels) return add_hashed(label, label_hash(label), count);
  const std::uint64_t secret = hash_of(label, options_.salt);
  std::array<char, sizeof secret> payload;
  std::memcpy(payload.data(), &secret, sizeof secret);
  const Label hashed{LabelTag::hashed, {payload.data(), payload.size()}};
  add_hashed(hashed, label_hash(hashed), count);
}

void CategoryCounts::merge(const CategorySummary& other) {
  if (!other.overflowed) {
    for (const LabelCount& label : other.labels) add_hashed({label.tag, label.payload}, label.hash, label.count);
    return;
  }
  if (buckets_.empty()) buckets_ = bucket_counts();
  for (std::size_t i = 0; i < CategorySummary::n_buckets; ++i) buckets_[i] += other.buckets[i];
  n_rows_ += other.n_rows;
  // What the other side dropped cannot be kept here either: its kept labels alone fill the cap.
  limit_ = std::min(limit_, other.labels.back().hash);
  for (const LabelCount& label : other.labels) keep({label.tag, label.payload}, label.hash, label.count);
}

CategorySummary CategoryCounts::finish() const {
  CategorySummary result;
  result.n_rows = n_rows_;
  result.overflowed = !buckets_.empty() || entries_.size() > options_.max_categories;
  if (result.overflowed) result.buckets = buckets_.empty() ? bucket_counts() : buckets_;
  const std::vector<Entry> kept = kept_in_order();
  result.labels.reserve(kept.size());
  for (const Entry& entry : kept) {
    result.labels.push_back({entry.hash, entry.tag, std::string(label_of(entry).payload), entry.count});
  }
  return result;
}

Label CategoryCounts::label_of(const Entry& entry) const {
  return {entry.tag, std::string_view(payloads_).substr(entry.begin, entry.size)};
}

bool CategoryCounts::precedes(const Entry& a, const Entry& b) const {
  if (a.hash != b.hash) return a.hash < b.hash;
  return std::pair(a.tag, label_of(a).payload) < std::pair(b.tag, label_of(b).payload);
}

std::vector<CategoryCounts::Entry> CategoryCounts::kept_in_order() const {
  std::vector<Entry> kept = entries_;
  std::sort(kept.begin(), kept.end(), [this](const Entry& a, const Entry& b) { return precedes(a, b); });
  if (kept.size() > options_.max_categories) kept.resize(options_.max_categories);
  return kept;
}

/// Right as long as no label was dropped.
std::vector<std::uint64_t> CategoryCounts::bucket_counts() const {
  std::vector<std::uint64_t> buckets(CategorySummary::n_buckets, 0);
  for (const Entry& entry : entries_) buckets[bucket_of(entry.hash)] += entry.count;
  return buckets;
}

void CategoryCounts::add_hashed(const Label& label, std::uint64_t hash, std::uint64_t count) {
  n_rows_ += count;
  if (!buckets_.empty()) buckets_[bucket_of(hash)] += count;
  keep(label, hash, count);
}

void CategoryCounts::keep(const Label& label, std::uint64_t hash, std::uint64_t count) {
  if (hash > limit_) return;
  const std::size_t mask = slots_.size() - 1;
  // The upper bits of kept hashes are mostly zero, the lower ones are not.
  std::size_t slot = hash & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    Entry& entry = entries_[slots_[slot] - 1];
    if (entry.hash == hash && entry.tag == label.tag && label_of(entry).payload == label.payload) {
      entry.count += count;
      return;
    }
  }
  if (label.payload.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw InputError("a label of " + std::to_string(label.payload.size()) +
                     " bytes cannot be kept; the limit is 4 GiB");
  }
  entries_.push_back({hash, count, payloads_.size(), static_cast<std::uint32_t>(label.payload.size()), label.tag});
  payloads_ += label.payload;
  slots_[slot] = static_cast<std::uint32_t>(entries_.size());
  if (entries_.size() > options_.max_categories + options_.max_categories / 4) {
    prune();
  } else if (4 * entries_.size() > 3 * slots_.size()) {
    rebuild_slots(2 * slots_.size());
  }
}

void CategoryCounts::prune() {
  if (buckets_.empty()) buckets_ = bucket_counts();
  std::vector<Entry> kept = kept_in_order();
  std::string payloads;
  for (Entry& entry : kept) {
    const std::string_view payload = label_of(entry).payload;
    entry.begin = payloads.size();
    payloads += payload;
  }
  entries_.swap(kept);
  payloads_.swap(payloads);
  limit_ = entries_.back().hash;
  rebuild_slots(slots_.size());
}

void CategoryCounts::rebuild_slots(std::size_t capacity) {
  slots_.assign(capacity, 0);
  const std::size_t mask = capacity - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t slot = entries_[i].hash & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

}  // namespace driftline
