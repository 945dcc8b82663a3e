#include "driftline/base/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace driftline {
namespace {

/// Length of the well-formed sequence at the start of `text`, 0 if there is none. The Unicode Standard, table 3-7.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(i < text.size() ? text[i] : 0); };
  const auto is_tail = [&byte](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const auto between = [](std::uint8_t x, int low, int high) { return x >= low && x <= high; };
  const std::uint8_t first = byte(0);
  const std::uint8_t second = byte(1);
  if (first < 0x80) return 1;
  if (between(first, 0xC2, 0xDF)) return is_tail(1) ? 2 : 0;
  if (between(first, 0xE0, 0xEF)) {
    const int low = first == 0xE0 ? 0xA0 : 0x80;   // shorter forms exist
    const int high = first == 0xED ? 0x9F : 0xBF;  // surrogates
    return between(second, low, high) && is_tail(2) ? 3 : 0;
  }
  if (between(first, 0xF0, 0xF4)) {
    const int low = first == 0xF0 ? 0x90 : 0x80;
    const int high = first == 0xF4 ? 0x8F : 0xBF;  // beyond U+10FFFF
    return between(second, low, high) && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string repaired_utf8(std::string_view text) {
  std::string repaired;
  repaired.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    repaired += length == 0 ? "\xEF\xBF\xBD" : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return repaired;
}

}  // namespace driftline
