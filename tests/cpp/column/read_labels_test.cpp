#include "driftline/column/read_labels.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "column/arrow_builder.hpp"
#include "column/collect.hpp"
#include "driftline/base/error.hpp"

namespace driftline {
namespace {

using testing::ArrowBuilder;
using testing::binary;
using testing::boolean;
using testing::integer;
using testing::LabelKey;
using testing::Labels;
using testing::labels_of;
using testing::real;
using testing::seconds;
using testing::text;
using testing::unsigned_integer;
using testing::view_of;

using Counts = std::map<LabelKey, std::uint64_t>;

constexpr double infinity = std::numeric_limits<double>::infinity();
const std::string long_text = "a text of more than twelve bytes";

// A 16-byte string view.
struct ByteView {
  std::int32_t size = 0;
  std::int32_t words[3] = {};
};

ByteView in_place(const std::string& bytes) {
  ByteView view{static_cast<std::int32_t>(bytes.size()), {}};
  std::memcpy(view.words, bytes.data(), bytes.size());
  return view;
}

ByteView elsewhere(std::int32_t size, std::int32_t buffer, std::int32_t offset) { return {size, {0, buffer, offset}}; }

TEST(ReadLabels, integral_floats_are_integers_and_the_rest_of_the_line_is_counted) {
  const std::vector<double> values = {1.0,      -0.0,      0.0,    2.5,     std::nan(""), infinity,
                                      infinity, -infinity, 0x1p63, -0x1p63, 0x1p64,       1e300};
  const Labels found = labels_of(view_of(values, Storage::float64));
  EXPECT_EQ(found.counts, (Counts{{integer(1), 1},
                                  {integer(0), 2},
                                  {real(2.5), 1},
                                  {unsigned_integer(1ULL << 63), 1},
                                  {integer(std::numeric_limits<std::int64_t>::min()), 1},
                                  {real(0x1p64), 1},
                                  {real(1e300), 1}}));
  EXPECT_EQ(found.rest.n_nan, 1);
  EXPECT_EQ(found.rest.n_pos_inf, 2);
  EXPECT_EQ(found.rest.n_neg_inf, 1);
}

TEST(ReadLabels, the_same_number_has_the_same_label_in_every_width) {
  const Counts wanted = {{integer(5), 1}, {integer(0), 1}};
  // The temporaries live until the labels are read.
  EXPECT_EQ(labels_of(view_of(std::vector<std::int8_t>{5, 0}, Storage::int8)).counts, wanted);
  EXPECT_EQ(labels_of(view_of(std::vector<std::uint64_t>{5, 0}, Storage::uint64)).counts, wanted);
  EXPECT_EQ(labels_of(view_of(std::vector<float>{5, 0}, Storage::float32)).counts, wanted);
  EXPECT_EQ(labels_of(view_of(std::vector<std::int64_t>{5, 0}, Storage::int64)).counts, wanted);
  const std::vector<std::int32_t> scaled = {500, 0};
  ColumnView decimals = view_of(scaled, Storage::decimal32);
  decimals.decimal_scale = 2;
  EXPECT_EQ(labels_of(decimals).counts, wanted);
}

TEST(ReadLabels, integers_above_2_to_53_keep_all_digits) {
  const std::int64_t large = (1LL << 53) + 1;
  EXPECT_EQ(labels_of(view_of(std::vector<std::int64_t>{large}, Storage::int64)).counts, (Counts{{integer(large), 1}}));
  const std::uint64_t larger = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(labels_of(view_of(std::vector<std::uint64_t>{larger}, Storage::uint64)).counts,
            (Counts{{unsigned_integer(larger), 1}}));
}

TEST(ReadLabels, booleans_and_times_have_their_own_tags) {
  const std::vector<std::uint8_t> bits = {0b0110};
  ColumnView flags = view_of(bits, Storage::bits, Logical::boolean);
  flags.length = 4;
  EXPECT_EQ(labels_of(flags).counts, (Counts{{boolean(false), 2}, {boolean(true), 2}}));

  const std::vector<std::int64_t> ticks = {1500, 1500};
  ColumnView times = view_of(ticks, Storage::int64, Logical::datetime);
  times.unit_denominator = 1000;
  EXPECT_EQ(labels_of(times).counts, (Counts{{seconds(1.5), 2}}));
}

TEST(ReadLabels, decimals_that_are_not_integral_are_reals) {
  const std::vector<std::int64_t> integers = {150, 200, -25};
  ColumnView view = view_of(integers, Storage::decimal64);
  view.decimal_scale = 2;
  EXPECT_EQ(labels_of(view).counts, (Counts{{real(1.5), 1}, {integer(2), 1}, {real(-0.25), 1}}));
}

template <class Offset>
ArrowBuilder strings(const char* format, std::vector<Offset> offsets, const std::string& characters) {
  ArrowBuilder builder(format);
  builder.rows(static_cast<std::int64_t>(offsets.size()) - 1).no_buffer().buffer(offsets).characters(characters);
  return builder;
}

TEST(ReadLabels, text_and_binary_come_as_found) {
  const std::string characters = std::string("ab\xff\0b", 5);
  auto small = strings<std::int32_t>("u", {0, 1, 1, 3, 5}, characters);
  auto large = strings<std::int64_t>("U", {0, 1, 1, 3, 5}, characters);
  auto bytes = strings<std::int32_t>("z", {0, 1, 1, 3, 5}, characters);
  const Counts wanted = {{text("a"), 1}, {text(""), 1}, {text("b\xff"), 1}, {text(std::string("\0b", 2)), 1}};
  EXPECT_EQ(labels_of(small.import_column()).counts, wanted);
  EXPECT_EQ(labels_of(large.import_column()).counts, wanted);
  EXPECT_EQ(labels_of(bytes.import_column()).counts.count(binary("b\xff")), 1U);
}

TEST(ReadLabels, offsets_that_run_backwards_or_out_of_the_buffer_are_input_errors) {
  for (const std::vector<std::int32_t>& offsets :
       {std::vector<std::int32_t>{0, 2, 1}, std::vector<std::int32_t>{-1, 1, 1}, std::vector<std::int32_t>{0, 9, 1},
        std::vector<std::int32_t>{0, std::numeric_limits<std::int32_t>::min(), 1}}) {
    auto builder = strings<std::int32_t>("u", offsets, "ab");
    const ColumnView view = builder.import_column();
    EXPECT_THROW(labels_of(view), InputError);
  }
}

ArrowBuilder byte_views(const std::vector<ByteView>& views, const std::string& characters) {
  ArrowBuilder builder("vu");
  builder.rows(static_cast<std::int64_t>(views.size())).no_buffer().buffer(views).characters(characters);
  builder.buffer(std::vector<std::int64_t>{static_cast<std::int64_t>(characters.size())});
  return builder;
}

TEST(ReadLabels, views_point_into_themselves_or_into_a_buffer) {
  const auto size = static_cast<std::int32_t>(long_text.size());
  auto builder = byte_views({in_place(""), in_place("twelve bytes"), elsewhere(size, 0, 2), elsewhere(13, 0, 3)},
                            "??" + long_text);
  EXPECT_EQ(
      labels_of(builder.import_column()).counts,
      (Counts{{text(""), 1}, {text("twelve bytes"), 1}, {text(long_text), 1}, {text(long_text.substr(1, 13)), 1}}));
}

TEST(ReadLabels, views_that_point_outside_are_input_errors) {
  constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
  for (const ByteView& bad : {elsewhere(13, 1, 0), elsewhere(13, -1, 0), elsewhere(13, 0, -1), elsewhere(13, 0, 20),
                              elsewhere(most, 0, most), elsewhere(-1, 0, 0)}) {
    auto builder = byte_views({bad}, long_text);
    const ColumnView view = builder.import_column();
    EXPECT_THROW(labels_of(view), InputError) << bad.size;
  }
}

TEST(ReadLabels, null_rows_may_hold_anything) {
  ArrowBuilder builder("vu");
  builder.rows(2).bits({true, false}).buffer(std::vector<ByteView>{in_place("a"), elsewhere(13, 7, -5)});
  builder.no_buffer();
  const Labels found = labels_of(builder.import_column());
  EXPECT_EQ(found.counts, (Counts{{text("a"), 1}}));
  EXPECT_EQ(found.rest.n_null, 1);
}

TEST(ReadLabels, fixed_width_bytes_keep_their_zeros) {
  ArrowBuilder builder("w:2");
  builder.rows(2, 1).no_buffer().characters(std::string("xxa\0b\0", 6));
  EXPECT_EQ(labels_of(builder.import_column()).counts,
            (Counts{{binary(std::string("a\0", 2)), 1}, {binary(std::string("b\0", 2)), 1}}));
}

TEST(ReadLabels, dictionaries_are_counted_by_code_and_labelled_by_value) {
  auto values = strings<std::int32_t>("u", {0, 1, 2, 3}, "aba");
  ArrowBuilder builder("c");
  builder.rows(8).bits({true, true, true, true, true, true, true, false});
  builder.buffer(std::vector<std::int8_t>{0, 1, 2, 0, 0, 1, 2, 99}).dictionary(std::move(values));
  const ColumnView view = builder.import_column();
  const Labels found = labels_of(view);
  // Codes 0 and 2 stand for the same value.
  EXPECT_EQ(found.counts, (Counts{{text("a"), 5}, {text("b"), 2}}));
  EXPECT_EQ(found.rest.n_null, 1);
  EXPECT_EQ(found.n_calls, 3);
  // Fewer rows than dictionary values: the same labels.
  EXPECT_EQ(labels_of(view, 1, 3).counts, (Counts{{text("a"), 1}, {text("b"), 1}}));
}

TEST(ReadLabels, nulls_and_nans_inside_a_dictionary_count_as_often_as_their_codes) {
  ArrowBuilder values("g");
  values.rows(3).bits({true, false, true}).buffer(std::vector<double>{std::nan(""), 0.0, 7.0});
  ArrowBuilder builder("I");
  builder.rows(6).no_buffer().buffer(std::vector<std::uint32_t>{0, 0, 1, 1, 1, 2}).dictionary(std::move(values));
  const Labels found = labels_of(builder.import_column());
  EXPECT_EQ(found.counts, (Counts{{integer(7), 1}}));
  EXPECT_EQ(found.rest.n_nan, 2);
  EXPECT_EQ(found.rest.n_null, 3);
}

TEST(ReadLabels, codes_outside_the_dictionary_are_input_errors) {
  for (const std::int8_t bad : {std::int8_t{1}, std::int8_t{-1}}) {
    ArrowBuilder builder("c");
    builder.rows(2).no_buffer().buffer(std::vector<std::int8_t>{0, bad});
    builder.dictionary(strings<std::int32_t>("u", {0, 1}, "a"));
    const ColumnView view = builder.import_column();
    EXPECT_THROW(labels_of(view), InputError);
  }
}

TEST(ReadLabels, objects_keep_their_types_apart) {
  using Kind = ObjectValue::Kind;
  const std::vector<ObjectValue> objects = {{.kind = Kind::text, .text = "1"},
                                            {.kind = Kind::integer, .integer = 1},
                                            {.kind = Kind::real, .real = 1.0},
                                            {.kind = Kind::boolean, .integer = 1},
                                            {.kind = Kind::binary, .text = "1"},
                                            {.kind = Kind::seconds, .real = 1.0},
                                            {.kind = Kind::unsigned_, .integer = -1},
                                            {.kind = Kind::null},
                                            {.kind = Kind::nan},
                                            {.kind = Kind::pos_inf},
                                            {.kind = Kind::neg_inf}};
  ColumnView view;
  view.storage = Storage::objects;
  view.logical = Logical::text;
  view.length = static_cast<std::int64_t>(objects.size());
  view.objects = objects.data();
  const Labels found = labels_of(view);
  EXPECT_EQ(found.counts, (Counts{{text("1"), 1},
                                  {integer(1), 2},
                                  {boolean(true), 1},
                                  {binary("1"), 1},
                                  {seconds(1.0), 1},
                                  {unsigned_integer(std::numeric_limits<std::uint64_t>::max()), 1}}));
  EXPECT_EQ(found.rest.n_null, 1);
  EXPECT_EQ(found.rest.n_nan, 1);
  EXPECT_EQ(found.rest.n_pos_inf, 1);
  EXPECT_EQ(found.rest.n_neg_inf, 1);
}

TEST(ReadLabels, null_columns_are_counted_and_unsupported_ones_refused) {
  ColumnView nothing;
  nothing.length = 3;
  EXPECT_EQ(labels_of(nothing).rest.n_null, 3);
  nothing.logical = Logical::unsupported;
  EXPECT_THROW(labels_of(nothing), InputError);
}

}  // namespace
}  // namespace driftline
