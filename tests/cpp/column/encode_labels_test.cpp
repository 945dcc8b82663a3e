#include "driftline/column/encode_labels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
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
using testing::view_of;

/// Every row's code is that of the label which `read_labels` gives for it, and every label comes once.
void expect_codes(const ColumnView& column) {
  const EncodedLabels encoded = encode_labels(column);
  std::vector<LabelKey> labels;
  for (const OwnedLabel& label : encoded.labels) labels.emplace_back(label.tag, label.payload);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    EXPECT_EQ(std::count(labels.begin(), labels.end(), labels[i]), 1);
  }
  ASSERT_EQ(encoded.codes.size(), static_cast<std::size_t>(column.length));
  for (std::int64_t row = 0; row < column.length; ++row) {
    const auto wanted = labels_of(column, row, row + 1).counts;
    const std::int32_t code = encoded.codes[static_cast<std::size_t>(row)];
    if (wanted.empty()) {
      EXPECT_EQ(code, -1) << row;
    } else {
      ASSERT_GE(code, 0) << row;
      EXPECT_EQ(labels.at(static_cast<std::size_t>(code)), wanted.begin()->first) << row;
    }
  }
}

TEST(EncodeLabels, gives_each_row_the_code_of_its_label) {
  std::mt19937_64 random(1);
  std::vector<std::int32_t> integers(5000);
  for (std::int32_t& x : integers) x = static_cast<std::int32_t>(random() % 30) - 10;
  ColumnView view = view_of(integers, Storage::int32);
  expect_codes(view);
  view.offset = 11;
  view.length = 4900;
  const std::vector<std::uint8_t> bitmap(625, 0b10110111);
  view.validity = bitmap.data();
  expect_codes(view);
}

TEST(EncodeLabels, joins_floats_with_the_integers_they_equal) {
  const std::vector<double> values = {1.0, 2.5, -0.0, 0.0, std::nan(""), 1.0};
  const ColumnView view = view_of(values, Storage::float64);
  expect_codes(view);
  EXPECT_EQ(encode_labels(view).codes, (std::vector<std::int32_t>{0, 1, 2, 2, -1, 0}));
}

TEST(EncodeLabels, keeps_the_order_in_which_labels_first_come) {
  ArrowBuilder builder("u");
  builder.rows(5).no_buffer().buffer(std::vector<std::int32_t>{0, 1, 2, 3, 3, 4}).characters("baba");
  const ColumnView view = builder.import_column();
  const EncodedLabels encoded = encode_labels(view);
  expect_codes(view);
  ASSERT_EQ(encoded.labels.size(), 3u);
  EXPECT_EQ(encoded.labels[0].payload, "b");
  EXPECT_EQ(encoded.labels[1].payload, "a");
  EXPECT_EQ(encoded.labels[2].payload, "");
}

TEST(EncodeLabels, joins_equal_entries_of_a_dictionary) {
  ArrowBuilder values("u");
  values.rows(3).no_buffer().buffer(std::vector<std::int32_t>{0, 1, 2, 3}).characters("aba");
  ArrowBuilder builder("c");
  builder.rows(6)
      .bits({true, true, true, false, true, true})
      .buffer(std::vector<std::int8_t>{2, 0, 1, 0, 1, 2})
      .dictionary(values);
  const ColumnView view = builder.import_column();
  expect_codes(view);
  EXPECT_EQ(encode_labels(view).codes, (std::vector<std::int32_t>{0, 0, 1, -1, 1, 0}));
}

TEST(EncodeLabels, refuses_codes_that_the_dictionary_does_not_have) {
  for (const std::int32_t wrong : {2, -1, 1 << 30}) {
    std::vector<std::int32_t> codes(5000, 1);
    codes[4321] = wrong;
    ArrowBuilder values("u");
    values.rows(2).no_buffer().buffer(std::vector<std::int32_t>{0, 1, 2}).characters("ab");
    ArrowBuilder builder("i");
    builder.rows(5000).no_buffer().buffer(codes).dictionary(values);
    const ColumnView view = builder.import_column();
    try {
      encode_labels(view);
      FAIL() << wrong;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("row 4321"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace driftline
