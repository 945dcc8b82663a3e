// Comparing two finished profiles of a column: kernels of a numeric pair, and whole columns with the default methods.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "driftline/drift/bins.hpp"
#include "driftline/drift/compare.hpp"
#include "driftline/drift/gap_scan.hpp"

namespace driftline {
namespace {

constexpr std::size_t n_rows = 1'000'000;
constexpr double alpha = 0.05;

/// One value of each distribution. 0: normal, 1: lognormal cut to cents, 2: scores in (0, 1), 3: small counts
double draw(std::mt19937_64& random, std::int64_t distribution) {
  const double z = std::normal_distribution<double>()(random);
  switch (distribution) {
    case 0:
      return 50.0 + 12.0 * z;
    case 1:
      return std::round(100.0 * std::exp(4.0 + z)) / 100.0;
    case 2:
      return 1.0 / (1.0 + std::exp(-2.0 - 3.0 * z));
    default:
      return std::floor(std::abs(20.0 * z));
  }
}

ColumnProfile numbers(std::int64_t distribution, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  NumericAccumulator accumulator(8192);
  std::vector<double> values(4000);
  for (std::size_t row = 0; row < n_rows; row += values.size()) {
    for (double& value : values) value = draw(random, distribution);
    NumberBlock block;
    block.values = values;
    accumulator.add(block);
  }
  return {.name = "x",
          .kind = Kind::numeric,
          .type_name = "float64",
          .role = {},
          .reason = {},
          .n_rows = n_rows,
          .summary = accumulator.finish()};
}

ColumnProfile labels(std::int64_t n_labels, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  CategoryCounts counts(CategoryOptions{});
  for (std::int64_t i = 0; i < n_labels; ++i) {
    std::string label("label number ");
    label += std::to_string(i);
    counts.add({LabelTag::text, label}, 100 + random() % (n_rows / 1000));
  }
  CategorySummary summary = counts.finish();
  const std::uint64_t rows = summary.n_rows;
  return {.name = "label",
          .kind = Kind::categorical,
          .type_name = "string",
          .role = {},
          .reason = {},
          .n_rows = rows,
          .summary = std::move(summary)};
}

void report_cells(benchmark::State& state, const ColumnProfile& a, const ColumnProfile& b) {
  const auto cells = [](const ColumnProfile& column) {
    return std::get<NumericSummary>(column.summary).histogram.counts.size();
  };
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(cells(a) + cells(b)));
}

void scan_cells(benchmark::State& state) {
  const ColumnProfile reference = numbers(state.range(0), 1);
  const ColumnProfile current = numbers(state.range(0), 2);
  const NumericPair pair(reference, current);
  for (auto _ : state) benchmark::DoNotOptimize(scan_gaps(pair));
  report_cells(state, reference, current);
}

void count_in_bins(benchmark::State& state) {
  const ColumnProfile reference = numbers(state.range(0), 1);
  const ColumnProfile current = numbers(state.range(0), 2);
  const NumericPair pair(reference, current);
  for (auto _ : state) benchmark::DoNotOptimize(numeric_bins(pair, 10));
  report_cells(state, reference, current);
}

void compare_numbers(benchmark::State& state) {
  const ColumnProfile reference = numbers(state.range(0), 1);
  const ColumnProfile current = numbers(state.range(0), 2);
  const std::vector<MethodSpec> methods{{Method::psi, 10, false},
                                        {Method::ks, 10, false},
                                        {Method::wasserstein, 10, false},
                                        {Method::wasserstein_scaled, 10, false}};
  for (auto _ : state) benchmark::DoNotOptimize(compare_columns(reference, current, methods));
  report_cells(state, reference, current);
}

void compare_labels(benchmark::State& state) {
  const ColumnProfile reference = labels(state.range(0), 1);
  const ColumnProfile current = labels(state.range(0), 2);
  const std::vector<MethodSpec> methods{{Method::psi}, {Method::total_variation}, {Method::chi_square}};
  for (auto _ : state) benchmark::DoNotOptimize(compare_columns(reference, current, methods));
  state.SetItemsProcessed(state.iterations() * 2 * state.range(0));
}

/// What a decision asks of a column's law: p-values at both tolerances, of no change, and below the lower one.
void ask_law(benchmark::State& state, const ColumnProfile& reference, const ColumnProfile& current) {
  const Comparison comparison = compare_columns(reference, current, {{Method::psi}});
  const SamplingLaw& law = *comparison.evidence[0].law;
  for (auto _ : state) {
    benchmark::DoNotOptimize(law.p_above(0.1));
    benchmark::DoNotOptimize(law.p_above(0.25));
    benchmark::DoNotOptimize(law.p_value());
    benchmark::DoNotOptimize(law.p_below(0.1));
    if (state.range(1) != 0) benchmark::DoNotOptimize(law.interval(1.0 - 2.0 * alpha));
  }
}

void ask_law_of_numbers(benchmark::State& state) {
  ask_law(state, numbers(state.range(0), 1), numbers(state.range(0), 2));
}

void ask_law_of_labels(benchmark::State& state) {
  ask_law(state, labels(state.range(0), 1), labels(state.range(0), 2));
}

BENCHMARK(scan_cells)->ArgName("distribution")->DenseRange(0, 3);
BENCHMARK(count_in_bins)->ArgName("distribution")->DenseRange(0, 3);
BENCHMARK(compare_numbers)->ArgName("distribution")->DenseRange(0, 3);
BENCHMARK(compare_labels)->ArgName("labels")->Arg(10)->Arg(500)->Arg(10'000);
BENCHMARK(ask_law_of_numbers)->ArgNames({"distribution", "interval"})->Args({0, 0})->Args({0, 1});
BENCHMARK(ask_law_of_labels)
    ->ArgNames({"labels", "interval"})
    ->Args({10, 0})
    ->Args({10, 1})
    ->Args({500, 0})
    ->Args({500, 1});

}  // namespace
}  // namespace driftline
