// libFuzzer entry: whatever from_bytes accepts must come back from to_bytes, and nothing may crash or eat memory.
//
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Icpp ... tests/fuzz/profile_fuzzer.cpp <core
//   sources>
//   ./profile_fuzzer -max_total_time=120 -rss_limit_mb=2048 corpus
//
// The first byte of the input chooses: even, the rest is a file as it is; odd, the rest is a file without its checksum,
// which is added so that the fuzzer gets behind it.
#include <boost/crc.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "driftline/base/error.hpp"
#include "driftline/profile/profile.hpp"
#include "driftline/profile/queries.hpp"

namespace {

using namespace driftline;

void require(bool condition) {
  if (!condition) std::abort();
}

std::string with_checksum(std::string_view body) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(body.data(), body.size());
  const std::uint32_t checksum = crc.checksum();
  return std::string(body).append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
}

/// Where the options begin: behind the version of the writer, which is not part of a profile.
std::string_view without_header(std::string_view bytes) {
  constexpr std::size_t version = 10;
  return bytes.substr(version + 1 + static_cast<std::uint8_t>(bytes[version]));
}

void ask(const ColumnProfile& column) {
  looks_unique(column);
  distinct_values(column);
  const auto* numbers = std::get_if<NumericSummary>(&column.summary);
  if (numbers == nullptr) return;
  numbers->mean();
  numbers->std();
  for (const double q : {0.0, 0.1, 0.5, 1.0}) {
    const auto [low, high] = quantile_bounds(*numbers, q);
    const double estimate = quantile(*numbers, q);
    require(numbers->min <= low && low <= estimate && estimate <= high && high <= numbers->max);
    const auto [at_least, at_most] = cdf_bounds(*numbers, estimate);
    require(0.0 <= at_least && at_least <= at_most && at_most <= 1.0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string bytes = data[0] % 2 == 0 ? std::string(rest) : with_checksum(rest);
  try {
    const Profile profile = from_bytes(bytes);
    const std::string again = to_bytes(profile);
    require(from_bytes(again) == profile);
    const auto body = [](std::string_view file) { return file.substr(0, file.size() - sizeof(std::uint32_t)); };
    // The writer's version may be 128 bytes or longer; then its length takes two bytes and the headers differ in size.
    if (static_cast<std::uint8_t>(bytes[10]) < 0x80)
      require(without_header(body(again)) == without_header(body(bytes)));
    require(merge(profile, Profile{.options = profile.options, .columns = {}}) == profile);
    for (const auto& [name, column] : profile.columns) ask(column);
  } catch (const FormatError&) {
  }
  return 0;
}
