// What is done with finished profiles of 50 columns: merge, write, read back.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "driftline/column/column_view.hpp"
#include "driftline/profile/profile.hpp"
#include "driftline/profile/profiler.hpp"

namespace driftline {
namespace {

constexpr std::size_t n_rows = 200'000;

enum Sort : int { mixed, floats, integers, labels };

double float_of(std::mt19937_64& random, int shape) {
  std::normal_distribution<double> gauss;
  const double z = gauss(random);
  switch (shape % 4) {
    case 0:
      return 50.0 + 12.0 * z;
    case 1:
      return std::exp(3.0 + 1.5 * z);
    case 2:
      return std::round(std::exp(4.0 + z) * 100.0) / 100.0;
    default:
      return 1.0 / (1.0 + std::exp(-2.0 - 3.0 * z));
  }
}

std::int64_t integer_of(std::mt19937_64& random, int shape) {
  constexpr std::uint64_t range[] = {40, 5'000, std::uint64_t{1} << 40};
  return static_cast<std::int64_t>(random() % range[shape % 3]);
}

/// The columns of one table, one after the other in memory that the views borrow.
class Table {
 public:
  Table(int sort, std::uint64_t seed) : random_(seed) {
    const int n_floats = sort == mixed ? 30 : sort == floats ? 50 : 0;
    const int n_integers = sort == mixed ? 10 : sort == integers ? 50 : 0;
    for (int i = 0; i < n_floats; ++i) add_floats(i);
    for (int i = 0; i < n_integers; ++i) add_integers(i);
    for (int i = n_floats + n_integers; i < 50; ++i) add_labels(i);
  }

  Profile profile() const {
    Profiler profiler({}, 0, 1);
    profiler.add(static_cast<std::int64_t>(n_rows), columns_, [] {});
    return profiler.finish();
  }

 private:
  ColumnView& add(const char* name, int i, Kind kind) {
    BatchColumn column;
    column.name = name + std::to_string(i);
    column.kind = kind;
    column.chunks.resize(1);
    columns_.push_back(std::move(column));
    ColumnView& view = columns_.back().chunks.front();
    view.length = static_cast<std::int64_t>(n_rows);
    view.logical = Logical::number;
    return view;
  }

  template <class T>
  static void borrow(ColumnView& view, const std::vector<T>& values) {
    view.values = reinterpret_cast<const std::uint8_t*>(values.data());
    view.stride = sizeof(T);
  }

  void add_floats(int i) {
    std::vector<double>& values = floats_.emplace_back();
    for (std::size_t row = 0; row < n_rows; ++row) values.push_back(float_of(random_, i));
    ColumnView& view = add("float", i, Kind::numeric);
    view.storage = Storage::float64;
    view.type_name = "float64";
    borrow(view, values);
  }

  void add_integers(int i) {
    std::vector<std::int64_t>& values = integers_.emplace_back();
    for (std::size_t row = 0; row < n_rows; ++row) values.push_back(integer_of(random_, i));
    ColumnView& view = add("int", i, Kind::numeric);
    view.storage = Storage::int64;
    view.type_name = "int64";
    borrow(view, values);
  }

  void add_labels(int i) {
    std::vector<std::int32_t>& offsets = offsets_.emplace_back(1, 0);
    std::string& text = texts_.emplace_back();
    for (std::size_t row = 0; row < n_rows; ++row) {
      text += "city of " + std::to_string(random_() % 500);
      offsets.push_back(static_cast<std::int32_t>(text.size()));
    }
    ColumnView& view = add("label", i, Kind::categorical);
    view.storage = Storage::bytes32;
    view.logical = Logical::text;
    view.type_name = "string";
    view.data = reinterpret_cast<const std::uint8_t*>(text.data());
    view.data_size = static_cast<std::int64_t>(text.size());
    borrow(view, offsets);
  }

  std::mt19937_64 random_;
  std::vector<std::vector<double>> floats_;
  std::vector<std::vector<std::int64_t>> integers_;
  std::vector<std::vector<std::int32_t>> offsets_;
  std::vector<std::string> texts_;
  std::vector<BatchColumn> columns_;
};

const Profile& profile_of(int sort, int side) {
  static std::map<std::pair<int, int>, Profile> made;
  const auto [found, is_new] = made.try_emplace({sort, side});
  if (is_new) found->second = Table(sort, static_cast<std::uint64_t>(side)).profile();
  return found->second;
}

void BM_merge(benchmark::State& state) {
  const Profile& left = profile_of(static_cast<int>(state.range(0)), 1);
  const Profile& right = profile_of(static_cast<int>(state.range(0)), 2);
  for (auto _ : state) benchmark::DoNotOptimize(merge(left, right));
}

void BM_to_bytes(benchmark::State& state) {
  const Profile& profile = profile_of(static_cast<int>(state.range(0)), 1);
  std::size_t size = 0;
  for (auto _ : state) {
    const std::string bytes = to_bytes(profile);
    size = bytes.size();
    benchmark::DoNotOptimize(bytes.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

void BM_from_bytes(benchmark::State& state) {
  const std::string bytes = to_bytes(profile_of(static_cast<int>(state.range(0)), 1));
  for (auto _ : state) benchmark::DoNotOptimize(from_bytes(bytes));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

#define DRIFTLINE_SORTS ->Arg(mixed)->Arg(floats)->Arg(integers)->Arg(labels)->Unit(benchmark::kMillisecond)
BENCHMARK(BM_merge) DRIFTLINE_SORTS;
BENCHMARK(BM_to_bytes) DRIFTLINE_SORTS;
BENCHMARK(BM_from_bytes) DRIFTLINE_SORTS;

}  // namespace
}  // namespace driftline

BENCHMARK_MAIN();
