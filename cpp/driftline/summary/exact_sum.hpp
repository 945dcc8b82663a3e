// Sums of doubles, and of their squares, without rounding.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "driftline/base/wide.hpp"
#include "driftline/summary/numeric_kernels.hpp"

namespace driftline {

/// An integer number of units: 2^-1074 for a sum of doubles, 2^-2148 for a sum of squares.
///
/// Canonical: equal sums have equal members. Zero has no limbs and is not negative.
struct ExactSum {
  bool negative = false;
  std::vector<std::uint64_t> limbs;  ///< magnitude, least significant first, the last one nonzero

  bool operator==(const ExactSum&) const = default;
};

/// Exact a + b.
ExactSum add(const ExactSum& a, const ExactSum& b);

/// Correctly rounded (nearest, ties to even) sum / n. Requires n ≥ 1.
double rounded_mean(const ExactSum& sum, std::uint64_t n);

/// Correctly rounded square root of (Σx² − (Σx)²/n) / (n − 1). Requires n ≥ 2. nullopt when it is beyond the largest
/// double, which takes values near ±1.8e308 of both signs.
std::optional<double> rounded_std(const ExactSum& sum, const ExactSum& sum_of_squares, std::uint64_t n);

/// A wide two's complement integer: what it overflows with is the caller's business.
template <std::size_t n_words>
class WideInteger {
 public:
  /// Adds value·2^shift.
  void add(std::int64_t value, std::size_t shift);
  const std::array<std::uint64_t, n_words>& words() const { return words_; }

 private:
  std::array<std::uint64_t, n_words> words_{};
};

/// Adds doubles, and their squares, exactly. 2^64 values fit before anything could overflow. Not thread-safe.
///
/// Two ways, whose results are added up at the end. Kernels cut a block of values into limbs of 25 bits, and add up
/// limbs and products of limbs; 75 bits reach 21 binades below the largest value. What they leave, and blocks with
/// values near the largest double, go into one wide integer per binary exponent.
class SumAccumulator {
 public:
  explicit SumAccumulator(const NumericKernels& kernels = numeric_kernels()) : kernels_(&kernels) {}

  /// Adds the finite values; NaN and infinities are passed over.
  void add(std::span<const double> values);
  /// The same for at most kernel_rows finite values other than zero, with what is known of them.
  void add(std::span<const double> values, const BlockFacts& facts);
  /// Adds a finite value `count` times.
  void add(double value, std::uint64_t count);
  ExactSum sum() const;
  ExactSum sum_of_squares() const;

 private:
  // Significands are 53 bits, so 2^64 of them need 117; their squares are 106 bits and need 170.
  struct Bin {
    int128 sum = 0;
    uint128 square_low = 0;
    std::uint64_t square_high = 0;
  };

  static constexpr std::size_t group_size = 64;
  using Group = std::array<Bin, group_size>;

  Bin& bin_of(std::uint64_t exponent) {
    std::unique_ptr<Group>& group = groups_[exponent / group_size];
    if (!group) group = std::make_unique<Group>();
    return (*group)[exponent % group_size];
  }
  void add_to_bins(std::span<const double> values);
  void add_limbs(const LimbSums& sums, std::size_t unit);
  template <class Visit>
  void for_bins(const Visit& visit) const;

  const NumericKernels* kernels_;
  // By biased exponent, in groups that exist once they are used: real columns span few binades, and tables may have
  // thousands of columns.
  std::array<std::unique_ptr<Group>, 2048 / group_size> groups_;
  // From the kernels, in units of 2^-1074 and 2^-2148: 2098 and 4196 bits, 64 for the count, and a sign.
  WideInteger<34> wide_sum_;
  WideInteger<67> wide_squares_;
};

}  // namespace driftline
