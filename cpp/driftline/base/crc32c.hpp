// CRC-32C: the checksum at the end of a saved profile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace driftline {

/// CRC-32C (Castagnoli: polynomial 0x1EDC6F41, reflected, starting from and complemented by 0xFFFFFFFF), with the
/// instruction of the processor where there is one.
std::uint32_t crc32c(std::string_view bytes);

namespace crc32c_detail {

/// Bytes per stream of the version that keeps three of them in flight.
inline constexpr std::size_t stream_size = 1024;

/// `crc` is the register before and after: neither is complemented. Eight bytes a step, by tables.
std::uint32_t update_by_tables(std::uint32_t crc, std::string_view bytes);

/// The register after `stream_size` zero bytes more.
std::uint32_t after_zero_stream(std::uint32_t crc);

/// Does the processor have the instruction that `update_by_instruction` needs?
bool has_instruction();
/// The same as `update_by_tables`. Call it only where `has_instruction()`.
std::uint32_t update_by_instruction(std::uint32_t crc, std::string_view bytes);

}  // namespace crc32c_detail
}  // namespace driftline
