// Exact counts of typed labels, with a canonical overflow when there are too many.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "driftline/column/column_view.hpp"
#include "driftline/summary/label_table.hpp"

namespace driftline {

/// Which categories are kept and how. Two summaries merge only if their options are equal.
struct CategoryOptions {
  std::uint32_t max_categories = 16384;  ///< at least 64
  bool hash_labels = false;              ///< keep salted hashes instead of labels
  std::uint64_t salt = 0;                ///< seed of the label hash; never stored, only `salt_check` is
};

/// One kept label and how many rows hold it.
struct LabelCount {
  std::uint64_t hash = 0;  ///< XXH64, seed 0, of the tag byte and the payload
  LabelTag tag{};
  std::string payload;
  std::uint64_t count = 0;

  bool operator==(const LabelCount&) const = default;
};

/// The order of a summary's labels: by (hash, tag, payload).
inline std::strong_ordering label_order(const LabelCount& a, const LabelCount& b) {
  if (a.hash != b.hash) return a.hash <=> b.hash;
  if (a.tag != b.tag) return a.tag <=> b.tag;
  return a.payload.compare(b.payload) <=> 0;
}

/// The labels of a column as a function of the multiset of rows: how rows were split or ordered leaves no trace.
///
/// Up to `max_categories` distinct labels all counts are exact and complete. Beyond, the summary keeps the
/// `max_categories` labels with the smallest (hash, payload), still with exact counts (a label that was dropped can
/// never return), and the counts of all rows in 4096 buckets by the low 12 bits of the hash.
struct CategorySummary {
  static constexpr std::size_t n_buckets = 4096;

  std::uint64_t n_rows = 0;            ///< rows with a label
  bool overflowed = false;             ///< labels were dropped
  std::vector<LabelCount> labels;      ///< in ascending (hash, tag, payload)
  std::vector<std::uint64_t> buckets;  ///< n_buckets counts when overflowed, else empty

  /// Estimate of the number of distinct labels; exact unless overflowed.
  double n_distinct() const;
  /// 95 % interval of the number of distinct labels; both ends exact unless overflowed.
  std::pair<double, double> n_distinct_bounds() const;

  bool operator==(const CategorySummary&) const = default;
};

/// The hash that orders labels: XXH64, seed 0, of the tag byte followed by the payload.
std::uint64_t label_hash(const Label& label);

/// The summary of both sides' rows, which must come from the same options. O(labels).
CategorySummary merge(const CategorySummary& a, const CategorySummary& b, std::uint32_t max_categories);

/// Builds a CategorySummary. Not thread-safe; use one per thread and `merge` what they give.
class CategoryCounts {
 public:
  explicit CategoryCounts(CategoryOptions options);

  /// Payloads are copied where they must be kept. Throws InputError for a payload of 4 GiB or more.
  void add(const LabelBlock& block);
  /// Counts `count` rows of `label`.
  void add(const Label& label, std::uint64_t count = 1) { add({{&label, 1}, {&count, 1}}); }
  /// Adds all rows of a finished summary made with the same options.
  void merge(const CategorySummary& other);
  /// The canonical summary of everything added so far.
  CategorySummary finish() const;

 private:
  /// An entry, with its hash at hand for sorting.
  struct Ranked {
    std::uint64_t hash;
    std::uint32_t index;
  };

  bool has_dropped() const { return !buckets_.empty(); }
  void add_hashed(const LabelBlock& batch);
  void add_batch(const LabelBlock& batch);
  void add_before_drop(const LabelBlock& batch);
  void add_after_drop(const LabelBlock& batch);
  void drop_if_many();
  bool precedes(const Ranked& a, const Ranked& b) const;
  std::vector<Ranked> first_entries() const;
  std::vector<std::uint64_t> bucket_counts() const;

  CategoryOptions options_;
  std::uint64_t n_rows_ = 0;
  LabelTable table_;
  std::uint64_t limit_ = std::numeric_limits<std::uint64_t>::max();  // labels with a larger hash cannot be kept
  std::vector<std::uint64_t> buckets_;                               // empty until a label is dropped; then of all rows
  std::optional<CategorySummary> merged_;
};

}  // namespace driftline
