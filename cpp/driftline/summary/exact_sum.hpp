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

/// Adds doubles exactly: one wide integer per binary exponent, so that adding a value is a few integer instructions.
/// 2^64 values fit before anything could overflow.
class SumAccumulator {
 public:
  /// Adds finite values. Neither NaN nor infinity may come.
  void add(std::span<const double> values);
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
  template <class Visit>
  void for_bins(const Visit& visit) const;

  // By biased exponent, in groups that exist once they are used: real columns span few binades, and tables may have
  // thousands of columns.
  std::array<std::unique_ptr<Group>, 2048 / group_size> groups_;
};

}  // namespace driftline
