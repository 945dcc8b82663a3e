// Counts by the bits of doubles, in an open-addressing hash table that grows up to a limit.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "driftline/base/wide.hpp"

namespace driftline {

/// Counts rows per cell of a histogram. Keys are bit patterns of finite doubles.
class CellTable {
 public:
  struct Entry {
    std::uint64_t key;
    std::uint64_t count;
  };

  /// No more than `max_size` keys may come.
  explicit CellTable(std::size_t max_size) : max_size_(max_size) { rehash(first_capacity); }

  /// Adds rows to a key.
  void add(std::uint64_t key, std::uint64_t count) {
    Entry* entry = &entries_[find(key)];
    if (entry->key != key) {
      // At a quarter most keys are found where they are first looked for; the last size is filled to three quarters.
      if (4 * (size_ + 1) > entries_.size() && entries_.size() < max_capacity()) {
        rehash(std::min(4 * entries_.size(), max_capacity()));
        entry = &entries_[find(key)];
      }
      entry->key = key;
      ++size_;
    }
    entry->count += count;
  }

  std::size_t size() const { return size_; }
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const Entry& entry : entries_) {
      if (entry.key != empty) visit(entry);
    }
  }
  /// Ascending by the doubles whose bits the keys are, −0 before +0. O(size).
  std::vector<Entry> sorted() const;

 private:
  static constexpr std::size_t first_capacity = 64;
  static constexpr std::uint64_t empty = ~std::uint64_t{0};  // a NaN, so never a key

  std::size_t max_capacity() const { return std::bit_ceil(max_size_ + max_size_ / 3); }

  std::size_t find(std::uint64_t key) const {
    const std::size_t mask = entries_.size() - 1;
    // Keys differ in a few upper bits and end in zeros; both halves of the product together depend on all of them.
    const uint128 product = static_cast<uint128>(key) * 0x9E3779B97F4A7C15u;
    std::size_t i = static_cast<std::size_t>(product >> 64 ^ product) & mask;
    while (entries_[i].key != key && entries_[i].key != empty) i = (i + 1) & mask;
    return i;
  }

  void rehash(std::size_t capacity) {
    std::vector<Entry> old(capacity, Entry{empty, 0});
    old.swap(entries_);
    size_ = 0;
    for (const Entry& entry : old) {
      if (entry.key != empty) add(entry.key, entry.count);
    }
  }

  std::size_t max_size_;
  std::size_t size_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace driftline
