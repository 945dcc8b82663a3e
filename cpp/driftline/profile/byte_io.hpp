// Little-endian bytes, written and read back with every length checked.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "driftline/base/error.hpp"

namespace driftline {

static_assert(std::endian::native == std::endian::little, "fixed-width numbers are copied as they lie in memory");

class ByteWriter {
 public:
  static constexpr std::size_t longest_varint = 10;

  template <class Value>
  void fixed(Value value) {
    static_assert(std::is_arithmetic_v<Value>);
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes_.append(raw, sizeof value);
  }
  /// LEB128: seven bits a byte, the lowest first.
  void varint(std::uint64_t value) {
    char raw[longest_varint];
    bytes_.append(raw, static_cast<std::size_t>(put_varint(raw, value) - raw));
  }
  void raw(std::string_view bytes) { bytes_ += bytes; }
  /// Length, then the bytes.
  void text(std::string_view bytes) {
    varint(bytes.size());
    raw(bytes);
  }

  void reserve(std::size_t more) { bytes_.reserve(bytes_.size() + more); }

  /// For long rows of numbers, which are put into a buffer of the caller's first: it has room for a `longest_varint`.
  /// Returns the end of what it wrote.
  static char* put_varint(char* at, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) *at++ = static_cast<char>(value | 0x80);
    *at++ = static_cast<char>(value);
    return at;
  }

  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what ByteWriter wrote. Borrows the bytes.
class ByteReader {
 public:
  /// `what` names the bytes in error messages: "the profile", "column \"age\"".
  ByteReader(std::string_view bytes, std::string what) : rest_(bytes), what_(std::move(what)) {}

  [[noreturn]] void fail(const std::string& problem) const {
    throw FormatError("the bytes are not a valid profile: " + what_ + " " + problem);
  }
  void require(bool condition, const char* problem) const {
    if (!condition) fail(problem);
  }

  std::size_t remaining() const { return rest_.size(); }
  void require_end() const {
    if (!rest_.empty()) fail("is followed by " + std::to_string(rest_.size()) + " bytes too many");
  }

  template <class Value>
  Value fixed() {
    static_assert(std::is_arithmetic_v<Value>);
    Value value;
    std::memcpy(&value, raw(sizeof value).data(), sizeof value);
    return value;
  }
  std::uint64_t varint() {
    if (!rest_.empty() && static_cast<std::uint8_t>(rest_[0]) < 0x80) {
      const auto byte = static_cast<std::uint8_t>(rest_[0]);
      rest_.remove_prefix(1);
      return byte;
    }
    return long_varint();
  }
  std::string_view raw(std::uint64_t size) {
    if (size > rest_.size()) {
      fail("ends " + std::to_string(size - rest_.size()) + " bytes early");
    }
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  std::string_view text() { return raw(varint()); }
  /// The number of things to come, each at least `least_size` bytes: never more than there are bytes for.
  std::size_t count(std::size_t least_size) {
    const std::uint64_t n = varint();
    if (n > rest_.size() / least_size) fail("promises more than its bytes can hold");
    return n;
  }

 private:
  std::uint64_t long_varint() {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = fixed<std::uint8_t>();
      const std::uint64_t bits = byte & 0x7F;
      if (shift > 63 || (shift == 63 && bits > 1)) fail("holds a number above 64 bits");
      value |= bits << shift;
      if (byte >= 0x80) continue;
      // Equal profiles would have unequal bytes.
      if (byte == 0 && shift > 0) fail("is not in its canonical form: a number has more bytes than it needs");
      return value;
    }
  }

  std::string_view rest_;
  std::string what_;
};

}  // namespace driftline
