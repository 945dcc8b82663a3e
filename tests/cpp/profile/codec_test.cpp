#include <gtest/gtest.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "driftline/base/error.hpp"
#include "driftline/profile/byte_io.hpp"
#include "driftline/profile/profile.hpp"
#include "profile/columns.hpp"
#include "profile/table.hpp"

namespace driftline {
namespace {

using namespace test;

std::string with_checksum(std::string bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const std::uint32_t checksum = crc.checksum();
  bytes.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  return bytes;
}

std::string without_checksum(const std::string& bytes) { return bytes.substr(0, bytes.size() - 4); }

std::string refusal_of(std::string_view bytes) {
  try {
    from_bytes(bytes);
  } catch (const FormatError& error) {
    return error.what();
  }
  return "accepted";
}

Profile profile_of_doubles(const std::vector<double>& values) {
  return profile_of(static_cast<std::int64_t>(values.size()),
                    {column("x", Kind::numeric, doubles({values.begin(), values.end()}))});
}

std::vector<Profile> profiles() {
  constexpr double largest = std::numeric_limits<double>::max();
  constexpr double tiny = std::numeric_limits<double>::denorm_min();
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::vector<Profile> all = {Profile{}, profile_of(5, {}), profile_of(random_table(0, 1)),
                              profile_of(random_table(1, 1))};
  for (const std::size_t n : {2u, 50u, 1000u, 20'000u}) all.push_back(profile_of(random_table(n, n)));
  all.push_back(profile_of_doubles({0.0, -0.0, 1.0, -1.0, 0.5, 1.0 - 0x1p-53, largest, -largest, tiny, -tiny}));
  all.push_back(profile_of_doubles({-largest, largest, largest}));
  all.push_back(profile_of(4, {column("x", Kind::numeric, integers({most, -most - 1, most, 0}))}));
  constexpr std::uint64_t unsigned_most = std::numeric_limits<std::uint64_t>::max();
  all.push_back(profile_of(3, {column("x", Kind::numeric, unsigned_integers({unsigned_most, unsigned_most - 1, 5}))}));
  all.push_back(profile_of(3, {column("d", Kind::datetime, doubles({1.5e9, 1.6e9, std::nullopt}))}));
  all.push_back(profile_of(2, {{"x", Kind::unsupported, "target", "nested values", {}}}));
  all.push_back(profile_of(2, {column("\xC3\xA9\n\"<script>", Kind::categorical, strings({"\xFF\xFE", ""}))}));
  Profiler hashed({.hash_labels = true}, 77, 1);
  hashed.add(2, {column("x", Kind::categorical, strings({"a", "b"}))}, no_checkpoint);
  all.push_back(hashed.finish());
  all.push_back(merge(profile_of(random_table(100, 3)), profile_of(7, {}, small_caps)));
  return all;
}

std::vector<double> shape(const char* name, std::size_t n) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  std::vector<double> values(n);
  for (double& x : values) {
    if (std::strcmp(name, "normal") == 0) x = normal(random);
    if (std::strcmp(name, "lognormal") == 0) x = std::exp(3 * normal(random));
    if (std::strcmp(name, "timestamps") == 0) x = 1.7e9 + 1e6 * uniform(random);
    if (std::strcmp(name, "scores") == 0) x = 1.0 / (1.0 + std::exp(-12.0 - 3.0 * normal(random)));
    if (std::strcmp(name, "decades") == 0)
      x = std::pow(10.0, 600.0 * uniform(random) - 300.0) * (random() % 2 ? 1 : -1);
  }
  return values;
}

TEST(Codec, SaveAndLoadIsIdentity) {
  for (const Profile& profile : profiles()) {
    const std::string bytes = to_bytes(profile);
    const Profile loaded = from_bytes(bytes);
    ASSERT_EQ(loaded, profile);
    ASSERT_EQ(to_bytes(loaded), bytes);
  }
}

TEST(Codec, SaveAndLoadIsIdentityForEveryShape) {
  for (const char* name : {"normal", "lognormal", "timestamps", "scores", "decades"}) {
    for (const std::size_t n : {1u, 3u, 8192u, 8193u, 40'000u}) {
      const Profile profile = profile_of_doubles(shape(name, n));
      ASSERT_EQ(from_bytes(to_bytes(profile)), profile) << name << " " << n;
    }
  }
}

TEST(Codec, SizesStayWithinTheirBudget) {
  for (const char* name : {"normal", "lognormal", "timestamps", "scores", "decades"}) {
    EXPECT_LT(to_bytes(profile_of_doubles(shape(name, 8192))).size(), 100u * 1024) << name << ", exact";
    EXPECT_LT(to_bytes(profile_of_doubles(shape(name, 300'000))).size(), 32u * 1024) << name << ", coarsened";
  }
}

TEST(Codec, TruncatedBytesAreRefused) {
  const std::string bytes = to_bytes(profile_of(random_table(60, 1)));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_NE(refusal_of(std::string_view(bytes).substr(0, size)), "accepted") << size;
  }
}

TEST(Codec, TruncatedBytesWithAGoodChecksumAreRefused) {
  const std::string bytes = without_checksum(to_bytes(profile_of(random_table(60, 1))));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_NE(refusal_of(with_checksum(bytes.substr(0, size))), "accepted") << size;
  }
}

TEST(Codec, FlippedBitsAreRefused) {
  const std::string bytes = to_bytes(profile_of(random_table(60, 1)));
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    ASSERT_NE(refusal_of(damaged), "accepted") << bit;
  }
}

TEST(Codec, WhatIsAcceptedWithAGoodChecksumReencodesToTheSameBytes) {
  std::mt19937_64 random(6);
  const std::vector<Profile> all = profiles();
  const std::size_t header_size = to_bytes(Profile{}).size() - 18;  // what follows: options, two counts, checksum
  int n_accepted = 0;
  for (int trial = 0; trial < 20'000; ++trial) {
    std::string body = without_checksum(to_bytes(all[random() % 6]));
    for (std::uint64_t i = random() % 3 + 1; i > 0; --i) body[random() % body.size()] = static_cast<char>(random());
    const std::string bytes = with_checksum(body);
    try {
      const Profile profile = from_bytes(bytes);
      ++n_accepted;
      const std::string again = to_bytes(profile);
      ASSERT_EQ(from_bytes(again), profile);
      // The version of the library that wrote the bytes is not part of a profile.
      if (bytes.substr(0, header_size) == again.substr(0, header_size)) {
        ASSERT_EQ(again, bytes);
      }
    } catch (const FormatError&) {
    }
  }
  EXPECT_GT(n_accepted, 10);
}

TEST(Codec, TrailingBytesAreRefused) {
  const std::string bytes = to_bytes(profile_of(random_table(60, 1)));
  EXPECT_NE(refusal_of(bytes + "x"), "accepted");
  EXPECT_NE(refusal_of(with_checksum(without_checksum(bytes) + "x")), "accepted");
  EXPECT_NE(refusal_of(bytes + bytes), "accepted");
}

TEST(Codec, ForeignBytesAreRefusedAsSuch) {
  for (const char* bytes : {"PAR1....................", "{\"columns\": []}", "col_a,col_b\n1,2\n", "D", ""}) {
    const std::string message = refusal_of(bytes);
    EXPECT_NE(message, "accepted");
    EXPECT_NE(message.find(std::strlen(bytes) > 1 ? "not a driftline profile" : "truncated"), std::string::npos);
  }
}

TEST(Codec, NewerVersionsAreRefusedWithBothVersions) {
  for (const std::size_t at : {6u, 8u}) {  // major, minor
    std::string body = without_checksum(to_bytes(profile_of(random_table(10, 1))));
    body[at] = static_cast<char>(body[at] + 1);
    const std::string message = refusal_of(with_checksum(body));
    EXPECT_NE(message.find("newer"), std::string::npos) << message;
    EXPECT_NE(message.find(at == 6 ? "2.0" : "1.1"), std::string::npos) << message;
    EXPECT_NE(message.find("1.0"), std::string::npos) << message;
  }
}

TEST(Codec, NumbersWrittenTooLongAreRefused) {
  // The profile of no rows ends with two zeros: rows and columns.
  const std::string body = without_checksum(to_bytes(Profile{}));
  ASSERT_EQ(body.substr(body.size() - 2), std::string(2, '\0'));
  const std::string overlong = body.substr(0, body.size() - 1) + std::string("\x80\0", 2);
  EXPECT_NE(refusal_of(with_checksum(overlong)).find("canonical"), std::string::npos);
}

/// The file of a profile of one column whose bytes have been changed by `change`.
template <class Change>
std::string with_changed_column(const Profile& profile, const Change& change) {
  Profile no_columns = profile;
  no_columns.columns.clear();
  std::string header = without_checksum(to_bytes(no_columns));
  header.back() = 1;  // number of columns
  const std::string body = without_checksum(to_bytes(profile));
  std::string column(ByteReader(std::string_view(body).substr(header.size()), "the column").text());
  change(column);
  ByteWriter out;
  out.raw(header);
  out.text(column);
  return with_checksum(out.bytes());
}

TEST(Codec, SumsWithALimbTooManyAreRefused) {
  const Profile profile = profile_of(2, {column("x", Kind::numeric, doubles({1.0, 2.0}))});
  ASSERT_EQ(refusal_of(with_changed_column(profile, [](std::string&) {})), "accepted");
  const std::string changed = with_changed_column(profile, [](std::string& bytes) {
    const double range[] = {1.0, 2.0};
    const std::string_view needle(reinterpret_cast<const char*>(range), sizeof range);
    const std::size_t sum = bytes.find(needle) + needle.size();
    ASSERT_GT(bytes[sum + 1], 0);
    --bytes[sum + 1];  // zero limbs
    ++bytes[sum + 2];  // other limbs
    bytes.insert(sum + 3, std::string(8, '\0'));
  });
  EXPECT_NE(refusal_of(changed).find("canonical"), std::string::npos);
}

TEST(Codec, SamplesThatTheCellsHoldAreRefused) {
  const Profile profile = profile_of(2, {column("x", Kind::numeric, doubles({1.0, 2.0}))});
  const auto& sample = *std::get<NumericSummary>(profile.columns.at("x").summary).integers;
  const std::string changed = with_changed_column(profile, [&sample](std::string& bytes) {
    ASSERT_EQ(bytes.back(), 1);  // determined by the cells
    bytes.back() = 2;            // stored
    ByteWriter out;
    out.fixed(std::uint8_t{0});
    out.varint(sample.kept.size());
    for (const IntegerCount& integer : sample.kept) {
      out.fixed(std::uint8_t{0});
      out.fixed(integer.value);
      out.varint(integer.count);
    }
    bytes += out.bytes();
  });
  EXPECT_NE(refusal_of(changed).find("canonical"), std::string::npos);
}

TEST(Codec, PromisesBeyondTheBytesAreRefusedBeforeMemoryIsTaken) {
  std::string body = without_checksum(to_bytes(Profile{}));
  body.pop_back();
  const std::string huge = body + "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F";
  EXPECT_NE(refusal_of(with_checksum(huge)).find("promises more"), std::string::npos);
}

TEST(Codec, ColumnsLieInTheOrderOfTheirNames) {
  const Profile profile =
      profile_of(1, {column("\xC3\xA9", Kind::numeric, doubles({1.0})), column("z", Kind::numeric, doubles({1.0})),
                     column("A", Kind::numeric, doubles({1.0}))});
  const std::string bytes = to_bytes(profile);
  EXPECT_LT(bytes.find("\x01"
                       "A"),
            bytes.find("\x01"
                       "z"));
  EXPECT_LT(bytes.find("\x01"
                       "z"),
            bytes.find("\xC3\xA9"));
}

TEST(Codec, ChecksumIsCrc32c) {
  // The check value of CRC-32C (RFC 3720, appendix B.4: 32 bytes of zeros), by the parameters the codec uses.
  const std::string zeros = with_checksum(std::string(32, '\0'));
  EXPECT_EQ(zeros.substr(32), std::string("\xAA\x36\x91\x8A", 4));
  const std::string bytes = to_bytes(Profile{});
  EXPECT_EQ(with_checksum(without_checksum(bytes)), bytes);
}

}  // namespace
}  // namespace driftline
