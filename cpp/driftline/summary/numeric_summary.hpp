// Everything a profile keeps about the numbers of one column.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "driftline/column/read_numbers.hpp"
#include "driftline/summary/exact_sum.hpp"
#include "driftline/summary/integer_sample.hpp"
#include "driftline/summary/log_linear_histogram.hpp"
#include "driftline/summary/numeric_kernels.hpp"

namespace driftline {

/// A function of the multiset of values: order, splits and threads leave no trace.
struct NumericSummary {
  std::uint64_t n_valid = 0;  ///< finite values
  std::uint64_t n_nan = 0;
  std::uint64_t n_pos_inf = 0;
  std::uint64_t n_neg_inf = 0;
  std::uint64_t n_zero = 0;
  std::uint64_t n_negative = 0;
  double min = 0.0;  ///< of the finite values; 0 when there is none. −0.0 is 0
  double max = 0.0;
  ExactSum sum;                  ///< of x
  ExactSum sum_of_squares;       ///< of x²
  LogLinearHistogram histogram;  ///< of the finite values
  /// Sample of the distinct values; absent as soon as one finite value is not an integer in the range of int64 and
  /// uint64, so integers have it whatever type carries them.
  std::optional<IntegerSample> integers;

  /// Correctly rounded mean; nullopt without values.
  std::optional<double> mean() const;
  /// Correctly rounded sample standard deviation (n − 1); nullopt with fewer than two values.
  std::optional<double> std() const;

  bool operator==(const NumericSummary&) const = default;
};

/// The summary of both multisets together. Throws OptionError when the resolutions differ.
NumericSummary merge(const NumericSummary& a, const NumericSummary& b);

/// Builds a NumericSummary block by block. Not thread-safe; use one per thread and `merge` what they give.
class NumericAccumulator {
 public:
  /// `resolution`: at least min_resolution. The kernels change how fast it is, never the result.
  explicit NumericAccumulator(std::uint32_t resolution, const NumericKernels& kernels = numeric_kernels());
  ~NumericAccumulator();
  NumericAccumulator(NumericAccumulator&&) noexcept;
  NumericAccumulator& operator=(NumericAccumulator&&) noexcept;

  /// Adds at most 4096 values.
  void add(const NumberBlock& block);
  /// Adds the values of a finished summary of the same resolution; throws OptionError for another one.
  void merge(const NumericSummary& other);
  NumericSummary finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace driftline
