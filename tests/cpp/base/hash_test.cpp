#include "driftline/base/hash.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace driftline {
namespace {

struct Vector {
  std::size_t length;
  std::uint64_t seed;
  std::uint64_t hash;
};

// From the PyPI package xxhash 3: xxhash.xxh64_intdigest(data[:length], seed), data[i] = (131·i + 17) mod 256.
constexpr std::array<Vector, 46> vectors = {{
    {0, 0, 0xef46db3751d8e999},           {0, 20141025, 0x493d554c526625ba},    {1, 0, 0xad10cd9780ac4ff7},
    {1, 20141025, 0xa00fd5697cb94118},    {3, 0, 0x40626d96276e4594},           {3, 20141025, 0xb5cb2af7527d843b},
    {4, 0, 0x882207c122c76e23},           {4, 20141025, 0x7333ca3b8eed4a87},    {5, 0, 0xa3da885eec618bb4},
    {5, 20141025, 0xe7f35acb573a650c},    {7, 0, 0xcfc90033aa9dac4f},           {7, 20141025, 0xfb3a6ea64037c090},
    {8, 0, 0x90fda2f089fa86de},           {8, 20141025, 0x0a87a82afbd7adfd},    {9, 0, 0xa80deb192b8c5215},
    {9, 20141025, 0x505f671a3102b282},    {12, 0, 0x333861b25fd6348b},          {12, 20141025, 0xb62d98d5b671ce0f},
    {15, 0, 0x59f95bad12d14c9d},          {15, 20141025, 0xd5a6fee5a2bd213d},   {16, 0, 0x3a5b1165d151aa50},
    {16, 20141025, 0x8d0a821687982062},   {31, 0, 0x44cc9efe5d2d0233},          {31, 20141025, 0x7603bf8e0dacfa8d},
    {32, 0, 0x0e1aab1d173cf196},          {32, 20141025, 0xbcb71968d2d5414e},   {33, 0, 0x5c820b4b4fe28fdc},
    {33, 20141025, 0xc2d2eca67589c400},   {36, 0, 0x4085f13b32c5feb0},          {36, 20141025, 0x9b39f50137106442},
    {40, 0, 0xc0441297b12d2395},          {40, 20141025, 0x3b8d47ba7271dce9},   {63, 0, 0x1153d36cade87066},
    {63, 20141025, 0x36bca1ccb5f1a21c},   {64, 0, 0xd4c20ef54cbc9f67},          {64, 20141025, 0x81d1241cdc7b4253},
    {65, 0, 0xac086c9b87baea67},          {65, 20141025, 0x62cfeeb685710ae9},   {100, 0, 0x7f8375f3e09d8123},
    {100, 20141025, 0xa863e8e08aae9364},  {255, 0, 0xfc0c21a234c0a092},         {255, 20141025, 0xb580d2cf287edbf3},
    {1000, 0, 0x9fb3251bef67c2b5},        {1000, 20141025, 0x60fe449c48943980}, {4999, 0, 0x71786025e6322ff4},
    {4999, 20141025, 0xc552a875d8d39b45},
}};

TEST(Hash, EqualsTheReferenceImplementation) {
  std::string data(5000, '\0');
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>((131 * i + 17) % 256);
  for (const Vector& vector : vectors) {
    EXPECT_EQ(xxh64(std::string_view(data).substr(0, vector.length), vector.seed), vector.hash)
        << vector.length << " bytes, seed " << vector.seed;
  }
}

TEST(Hash, DoesNotDependOnAlignment) {
  const std::string text = "the quick brown fox jumps over the lazy dog and back again";
  const std::uint64_t expected = xxh64(text);
  for (std::size_t shift = 1; shift < 8; ++shift) {
    const std::string shifted = std::string(shift, 'x') + text;
    EXPECT_EQ(xxh64(std::string_view(shifted).substr(shift)), expected);
  }
}

TEST(Hash, OfTaggedPayloadIsThatOfItsNineBytes) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    const auto tag = static_cast<std::uint8_t>(random());
    const std::uint64_t payload = random();
    std::array<char, 9> bytes;
    bytes[0] = static_cast<char>(tag);
    std::memcpy(bytes.data() + 1, &payload, sizeof payload);
    ASSERT_EQ(xxh64_tagged(tag, payload), xxh64({bytes.data(), bytes.size()}));
  }
}

TEST(Hash, OfATagAndAPayloadIsThatOfTheirBytesInARow) {
  std::mt19937_64 random(6);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size + 1, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    // On the heap and without room to spare, so that a sanitizer sees a read beyond the end.
    const std::vector<char> payload(bytes.begin() + 1, bytes.end());
    const auto tag = static_cast<std::uint8_t>(bytes[0]);
    const std::uint64_t seed = random();
    ASSERT_EQ(xxh64_tagged(tag, {payload.data(), payload.size()}, seed), xxh64(bytes, seed)) << size;
  }
}

}  // namespace
}  // namespace driftline
