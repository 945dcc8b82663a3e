#include "driftline/summary/numeric_summary.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "driftline/summary/histogram_accumulator.hpp"
#include "driftline/summary/integer_counts.hpp"

namespace driftline {
namespace {

constexpr std::size_t block_size = 4096;
constexpr double two_63 = 0x1p63;
constexpr double two_64 = 0x1p64;

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

std::uint64_t n_not_finite(const BlockFacts& facts) { return facts.n_nan + facts.n_pos_inf + facts.n_neg_inf; }

/// Writes the finite values as integers. False when one of them is not: then there is no telling what was written.
bool to_integers(std::span<const double> values, const BlockFacts& facts, std::span<std::int64_t> integers) {
  if (facts.low < -two_63 || facts.high >= two_63) return false;
  bool all = true;
  for (std::size_t i = 0; i < values.size(); ++i) {
    integers[i] = static_cast<std::int64_t>(values[i]);
    all &= static_cast<double>(integers[i]) == values[i];
  }
  return all;
}

bool all_fit_doubles(std::span<const std::int64_t> integers, bool are_unsigned) {
  constexpr std::uint64_t largest = std::uint64_t{1} << 53;
  const std::uint64_t shift = are_unsigned ? 0 : largest;
  std::uint64_t seen = 0;  // without a branch, so that it runs several at a time
  for (const std::int64_t x : integers) seen |= static_cast<std::uint64_t>(x) + shift;
  return seen < largest + shift;
}

/// The sample of an exact histogram; nullopt when one of its values is not an integer.
std::optional<IntegerSampler> sampler_of(std::span<const Cell> exact) {
  IntegerSampler sampler;
  for (const Cell& cell : exact) {
    const std::optional<Integer> integer = as_integer(cell.low);
    if (!integer) return std::nullopt;
    sampler.add(integer->value, integer->is_unsigned, cell.count);
  }
  return sampler;
}

/// Adds what the cells of an exact histogram tell.
void add_cells(std::span<const Cell> exact, NumericSummary& counts, SumAccumulator& sums) {
  for (const Cell& cell : exact) {
    if (counts.n_valid == 0) counts.min = cell.low;
    counts.max = cell.low;
    counts.n_valid += cell.count;
    counts.n_zero += cell.low == 0.0 ? cell.count : 0;
    counts.n_negative += cell.low < 0.0 ? cell.count : 0;
    sums.add(cell.low, cell.count);
  }
}

}  // namespace

struct NumericAccumulator::State {
  State(std::uint32_t resolution_, const NumericKernels& chosen)
      : kernels(&chosen), resolution(resolution_), sums(chosen), histogram(resolution_, chosen) {}

  void add(const NumberBlock& block);
  void leave_close_integers();
  NumericSummary summary_of_close_integers() const;
  NumericSummary summary_of_others() const;
  void sample(const NumberBlock& block, const BlockFacts& facts);
  void sample_integers(std::span<const std::int64_t> integers, bool are_unsigned);
  void sample_doubles(std::span<const double> values, const BlockFacts& facts);
  void leave_cells(const LogLinearHistogram& counted, std::span<const double> waiting, std::span<const double> last);
  void sample_cells(std::span<const Cell> exact);
  void add_facts(std::span<const double> values, const BlockFacts& facts);

  const NumericKernels* kernels;
  std::uint32_t resolution;
  // While the histogram is exact, its cells tell all but the counts of what is not finite; then these go on from there.
  NumericSummary counts;  // the counters and extremes; the other members are made by finish()
  SumAccumulator sums;
  HistogramAccumulator histogram;
  // Integers that lie close together, as long as no others came; they are in nothing else.
  IntegerCounts close_integers;
  bool has_others = false;
  // The sample, too, can be read off the cells, as long as no integer came that a double cannot hold.
  bool integral = true;
  std::optional<IntegerSampler> sampler;
  std::optional<NumericSummary> merged;
};

NumericAccumulator::NumericAccumulator(std::uint32_t resolution, const NumericKernels& kernels)
    : state_(std::make_unique<State>(resolution, kernels)) {}
NumericAccumulator::~NumericAccumulator() = default;
NumericAccumulator::NumericAccumulator(NumericAccumulator&&) noexcept = default;
NumericAccumulator& NumericAccumulator::operator=(NumericAccumulator&&) noexcept = default;

void NumericAccumulator::add(const NumberBlock& block) {
  assert(block.values.size() <= block_size);
  if (block.integers.empty()) return state_->add(block);
  const std::size_t n_close = state_->close_integers.add(block.integers, block.integers_are_unsigned);
  if (n_close == block.values.size()) return;
  state_->leave_close_integers();
  state_->add({block.values.subspan(n_close), block.integers.subspan(n_close), block.integers_are_unsigned});
}

/// Called when integers come that lie elsewhere: few rows are better off with them.
void NumericAccumulator::State::leave_close_integers() {
  constexpr std::uint64_t few = 131'072;
  if (close_integers.n_rows() == 0 || close_integers.n_rows() > few) return;
  std::vector<std::int64_t> integers;
  std::vector<double> values;
  const auto hand_on = [&] {
    add({values, integers, false});
    values.clear();
    integers.clear();
  };
  std::exchange(close_integers, IntegerCounts::closed()).for_each([&](std::int64_t value, std::uint64_t count) {
    for (; count > 0; --count) {
      integers.push_back(value);
      values.push_back(static_cast<double>(value));
      if (values.size() == block_size) hand_on();
    }
  });
  if (!values.empty()) hand_on();
}

void NumericAccumulator::State::add(const NumberBlock& block) {
  has_others = true;
  BlockFacts facts;
  kernels->scan(block.values.data(), block.values.size(), &facts);
  counts.n_nan += facts.n_nan;
  counts.n_pos_inf += facts.n_pos_inf;
  counts.n_neg_inf += facts.n_neg_inf;
  sample(block, facts);
  histogram.add_zeros(facts.n_zero);
  std::array<double, block_size> kept;
  std::span<const double> values = block.values;
  if (facts.n_zero + n_not_finite(facts) > 0) {
    values = std::span(kept).first(kernels->keep(values.data(), values.size(), kept.data()));
  }
  if (!histogram.exact()) add_facts(values, facts);
  histogram.add(values, [this](const auto& counted, auto waiting, auto last) { leave_cells(counted, waiting, last); });
}

void NumericAccumulator::merge(const NumericSummary& other) {
  state_->merged = state_->merged ? driftline::merge(*state_->merged, other) : other;
}

void NumericAccumulator::State::sample(const NumberBlock& block, const BlockFacts& facts) {
  if (!integral) return;
  if (!block.integers.empty()) return sample_integers(block.integers, block.integers_are_unsigned);
  // Without a sampler the cells will tell whether all were integers.
  if (sampler || !histogram.exact()) sample_doubles(block.values, facts);
}

void NumericAccumulator::State::sample_integers(std::span<const std::int64_t> integers, bool are_unsigned) {
  if (!sampler) {
    // Integers that a double cannot hold must be sampled before they are rounded; others can wait in the cells.
    if (all_fit_doubles(integers, are_unsigned)) return;
    sample_cells(cells(histogram.uncut()));
  }
  if (sampler) sampler->add(integers, are_unsigned, *kernels);
}

void NumericAccumulator::State::sample_doubles(std::span<const double> values, const BlockFacts& facts) {
  std::array<double, block_size> finite;
  if (n_not_finite(facts) > 0) {
    std::size_t n = 0;
    for (const double x : values) {
      finite[n] = x;
      n += static_cast<std::size_t>(std::isfinite(x));
    }
    values = std::span(finite).first(n);
  }
  std::array<std::int64_t, block_size> integers;
  if (to_integers(values, facts, integers)) {
    return sampler->add(std::span(integers).first(values.size()), false, *kernels);
  }
  for (const double x : values) {
    const std::optional<Integer> integer = as_integer(x);
    if (!integer) {
      integral = false;
      sampler.reset();
      return;
    }
    sampler->add(integer->value, integer->is_unsigned);
  }
}

/// Called when the cells of the histogram are about to be joined: takes what they alone tell, and adds the rest.
void NumericAccumulator::State::leave_cells(const LogLinearHistogram& counted, std::span<const double> waiting,
                                            std::span<const double> last) {
  const std::vector<Cell> exact = cells(counted);
  add_cells(exact, counts, sums);
  const bool must_sample = integral && !sampler;
  if (must_sample) sample_cells(exact);
  for (std::span<const double> values : {waiting, last}) {
    while (!values.empty()) {
      const std::span<const double> block = values.first(std::min(values.size(), block_size));
      values = values.subspan(block.size());
      BlockFacts facts;
      kernels->scan(block.data(), block.size(), &facts);
      if (must_sample && integral) sample_doubles(block, facts);
      add_facts(block, facts);
    }
  }
}

void NumericAccumulator::State::sample_cells(std::span<const Cell> exact) {
  sampler = sampler_of(exact);
  integral = sampler.has_value();
}

void NumericAccumulator::State::add_facts(std::span<const double> values, const BlockFacts& facts) {
  // `values` are those that are finite and not zero.
  const double low = facts.n_zero > 0 ? std::min(facts.low, 0.0) : facts.low;
  const double high = facts.n_zero > 0 ? std::max(facts.high, 0.0) : facts.high;
  if (low > high) return;  // nothing finite
  counts.min = counts.n_valid == 0 ? low : std::min(counts.min, low);
  counts.max = counts.n_valid == 0 ? high : std::max(counts.max, high);
  counts.n_valid += values.size() + facts.n_zero;
  counts.n_zero += facts.n_zero;
  counts.n_negative += facts.n_negative;
  sums.add(values, facts);
}

NumericSummary NumericAccumulator::State::summary_of_others() const {
  NumericSummary result = counts;
  if (histogram.exact()) {
    LogLinearHistogram uncut = histogram.uncut();
    const std::vector<Cell> exact = cells(uncut);
    SumAccumulator of_cells(*kernels);
    add_cells(exact, result, of_cells);
    result.sum = of_cells.sum();
    result.sum_of_squares = of_cells.sum_of_squares();
    if (integral) {
      const std::optional<IntegerSampler> of_all = sampler ? sampler : sampler_of(exact);
      if (of_all) result.integers = of_all->finish();
    }
    result.histogram = canonical(std::move(uncut));
  } else {
    result.sum = sums.sum();
    result.sum_of_squares = sums.sum_of_squares();
    result.histogram = histogram.finish();
    if (sampler) result.integers = sampler->finish();
  }
  return result;
}

NumericSummary NumericAccumulator::State::summary_of_close_integers() const {
  std::vector<Cell> exact;
  close_integers.for_each([&exact](std::int64_t value, std::uint64_t count) {
    const auto x = static_cast<double>(value);
    exact.push_back({x, x, count});
  });
  NumericSummary result;
  SumAccumulator of_cells(*kernels);
  add_cells(exact, result, of_cells);
  result.sum = of_cells.sum();
  result.sum_of_squares = of_cells.sum_of_squares();
  result.integers = sampler_of(exact)->finish();
  result.histogram = canonical(exact_histogram(exact, resolution));
  return result;
}

NumericSummary NumericAccumulator::finish() const {
  std::optional<NumericSummary> result = state_->merged;
  const auto add = [&result](NumericSummary part) {
    result = result ? driftline::merge(*result, part) : std::move(part);
  };
  if (state_->close_integers.n_rows() > 0) add(state_->summary_of_close_integers());
  if (!result || state_->has_others) add(state_->summary_of_others());
  return *result;
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
