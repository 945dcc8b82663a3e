#include "driftline/base/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace driftline {
namespace {

TEST(Random, NumbersAreAFunctionOfKeyAndCounter) {
  EXPECT_EQ(random_bits(1, 2), random_bits(1, 2));
  EXPECT_NE(random_bits(1, 2), random_bits(1, 3));
  EXPECT_NE(random_bits(1, 2), random_bits(2, 2));
}

TEST(Random, MomentsAreThoseOfTheLaw) {
  // The mean of 200,000 draws is off by more than six standard errors once in 5·10^8 keys.
  constexpr int draws = 200'000;
  const double six_errors = 6.0 / std::sqrt(draws);
  double uniform = 0.0, normal = 0.0, square = 0.0, rare = 0.0, common = 0.0;
  for (std::uint64_t i = 0; i < draws; ++i) {
    const double u = random_uniform(7, i);
    ASSERT_GT(u, 0.0);
    ASSERT_LT(u, 1.0);
    uniform += u;
    const double z = random_normal(8, i);
    normal += z;
    square += z * z;
    rare += random_poisson(9, i, 0.7);
    common += random_poisson(10, i, 200.0);
  }
  EXPECT_NEAR(uniform / draws, 0.5, six_errors * std::sqrt(1.0 / 12.0));
  EXPECT_NEAR(normal / draws, 0.0, six_errors);
  EXPECT_NEAR(square / draws, 1.0, six_errors * std::sqrt(2.0));
  EXPECT_NEAR(rare / draws, 0.7, six_errors * std::sqrt(0.7));
  EXPECT_NEAR(common / draws, 200.0, six_errors * std::sqrt(200.0));
}

}  // namespace
}  // namespace driftline
