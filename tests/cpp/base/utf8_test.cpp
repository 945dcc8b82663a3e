#include "driftline/base/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>

namespace driftline {
namespace {

/// The definition: the shortest form of a scalar value.
std::string encode(std::uint32_t point) {
  const auto tail = [point](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xC0 | point >> 6), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xE0 | point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | point >> 18), tail(12), tail(6), tail(0)};
}

bool is_scalar(std::uint32_t point) { return point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF); }

TEST(Utf8, AcceptsExactlyTheScalarValues) {
  for (std::uint32_t point = 0; point < 0x120000; ++point) {
    ASSERT_EQ(is_utf8(encode(point)), is_scalar(point)) << point;
  }
}

TEST(Utf8, AcceptsThreeBytesOnlyIfTheyEncodeSomething) {
  std::set<std::string> well_formed;
  for (std::uint32_t point = 0x800; point < 0x10000; ++point) {
    if (is_scalar(point)) well_formed.insert(encode(point));
  }
  for (std::uint32_t lead = 0xE0; lead < 0xF0; ++lead) {
    for (std::uint32_t rest = 0; rest < 0x10000; ++rest) {
      const std::string bytes = {static_cast<char>(lead), static_cast<char>(rest >> 8), static_cast<char>(rest)};
      ASSERT_EQ(is_utf8(bytes), well_formed.contains(bytes));
    }
  }
}

TEST(Utf8, RefusesTruncatedSequences) {
  for (const std::uint32_t point : {0x80u, 0x800u, 0x10000u}) {
    const std::string whole = encode(point);
    for (std::size_t length = 1; length < whole.size(); ++length) {
      EXPECT_FALSE(is_utf8(whole.substr(0, length)));
      EXPECT_FALSE(is_utf8(whole.substr(0, length) + "a"));
    }
    EXPECT_FALSE(is_utf8(whole.substr(1)));
  }
}

TEST(Utf8, RepairGivesUtf8AndLeavesUtf8Alone) {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 12, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::string repaired = repaired_utf8(bytes);
    ASSERT_TRUE(is_utf8(repaired));
    ASSERT_EQ(repaired == bytes, is_utf8(bytes));
  }
  EXPECT_EQ(repaired_utf8("a\xFF"
                          "b"),
            "a\xEF\xBF\xBD"
            "b");
}

}  // namespace
}  // namespace driftline
