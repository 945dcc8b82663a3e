// The distribution functions under the sampling laws, against series and other forms.
#include <gtest/gtest.h>

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/poisson.hpp>
#include <cmath>
#include <cstdint>

#include "driftline/drift/kolmogorov.hpp"
#include "driftline/drift/noncentral_chi_square.hpp"
#include "driftline/drift/proportions.hpp"

namespace driftline {
namespace {

TEST(Kolmogorov, HasThePublishedQuantiles) {
  EXPECT_NEAR(kolmogorov_above(1.0), 0.26999967, 5e-9);
  // Rounding x in the seventh place moves Q by up to 5e-8 times its slope, which is below 0.3 here.
  EXPECT_NEAR(kolmogorov_above(1.3580986), 0.05, 1.5e-8);
  EXPECT_NEAR(kolmogorov_above(1.6276236), 0.01, 1.5e-8);
  EXPECT_NEAR(kolmogorov_quantile(0.05), 1.3580986, 5e-8);
  EXPECT_EQ(kolmogorov_above(0.0), 1.0);
  EXPECT_EQ(kolmogorov_above(-1.0), 1.0);
}

TEST(Kolmogorov, BothSeriesAgreeWhereTheyMeet) {
  // Below 1 the theta form 1 − √(2π)/x Σ exp(−(2k−1)²π²/(8x²)) converges fast.
  for (double x = 0.3; x < 2.5; x += 0.05) {
    double sum = 0.0;
    for (int k = 1; k <= 50; ++k) sum += std::exp(-std::pow((2 * k - 1) * M_PI / x, 2.0) / 8.0);
    EXPECT_NEAR(kolmogorov_above(x), 1.0 - std::sqrt(2.0 * M_PI) / x * sum, 1e-12) << x;
  }
}

/// The noncentral distribution as a Poisson mixture of central ones.
double mixture_above(double x, double df, double noncentrality) {
  double sum = 0.0;
  const boost::math::poisson_distribution<double> weights(0.5 * noncentrality);
  for (int k = 0; k < 3000; ++k) {
    const boost::math::chi_squared_distribution<double> central(df + 2.0 * k);
    sum += pdf(weights, k) * cdf(complement(central, x));
  }
  return sum;
}

TEST(NoncentralChiSquare, IsAPoissonMixtureOfCentralOnes) {
  for (const double df : {1.0, 9.0, 24.0}) {
    for (const double noncentrality : {0.5, 10.0, 300.0}) {
      for (const double shift : {-2.0, 0.0, 2.0}) {
        const double x = df + noncentrality + shift * std::sqrt(2.0 * (df + 2.0 * noncentrality));
        if (x <= 0.0) continue;
        const double above = mixture_above(x, df, noncentrality);
        EXPECT_NEAR(noncentral_chi_square_above(x, df, noncentrality), above, 1e-8);
        EXPECT_NEAR(noncentral_chi_square_below(x, df, noncentrality), 1.0 - above, 1e-8);
      }
    }
  }
}

TEST(NoncentralChiSquare, TheNoncentralityIsTheInverse) {
  for (const double x : {5.0, 40.0, 900.0, 1e5}) {
    for (const double probability : {0.001, 0.05, 0.5}) {
      const double upper = noncentrality_for_above(x, 9.0, probability);
      if (upper > 0.0) {
        EXPECT_NEAR(noncentral_chi_square_above(x, 9.0, upper), probability, 1e-6);
      }
      const double lower = noncentrality_for_below(x, 9.0, probability);
      if (lower > 0.0) {
        EXPECT_NEAR(noncentral_chi_square_below(x, 9.0, lower), probability, 1e-6);
      }
    }
  }
}

TEST(Proportions, LimitsAreWhereTheBinomialTailIsAlpha) {
  for (const std::uint64_t rows : {20u, 300u, 100'000u}) {
    for (const std::uint64_t count : {std::uint64_t{0}, std::uint64_t{1}, rows / 3, rows - 1, rows}) {
      for (const double alpha : {0.001, 0.05}) {
        const double low = share_lower_limit({count, rows}, alpha);
        const double high = share_upper_limit({count, rows}, alpha);
        const double n = static_cast<double>(rows);
        const double k = static_cast<double>(count);
        if (count > 0) {
          EXPECT_NEAR(cdf(complement(boost::math::binomial_distribution<double>(n, low), k - 1.0)), alpha, 1e-8);
        } else {
          EXPECT_EQ(low, 0.0);
        }
        if (count < rows) {
          EXPECT_NEAR(cdf(boost::math::binomial_distribution<double>(n, high), k), alpha, 1e-8);
        } else {
          EXPECT_EQ(high, 1.0);
        }
      }
    }
  }
}

TEST(Proportions, LimitsOfHugeSamplesAreFinite) {
  const double high = share_upper_limit(1e14, 1e15, 0.01);
  EXPECT_GT(high, 0.1);
  EXPECT_LT(high, 0.1000001);
}

}  // namespace
}  // namespace driftline
