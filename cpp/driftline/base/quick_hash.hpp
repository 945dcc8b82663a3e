// A fast hash of short byte strings for tables that live and die within one process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "driftline/base/wide.hpp"

namespace driftline {

/// Bytes as a table compares them: two words, and a hash of all of it. Up to 16 bytes, equal sizes and equal words mean
/// equal bytes; the words of longer ones are their last 16 bytes.
struct QuickKey {
  std::uint64_t head;
  std::uint64_t tail;
  std::uint32_t hash;

  static constexpr std::size_t most_bytes_in_words = 16;

  bool operator==(const QuickKey&) const = default;
};

/// Hashes bytes with numbers drawn once per process, so nobody can prepare labels that all meet in one place. The value
/// differs from run to run and must never be stored.
///
/// The scheme is that of wyhash (public domain, github.com/wangyi-fudan/wyhash): 64 × 64 → 128 bit products, folded.
class QuickHash {
 public:
  QuickHash();

  /// `tag` takes part in the hash, not in the words.
  QuickKey operator()(std::uint8_t tag, std::string_view bytes) const {
    const char* at = bytes.data();
    const std::size_t size = bytes.size();
    std::uint64_t state = seed_;
    QuickKey key{};
    if (size > QuickKey::most_bytes_in_words) {
      const char* const last = at + size - 16;
      for (; at < last; at += 16)
        state = folded(word<std::uint64_t>(at) ^ secret_, word<std::uint64_t>(at + 8) ^ state);
      key.head = word<std::uint64_t>(last);
      key.tail = word<std::uint64_t>(last + 8);
    } else if (size >= 4) {
      // Four words of four bytes, which overlap; sizes of 8 and more move the inner ones by four.
      const std::size_t inner = size >> 3 << 2;
      key.head = word<std::uint32_t>(at) << 32 | word<std::uint32_t>(at + inner);
      key.tail = word<std::uint32_t>(at + size - 4) << 32 | word<std::uint32_t>(at + size - 4 - inner);
    } else if (size > 0) {
      key.head =
          word<std::uint8_t>(at) << 16 | word<std::uint8_t>(at + size / 2) << 8 | word<std::uint8_t>(at + size - 1);
    }
    const std::uint64_t mixed = folded(key.head ^ secret_, key.tail ^ state);
    key.hash = static_cast<std::uint32_t>(folded(mixed ^ size ^ std::uint64_t{tag} << 56, other_secret_));
    return key;
  }

 private:
  template <class Word>
  static std::uint64_t word(const char* at) {
    Word value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  static std::uint64_t folded(std::uint64_t a, std::uint64_t b) {
    const uint128 product = uint128{a} * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  std::uint64_t seed_;
  std::uint64_t secret_;
  std::uint64_t other_secret_;
};

}  // namespace driftline
