#include "driftline/profile/profiler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>

#include "driftline/base/error.hpp"
#include "profile/columns.hpp"
#include "profile/table.hpp"

namespace driftline {
namespace {

using namespace test;

Profile profile_in_batches(std::span<const Row> rows, std::mt19937_64& random, std::size_t most_rows, int threads) {
  Profiler profiler(small_caps, 0, threads);
  for (std::size_t begin = 0; begin < rows.size();) {
    const std::size_t n = std::min<std::size_t>(random() % (most_rows + 1), rows.size() - begin);
    std::vector<BatchColumn> columns = columns_of(rows.subspan(begin, n));
    std::shuffle(columns.begin(), columns.end(), random);
    profiler.add(static_cast<std::int64_t>(n), columns, no_checkpoint);
    begin += n;
  }
  return profiler.finish();
}

TEST(Profiler, SameRowsGiveTheSameBytesWhateverTheOrderBatchesAndThreads) {
  std::mt19937_64 random(1);
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    std::vector<Row> rows = random_table(1 + random() % 3000, seed);
    const std::string expected = to_bytes(profile_of(rows));
    for (const int threads : {1, 2, 8}) {
      std::shuffle(rows.begin(), rows.end(), random);
      ASSERT_EQ(to_bytes(profile_in_batches(rows, random, rows.size(), threads)), expected) << seed;
    }
  }
}

TEST(Profiler, ManyUnitsPerColumnGiveTheSameBytesAtAnyThreadCount) {
  const std::vector<Row> rows = random_table(300'000, 5);
  const std::string expected = to_bytes(profile_of(rows, 1));
  EXPECT_EQ(to_bytes(profile_of(rows, 2)), expected);
  EXPECT_EQ(to_bytes(profile_of(rows, 8)), expected);
}

TEST(Profiler, RowsAndColumnsSharedOutInAnyWayGiveTheSameBytes) {
  std::mt19937_64 random(7);
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const std::vector<Row> rows = random_table(1 + random() % 3000, seed);
    std::vector<std::unique_ptr<Profiler>> profilers;
    for (int i = 0; i < 3; ++i) profilers.push_back(std::make_unique<Profiler>(small_caps, 0, 1 + i));
    for (std::size_t begin = 0; begin < rows.size();) {
      const std::size_t n = std::min<std::size_t>(1 + random() % 700, rows.size() - begin);
      profilers[random() % 3]->add_rows(n);
      for (const BatchColumn& column : columns_of(std::span(rows).subspan(begin, n))) {
        profilers[random() % 3]->add_columns(static_cast<std::int64_t>(n), {column}, no_checkpoint);
      }
      begin += n;
    }
    profilers[0]->join(*profilers[1]);
    profilers[2]->join(*profilers[0]);
    ASSERT_EQ(to_bytes(profilers[2]->finish()), to_bytes(profile_of(rows))) << seed;
    EXPECT_EQ(profilers[0]->finish().n_rows, 0u) << "what was joined is gone";
  }
}

TEST(Profiler, JoinRefusesTwoKindsAndNamesWhereTheyCameFrom) {
  Profiler first({}, 0, 1);
  Profiler second({}, 0, 1);
  first.add(1, {column("age", Kind::numeric, doubles({1.0}))}, no_checkpoint, "a.parquet");
  second.add(1, {column("age", Kind::categorical, strings({"a"}))}, no_checkpoint, "b.parquet");
  try {
    first.join(second);
    FAIL() << "no error";
  } catch (const SchemaError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("numeric in a.parquet and categorical in b.parquet"), std::string::npos) << message;
  }
}

TEST(Profiler, JoinKeepsWhatCouldNotBeReadUnsupported) {
  const BatchColumn bad{"x", Kind::unsupported, "", "nested values", {doubles({1.0, std::nullopt})}};
  const BatchColumn good = column("x", Kind::numeric, doubles({1.0, 2.0, 3.0}));
  for (const bool bad_first : {true, false}) {
    Profiler first({}, 0, 1);
    Profiler second({}, 0, 1);
    (bad_first ? first : second).add(2, {bad}, no_checkpoint);
    (bad_first ? second : first).add(3, {good}, no_checkpoint);
    first.join(second);
    EXPECT_EQ(first.finish(), merge(profile_of(2, {bad}), profile_of(3, {good})));
  }
}

TEST(Profiler, RefusesColumnsWithMoreRowsThanWereCounted) {
  Profiler profiler({}, 0, 1);
  profiler.add_rows(1);
  profiler.add_columns(2, {column("x", Kind::numeric, doubles({1.0, 2.0}))}, no_checkpoint);
  EXPECT_THROW(profiler.finish(), InputError);
}

TEST(Profiler, StopEndsTheNextBatch) {
  Profiler profiler({}, 0, 2);
  profiler.stop();
  EXPECT_THROW(profiler.add(1, {column("x", Kind::numeric, doubles({1.0}))}, no_checkpoint), Error);
}

TEST(Profiler, MergeOfPartsIsTheProfileOfTheWhole) {
  std::mt19937_64 random(2);
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const std::vector<Row> rows = random_table(1 + random() % 1500, seed);
    std::vector<Profile> parts;
    for (std::size_t begin = 0; begin < rows.size();) {
      const std::size_t n = std::min<std::size_t>(random() % 400, rows.size() - begin);
      parts.push_back(profile_of(std::span(rows).subspan(begin, n)));
      begin += n;
    }
    while (parts.size() > 1) {
      std::swap(parts[random() % parts.size()], parts.back());
      const Profile last = parts.back();
      parts.pop_back();
      Profile& other = parts[random() % parts.size()];
      other = random() % 2 == 0 ? merge(other, last) : merge(last, other);
    }
    const Profile whole = profile_of(rows);
    ASSERT_EQ(parts.front(), whole);
    ASSERT_EQ(to_bytes(parts.front()), to_bytes(whole));
  }
}

TEST(Profiler, CountsEqualAPlainLoop) {
  const std::vector<Row> rows = random_table(5000, 9);
  const Profile profile = profile_of(rows);
  std::uint64_t n_null = 0, n_nan = 0, n_inf = 0, n_valid = 0;
  std::map<std::string, std::uint64_t> labels;
  for (const Row& row : rows) {
    n_null += !row.number;
    n_nan += row.number && std::isnan(*row.number);
    n_inf += row.number && std::isinf(*row.number);
    n_valid += row.number && std::isfinite(*row.number);
    if (row.label) ++labels[*row.label];
  }
  const ColumnProfile& number = profile.columns.at("number");
  EXPECT_EQ(number.n_rows, rows.size());
  EXPECT_EQ(number.n_null, n_null);
  EXPECT_EQ(number.n_nan, n_nan);
  EXPECT_EQ(number.n_pos_inf + number.n_neg_inf, n_inf);
  EXPECT_EQ(number.n_valid(), n_valid);
  EXPECT_EQ(std::get<NumericSummary>(number.summary).n_nan, n_nan);
  for (const LabelCount& label : std::get<CategorySummary>(profile.columns.at("label").summary).labels) {
    EXPECT_EQ(label.count, labels.at(label.payload));
  }
  EXPECT_EQ(profile.columns.at("nothing").kind, Kind::null);
  EXPECT_EQ(profile.columns.at("nothing").n_null, rows.size());
}

TEST(Profiler, ChunksAreOneColumn) {
  const Profile whole = profile_of(4, {column("x", Kind::numeric, doubles({1.0, 2.0, std::nullopt, 4.0}))});
  BatchColumn chunked{
      "x", Kind::numeric, "feature", "", {doubles({1.0}), doubles({}), doubles({2.0, std::nullopt, 4.0})}};
  EXPECT_EQ(profile_of(4, {chunked}), whole);
}

TEST(Profiler, BadColumnBecomesUnsupportedAndCostsNoOther) {
  const ColumnView good = doubles({1.0, 2.0, 3.0});
  for (const int threads : {1, 4}) {
    const Profile profile = profile_of(
        3, {column("bad", Kind::categorical, broken_strings(3)), column("good", Kind::numeric, good)}, {}, threads);
    const ColumnProfile& bad = profile.columns.at("bad");
    EXPECT_EQ(bad.kind, Kind::unsupported);
    EXPECT_NE(bad.reason, "");
    EXPECT_EQ(bad.n_rows, 3u);
    EXPECT_EQ(profile.columns.at("good"), profile_of(3, {column("good", Kind::numeric, good)}).columns.at("good"));
  }
}

TEST(Profiler, ColumnThatTurnsBadStaysUnsupported) {
  Profiler profiler({}, 0, 2);
  profiler.add(2, {column("x", Kind::categorical, strings({"a", std::nullopt}))}, no_checkpoint);
  profiler.add(3, {column("x", Kind::categorical, broken_strings(3))}, no_checkpoint);
  profiler.add(2, {column("x", Kind::categorical, strings({"b", std::nullopt}))}, no_checkpoint);
  const ColumnProfile x = profiler.finish().columns.at("x");
  EXPECT_EQ(x.kind, Kind::unsupported);
  EXPECT_EQ(x.n_null, 2u);
  EXPECT_EQ(x.n_rows, 7u);
}

TEST(Profiler, ReasonOfTheCallerIsKept) {
  BatchColumn unread{"x", Kind::unsupported, "feature", "nested values", {}};
  const ColumnProfile x = profile_of(5, {unread}).columns.at("x");
  EXPECT_EQ(x.kind, Kind::unsupported);
  EXPECT_EQ(x.reason, "nested values");
  EXPECT_EQ(x.n_rows, 5u);
}

TEST(Profiler, ColumnWithoutValuesHasKindNullAndTakesAnyKindLater) {
  const ColumnView empty_numbers = doubles({std::nullopt, std::nan("")});
  const ColumnProfile alone = profile_of(2, {column("x", Kind::numeric, empty_numbers)}).columns.at("x");
  EXPECT_EQ(alone.kind, Kind::null);
  EXPECT_EQ(alone.n_nan, 1u);

  Profiler profiler({}, 0, 1);
  profiler.add(2, {column("x", Kind::numeric, empty_numbers)}, no_checkpoint);
  profiler.add(1, {column("x", Kind::categorical, strings({"a"}))}, no_checkpoint);
  profiler.add(2, {column("x", Kind::numeric, empty_numbers)}, no_checkpoint);
  const ColumnProfile x = profiler.finish().columns.at("x");
  EXPECT_EQ(x.kind, Kind::categorical);
  EXPECT_EQ(x.n_null, 2u);
  EXPECT_EQ(x.n_nan, 2u);
  EXPECT_EQ(x.n_valid(), 1u);
}

TEST(Profiler, NaNThatCameUnderAnotherKindIsCountedWithTheNumbers) {
  const ColumnView nans = doubles({std::nan(""), std::nan("")});
  Profiler profiler({}, 0, 1);
  profiler.add(2, {column("x", Kind::categorical, nans)}, no_checkpoint);
  profiler.add(1, {column("x", Kind::numeric, doubles({1.0}))}, no_checkpoint);
  const Profile profile = profiler.finish();
  EXPECT_EQ(profile.columns.at("x").kind, Kind::numeric);
  EXPECT_EQ(profile, profile_of(3, {column("x", Kind::numeric, doubles({1.0, std::nan(""), std::nan("")}))}));
}

TEST(Profiler, TwoRealKindsAreASchemaErrorThatNamesColumnAndKinds) {
  Profiler profiler({}, 0, 1);
  profiler.add(1, {column("age", Kind::numeric, doubles({1.0}))}, no_checkpoint);
  try {
    profiler.add(1, {column("age", Kind::categorical, strings({"a"}))}, no_checkpoint);
    FAIL() << "no error";
  } catch (const SchemaError& error) {
    const std::string message = error.what();
    for (const char* part : {"age", "numeric", "categorical"})
      EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

TEST(Profiler, TwoRolesAreASchemaError) {
  Profiler profiler({}, 0, 1);
  profiler.add(1, {{"x", Kind::numeric, "feature", "", {doubles({1.0})}}}, no_checkpoint);
  EXPECT_THROW(profiler.add(1, {{"x", Kind::numeric, "target", "", {doubles({1.0})}}}, no_checkpoint), SchemaError);
}

TEST(Profiler, RowsOfBatchesWithoutTheColumnAreAbsent) {
  Profiler profiler({}, 0, 1);
  profiler.add(2, {column("x", Kind::numeric, doubles({1.0, 2.0}))}, no_checkpoint);
  profiler.add(3, {column("y", Kind::numeric, doubles({1.0, 2.0, std::nullopt}))}, no_checkpoint);
  const Profile profile = profiler.finish();
  EXPECT_EQ(profile.n_rows, 5u);
  EXPECT_EQ(profile.columns.at("x").n_absent, 3u);
  EXPECT_EQ(profile.columns.at("y").n_absent, 2u);
  EXPECT_EQ(profile.columns.at("y").n_null, 1u);
  EXPECT_EQ(profile, merge(profile_of(2, {column("x", Kind::numeric, doubles({1.0, 2.0}))}),
                           profile_of(3, {column("y", Kind::numeric, doubles({1.0, 2.0, std::nullopt}))})));
}

TEST(Profiler, EmptyBatchesChangeOnlyTheSchema) {
  Profiler profiler({}, 0, 2);
  profiler.add(0, {}, no_checkpoint);
  profiler.add(0, {column("x", Kind::numeric, doubles({}))}, no_checkpoint);
  profiler.add(1, {column("x", Kind::numeric, doubles({1.0}))}, no_checkpoint);
  EXPECT_EQ(profiler.finish(), profile_of(1, {column("x", Kind::numeric, doubles({1.0}))}));
}

TEST(Profiler, RefusesWhatIsNoTable) {
  Profiler profiler({}, 0, 1);
  const ColumnView one = doubles({1.0});
  EXPECT_THROW(profiler.add(2, {column("x", Kind::numeric, one)}, no_checkpoint), InputError);
  EXPECT_THROW(profiler.add(1, {column("x", Kind::numeric, one), column("x", Kind::numeric, one)}, no_checkpoint),
               InputError);
  EXPECT_THROW(profiler.add(1, {column("\xFF", Kind::numeric, one)}, no_checkpoint), InputError);
  EXPECT_THROW(profiler.add(-1, {}, no_checkpoint), InputError);
}

TEST(Profiler, RefusesOptionsOutOfRange) {
  EXPECT_THROW(Profiler({.resolution = 63}, 0, 1), OptionError);
  EXPECT_THROW(Profiler({.max_categories = 0}, 0, 1), OptionError);
  EXPECT_THROW(Profiler({.resolution = (1u << 20) + 1}, 0, 1), OptionError);
  EXPECT_THROW(Profiler({}, 0, 0), OptionError);
}

TEST(Profiler, HashedProfilesTellTheirSaltsApart) {
  const std::vector<BatchColumn> batch = {column("x", Kind::categorical, strings({"a", "b"}))};
  const auto hashed = [&batch](std::uint64_t salt) {
    Profiler profiler({.hash_labels = true}, salt, 1);
    profiler.add(2, batch, no_checkpoint);
    return profiler.finish();
  };
  EXPECT_EQ(hashed(1), hashed(1));
  EXPECT_NO_THROW(merge(hashed(1), hashed(1)));
  EXPECT_THROW(merge(hashed(1), hashed(2)), OptionError);
}

TEST(Profiler, WhatTheCheckpointThrowsStopsTheBatch) {
  Profiler profiler({}, 0, 1);
  const auto stop = [] { throw std::runtime_error("stop"); };
  EXPECT_THROW(profiler.add(1, {column("x", Kind::numeric, doubles({1.0}))}, stop), std::runtime_error);
}

TEST(Profiler, ChecksInDuringALongBatch) {
  using Clock = std::chrono::steady_clock;
  const std::vector<Row> rows = random_table(500'000, 3);
  // The same rows many times: about a second of work.
  std::vector<ColumnView> chunks(60, doubles(pluck(std::span(rows), &Row::number)));
  Profiler profiler({}, 0, 1);
  Clock::time_point last = Clock::now();
  Clock::duration longest{};
  int n_calls = 0;
  profiler.add(60 * 500'000, {{"x", Kind::numeric, "", "", chunks}}, [&] {
    longest = std::max(longest, Clock::now() - last);
    last = Clock::now();
    ++n_calls;
  });
  EXPECT_GT(n_calls, 0);
  EXPECT_LT(longest, std::chrono::seconds(2));  // 0.2 s on an idle machine
}

}  // namespace
}  // namespace driftline
