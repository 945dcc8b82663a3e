// Labels and their counts, each label once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "driftline/base/quick_hash.hpp"
#include "driftline/column/column_view.hpp"

namespace driftline {

/// An open-addressing table whose entries lie in the order of their arrival and whose payloads lie end to end.
///
/// It is probed by a hash drawn anew in every process, so labels made to collide under XXH64 do not slow it down; the
/// order of its entries does not depend on that hash. Not thread-safe.
class LabelTable {
 public:
  struct Entry {
    std::uint64_t head;  // of the key
    std::uint64_t tail;
    std::uint64_t count;
    std::uint64_t hash;   // XXH64 of the label
    std::uint64_t begin;  // of the payload
    std::uint32_t size;
    LabelTag tag;
  };

  LabelTable();

  QuickKey key_of(const Label& label) const { return quick_hash_(static_cast<std::uint8_t>(label.tag), label.payload); }
  /// Asks for the memory that `add` will read first.
  void prefetch(const QuickKey& key) const { __builtin_prefetch(&slots_[key.hash & mask_]); }

  /// Adds `count` rows of a label. `hash_of()` is called if the label is new, for its XXH64. Throws InputError for a
  /// new label of 4 GiB or more.
  template <class HashOf>
  void add(const Label& label, const QuickKey& key, std::uint64_t count, const HashOf& hash_of) {
    std::size_t slot = key.hash & mask_;
    for (; slots_[slot].number != 0; slot = (slot + 1) & mask_) {
      if (slots_[slot].hash != key.hash) continue;
      Entry& entry = entries_[slots_[slot].number - 1];
      if (!is_equal(entry, label, key)) continue;
      entry.count += count;
      return;
    }
    insert(slot, label, key, count, hash_of());
  }

  const std::vector<Entry>& entries() const { return entries_; }
  std::string_view payload_of(const Entry& entry) const { return {payloads_.data() + entry.begin, entry.size}; }
  /// Drops all entries but those with these indices.
  void keep_only(const std::vector<std::uint32_t>& indices);

 private:
  struct Slot {
    std::uint32_t hash;
    std::uint32_t number;  // 1 + index of the entry; 0: free
  };

  bool is_equal(const Entry& entry, const Label& label, const QuickKey& key) const {
    return entry.head == key.head && entry.tail == key.tail && entry.size == label.payload.size() &&
           entry.tag == label.tag &&
           (entry.size <= QuickKey::most_bytes_in_words || payload_of(entry) == label.payload);
  }
  void insert(std::size_t slot, const Label& label, const QuickKey& key, std::uint64_t count, std::uint64_t hash);
  void grow();
  void occupy(Slot slot);

  QuickHash quick_hash_;
  std::size_t mask_;
  std::vector<Slot> slots_;
  std::vector<Entry> entries_;
  std::string payloads_;
};

}  // namespace driftline
