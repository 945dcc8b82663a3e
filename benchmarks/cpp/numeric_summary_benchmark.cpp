// The numeric pass per value, over shapes that take different paths.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "driftline/summary/exact_sum.hpp"
#include "driftline/summary/histogram_accumulator.hpp"
#include "driftline/summary/numeric_summary.hpp"

namespace driftline {
namespace {

constexpr std::size_t n = 1'000'000;
constexpr std::size_t block_size = 4096;

enum ShapeId : int { normal, score, money, row_id, ten_values };

std::vector<double> sample(int shape) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> gauss;
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    switch (shape) {
      case score:
        values[i] = 1.0 / (1.0 + std::exp(-2.0 * gauss(random)));
        break;
      case money:
        values[i] = std::round(std::exp(3.0 + gauss(random)) * 100.0) / 100.0;
        break;
      case row_id:
        values[i] = static_cast<double>(i);
        break;
      case ten_values:
        values[i] = static_cast<double>(random() % 10 + 1);
        break;
      default:
        values[i] = gauss(random);
    }
  }
  return values;
}

template <class Add>
void per_block(benchmark::State& state, const Add& add) {
  const std::vector<double> values = sample(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    add(std::span<const double>(values));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(n));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(n * sizeof(double)));
}

template <class Each>
void for_blocks(std::span<const double> values, const Each& each) {
  for (std::size_t i = 0; i < values.size(); i += block_size) {
    each(values.subspan(i, std::min(block_size, values.size() - i)));
  }
}

void BM_numeric_summary(benchmark::State& state) {
  per_block(state, [](std::span<const double> values) {
    NumericAccumulator accumulator(8192);
    for_blocks(values, [&](auto block) { accumulator.add({block, {}}); });
    benchmark::DoNotOptimize(accumulator.finish());
  });
}

void BM_histogram(benchmark::State& state) {
  per_block(state, [](std::span<const double> values) {
    HistogramAccumulator accumulator(8192);
    for_blocks(values, [&](auto block) { accumulator.add(block, [](auto) {}); });
    benchmark::DoNotOptimize(accumulator.finish());
  });
}

void BM_exact_sums(benchmark::State& state) {
  per_block(state, [](std::span<const double> values) {
    SumAccumulator accumulator;
    for_blocks(values, [&](auto block) { accumulator.add(block); });
    benchmark::DoNotOptimize(accumulator.sum_of_squares());
  });
}

#define DRIFTLINE_SHAPES \
  ->Arg(normal)->Arg(score)->Arg(money)->Arg(row_id)->Arg(ten_values)->Unit(benchmark::kMillisecond)
BENCHMARK(BM_numeric_summary) DRIFTLINE_SHAPES;
BENCHMARK(BM_histogram)->Arg(normal)->Arg(score)->Arg(money)->Arg(ten_values)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_exact_sums)->Arg(normal)->Arg(score)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace driftline

BENCHMARK_MAIN();
