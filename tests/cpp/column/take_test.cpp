#include "driftline/column/take.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "column/arrow_builder.hpp"
#include "column/collect.hpp"
#include "driftline/base/error.hpp"

namespace driftline {
namespace {

using testing::ArrowBuilder;
using testing::LabelKey;
using testing::labels_of;
using testing::numbers_of;
using testing::view_of;

/// Some rows, several of them more than once, in no order.
std::vector<std::int64_t> some_rows(std::int64_t length) {
  std::mt19937_64 random(3);
  std::vector<std::int64_t> rows(40);
  for (std::int64_t& row : rows) row = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(length));
  return rows;
}

/// What each row of a column holds; nothing for null.
std::vector<std::vector<LabelKey>> label_by_row(const ColumnView& column) {
  std::vector<std::vector<LabelKey>> all;
  for (std::int64_t row = 0; row < column.length; ++row) {
    std::vector<LabelKey>& of_row = all.emplace_back();
    for (const auto& [label, count] : labels_of(column, row, row + 1).counts) of_row.push_back(label);
  }
  return all;
}

void expect_rows(const ColumnView& column) {
  const std::vector<std::vector<LabelKey>> all = label_by_row(column);
  const std::vector<std::int64_t> rows = some_rows(column.length);
  const ColumnView taken = take_rows(column, rows);
  EXPECT_EQ(taken.type_name, column.type_name);
  const std::vector<std::vector<LabelKey>> found = label_by_row(taken);
  ASSERT_EQ(found.size(), rows.size());
  for (std::size_t k = 0; k < rows.size(); ++k) EXPECT_EQ(found[k], all[static_cast<std::size_t>(rows[k])]);
}

template <class T>
void expect_rows_of_numbers(Storage storage) {
  std::vector<T> values(101);
  std::iota(values.begin(), values.end(), T{3});
  ColumnView view = view_of(values, storage);
  expect_rows(view);
  view.offset = 7;
  view.length = 90;
  expect_rows(view);
  const std::vector<std::uint8_t> bitmap(13, 0b01101101);
  view.validity = bitmap.data();
  expect_rows(view);
  std::vector<std::uint8_t> mask(90, 0);
  for (std::size_t i = 0; i < mask.size(); i += 4) mask[i] = 1;
  view.null_mask = mask.data();
  expect_rows(view);
  // Every second row, from the last one on.
  ColumnView backwards = view_of(values, storage);
  backwards.values += 100 * sizeof(T);
  backwards.stride = -2 * static_cast<std::int64_t>(sizeof(T));
  backwards.length = 50;
  expect_rows(backwards);
}

TEST(TakeRows, holds_the_numbers_of_these_rows) {
  expect_rows_of_numbers<std::int8_t>(Storage::int8);
  expect_rows_of_numbers<std::uint16_t>(Storage::uint16);
  expect_rows_of_numbers<std::int32_t>(Storage::int32);
  expect_rows_of_numbers<double>(Storage::float64);
}

TEST(TakeRows, holds_the_bits_of_these_rows) {
  const std::vector<bool> bits = {true, false, false, true, true, true, false, true, false, false, true};
  {
    ArrowBuilder builder("b");
    builder.rows(8, 3).no_buffer().bits(bits);
    expect_rows(builder.import_column());
  }
}

TEST(TakeRows, holds_the_texts_of_these_rows) {
  const std::vector<std::int32_t> offsets = {0, 2, 2, 5, 9};
  {
    ArrowBuilder builder("u");
    builder.rows(4).bits({true, true, false, true}).buffer(offsets).characters("abcdefghi");
    expect_rows(builder.import_column());
  }
  {
    ArrowBuilder builder("u");
    builder.rows(3, 1).no_buffer().buffer(offsets).characters("abcdefghi");
    expect_rows(builder.import_column());
  }
}

TEST(TakeRows, shares_the_dictionary) {
  const std::vector<std::string> names = {"a", "b", "c"};
  ArrowBuilder values("u");
  values.rows(3).no_buffer().buffer(std::vector<std::int32_t>{0, 1, 2, 3}).characters("abc");
  ArrowBuilder builder("s");
  builder.rows(5)
      .bits({true, true, false, true, true})
      .buffer(std::vector<std::int16_t>{2, 0, 9, 1, 2})
      .dictionary(values);
  const ColumnView column = builder.import_column();
  expect_rows(column);
  EXPECT_EQ(take_rows(column, some_rows(5)).dictionary, column.dictionary);
}

TEST(TakeRows, outlives_what_it_was_taken_from) {
  auto values = std::make_unique<std::vector<double>>(std::vector<double>{1.5, 2.5, 3.5});
  const ColumnView taken = take_rows(view_of(*values, Storage::float64), std::vector<std::int64_t>{2, 0});
  values.reset();
  EXPECT_EQ(numbers_of(taken).values, (std::vector<double>{3.5, 1.5}));
}

TEST(TakeRows, refuses_rows_that_are_not_there) {
  const std::vector<double> values = {1.0, 2.0};
  const ColumnView view = view_of(values, Storage::float64);
  EXPECT_THROW(take_rows(view, std::vector<std::int64_t>{0, 2}), InputError);
  EXPECT_THROW(take_rows(view, std::vector<std::int64_t>{-1}), InputError);
  EXPECT_EQ(take_rows(view, {}).length, 0);
}

}  // namespace
}  // namespace driftline
