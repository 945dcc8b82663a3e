// The distinct integers of a column with the smallest hash, with exact counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "driftline/base/hash.hpp"
#include "driftline/column/column_view.hpp"

namespace driftline {

/// One kept integer. `is_unsigned`: `value` is the bit pattern of a uint64 above the range of int64.
struct IntegerCount {
  std::uint64_t hash = 0;
  bool is_unsigned = false;
  std::int64_t value = 0;
  std::uint64_t count = 0;

  bool operator==(const IntegerCount&) const = default;
};

/// XXH64, seed 0, of the integer as a label (its tag byte and eight bytes): the same hash as in a categorical column.
inline std::uint64_t integer_hash(std::int64_t value, bool is_unsigned) {
  const LabelTag tag = is_unsigned ? LabelTag::unsigned_ : LabelTag::integer;
  return xxh64_tagged(static_cast<std::uint8_t>(tag), static_cast<std::uint64_t>(value));
}

/// At most `capacity` distinct integers, those with the smallest (hash, value): a uniform sample of the distinct ones.
///
/// A function of the multiset: an integer that was dropped once can never return, so the counts are exact.
struct IntegerSample {
  static constexpr std::size_t capacity = 1024;

  std::vector<IntegerCount> kept;  ///< ascending (hash, is_unsigned, value)
  bool overflowed = false;         ///< some integer was dropped

  /// Number of distinct integers: exact unless overflowed, then an estimate and its 95 % interval.
  double n_distinct() const;
  std::pair<double, double> n_distinct_bounds() const;

  bool operator==(const IntegerSample&) const = default;
};

/// The sample of both multisets together.
IntegerSample merge(const IntegerSample& a, const IntegerSample& b);

/// Builds an IntegerSample one integer at a time. Not thread-safe.
class IntegerSampler {
 public:
  explicit IntegerSampler(IntegerSample start = {});

  void add(std::int64_t value, bool is_unsigned, std::uint64_t count = 1) {
    const std::uint64_t hash = integer_hash(value, is_unsigned);
    if (hash > limit_) return;
    pending_.push_back({hash, is_unsigned, value, count});
    if (pending_.size() == pending_capacity) flush();
  }
  IntegerSample finish() const;

 private:
  static constexpr std::size_t pending_capacity = 4 * IntegerSample::capacity;

  void flush();

  IntegerSample sample_;
  std::vector<IntegerCount> pending_;
  std::uint64_t limit_;  // larger hashes cannot be kept
};

}  // namespace driftline
