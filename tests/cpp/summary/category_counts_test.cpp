#include "driftline/summary/category_counts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <tuple>

#include "driftline/base/hash.hpp"

namespace driftline {
namespace {

struct Row {
  LabelTag tag;
  std::string payload;

  auto operator<=>(const Row&) const = default;
};

std::string payload_of(std::uint64_t value) {
  std::string payload(sizeof value, '\0');
  std::memcpy(payload.data(), &value, sizeof value);
  return payload;
}

std::uint64_t plain_hash(const Row& row) { return xxh64(static_cast<char>(row.tag) + row.payload); }

/// The definition, from a map of everything.
CategorySummary plain_summary(const std::vector<Row>& rows, std::size_t max_categories) {
  std::map<Row, std::uint64_t> counts;
  for (const Row& row : rows) ++counts[row];
  CategorySummary summary;
  summary.n_rows = rows.size();
  for (const auto& [row, count] : counts) summary.labels.push_back({plain_hash(row), row.tag, row.payload, count});
  std::sort(summary.labels.begin(), summary.labels.end(), [](const LabelCount& a, const LabelCount& b) {
    return std::tie(a.hash, a.tag, a.payload) < std::tie(b.hash, b.tag, b.payload);
  });
  summary.overflowed = summary.labels.size() > max_categories;
  if (!summary.overflowed) return summary;
  summary.buckets.assign(CategorySummary::n_buckets, 0);
  for (const Row& row : rows) ++summary.buckets[plain_hash(row) & 0xFFF];
  summary.labels.resize(max_categories);
  return summary;
}

std::vector<Row> random_rows(std::mt19937_64& random, std::size_t n, std::uint64_t n_distinct) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < n; ++i) {
    // Squaring makes small values frequent.
    const double u = std::uniform_real_distribution<double>(0.0, 1.0)(random);
    const auto value = static_cast<std::uint64_t>(u * u * static_cast<double>(n_distinct));
    if (random() % 2 == 0) {
      rows.push_back({LabelTag::integer, payload_of(value)});
    } else {
      rows.push_back({LabelTag::text, std::string(value % 40, 'x') + std::to_string(value)});
    }
  }
  return rows;
}

CategorySummary count_rows(const std::vector<Row>& rows, CategoryOptions options) {
  CategoryCounts counts(options);
  for (const Row& row : rows) counts.add({row.tag, row.payload});
  return counts.finish();
}

/// Splits the rows at random, counts the parts and merges them in a random tree.
CategorySummary merge_in_random_tree(std::vector<Row> rows, CategoryOptions options, std::mt19937_64& random) {
  std::shuffle(rows.begin(), rows.end(), random);
  if (rows.size() < 2 || random() % 4 == 0) return count_rows(rows, options);
  const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(random() % (rows.size() + 1));
  CategoryCounts counts(options);
  if (random() % 2 == 0) {
    counts.merge(merge_in_random_tree({rows.begin(), middle}, options, random));
  } else {
    for (auto row = rows.begin(); row != middle; ++row) counts.add({row->tag, row->payload});
  }
  counts.merge(merge_in_random_tree({middle, rows.end()}, options, random));
  return counts.finish();
}

TEST(CategoryCounts, EqualsAPlainMapUnderAnyOrderSplitAndMergeTree) {
  std::mt19937_64 random(2024);
  constexpr CategoryOptions options{.max_categories = 64};
  int n_overflowed = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    const std::vector<Row> rows = random_rows(random, random() % 600, 1 + random() % 400);
    const CategorySummary expected = plain_summary(rows, options.max_categories);
    n_overflowed += expected.overflowed;
    ASSERT_EQ(merge_in_random_tree(rows, options, random), expected) << "trial " << trial;
  }
  EXPECT_GT(n_overflowed, 500);  // both states are really visited
  EXPECT_LT(n_overflowed, 3500);
}

TEST(CategoryCounts, EqualsAPlainMapAtTheCap) {
  for (const std::uint64_t n_distinct : {63u, 64u, 65u, 80u, 81u, 82u}) {
    std::vector<Row> rows;
    for (std::uint64_t i = 0; i < 3 * n_distinct; ++i) rows.push_back({LabelTag::integer, payload_of(i % n_distinct)});
    EXPECT_EQ(count_rows(rows, {.max_categories = 64}), plain_summary(rows, 64)) << n_distinct;
  }
}

TEST(CategoryCounts, BlocksOfRunsAndCountsEqualAPlainMap) {
  std::mt19937_64 random(11);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<Row> rows;
    std::vector<Label> labels;
    std::vector<std::uint64_t> counts;
    const std::vector<Row> values = random_rows(random, 120, 300);
    for (int run = 0; run < 20; ++run) {
      const Row& value = values[random() % values.size()];
      const std::uint64_t length = random() % 4 == 0 ? random() % 150 : 1;  // some are longer than a batch
      for (std::uint64_t i = 0; i < length; ++i) {
        labels.push_back({value.tag, value.payload});
        counts.push_back(1 + random() % 3);
        rows.insert(rows.end(), counts.back(), value);
      }
    }
    CategoryCounts all(CategoryOptions{.max_categories = 64});
    all.add(LabelBlock{labels, counts});
    ASSERT_EQ(all.finish(), plain_summary(rows, 64));
  }
}

TEST(CategoryCounts, LabelsThatDifferOnlyInOneByteStayApart) {
  std::vector<Row> rows;
  for (const std::size_t size : {1u, 3u, 4u, 7u, 8u, 11u, 16u, 17u, 31u, 32u, 33u, 48u, 100u}) {
    const std::string label(size, 'x');
    rows.push_back({LabelTag::text, label});
    for (std::size_t i = 0; i < size; ++i) {
      rows.push_back(rows.back());
      rows.back().payload = label;
      rows.back().payload[i] = 'y';
    }
  }
  EXPECT_EQ(count_rows(rows, {}), plain_summary(rows, 16384));
}

TEST(CategoryCounts, CountOfRowsEqualsRepeatedRows) {
  CategoryCounts once(CategoryOptions{.max_categories = 64});
  CategoryCounts repeated(CategoryOptions{.max_categories = 64});
  for (std::uint64_t i = 0; i < 300; ++i) {
    const std::string payload = payload_of(i % 100);
    once.add({LabelTag::integer, payload}, 3);
    for (int k = 0; k < 3; ++k) repeated.add({LabelTag::integer, payload});
  }
  EXPECT_EQ(once.finish(), repeated.finish());
}

TEST(CategoryCounts, TypeIsPartOfTheLabel) {
  const std::string payload = payload_of(1);
  const CategorySummary summary =
      count_rows({{LabelTag::integer, payload}, {LabelTag::text, payload}, {LabelTag::binary, payload}}, {});
  EXPECT_EQ(summary.labels.size(), 3u);
}

TEST(CategoryCounts, LongLabelsKeepTheirBytes) {
  const std::string megabyte(1 << 20, 'y');
  const CategorySummary summary = count_rows({{LabelTag::text, megabyte}, {LabelTag::text, ""}}, {});
  EXPECT_EQ(summary, plain_summary({{LabelTag::text, megabyte}, {LabelTag::text, ""}}, 64));
}

TEST(CategoryCounts, HashedLabelsHideTheLabelAndDependOnTheSalt) {
  const std::vector<Row> rows = {{LabelTag::text, "alice"}, {LabelTag::text, "bob"}, {LabelTag::text, "alice"}};
  const CategorySummary first = count_rows(rows, {.hash_labels = true, .salt = 1});
  const CategorySummary second = count_rows(rows, {.hash_labels = true, .salt = 2});
  for (const LabelCount& label : first.labels) {
    EXPECT_EQ(label.tag, LabelTag::hashed);
    EXPECT_EQ(label.payload.size(), 8u);
    for (const LabelCount& other : second.labels) EXPECT_NE(label.payload, other.payload);
  }
  ASSERT_EQ(first.labels.size(), 2u);
  EXPECT_EQ(std::max(first.labels[0].count, first.labels[1].count), 2u);
}

TEST(CategoryCounts, HashedLabelsMergeLikeRows) {
  std::mt19937_64 random(7);
  constexpr CategoryOptions options{.max_categories = 64, .hash_labels = true, .salt = 99};
  for (int trial = 0; trial < 200; ++trial) {
    const std::vector<Row> rows = random_rows(random, 400, 200);
    ASSERT_EQ(merge_in_random_tree(rows, options, random), count_rows(rows, options));
  }
}

TEST(CategoryCounts, DistinctIntervalCoversTheTruth) {
  // 95 % intervals over 400 columns: fewer than 362 hits have probability below 1e-4 (binomial).
  std::mt19937_64 random(3);
  int n_covered = 0;
  for (int trial = 0; trial < 400; ++trial) {
    CategoryCounts counts(CategoryOptions{.max_categories = 256});
    const std::uint64_t n_distinct = 1000 + random() % 5000;
    for (std::uint64_t i = 0; i < n_distinct; ++i) counts.add({LabelTag::integer, payload_of(random())});
    const auto [low, high] = counts.finish().n_distinct_bounds();
    n_covered += low <= static_cast<double>(n_distinct) && static_cast<double>(n_distinct) <= high;
  }
  EXPECT_GE(n_covered, 362);
}

}  // namespace
}  // namespace driftline
