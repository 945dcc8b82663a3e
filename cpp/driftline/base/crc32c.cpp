#include "driftline/base/crc32c.hpp"

#include <array>
#include <cstring>

namespace driftline {
namespace crc32c_detail {
namespace {

using Table = std::array<std::uint32_t, 256>;

constexpr std::uint32_t reflected_polynomial = 0x82F63B78;

constexpr std::uint32_t after_bit(std::uint32_t crc) { return crc >> 1 ^ ((crc & 1) != 0 ? reflected_polynomial : 0); }

/// tables[k][b]: what byte b contributes to the register when k more bytes follow.
constexpr std::array<Table, 8> make_tables() {
  std::array<Table, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = after_bit(crc);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = before >> 8 ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr std::array<Table, 8> tables = make_tables();

std::uint32_t update_by_byte(std::uint32_t crc, std::uint8_t byte) { return crc >> 8 ^ tables[0][(crc ^ byte) & 0xFF]; }

/// shifted[k][b]: the register after `stream_size` zero bytes if it held byte b at place k and zeros elsewhere. The
/// register is linear, so these four add up to any other.
std::array<Table, 4> make_shifted() {
  std::array<Table, 4> shifted{};
  for (std::size_t k = 0; k < shifted.size(); ++k) {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t crc = byte << (8 * k);
      for (std::size_t i = 0; i < stream_size; ++i) crc = update_by_byte(crc, 0);
      shifted[k][byte] = crc;
    }
  }
  return shifted;
}

}  // namespace

std::uint32_t update_by_tables(std::uint32_t crc, std::string_view bytes) {
  const char* at = bytes.data();
  std::size_t rest = bytes.size();
  for (; rest >= 8; at += 8, rest -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    word ^= crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= tables[7 - k][word >> (8 * k) & 0xFF];
  }
  for (; rest > 0; ++at, --rest) crc = update_by_byte(crc, static_cast<std::uint8_t>(*at));
  return crc;
}

std::uint32_t after_zero_stream(std::uint32_t crc) {
  static const std::array<Table, 4> shifted = make_shifted();
  return shifted[0][crc & 0xFF] ^ shifted[1][crc >> 8 & 0xFF] ^ shifted[2][crc >> 16 & 0xFF] ^ shifted[3][crc >> 24];
}

}  // namespace crc32c_detail

std::uint32_t crc32c(std::string_view bytes) {
  using namespace crc32c_detail;
  static const auto update = has_instruction() ? update_by_instruction : update_by_tables;
  return ~update(~std::uint32_t{0}, bytes);
}

}  // namespace driftline
