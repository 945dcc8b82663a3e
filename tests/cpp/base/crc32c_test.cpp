#include "driftline/base/crc32c.hpp"

#include <gtest/gtest.h>

#include <boost/crc.hpp>
#include <random>
#include <string>
#include <vector>

namespace driftline {
namespace {

std::uint32_t by_boost(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

std::string random_bytes(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// RFC 3720, B.4.
TEST(Crc32c, EqualsThePublishedExamples) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  std::string ascending;
  for (int i = 0; i < 32; ++i) ascending.push_back(static_cast<char>(i));
  EXPECT_EQ(crc32c(ascending), 0x46DD794Eu);
  EXPECT_EQ(crc32c(std::string(ascending.rbegin(), ascending.rend())), 0x113FDB5Cu);
}

TEST(Crc32c, BothVersionsEqualThatOfBoost) {
  using namespace crc32c_detail;
  std::mt19937_64 random(1);
  std::vector<std::size_t> sizes = {3071, 3072, 3073, 6143, 6144, 6145, 6153, 10000, 100001};
  for (std::size_t size = 0; size < 70; ++size) sizes.push_back(size);
  for (const std::size_t size : sizes) {
    const std::string bytes = random_bytes(random, size + 3);
    // From an odd address too.
    for (const std::string_view part : {std::string_view(bytes).substr(3), std::string_view(bytes).substr(0, size)}) {
      const std::uint32_t expected = by_boost(part);
      EXPECT_EQ(crc32c(part), expected) << size;
      EXPECT_EQ(~update_by_tables(~0u, part), expected) << size;
      if (has_instruction()) {
        EXPECT_EQ(~update_by_instruction(~0u, part), expected) << size;
      }
    }
  }
}

TEST(Crc32c, ZeroStreamIsThatManyZeroBytes) {
  using namespace crc32c_detail;
  std::mt19937_64 random(2);
  const std::string zeros(stream_size, '\0');
  for (int trial = 0; trial < 100; ++trial) {
    const auto crc = static_cast<std::uint32_t>(random());
    EXPECT_EQ(after_zero_stream(crc), update_by_tables(crc, zeros));
  }
}

}  // namespace
}  // namespace driftline
