#include "driftline/column/read_numbers.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <type_traits>
#include <vector>

#include "column/collect.hpp"
#include "driftline/base/error.hpp"

namespace driftline {
namespace {

using testing::Numbers;
using testing::numbers_of;
using testing::view_of;

template <class T>
constexpr Storage storage_for() {
  if constexpr (std::is_same_v<T, std::int8_t>) return Storage::int8;
  if constexpr (std::is_same_v<T, std::int16_t>) return Storage::int16;
  if constexpr (std::is_same_v<T, std::int32_t>) return Storage::int32;
  if constexpr (std::is_same_v<T, std::int64_t>) return Storage::int64;
  if constexpr (std::is_same_v<T, std::uint8_t>) return Storage::uint8;
  if constexpr (std::is_same_v<T, std::uint16_t>) return Storage::uint16;
  if constexpr (std::is_same_v<T, std::uint32_t>) return Storage::uint32;
  if constexpr (std::is_same_v<T, std::uint64_t>) return Storage::uint64;
  if constexpr (std::is_same_v<T, float>) return Storage::float32;
  if constexpr (std::is_same_v<T, double>) return Storage::float64;
}

template <class T>
std::vector<T> random_values(std::size_t n) {
  std::mt19937_64 random(4);
  std::vector<T> values(n);
  for (T& value : values) {
    if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(random());
    } else {
      value = static_cast<T>(std::normal_distribution<double>(0.0, 1e6)(random));
    }
  }
  return values;
}

std::vector<bool> random_nulls(std::size_t n) {
  std::mt19937_64 random(5);
  std::vector<bool> nulls(n);
  for (std::size_t i = 0; i < n; ++i) nulls[i] = random() % 3 == 0;
  return nulls;
}

std::vector<std::uint8_t> bitmap_of(const std::vector<bool>& nulls) {
  std::vector<std::uint8_t> bitmap((nulls.size() + 7) / 8);
  for (std::size_t i = 0; i < nulls.size(); ++i) {
    if (!nulls[i]) bitmap[i / 8] = static_cast<std::uint8_t>(bitmap[i / 8] | 1U << i % 8);
  }
  return bitmap;
}

// Row by row, the plain way.
template <class T>
Numbers expected(const std::vector<T>& values, const std::vector<bool>& nulls, std::size_t begin, std::size_t end) {
  Numbers all;
  for (std::size_t i = begin; i < end; ++i) {
    if (nulls[i]) {
      ++all.n_null;
      continue;
    }
    all.values.push_back(static_cast<double>(values[i]));
    if constexpr (std::is_integral_v<T>) all.integers.push_back(static_cast<std::int64_t>(values[i]));
  }
  return all;
}

void expect_same(const Numbers& found, const Numbers& wanted) {
  EXPECT_EQ(found.n_null, wanted.n_null);
  EXPECT_EQ(found.values, wanted.values);
  EXPECT_EQ(found.integers, wanted.integers);
}

template <class T>
class FixedWidth : public ::testing::Test {};
using Types = ::testing::Types<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                               std::uint32_t, std::uint64_t, float, double>;
TYPED_TEST_SUITE(FixedWidth, Types);

TYPED_TEST(FixedWidth, every_slice_offset_and_kind_of_null_reads_like_a_row_by_row_loop) {
  constexpr std::size_t n = 10'000;
  const auto values = random_values<TypeParam>(n);
  const auto nulls = random_nulls(n);
  const std::vector<bool> none(n, false);
  const auto bitmap = bitmap_of(nulls);
  for (const auto& [begin, end] : std::vector<std::pair<std::size_t, std::size_t>>{
           {0, n}, {0, 0}, {n, n}, {1, 2}, {7, 4103}, {13, 4109}, {4095, 8192}, {9999, n}}) {
    for (const std::size_t offset : {0UL, 1UL, 9UL, 64UL}) {
      if (begin < offset) continue;
      // A view whose row 0 is row `offset` of the memory.
      ColumnView view = view_of(values, storage_for<TypeParam>());
      view.offset = static_cast<std::int64_t>(offset);
      view.length -= view.offset;
      const auto first = static_cast<std::int64_t>(begin - offset);
      const auto last = static_cast<std::int64_t>(end - offset);
      expect_same(numbers_of(view, first, last), expected(values, none, begin, end));
      view.validity = bitmap.data();
      expect_same(numbers_of(view, first, last), expected(values, nulls, begin, end));
    }
  }
}

TYPED_TEST(FixedWidth, masks_and_strides_of_either_sign_are_followed) {
  constexpr std::size_t n = 5000;
  const auto values = random_values<TypeParam>(2 * n);
  const auto nulls = random_nulls(n);
  std::vector<std::uint8_t> mask;
  for (const bool is_null : nulls) mask.push_back(is_null ? 255 : 0);
  std::vector<TypeParam> every_second;
  for (std::size_t i = 0; i < n; ++i) every_second.push_back(values[2 * (n - 1 - i)]);

  ColumnView view = view_of(values, storage_for<TypeParam>());
  view.length = n;
  view.values += 2 * (n - 1) * sizeof(TypeParam);
  view.stride = -2 * static_cast<std::int64_t>(sizeof(TypeParam));
  view.null_mask = mask.data();
  expect_same(numbers_of(view), expected(every_second, nulls, 0, n));
}

TYPED_TEST(FixedWidth, memory_of_any_alignment_is_read) {
  const auto values = random_values<TypeParam>(100);
  std::vector<std::uint8_t> shifted(100 * sizeof(TypeParam) + 1);
  std::memcpy(shifted.data() + 1, values.data(), 100 * sizeof(TypeParam));
  ColumnView view = view_of(values, storage_for<TypeParam>());
  view.values = shifted.data() + 1;
  expect_same(numbers_of(view), expected(values, std::vector<bool>(100, false), 0, 100));
}

TEST(ReadNumbers, contiguous_float64_is_passed_in_place_in_blocks) {
  std::vector<double> values(9000);
  std::iota(values.begin(), values.end(), 0.0);
  std::size_t row = 2;
  const auto n_null = read_numbers(view_of(values, Storage::float64), 2, 9000, [&](const NumberBlock& block) {
    EXPECT_EQ(block.values.data(), values.data() + row);
    EXPECT_LE(block.values.size(), 4096U);
    EXPECT_TRUE(block.integers.empty());
    row += block.values.size();
  });
  EXPECT_EQ(n_null, 0);
  EXPECT_EQ(row, 9000U);
}

TEST(ReadNumbers, an_all_null_column_never_reaches_the_sink) {
  const std::vector<double> values(5000, 1.0);
  const std::vector<std::uint8_t> bitmap(625, 0);
  ColumnView view = view_of(values, Storage::float64);
  view.validity = bitmap.data();
  const auto n_null = read_numbers(view, 0, 5000, [](const NumberBlock&) { FAIL(); });
  EXPECT_EQ(n_null, 5000);
}

TEST(ReadNumbers, unsigned_64_bit_integers_are_passed_as_bit_patterns) {
  const std::vector<std::uint64_t> values = {0, std::numeric_limits<std::uint64_t>::max()};
  read_numbers(view_of(values, Storage::uint64), 0, 2, [&](const NumberBlock& block) {
    EXPECT_TRUE(block.integers_are_unsigned);
    EXPECT_EQ(block.integers[1], -1);
    EXPECT_EQ(block.values[1], 0x1p64);
  });
}

// The definition of IEEE binary16, in decimal places of powers of two.
double half_by_definition(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int mantissa = bits & 1023;
  const double sign = bits >> 15 == 1 ? -1.0 : 1.0;
  if (exponent == 31) {
    return mantissa == 0 ? sign * std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  }
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

TEST(ReadNumbers, every_float16_has_its_value) {
  std::vector<std::uint16_t> halves(65536);
  std::iota(halves.begin(), halves.end(), std::uint16_t{0});
  const Numbers found = numbers_of(view_of(halves, Storage::float16));
  ASSERT_EQ(found.values.size(), halves.size());
  for (std::size_t i = 0; i < halves.size(); ++i) {
    const double wanted = half_by_definition(halves[i]);
    if (std::isnan(wanted)) {
      ASSERT_TRUE(std::isnan(found.values[i])) << i;
    } else {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(found.values[i]), std::bit_cast<std::uint64_t>(wanted)) << i;
    }
  }
}

TEST(ReadNumbers, booleans_are_zero_and_one_in_bits_and_in_bytes) {
  const std::vector<std::uint8_t> bits = {0b1010'0110, 0b1};
  ColumnView packed = view_of(bits, Storage::bits, Logical::boolean);
  packed.offset = 1;
  packed.length = 8;
  EXPECT_EQ(numbers_of(packed).values, (std::vector<double>{1, 1, 0, 0, 1, 0, 1, 1}));

  const std::vector<std::uint8_t> bytes = {0, 1, 255};
  const Numbers found = numbers_of(view_of(bytes, Storage::uint8, Logical::boolean));
  EXPECT_EQ(found.values, (std::vector<double>{0, 1, 1}));
  EXPECT_TRUE(found.integers.empty());
}

TEST(ReadNumbers, times_are_seconds_and_nat_is_null) {
  constexpr std::int64_t nat = std::numeric_limits<std::int64_t>::min();
  const std::vector<std::int64_t> ticks = {1500, nat, -1};
  ColumnView view = view_of(ticks, Storage::int64, Logical::datetime);
  view.unit_denominator = 1000;
  view.nat = nat;
  view.has_nat = true;
  const Numbers found = numbers_of(view);
  EXPECT_EQ(found.values, (std::vector<double>{1.5, -0.001}));
  EXPECT_EQ(found.n_null, 1);
  EXPECT_TRUE(found.integers.empty());

  const std::vector<std::int32_t> days = {-1, 2};
  ColumnView dates = view_of(days, Storage::int32, Logical::datetime);
  dates.unit_numerator = 86400;
  EXPECT_EQ(numbers_of(dates).values, (std::vector<double>{-86400, 172800}));
}

ColumnView dictionary_view(const std::vector<std::int8_t>& codes, ColumnView values) {
  ColumnView view = view_of(codes, Storage::dictionary, values.logical);
  view.code_storage = Storage::int8;
  view.dictionary = std::make_shared<ColumnView>(std::move(values));
  return view;
}

TEST(ReadNumbers, dictionaries_are_looked_up_and_nulls_inside_them_are_nulls) {
  const std::vector<std::int64_t> values = {10, 20, 30};
  const std::vector<std::uint8_t> second_is_null = {0b101};
  ColumnView numbers = view_of(values, Storage::int64);
  numbers.validity = second_is_null.data();
  const std::vector<std::int8_t> codes = {2, 1, 0, 2, -1};
  ColumnView view = dictionary_view(codes, numbers);
  view.nat = -1;
  view.has_nat = true;
  const Numbers found = numbers_of(view);
  EXPECT_EQ(found.values, (std::vector<double>{30, 10, 30}));
  EXPECT_EQ(found.integers, (std::vector<std::int64_t>{30, 10, 30}));
  EXPECT_EQ(found.n_null, 2);
}

TEST(ReadNumbers, codes_outside_the_dictionary_are_input_errors_unless_the_row_is_null) {
  const std::vector<std::int64_t> values = {10};
  const std::vector<std::uint8_t> first_only = {0b1};
  for (const std::int8_t bad : {std::int8_t{1}, std::int8_t{-1}, std::int8_t{127}, std::int8_t{-128}}) {
    const std::vector<std::int8_t> codes = {0, bad};
    ColumnView view = dictionary_view(codes, view_of(values, Storage::int64));
    EXPECT_THROW(numbers_of(view), InputError) << int{bad};
    view.validity = first_only.data();
    EXPECT_EQ(numbers_of(view).n_null, 1);
  }
}

TEST(ReadNumbers, an_empty_dictionary_serves_null_rows) {
  const std::vector<std::int64_t> values;
  const std::vector<std::uint8_t> all_null = {0};
  const std::vector<std::int8_t> codes = {0, 5};
  ColumnView view = dictionary_view(codes, view_of(values, Storage::int64));
  view.validity = all_null.data();
  EXPECT_EQ(numbers_of(view).n_null, 2);
}

TEST(ReadNumbers, objects_keep_their_integers_whatever_stands_beside_them) {
  using Kind = ObjectValue::Kind;
  const std::int64_t large = (1LL << 53) + 1;
  const std::vector<ObjectValue> objects = {{.kind = Kind::integer, .integer = large},
                                            {.kind = Kind::real, .real = 0.5},
                                            {.kind = Kind::null},
                                            {.kind = Kind::unsigned_, .integer = -1},
                                            {.kind = Kind::boolean, .integer = 1},
                                            {.kind = Kind::seconds, .real = 2.0},
                                            {.kind = Kind::neg_inf},
                                            {.kind = Kind::pos_inf}};
  ColumnView view;
  view.storage = Storage::objects;
  view.logical = Logical::number;
  view.length = static_cast<std::int64_t>(objects.size());
  view.objects = objects.data();
  std::vector<std::pair<std::int64_t, bool>> integers;
  std::vector<double> others;
  const auto n_null = read_numbers(view, 0, view.length, [&](const NumberBlock& block) {
    for (const std::int64_t bits : block.integers) integers.emplace_back(bits, block.integers_are_unsigned);
    if (block.integers.empty()) others.assign(block.values.begin(), block.values.end());
  });
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(n_null, 1);
  EXPECT_EQ(integers, (std::vector<std::pair<std::int64_t, bool>>{{large, false}, {-1, true}}));
  EXPECT_EQ(others, (std::vector<double>{0.5, 1.0, 2.0, -infinity, infinity}));
}

TEST(ReadNumbers, what_holds_no_numbers_is_refused_and_null_columns_are_only_counted) {
  ColumnView text;
  text.storage = Storage::bytes32;
  text.logical = Logical::text;
  EXPECT_THROW(numbers_of(text), InputError);
  ColumnView nested;
  nested.logical = Logical::unsupported;
  EXPECT_THROW(numbers_of(nested), InputError);
  ColumnView nothing;
  nothing.length = 7;
  EXPECT_EQ(numbers_of(nothing).n_null, 7);

  const std::vector<ObjectValue> objects = {{.kind = ObjectValue::Kind::text, .text = "a"}};
  ColumnView mixed;
  mixed.storage = Storage::objects;
  mixed.logical = Logical::text;
  mixed.length = 1;
  mixed.objects = objects.data();
  EXPECT_THROW(numbers_of(mixed), InputError);
}

TEST(ReadNumbers, rows_outside_the_column_are_refused) {
  const std::vector<double> values(3);
  const ColumnView view = view_of(values, Storage::float64);
  EXPECT_THROW(numbers_of(view, -1, 2), InputError);
  EXPECT_THROW(numbers_of(view, 2, 1), InputError);
  EXPECT_THROW(numbers_of(view, 0, 4), InputError);
}

}  // namespace
}  // namespace driftline
