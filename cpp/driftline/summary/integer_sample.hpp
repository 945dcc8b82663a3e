// The distinct integers of a column with the smallest hash, with exact counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "driftline/base/hash.hpp"
#include "driftline/column/column_view.hpp"
#include "driftline/summary/numeric_kernels.hpp"

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

/// Builds an IntegerSample. Not thread-safe.
class IntegerSampler {
 public:
  void add(std::int64_t value, bool is_unsigned, std::uint64_t count = 1) {
    const std::uint64_t hash = integer_hash(value, is_unsigned);
    if (hash <= limit_) keep({hash, is_unsigned, value, count});
  }
  /// Each of them once. `are_unsigned`: bit patterns of uint64. Of many distinct integers few pass the first look at
  /// their hash, which kernels take several at a time.
  void add(std::span<const std::int64_t> values, bool are_unsigned, const NumericKernels& kernels);
  IntegerSample finish() const;

 private:
  static constexpr std::size_t max_size = 2 * IntegerSample::capacity;

  void keep(const IntegerCount& integer);
  std::size_t find(const IntegerCount& integer) const;
  void rehash(std::size_t n_slots, std::span<const IntegerCount> entries);
  void drop_largest();
  std::vector<IntegerCount> entries() const;

  // Open addressing by the last bits of the hash; a count of 0 is an empty slot.
  std::vector<IntegerCount> slots_;
  std::size_t size_ = 0;
  bool overflowed_ = false;
  std::uint64_t limit_ = std::numeric_limits<std::uint64_t>::max();  // larger hashes cannot be kept
};

}  // namespace driftline
