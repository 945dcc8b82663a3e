#include "driftline/summary/numeric_summary.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>
#include <span>

#include "driftline/summary/histogram_accumulator.hpp"

namespace driftline {
namespace {

constexpr std::size_t block_size = 4096;
constexpr double two_63 = 0x1p63;
constexpr double two_64 = 0x1p64;
constexpr std::int64_t largest_exact = std::int64_t{1} << 53;

/// The integer equal to `x` as an IntegerSample writes it; nullopt if there is none in range.
struct Integer {
  std::int64_t value;
  bool is_unsigned;
};

std::optional<Integer> as_integer(double x) {
  if (x >= -two_63 && x < two_63) {
    const auto value = static_cast<std::int64_t>(x);
    if (static_cast<double>(value) != x) return std::nullopt;
    return Integer{value, false};
  }
  // Every double of this size is an integer.
  if (x >= two_63 && x < two_64) return Integer{std::bit_cast<std::int64_t>(static_cast<std::uint64_t>(x)), true};
  return std::nullopt;
}

struct Specials {
  std::uint64_t n_zero = 0;
  std::uint64_t n_not_finite = 0;
};

/// Written on the bits so that it runs a vector at a time.
Specials count_specials(std::span<const double> values) {
  constexpr std::uint64_t infinity_without_sign = std::uint64_t{0x7FF} << 53;
  Specials specials;
  for (const double x : values) {
    const std::uint64_t shifted = std::bit_cast<std::uint64_t>(x) << 1;
    specials.n_zero += static_cast<std::uint64_t>(shifted == 0);
    specials.n_not_finite += static_cast<std::uint64_t>(shifted >= infinity_without_sign);
  }
  return specials;
}

/// Moves the values that are not zero to the front of `kept`, which may hold `values` itself.
std::span<const double> without_zeros(std::span<const double> values, std::span<double> kept) {
  std::size_t n = 0;
  for (const double x : values) {
    kept[n] = x;
    n += x != 0.0;
  }
  return kept.first(n);
}

/// Smallest and largest. Four of each, because one chain of comparisons would wait for itself.
std::pair<double, double> range_of(std::span<const double> values) {
  std::array<double, 4> low;
  std::array<double, 4> high;
  low.fill(values.front());
  high.fill(values.front());
  std::size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) {
      low[lane] = std::min(low[lane], values[i + lane]);
      high[lane] = std::max(high[lane], values[i + lane]);
    }
  }
  for (; i < values.size(); ++i) {
    low[0] = std::min(low[0], values[i]);
    high[0] = std::max(high[0], values[i]);
  }
  return {*std::min_element(low.begin(), low.end()), *std::max_element(high.begin(), high.end())};
}

/// The sample of an exact histogram of integers.
IntegerSample sample_of(const LogLinearHistogram& histogram) {
  IntegerSampler sampler;
  for (const Cell& cell : cells(histogram)) {
    const Integer integer = as_integer(cell.low).value();
    sampler.add(integer.value, integer.is_unsigned, cell.count);
  }
  return sampler.finish();
}

}  // namespace

struct NumericAccumulator::State {
  explicit State(std::uint32_t resolution) : histogram(resolution) {}

  std::span<const double> take_finite(std::span<const double> values, std::span<double> kept);
  void sample(const NumberBlock& block, std::span<const double> finite);
  void sample_integers(const NumberBlock& block);
  void add_to_sampler(std::span<const double> values);
  void widen(double low, double high);
  void add_zeros(std::uint64_t n);
  void add_nonzero(std::span<const double> values);

  NumericSummary counts;  // the counters and extremes; the other members are made by finish()
  SumAccumulator sums;
  HistogramAccumulator histogram;
  // While the histogram is exact and its integers are, the sample can be read off its cells, so `sampler` is empty.
  bool integral = true;
  std::optional<IntegerSampler> sampler;
  std::optional<NumericSummary> merged;
};

NumericAccumulator::NumericAccumulator(std::uint32_t resolution) : state_(std::make_unique<State>(resolution)) {}
NumericAccumulator::~NumericAccumulator() = default;
NumericAccumulator::NumericAccumulator(NumericAccumulator&&) noexcept = default;
NumericAccumulator& NumericAccumulator::operator=(NumericAccumulator&&) noexcept = default;

void NumericAccumulator::add(const NumberBlock& block) {
  assert(block.values.size() <= block_size);
  const Specials specials = count_specials(block.values);
  std::array<double, block_size> kept;
  std::span<const double> values = block.values;
  if (specials.n_not_finite > 0) values = state_->take_finite(values, kept);
  state_->sample(block, values);
  if (specials.n_zero > 0) {
    state_->add_zeros(specials.n_zero);
    values = without_zeros(values, kept);
  }
  state_->add_nonzero(values);
}

void NumericAccumulator::merge(const NumericSummary& other) {
  state_->merged = state_->merged ? driftline::merge(*state_->merged, other) : other;
}

/// Counts what is not finite and moves the rest to `kept`.
std::span<const double> NumericAccumulator::State::take_finite(std::span<const double> values, std::span<double> kept) {
  std::size_t n = 0;
  for (const double x : values) {
    kept[n] = x;
    n += std::isfinite(x);
    counts.n_nan += std::isnan(x);
    counts.n_pos_inf += x == std::numeric_limits<double>::infinity();
    counts.n_neg_inf += x == -std::numeric_limits<double>::infinity();
  }
  return kept.first(n);
}

void NumericAccumulator::State::sample(const NumberBlock& block, std::span<const double> finite) {
  if (!integral) return;
  if (!block.integers.empty()) return sample_integers(block);
  if (!std::all_of(finite.begin(), finite.end(), [](double x) { return as_integer(x).has_value(); })) {
    integral = false;
    sampler.reset();
  } else if (sampler) {
    add_to_sampler(finite);
  }
}

void NumericAccumulator::State::sample_integers(const NumberBlock& block) {
  const auto fits_a_double = [&block](std::int64_t x) {
    return x <= largest_exact && x >= (block.integers_are_unsigned ? 0 : -largest_exact);
  };
  // Integers that a double cannot hold must be sampled before they are rounded; others can wait in the cells.
  if (!sampler && !std::all_of(block.integers.begin(), block.integers.end(), fits_a_double)) {
    sampler.emplace(sample_of(histogram.uncut()));
  }
  if (!sampler) return;
  for (const std::int64_t x : block.integers) sampler->add(x, block.integers_are_unsigned && x < 0);
}

void NumericAccumulator::State::add_to_sampler(std::span<const double> values) {
  for (const double x : values) {
    const Integer integer = as_integer(x).value();
    sampler->add(integer.value, integer.is_unsigned);
  }
}

void NumericAccumulator::State::widen(double low, double high) {
  counts.min = counts.n_valid == 0 ? low : std::min(counts.min, low);
  counts.max = counts.n_valid == 0 ? high : std::max(counts.max, high);
}

void NumericAccumulator::State::add_zeros(std::uint64_t n) {
  widen(0.0, 0.0);
  counts.n_valid += n;
  counts.n_zero += n;
  histogram.add_zeros(n);
}

void NumericAccumulator::State::add_nonzero(std::span<const double> values) {
  if (values.empty()) return;
  const auto [low, high] = range_of(values);
  widen(low, high);
  counts.n_valid += values.size();
  for (const double x : values) counts.n_negative += std::bit_cast<std::uint64_t>(x) >> 63;
  sums.add(values);
  histogram.add(values, [this](std::span<const double> not_yet_added) {
    if (!integral || sampler) return;
    sampler.emplace(sample_of(histogram.uncut()));
    add_to_sampler(not_yet_added);
  });
}

NumericSummary NumericAccumulator::finish() const {
  NumericSummary result = state_->counts;
  result.sum = state_->sums.sum();
  result.sum_of_squares = state_->sums.sum_of_squares();
  result.histogram = state_->histogram.finish();
  if (state_->integral)
    result.integers = state_->sampler ? state_->sampler->finish() : sample_of(state_->histogram.uncut());
  return state_->merged ? driftline::merge(result, *state_->merged) : result;
}

std::optional<double> NumericSummary::mean() const {
  if (n_valid == 0) return std::nullopt;
  return rounded_mean(sum, n_valid);
}

std::optional<double> NumericSummary::std() const {
  if (n_valid < 2) return std::nullopt;
  return rounded_std(sum, sum_of_squares, n_valid);
}

NumericSummary merge(const NumericSummary& a, const NumericSummary& b) {
  NumericSummary result;
  result.n_valid = a.n_valid + b.n_valid;
  result.n_nan = a.n_nan + b.n_nan;
  result.n_pos_inf = a.n_pos_inf + b.n_pos_inf;
  result.n_neg_inf = a.n_neg_inf + b.n_neg_inf;
  result.n_zero = a.n_zero + b.n_zero;
  result.n_negative = a.n_negative + b.n_negative;
  result.min = a.n_valid == 0 ? b.min : b.n_valid == 0 ? a.min : std::min(a.min, b.min);
  result.max = a.n_valid == 0 ? b.max : b.n_valid == 0 ? a.max : std::max(a.max, b.max);
  result.sum = add(a.sum, b.sum);
  result.sum_of_squares = add(a.sum_of_squares, b.sum_of_squares);
  result.histogram = merge(a.histogram, b.histogram);
  if (a.integers && b.integers) result.integers = merge(*a.integers, *b.integers);
  return result;
}

}  // namespace driftline
