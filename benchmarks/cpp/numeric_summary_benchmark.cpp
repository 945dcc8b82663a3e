// The numeric pass and its parts: shape × rows × share of NaN × instruction set.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "driftline/summary/exact_sum.hpp"
#include "driftline/summary/histogram_accumulator.hpp"
#include "driftline/summary/integer_sample.hpp"
#include "driftline/summary/numeric_summary.hpp"

namespace driftline {
namespace {

constexpr std::size_t block_size = 4096;

enum ShapeId : int { normal, score, money, row_id, ten_values, zero_inflated };
constexpr const char* shape_names[] = {"normal", "score", "money", "row_id", "ten_values", "zero_inflated"};

std::vector<double> sample(int shape, std::size_t n) {
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
      case zero_inflated:
        values[i] = random() % 2 == 0 ? 0.0 : std::exp(gauss(random));
        break;
      default:
        values[i] = gauss(random);
    }
  }
  return values;
}

template <class Each>
void for_blocks(std::span<const double> values, const Each& each) {
  for (std::size_t i = 0; i < values.size(); i += block_size) {
    each(values.subspan(i, std::min(block_size, values.size() - i)));
  }
}

using Pass = void (*)(std::span<const double> values, const NumericKernels& kernels);

void numeric_summary(std::span<const double> values, const NumericKernels& kernels) {
  NumericAccumulator accumulator(8192, kernels);
  for_blocks(values, [&](auto block) { accumulator.add({block, {}}); });
  benchmark::DoNotOptimize(accumulator.finish());
}

void histogram(std::span<const double> values, const NumericKernels& kernels) {
  HistogramAccumulator accumulator(8192, kernels);
  for_blocks(values, [&](auto block) { accumulator.add(block, [](auto&&...) {}); });
  benchmark::DoNotOptimize(accumulator.finish());
}

void exact_sums(std::span<const double> values, const NumericKernels& kernels) {
  SumAccumulator accumulator(kernels);
  for_blocks(values, [&](auto block) { accumulator.add(block); });
  benchmark::DoNotOptimize(accumulator.sum_of_squares());
}

void facts(std::span<const double> values, const NumericKernels& kernels) {
  for_blocks(values, [&](auto block) {
    BlockFacts found;
    kernels.scan(block.data(), block.size(), &found);
    benchmark::DoNotOptimize(found);
  });
}

/// The share of NaN in percent: how pandas marks nulls.
void run(benchmark::State& state, Pass pass, int shape, std::size_t n, int nan_percent, const NumericKernels& kernels) {
  std::vector<double> values = sample(shape, n);
  std::mt19937_64 random(2);
  for (double& x : values) {
    if (static_cast<int>(random() % 100) < nan_percent) x = std::numeric_limits<double>::quiet_NaN();
  }
  for (auto _ : state) pass(values, kernels);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(n));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(n * sizeof(double)));
}

void sift(benchmark::State& state, std::size_t n, const NumericKernels& kernels) {
  std::vector<std::int64_t> integers(n);
  for (std::size_t i = 0; i < n; ++i) integers[i] = static_cast<std::int64_t>(i);
  for (auto _ : state) {
    IntegerSampler sampler;
    sampler.add(integers, false, kernels);
    benchmark::DoNotOptimize(sampler.finish());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(n));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(n * sizeof(std::int64_t)));
}

/// Integers below `range`, as a column of int64 hands them on.
void integer_summary(benchmark::State& state, std::uint64_t range, const NumericKernels& kernels) {
  constexpr std::size_t n = 1'000'000;
  std::mt19937_64 random(3);
  std::vector<std::int64_t> integers(n);
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    integers[i] = static_cast<std::int64_t>(random() % range);
    values[i] = static_cast<double>(integers[i]);
  }
  for (auto _ : state) {
    NumericAccumulator accumulator(8192, kernels);
    for (std::size_t i = 0; i < n; i += block_size) {
      const std::size_t size = std::min(block_size, n - i);
      accumulator.add({std::span(values).subspan(i, size), std::span(integers).subspan(i, size), false});
    }
    benchmark::DoNotOptimize(accumulator.finish());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(n));
}

std::string label(const char* pass, const char* shape, std::size_t n, int nan_percent, const char* isa) {
  return std::string(pass) + "/" + shape + "/rows:" + std::to_string(n) + "/nan:" + std::to_string(nan_percent) + "/" +
         isa;
}

void register_pass(const char* name, Pass pass, std::initializer_list<int> shapes) {
  const AvailableKernels available = available_kernels();
  for (const int shape : shapes) {
    for (const std::size_t n : {std::size_t{1'000'000}, std::size_t{10'000'000}}) {
      for (const int nan_percent : {0, 10}) {
        // Histograms take what is not finite only behind the scan of a whole summary.
        if (nan_percent > 0 && pass == &histogram) continue;
        for (std::size_t i = 0; i < available.size; ++i) {
          const NumericKernels& kernels = *available.list[i];
          benchmark::RegisterBenchmark(label(name, shape_names[shape], n, nan_percent, kernels.name).c_str(), run, pass,
                                       shape, n, nan_percent, kernels)
              ->Unit(benchmark::kMillisecond);
        }
      }
    }
  }
}

}  // namespace
}  // namespace driftline

int main(int argc, char** argv) {
  using namespace driftline;
  register_pass("numeric_summary", &numeric_summary, {normal, score, money, row_id, ten_values, zero_inflated});
  register_pass("histogram", &histogram, {normal, score, money, ten_values});
  register_pass("exact_sums", &exact_sums, {normal, score});
  register_pass("facts", &facts, {normal, zero_inflated});
  const AvailableKernels available = available_kernels();
  for (std::size_t i = 0; i < available.size; ++i) {
    const NumericKernels& kernels = *available.list[i];
    benchmark::RegisterBenchmark(label("integer_sample", "row_id", 1'000'000, 0, kernels.name).c_str(), sift, 1'000'000,
                                 kernels)
        ->Unit(benchmark::kMillisecond);
    for (const std::uint64_t range : {100u, 20'000u, 1'000'000u}) {
      const std::string below = "below_" + std::to_string(range);
      benchmark::RegisterBenchmark(label("integer_summary", below.c_str(), 1'000'000, 0, kernels.name).c_str(),
                                   integer_summary, range, kernels)
          ->Unit(benchmark::kMillisecond);
    }
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
