#include "driftline/column/arrow.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "column/arrow_builder.hpp"
#include "column/collect.hpp"
#include "driftline/base/error.hpp"

namespace driftline {
namespace {

using testing::ArrowBuilder;
using testing::labels_of;
using testing::numbers_of;
using testing::text;

ArrowBuilder int32_array(const std::vector<std::int32_t>& values) {
  ArrowBuilder builder("i", "numbers");
  builder.rows(static_cast<std::int64_t>(values.size())).no_buffer().buffer(values);
  return builder;
}

struct TypeCase {
  std::string format;
  Logical logical;
  std::string type_name;
};

TEST(Arrow, every_format_has_its_meaning_and_name) {
  for (const TypeCase& expected : std::vector<TypeCase>{{"n", Logical::null, "null"},
                                                        {"b", Logical::boolean, "bool"},
                                                        {"c", Logical::number, "int8"},
                                                        {"L", Logical::number, "uint64"},
                                                        {"e", Logical::number, "float16"},
                                                        {"d:10,2", Logical::number, "decimal128(10, 2)"},
                                                        {"d:5,-3,256", Logical::number, "decimal256(5, -3)"},
                                                        {"w:16", Logical::binary, "fixed_size_binary[16]"},
                                                        {"u", Logical::text, "string"},
                                                        {"vu", Logical::text, "string_view"},
                                                        {"vz", Logical::binary, "binary_view"},
                                                        {"tdD", Logical::datetime, "date32"},
                                                        {"ttu", Logical::duration, "time64[us]"},
                                                        {"tDn", Logical::duration, "duration[ns]"},
                                                        {"tsu:", Logical::datetime, "timestamp[us]"},
                                                        {"tsm:UTC", Logical::datetime, "timestamp[ms, UTC]"},
                                                        {"tiM", Logical::unsupported, "interval"},
                                                        {"+l", Logical::unsupported, "list"},
                                                        {"+vL", Logical::unsupported, "large_list_view"},
                                                        {"+w:3", Logical::unsupported, "fixed_size_list"},
                                                        {"+m", Logical::unsupported, "map"},
                                                        {"+ud:0,1", Logical::unsupported, "union"},
                                                        {"+r", Logical::unsupported, "run_end_encoded"},
                                                        {"?", Logical::unsupported, "arrow format ?"}}) {
    ArrowBuilder builder(expected.format, "name");
    const auto columns = import_arrow_schema(builder.schema());
    ASSERT_EQ(columns.size(), 1U);
    EXPECT_EQ(columns[0].name, "name");
    EXPECT_EQ(columns[0].view.logical, expected.logical) << expected.format;
    EXPECT_EQ(columns[0].view.type_name, expected.type_name);
    EXPECT_EQ(columns[0].view.length, 0);
  }
}

TEST(Arrow, malformed_formats_are_input_errors) {
  for (const std::string format : {"d:", "d:10", "d:10,", "d:a,b", "d:10,2,", "d:10,2,64x", "d:10,2,96", "d:10,2,64,1",
                                   "w:", "w:-1", "w:4x", "w:99999999999"}) {
    ArrowBuilder builder(format);
    EXPECT_THROW(import_arrow_schema(builder.schema()), InputError) << format;
  }
  ArrowBuilder builder("i");
  ArrowSchema schema = builder.schema();
  schema.format = nullptr;
  EXPECT_THROW(import_arrow_schema(schema), InputError);
}

TEST(Arrow, offset_and_bitmap_shift_together_and_null_count_minus_one_is_counted) {
  ArrowBuilder builder("l");
  builder.rows(4, 3, -1).bits({true, true, true, false, true, true, false});
  builder.buffer(std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6});
  const auto found = numbers_of(builder.import_column());
  EXPECT_EQ(found.integers, (std::vector<std::int64_t>{4, 5}));
  EXPECT_EQ(found.n_null, 2);
}

TEST(Arrow, a_null_count_of_zero_makes_the_bitmap_void) {
  ArrowBuilder builder("i");
  builder.rows(2, 0, 0).bits({false, false}).buffer(std::vector<std::int32_t>{1, 2});
  EXPECT_EQ(numbers_of(builder.import_column()).n_null, 0);
}

TEST(Arrow, arrays_without_rows_need_no_buffers) {
  for (const std::string format : {"i", "b", "u", "U", "vu", "w:4", "d:10,2", "g"}) {
    ArrowBuilder builder(format);
    builder.rows(0, 5).no_buffer().no_buffer().no_buffer();
    const ColumnView view = builder.import_column();
    EXPECT_EQ(view.length, 0);
    EXPECT_TRUE(labels_of(view).counts.empty()) << format;
  }
  ArrowBuilder batch("+s");
  batch.rows(0).no_buffer().child(ArrowBuilder("u").rows(0));
  EXPECT_EQ(batch.import_column().length, 0);
}

TEST(Arrow, a_struct_gives_its_fields_and_its_nulls_are_theirs) {
  ArrowBuilder batch("+s", "");
  batch.rows(3, 1).bits({true, true, false, true});
  batch.child(int32_array({10, 11, 12, 13}));
  batch.child(ArrowBuilder("u", "text")
                  .rows(4)
                  .bits({true, true, true, false})
                  .buffer(std::vector<std::int32_t>{0, 1, 2, 3, 4})
                  .characters("abcd"));
  // A child with an offset of its own.
  batch.child(ArrowBuilder("b", "flags").rows(4, 2).no_buffer().bits({true, true, false, true, true, false}));
  const auto columns = batch.import();
  ASSERT_EQ(columns.size(), 3U);
  EXPECT_EQ(columns[0].name, "numbers");
  EXPECT_EQ(numbers_of(columns[0].view).integers, (std::vector<std::int64_t>{11, 13}));
  EXPECT_EQ(numbers_of(columns[0].view).n_null, 1);
  EXPECT_EQ(labels_of(columns[1].view).counts, (std::map<testing::LabelKey, std::uint64_t>{{text("b"), 1}}));
  EXPECT_EQ(labels_of(columns[1].view).rest.n_null, 2);
  EXPECT_EQ(numbers_of(columns[2].view).values, (std::vector<double>{1, 0}));
}

TEST(Arrow, a_struct_needs_children_as_long_as_itself) {
  ArrowBuilder batch("+s");
  batch.rows(3, 1).no_buffer().child(int32_array({1, 2, 3}));
  EXPECT_THROW(batch.import(), InputError);
  EXPECT_EQ(batch.n_released(), 1);
}

// Else an offset in the middle, which may be anything, would pass for the size of the characters.
TEST(Arrow, characters_end_where_the_whole_field_says_and_not_the_struct_around_it) {
  ArrowBuilder batch("+s");
  batch.rows(1).no_buffer().child(
      ArrowBuilder("u").rows(2).no_buffer().buffer(std::vector<std::int32_t>{0, 100, 2}).characters("ab"));
  const ColumnView view = batch.import_column();
  EXPECT_THROW(labels_of(view), InputError);
}

TEST(Arrow, types_without_a_reading_still_count_their_nulls) {
  for (const std::string format : {"+l", "+m", "+w:2", "tiM"}) {
    ArrowBuilder builder(format);
    builder.rows(3, 1).bits({false, true, false, true}).no_buffer();
    const ColumnView view = builder.import_column();
    EXPECT_EQ(view.logical, Logical::unsupported);
    EXPECT_FALSE(view.is_null(0));
    EXPECT_TRUE(view.is_null(1));
    EXPECT_FALSE(view.is_null(2));
  }
  // The first buffer of a union holds type ids, and a run-end encoded array has none.
  ArrowBuilder union_("+us:0,1");
  union_.rows(2).buffer(std::vector<std::int8_t>{0, 0});
  EXPECT_EQ(union_.import_column().validity, nullptr);
  ArrowBuilder runs("+r");
  runs.rows(2);
  EXPECT_EQ(runs.import_column().validity, nullptr);
}

TEST(Arrow, a_dictionary_reports_its_values_and_keeps_their_offset) {
  ArrowBuilder builder("S", "category");
  builder.rows(3).no_buffer().buffer(std::vector<std::uint16_t>{1, 0, 1});
  builder.dictionary(
      ArrowBuilder("u").rows(2, 1).no_buffer().buffer(std::vector<std::int32_t>{0, 1, 2, 3}).characters("xab"));
  const ColumnView view = builder.import_column();
  EXPECT_EQ(view.type_name, "dictionary<string>");
  EXPECT_EQ(view.logical, Logical::text);
  EXPECT_EQ(view.storage, Storage::dictionary);
  EXPECT_EQ(labels_of(view).counts, (std::map<testing::LabelKey, std::uint64_t>{{text("a"), 1}, {text("b"), 2}}));
}

TEST(Arrow, dictionaries_of_what_cannot_be_read_are_unsupported) {
  ArrowBuilder nested("i");
  nested.rows(2).bits({true, false}).buffer(std::vector<std::int32_t>{0, 0});
  nested.dictionary(ArrowBuilder("+l").rows(1).no_buffer().no_buffer());
  const ColumnView view = nested.import_column();
  EXPECT_EQ(view.logical, Logical::unsupported);
  EXPECT_TRUE(view.is_null(1));

  ArrowBuilder twice("i");
  twice.dictionary(ArrowBuilder("i").dictionary(ArrowBuilder("u")));
  EXPECT_EQ(import_arrow_schema(twice.schema())[0].view.logical, Logical::unsupported);
}

TEST(Arrow, the_array_is_released_once_when_the_last_view_dies) {
  auto builder = int32_array({1, 2});
  {
    std::optional<ColumnView> first = builder.import_column();
    const ColumnView second = *first;
    first.reset();
    EXPECT_EQ(builder.n_released(), 0);
    EXPECT_EQ(numbers_of(second).values, (std::vector<double>{1, 2}));
  }
  EXPECT_EQ(builder.n_released(), 1);
}

TEST(Arrow, importing_moves_the_array_out) {
  auto builder = int32_array({1});
  const ArrowSchema& schema = builder.schema();
  ArrowArray& array = builder.array();
  const auto columns = import_arrow(schema, std::move(array));
  EXPECT_EQ(array.release, nullptr);
  EXPECT_THROW(import_arrow(schema, std::move(array)), InputError);
  EXPECT_EQ(builder.n_released(), 0);
}

TEST(Arrow, broken_arrays_are_input_errors_and_released_once) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::vector<ArrowBuilder> broken;
  const auto add = [&broken](const char* format) -> ArrowBuilder& { return broken.emplace_back(format); };
  add("i").rows(-1).no_buffer().no_buffer();
  add("i").rows(1, -1).no_buffer().no_buffer();
  add("i").rows(most, most).no_buffer().no_buffer();
  add("i").rows(1, 0, -2).no_buffer().no_buffer();
  add("i").rows(1);
  add("i").rows(1).no_buffer();
  add("i").rows(1).no_buffer().no_buffer();
  add("b").rows(1).no_buffer().no_buffer();
  add("i").rows(1, 0, 1).no_buffer().buffer(std::vector<std::int32_t>{1});
  add("u").rows(1).no_buffer().no_buffer().no_buffer();
  add("u").rows(1).no_buffer().buffer(std::vector<std::int32_t>{0, 1}).no_buffer();
  add("u").rows(1).no_buffer().buffer(std::vector<std::int32_t>{0, -1}).characters("a");
  add("vu").rows(1).no_buffer().no_buffer().no_buffer();
  add("vu").rows(1).no_buffer().buffer(std::vector<std::int64_t>{0, 0}).characters("a").no_buffer();
  add("vu")
      .rows(1)
      .no_buffer()
      .buffer(std::vector<std::int64_t>{0, 0})
      .no_buffer()
      .buffer(std::vector<std::int64_t>{1});
  add("vu")
      .rows(1)
      .no_buffer()
      .buffer(std::vector<std::int64_t>{0, 0})
      .characters("a")
      .buffer(std::vector<std::int64_t>{-1});
  add("g").rows(1).no_buffer().buffer(std::vector<double>{0}).dictionary(ArrowBuilder("u"));
  add("i").rows(1).no_buffer().buffer(std::vector<std::int32_t>{0}).dictionary(ArrowBuilder("u").rows(-1));
  for (std::size_t i = 0; i < broken.size(); ++i) {
    EXPECT_THROW(broken[i].import(), InputError) << "case " << i;
    EXPECT_EQ(broken[i].n_released(), 1) << "case " << i;
  }
}

TEST(Arrow, a_missing_dictionary_or_field_is_an_input_error) {
  auto builder = int32_array({0});
  builder.dictionary(ArrowBuilder("u"));
  const ArrowSchema& schema = builder.schema();
  ArrowArray& array = builder.array();
  array.dictionary = nullptr;
  EXPECT_THROW(import_arrow(schema, std::move(array)), InputError);
  EXPECT_EQ(builder.n_released(), 1);

  ArrowBuilder batch("+s");
  batch.rows(1).no_buffer().child(int32_array({1}));
  const ArrowSchema& batch_schema = batch.schema();
  ArrowArray& batch_array = batch.array();
  batch_array.n_children = 0;
  EXPECT_THROW(import_arrow(batch_schema, std::move(batch_array)), InputError);
  EXPECT_EQ(batch.n_released(), 1);
}

}  // namespace
}  // namespace driftline
