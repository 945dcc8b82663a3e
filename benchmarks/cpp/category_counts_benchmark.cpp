// Reading a column of labels into exact counts, per value: length × distinct labels × how the column lies in memory.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "driftline/column/column_view.hpp"
#include "driftline/profile/column_accumulator.hpp"

namespace driftline {
namespace {

constexpr std::int64_t n_rows = 1'000'000;
constexpr std::int64_t unit_rows = 65'536;  // what the profiler reads at a time

enum Layout : int { utf8, large_utf8, utf8_view, objects, dictionary, utf8_in_runs, utf8_with_nulls };

/// Distinct labels of about `length` bytes, one in three a byte shorter and one in three a byte longer.
std::vector<std::string> labels_of(std::size_t length, std::size_t n_distinct) {
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < n_distinct; ++i) {
    std::string label = std::to_string(i);
    const std::size_t wanted = length + i % 3 - 1;
    if (label.size() < wanted) label.insert(0, wanted - label.size(), 'x');
    labels.push_back(label);
  }
  return labels;
}

/// A column and everything its view borrows.
struct Column {
  std::vector<std::string> labels;
  std::vector<std::int32_t> codes;
  std::vector<std::int32_t> offsets = {0};
  std::vector<std::int64_t> large_offsets = {0};
  std::vector<std::uint8_t> views;
  std::vector<std::uint8_t> validity;
  std::vector<ObjectValue> values;
  std::string text;
  ColumnView view;
};

void fill_rows(Column& column, int layout) {
  std::mt19937_64 random(1);
  std::int32_t code = 0;
  for (std::int64_t row = 0; row < n_rows; ++row) {
    if (layout != utf8_in_runs || row % 50 == 0) code = static_cast<std::int32_t>(random() % column.labels.size());
    const std::string& label = column.labels[static_cast<std::size_t>(code)];
    column.codes.push_back(code);
    column.values.push_back({.kind = ObjectValue::Kind::text, .text = label});
    std::uint8_t view[16] = {};
    const auto size = static_cast<std::int32_t>(label.size());
    const auto begin = static_cast<std::int32_t>(column.text.size());
    std::memcpy(view, &size, 4);
    std::memcpy(view + 4, label.data(), std::min<std::size_t>(label.size(), size > 12 ? 4 : 12));
    if (size > 12) std::memcpy(view + 12, &begin, 4);
    column.views.insert(column.views.end(), view, view + 16);
    column.text += label;
    column.offsets.push_back(static_cast<std::int32_t>(column.text.size()));
    column.large_offsets.push_back(static_cast<std::int64_t>(column.text.size()));
  }
  if (layout != utf8_with_nulls) return;
  for (std::int64_t i = 0; i <= n_rows / 8; ++i)
    column.validity.push_back(static_cast<std::uint8_t>(random() | random()));
}

template <class T>
const std::uint8_t* address_of(const std::vector<T>& values) {
  return reinterpret_cast<const std::uint8_t*>(values.data());
}

ColumnView plain_view(const Column& column) {
  ColumnView view;
  view.storage = Storage::bytes32;
  view.logical = Logical::text;
  view.type_name = "string";
  view.length = n_rows;
  view.values = address_of(column.offsets);
  view.data = reinterpret_cast<const std::uint8_t*>(column.text.data());
  view.data_size = static_cast<std::int64_t>(column.text.size());
  return view;
}

/// The labels once each, as a column of their own.
std::shared_ptr<const ColumnView> dictionary_of(Column& column) {
  auto view = std::make_shared<ColumnView>(plain_view(column));
  column.text.clear();
  column.offsets.assign(1, 0);
  for (const std::string& label : column.labels) {
    column.text += label;
    column.offsets.push_back(static_cast<std::int32_t>(column.text.size()));
  }
  view->values = address_of(column.offsets);
  view->data = reinterpret_cast<const std::uint8_t*>(column.text.data());
  view->length = static_cast<std::int64_t>(column.labels.size());
  return view;
}

std::unique_ptr<Column> make_column(int layout, std::size_t length, std::size_t n_distinct) {
  auto column = std::make_unique<Column>();
  column->labels = labels_of(length, n_distinct);
  fill_rows(*column, layout);
  column->view = plain_view(*column);
  ColumnView& view = column->view;
  if (layout == large_utf8) {
    view.storage = Storage::bytes64;
    view.values = address_of(column->large_offsets);
  } else if (layout == utf8_view) {
    view.storage = Storage::bytes_view;
    view.values = address_of(column->views);
    view.view_buffers = {{view.data, view.data_size}};
  } else if (layout == objects) {
    view.storage = Storage::objects;
    view.objects = column->values.data();
  } else if (layout == dictionary) {
    view.dictionary = dictionary_of(*column);
    view.storage = Storage::dictionary;
    view.code_storage = Storage::int32;
    view.values = address_of(column->codes);
    view.stride = sizeof(std::int32_t);
  } else if (layout == utf8_with_nulls) {
    view.validity = column->validity.data();
  }
  return column;
}

/// Arguments: layout, length, distinct labels.
void BM_category_counts(benchmark::State& state) {
  const auto column = make_column(static_cast<int>(state.range(0)), static_cast<std::size_t>(state.range(1)),
                                  static_cast<std::size_t>(state.range(2)));
  for (auto _ : state) {
    ColumnAccumulator accumulator(Kind::categorical, {}, 0);
    for (std::int64_t row = 0; row < n_rows; row += unit_rows) {
      accumulator.read(column->view, row, std::min(row + unit_rows, n_rows));
    }
    benchmark::DoNotOptimize(accumulator.finish());
  }
  state.SetItemsProcessed(state.iterations() * n_rows);
  state.counters["ns"] = benchmark::Counter(static_cast<double>(state.iterations() * n_rows) / 1e9,
                                            benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

BENCHMARK(BM_category_counts)
    ->ArgNames({"layout", "length", "distinct"})
    ->ArgsProduct({{utf8}, {5, 10, 30, 100}, {10, 500, 5'000, 100'000}})
    ->ArgsProduct({{large_utf8, utf8_view, objects, dictionary, utf8_in_runs, utf8_with_nulls}, {10}, {500, 5'000}})
    ->Unit(benchmark::kMillisecond);

/// A few rows of a column that shares a huge dictionary: what is not used must not be paid for.
void BM_few_rows_of_a_huge_dictionary(benchmark::State& state) {
  auto column = make_column(dictionary, 10, 1'000'000);
  column->view.length = 1'000;
  for (auto _ : state) {
    ColumnAccumulator accumulator(Kind::categorical, {}, 0);
    accumulator.read(column->view, 0, column->view.length);
    benchmark::DoNotOptimize(accumulator.finish());
  }
  state.SetItemsProcessed(state.iterations() * column->view.length);
}
BENCHMARK(BM_few_rows_of_a_huge_dictionary)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace driftline

BENCHMARK_MAIN();
