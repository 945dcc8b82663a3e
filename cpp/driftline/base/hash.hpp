// XXH64: the hash behind canonical samples of categories and of integers.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace driftline {
namespace xxh64_detail {

static_assert(std::endian::native == std::endian::little, "lanes are read as little-endian words");

constexpr std::uint64_t prime_1 = 0x9E3779B185EBCA87;
constexpr std::uint64_t prime_2 = 0xC2B2AE3D27D4EB4F;
constexpr std::uint64_t prime_3 = 0x165667B19E3779F9;
constexpr std::uint64_t prime_4 = 0x85EBCA77C2B2AE63;
constexpr std::uint64_t prime_5 = 0x27D4EB2F165667C5;

template <class Word>
std::uint64_t read(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

inline std::uint64_t round(std::uint64_t accumulator, std::uint64_t lane) {
  return std::rotl(accumulator + lane * prime_2, 31) * prime_1;
}

inline std::uint64_t merge_accumulator(std::uint64_t hash, std::uint64_t accumulator) {
  return (hash ^ round(0, accumulator)) * prime_1 + prime_4;
}

/// Bytes as they lie in memory.
struct PlainBytes {
  const char* bytes;

  template <class Word>
  std::uint64_t word(std::size_t at) const {
    return read<Word>(bytes + at);
  }
};

/// A tag byte and then a payload, which need not be copied together.
struct TaggedBytes {
  std::uint8_t tag;
  const char* payload;

  template <class Word>
  std::uint64_t word(std::size_t at) const {
    if (at > 0) return read<Word>(payload + at - 1);
    if constexpr (sizeof(Word) == 8)
      return tag | read<std::uint32_t>(payload) << 8 | read<std::uint32_t>(payload + 3) << 32;
    if constexpr (sizeof(Word) == 4)
      return tag | read<std::uint16_t>(payload) << 8 | read<std::uint8_t>(payload + 2) << 24;
    return tag;
  }
};

/// Consumes whole stripes of 32 bytes and moves `at` behind them.
template <class Bytes>
std::uint64_t consume_stripes(const Bytes& bytes, std::size_t& at, std::size_t size, std::uint64_t seed) {
  std::uint64_t a = seed + prime_1 + prime_2;
  std::uint64_t b = seed + prime_2;
  std::uint64_t c = seed;
  std::uint64_t d = seed - prime_1;
  for (; size - at >= 32; at += 32) {
    a = round(a, bytes.template word<std::uint64_t>(at));
    b = round(b, bytes.template word<std::uint64_t>(at + 8));
    c = round(c, bytes.template word<std::uint64_t>(at + 16));
    d = round(d, bytes.template word<std::uint64_t>(at + 24));
  }
  std::uint64_t hash = std::rotl(a, 1) + std::rotl(b, 7) + std::rotl(c, 12) + std::rotl(d, 18);
  for (const std::uint64_t accumulator : {a, b, c, d}) hash = merge_accumulator(hash, accumulator);
  return hash;
}

template <class Bytes>
std::uint64_t consume_tail(std::uint64_t hash, const Bytes& bytes, std::size_t at, std::size_t size) {
  for (; size - at >= 8; at += 8) {
    hash = std::rotl(hash ^ round(0, bytes.template word<std::uint64_t>(at)), 27) * prime_1 + prime_4;
  }
  if (size - at >= 4) {
    hash = std::rotl(hash ^ (bytes.template word<std::uint32_t>(at) * prime_1), 23) * prime_2 + prime_3;
    at += 4;
  }
  for (; at != size; ++at) hash = std::rotl(hash ^ (bytes.template word<std::uint8_t>(at) * prime_5), 11) * prime_1;
  return hash;
}

inline std::uint64_t avalanche(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * prime_2;
  hash = (hash ^ (hash >> 29)) * prime_3;
  return hash ^ (hash >> 32);
}

template <class Bytes>
std::uint64_t hash_of(const Bytes& bytes, std::size_t size, std::uint64_t seed) {
  std::size_t at = 0;
  const std::uint64_t start = size >= 32 ? consume_stripes(bytes, at, size, seed) : seed + prime_5;
  return avalanche(consume_tail(start + size, bytes, at, size));
}

}  // namespace xxh64_detail

/// XXH64 of `bytes` with `seed`, the same on every machine.
/// Source: the xxHash specification, doc/xxhash_spec.md of github.com/Cyan4973/xxHash.
inline std::uint64_t xxh64(std::string_view bytes, std::uint64_t seed = 0) {
  return xxh64_detail::hash_of(xxh64_detail::PlainBytes{bytes.data()}, bytes.size(), seed);
}

/// `xxh64` of the byte `tag` followed by `payload`.
inline std::uint64_t xxh64_tagged(std::uint8_t tag, std::string_view payload, std::uint64_t seed) {
  return xxh64_detail::hash_of(xxh64_detail::TaggedBytes{tag, payload.data()}, payload.size() + 1, seed);
}

/// `xxh64` of nine bytes: `tag`, then `payload` in little-endian order. Built in registers, for hot loops.
inline std::uint64_t xxh64_tagged(std::uint8_t tag, std::uint64_t payload) {
  using namespace xxh64_detail;
  std::uint64_t hash = prime_5 + 9;
  hash = std::rotl(hash ^ round(0, payload << 8 | tag), 27) * prime_1 + prime_4;
  hash = std::rotl(hash ^ (payload >> 56) * prime_5, 11) * prime_1;
  return avalanche(hash);
}

}  // namespace driftline
