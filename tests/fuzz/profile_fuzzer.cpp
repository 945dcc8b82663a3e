// Whatever from_bytes accepts must come back from to_bytes, and nothing may crash or eat memory.
//
// The input is a file, read as it is, and once more with the checksum that fits, so that the fuzzer gets behind it.
#include <algorithm>
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

constexpr std::size_t checksum_size = sizeof(std::uint32_t);

std::string with_checksum(std::string_view file) {
  const std::string_view body = file.substr(0, file.size() - std::min(file.size(), checksum_size));
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(body.data(), body.size());
  const std::uint32_t checksum = crc.checksum();
  return std::string(body).append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
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

void read(std::string_view file) {
  try {
    const Profile profile = from_bytes(file);
    require(from_bytes(to_bytes(profile)) == profile);
    // Canonical: no other bytes would have been read as this profile.
    require(content_of(to_bytes(profile)) == content_of(file));
    require(merge(profile, Profile{.options = profile.options, .columns = {}}) == profile);
    for (const auto& [name, column] : profile.columns) ask(column);
  } catch (const FormatError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  read(file);
  read(with_checksum(file));
  return 0;
}
