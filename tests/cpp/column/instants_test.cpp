#include "driftline/column/instants.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "column/collect.hpp"
#include "column/exact.hpp"
#include "driftline/base/error.hpp"

namespace driftline {
namespace {

using testing::Integer;
using testing::Rational;
using testing::view_of;

ColumnView ticks_view(const std::vector<std::int64_t>& ticks, std::int64_t numerator, std::int64_t denominator) {
  ColumnView view = view_of(ticks, Storage::int64, Logical::datetime);
  view.unit_numerator = numerator;
  view.unit_denominator = denominator;
  return view;
}

/// Rounded down, by exact arithmetic; no_instant beyond int64.
std::int64_t plain_microseconds(std::int64_t tick, std::int64_t numerator, std::int64_t denominator) {
  const Rational exact = Rational(tick) * numerator * 1'000'000 / denominator;
  Integer whole = boost::multiprecision::numerator(exact) / boost::multiprecision::denominator(exact);
  if (Rational(whole) > exact) --whole;
  const Integer most = std::numeric_limits<std::int64_t>::max();
  return abs(whole) > most ? no_instant : static_cast<std::int64_t>(whole);
}

TEST(Instants, are_the_ticks_rounded_down_to_microseconds) {
  std::mt19937_64 random(1);
  std::vector<std::int64_t> ticks = {0, 1, -1, 999, -999, 1000, -1001, std::numeric_limits<std::int64_t>::max()};
  for (int i = 0; i < 200; ++i) ticks.push_back(static_cast<std::int64_t>(random()) >> random() % 64);
  for (const auto& [numerator, denominator] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {1, 1}, {60, 1}, {604'800, 1}, {1, 1000}, {1, 1'000'000}, {1, 1'000'000'000}}) {
    const Instants found = read_instants(ticks_view(ticks, numerator, denominator), 0);
    ASSERT_EQ(found.microseconds.size(), ticks.size());
    for (std::size_t i = 0; i < ticks.size(); ++i) {
      EXPECT_EQ(found.microseconds[i], plain_microseconds(ticks[i], numerator, denominator))
          << ticks[i] << " * " << numerator << " / " << denominator;
    }
    EXPECT_TRUE(found.zoned.empty());
  }
}

TEST(Instants, are_absent_where_a_row_has_none) {
  const std::vector<std::int64_t> ticks = {1, 2, -5, 4};
  ColumnView view = ticks_view(ticks, 1, 1);
  view.has_nat = true;
  view.nat = -5;
  const std::vector<std::uint8_t> mask = {0, 1, 0, 0};
  view.null_mask = mask.data();
  EXPECT_EQ(read_instants(view, 0).microseconds,
            (std::vector<std::int64_t>{1'000'000, no_instant, no_instant, 4'000'000}));
  ColumnView nothing;
  nothing.length = 2;
  EXPECT_EQ(read_instants(nothing, 0).microseconds, (std::vector<std::int64_t>{no_instant, no_instant}));
}

TEST(Instants, of_numbers_count_units) {
  const std::vector<double> values = {1.5, -0.25, std::nan(""), std::numeric_limits<double>::infinity(), 1e300};
  EXPECT_EQ(read_instants(view_of(values, Storage::float64), 60.0).microseconds,
            (std::vector<std::int64_t>{90'000'000, -15'000'000, no_instant, no_instant, no_instant}));
}

TEST(Instants, of_a_dictionary_are_looked_up) {
  const std::vector<std::int64_t> ticks = {10, 20};
  const std::vector<std::int8_t> codes = {1, 0, 1};
  ColumnView view = view_of(codes, Storage::dictionary, Logical::datetime);
  view.code_storage = Storage::int8;
  view.dictionary = std::make_shared<ColumnView>(ticks_view(ticks, 1, 1));
  EXPECT_EQ(read_instants(view, 0).microseconds, (std::vector<std::int64_t>{20'000'000, 10'000'000, 20'000'000}));
}

TEST(Instants, of_objects_say_which_have_a_zone) {
  using Kind = ObjectValue::Kind;
  const std::vector<ObjectValue> objects = {
      {.kind = Kind::seconds, .integer = 1, .real = 2.5}, {.kind = Kind::seconds, .real = -1.0}, {.kind = Kind::null}};
  ColumnView view;
  view.storage = Storage::objects;
  view.logical = Logical::datetime;
  view.length = 3;
  view.objects = objects.data();
  const Instants found = read_instants(view, 0);
  EXPECT_EQ(found.microseconds, (std::vector<std::int64_t>{2'500'000, -1'000'000, no_instant}));
  EXPECT_EQ(found.zoned, (std::vector<std::uint8_t>{1, 0, 0}));
}

TEST(Instants, are_refused_for_what_is_no_point_in_time) {
  const std::vector<double> values = {1.0};
  EXPECT_THROW(read_instants(view_of(values, Storage::float64), 0), InputError);
  EXPECT_THROW(read_instants(view_of(values, Storage::float64, Logical::duration), 1), InputError);
  EXPECT_THROW(read_instants(view_of(values, Storage::float64, Logical::text), 1), InputError);
}

}  // namespace
}  // namespace driftline
