#include "driftline/base/quick_hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "driftline/base/hash.hpp"

namespace driftline {
namespace {

std::vector<std::string> numbered(const std::string& start, int n) {
  std::vector<std::string> labels;
  for (int i = 0; i < n; ++i) labels.push_back(start + std::to_string(i));
  return labels;
}

std::size_t n_hashes(const std::vector<std::string>& labels) {
  const QuickHash quick_hash;
  std::set<std::uint32_t> hashes;
  for (const std::string& label : labels) hashes.insert(quick_hash(5, label).hash);
  return hashes.size();
}

TEST(QuickHash, EqualWordsAndSizesUpToSixteenBytesMeanEqualBytes) {
  const QuickHash quick_hash;
  std::mt19937_64 random(1);
  std::map<std::tuple<std::size_t, std::uint64_t, std::uint64_t>, std::string> seen;
  for (int trial = 0; trial < 200000; ++trial) {
    // Two letters, so that most bytes of two labels agree.
    std::string label(random() % 17, 'a');
    for (char& letter : label) letter = random() % 2 == 0 ? 'a' : 'b';
    const QuickKey key = quick_hash(0, label);
    const auto [found, is_new] = seen.try_emplace({label.size(), key.head, key.tail}, label);
    ASSERT_EQ(found->second, label);
  }
}

TEST(QuickHash, EveryByteAndTheTagCount) {
  const QuickHash quick_hash;
  for (std::size_t size = 0; size < 100; ++size) {
    const std::string label(size, 'x');
    const QuickKey key = quick_hash(1, label);
    EXPECT_EQ(quick_hash(1, std::string(label)), key);
    // Each of these agrees by chance with probability 2^-32.
    EXPECT_NE(quick_hash(2, label).hash, key.hash);
    EXPECT_NE(quick_hash(1, label + 'x').hash, key.hash);
    for (std::size_t i = 0; i < size; ++i) {
      std::string other = label;
      other[i] = 'y';
      EXPECT_NE(quick_hash(1, other).hash, key.hash) << i << " of " << size;
    }
  }
}

TEST(QuickHash, SpreadsLabelsThatDifferInFewBytes) {
  // 100,000 random 32-bit numbers have 1.2 pairs of equal ones on average, and 15 or more with probability below 1e-10.
  constexpr int n = 100000;
  for (const std::string start : {"", "city of ", "a longer label, of which only the end differs: "}) {
    EXPECT_GT(n_hashes(numbered(start, n)), n - 15u) << start;
  }
}

TEST(QuickHash, SpreadsLabelsThatWerePreparedToCollideUnderXxh64) {
  std::vector<std::string> prepared;
  for (const std::string& label : numbered("", 2'000'000)) {
    if (xxh64(label) % 4096 == 7) prepared.push_back(label);
  }
  ASSERT_GT(prepared.size(), 300u);
  const QuickHash quick_hash;
  std::map<std::uint32_t, int> in_slot;
  int most = 0;
  for (const std::string& label : prepared) most = std::max(most, ++in_slot[quick_hash(5, label).hash % 4096]);
  // About 490 in 4,096 slots: nine in one of them with probability below 1e-9.
  EXPECT_LT(most, 9);
}

}  // namespace
}  // namespace driftline
