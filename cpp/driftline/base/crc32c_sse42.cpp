// The instruction crc32 of SSE 4.2, in a file of its own: nothing else here may be compiled for that processor.
#include "driftline/base/crc32c.hpp"

#ifdef __x86_64__
#include <nmmintrin.h>

#include <cstring>
#endif

namespace driftline::crc32c_detail {

#ifdef __x86_64__

namespace {

__attribute__((target("sse4.2"))) inline std::uint64_t after_word(std::uint64_t crc, const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return _mm_crc32_u64(crc, word);
}

}  // namespace

bool has_instruction() { return __builtin_cpu_supports("sse4.2") != 0; }

/// The instruction takes three cycles and can start every cycle, so three streams run side by side and are joined: a
/// register is linear in what came before, so the first stream's is moved on over as many zeros as the second is long.
__attribute__((target("sse4.2"))) std::uint32_t update_by_instruction(std::uint32_t start, std::string_view bytes) {
  const char* at = bytes.data();
  std::size_t rest = bytes.size();
  std::uint64_t crc = start;
  for (; rest >= 3 * stream_size; at += 3 * stream_size, rest -= 3 * stream_size) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < stream_size; i += 8) {
      crc = after_word(crc, at + i);
      second = after_word(second, at + i + stream_size);
      third = after_word(third, at + i + 2 * stream_size);
    }
    crc = after_zero_stream(static_cast<std::uint32_t>(crc)) ^ second;
    crc = after_zero_stream(static_cast<std::uint32_t>(crc)) ^ third;
  }
  for (; rest >= 8; at += 8, rest -= 8) crc = after_word(crc, at);
  auto low = static_cast<std::uint32_t>(crc);
  for (; rest > 0; ++at, --rest) low = _mm_crc32_u8(low, static_cast<std::uint8_t>(*at));
  return low;
}

#else

bool has_instruction() { return false; }
std::uint32_t update_by_instruction(std::uint32_t crc, std::string_view bytes) { return update_by_tables(crc, bytes); }

#endif

}  // namespace driftline::crc32c_detail
