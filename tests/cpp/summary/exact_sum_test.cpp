#include "driftline/summary/exact_sum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "shapes.hpp"

namespace driftline {
namespace {

// Wide enough for any sum of squares of doubles (4,300 bits) plus the count.
using Wide =
    boost::multiprecision::number<boost::multiprecision::cpp_bin_float<5000, boost::multiprecision::digit_base_2>>;

struct Sums {
  ExactSum sum;
  ExactSum squares;
};

Sums sums_of(const std::vector<double>& values) {
  SumAccumulator accumulator;
  accumulator.add(values);
  return {accumulator.sum(), accumulator.sum_of_squares()};
}

TEST(ExactSum, MeanAndStdAreCorrectlyRounded) {
  for (const auto& [name, values] : testing::shapes(5000)) {
    SCOPED_TRACE(name);
    Wide sum = 0;
    Wide squares = 0;
    for (const double x : values) {
      sum += Wide(x);
      squares += Wide(x) * Wide(x);
    }
    const Wide n = values.size();
    const Sums sums = sums_of(values);
    EXPECT_EQ(rounded_mean(sums.sum, values.size()), (sum / n).convert_to<double>());
    const Wide variance = (squares - sum * sum / n) / (n - 1);
    EXPECT_EQ(rounded_std(sums.sum, sums.squares, values.size()).value(), sqrt(variance).convert_to<double>());
  }
}

TEST(ExactSum, SplitsAndOrderLeaveNoTrace) {
  std::mt19937_64 random(3);
  for (auto [name, values] : testing::shapes(4000)) {
    const Sums whole = sums_of(values);
    std::shuffle(values.begin(), values.end(), random);
    const auto cut = values.begin() + 1234;
    const Sums left = sums_of({values.begin(), cut});
    const Sums right = sums_of({cut, values.end()});
    EXPECT_EQ(add(left.sum, right.sum), whole.sum) << name;
    EXPECT_EQ(add(left.squares, right.squares), whole.squares) << name;
  }
}

TEST(ExactSum, OppositeValuesCancelToTheEmptySum) {
  const double big = std::numeric_limits<double>::max();
  const double tiny = std::numeric_limits<double>::denorm_min();
  const Sums sums = sums_of({big, tiny, 1.5, -big, -1.5, -tiny});
  EXPECT_EQ(sums.sum, ExactSum{});
  EXPECT_EQ(rounded_mean(sums.sum, 6), 0.0);
}

TEST(ExactSum, ExtremesDoNotOverflow) {
  const double big = std::numeric_limits<double>::max();
  const Sums same = sums_of({big, big, big});
  EXPECT_EQ(rounded_mean(same.sum, 3), big);
  EXPECT_EQ(rounded_std(same.sum, same.squares, 3).value(), 0.0);
  const Sums opposite = sums_of({big, -big});
  EXPECT_EQ(rounded_mean(opposite.sum, 2), 0.0);
  EXPECT_FALSE(rounded_std(opposite.sum, opposite.squares, 2).has_value());  // √2 · max has no double
  const double tiny = std::numeric_limits<double>::denorm_min();
  const Sums smallest = sums_of({tiny, tiny, 0.0});
  EXPECT_EQ(rounded_mean(smallest.sum, 3), tiny);  // 2/3 of it rounds up
  const Sums one_of_three = sums_of({tiny, 0.0, 0.0});
  EXPECT_EQ(rounded_mean(one_of_three.sum, 3), 0.0);
}

// NIST StRD, univariate summary statistics: certified values.
TEST(ExactSum, NistNumAcc) {
  const Sums first = sums_of({10000001, 10000003, 10000002});
  EXPECT_EQ(rounded_mean(first.sum, 3), 10000002.0);
  EXPECT_EQ(rounded_std(first.sum, first.squares, 3).value(), 1.0);
  const auto alternating = [](double middle, double low, double high) {
    std::vector<double> values{middle};
    for (int i = 0; i < 500; ++i) values.insert(values.end(), {low, high});
    return values;
  };
  const Sums second = sums_of(alternating(1.2, 1.1, 1.3));
  EXPECT_EQ(rounded_mean(second.sum, 1001), 1.2);
  EXPECT_DOUBLE_EQ(rounded_std(second.sum, second.squares, 1001).value(), 0.1);
  const Sums third = sums_of(alternating(1000000.2, 1000000.1, 1000000.3));
  EXPECT_EQ(rounded_mean(third.sum, 1001), 1000000.2);
  EXPECT_DOUBLE_EQ(rounded_std(third.sum, third.squares, 1001).value(), 0.1000000000349246);
  const Sums fourth = sums_of(alternating(10000000.2, 10000000.1, 10000000.3));
  EXPECT_EQ(rounded_mean(fourth.sum, 1001), 10000000.2);
  EXPECT_DOUBLE_EQ(rounded_std(fourth.sum, fourth.squares, 1001).value(), 0.10000000055879354);
}

}  // namespace
}  // namespace driftline
