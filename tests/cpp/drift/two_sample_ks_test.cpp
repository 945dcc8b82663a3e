#include "driftline/drift/two_sample_ks.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace driftline {
namespace {

// Expected values from SciPy's tests of ks_2samp.
TEST(ExactTwoSample, PublishedCases) {
  EXPECT_NEAR(exact_two_sample_above(2, 3, 1.0 / 3), 1.0, 1e-14);
  EXPECT_NEAR(exact_two_sample_above(2, 3, 2.0 / 3), 0.6, 1e-14);
  EXPECT_NEAR(exact_two_sample_above(2, 4, 0.5), 14.0 / 15, 1e-14);
  EXPECT_NEAR(exact_two_sample_above(2, 4, 0.75), 6.0 / 15, 1e-14);
  EXPECT_NEAR(exact_two_sample_above(100, 100, 0.03), 0.999999999996206, 1e-14);
  EXPECT_NEAR(exact_two_sample_above(100, 110, 232.0 / 1100) / 0.015739183865607353, 1.0, 1e-11);
}

TEST(ExactTwoSample, TinyProbabilitiesKeepTheirDigits) {
  // Of all C(400, 200) paths only the two along the border get as far as 1.
  const double paths = std::exp(std::lgamma(401.0) - 2.0 * std::lgamma(201.0));
  EXPECT_NEAR(exact_two_sample_above(200, 200, 1.0) * paths / 2.0, 1.0, 1e-9);
}

TEST(OneSample, AgreesWhereFormulasMeet) {
  // P(D ≥ d) is continuous in d, so both formulas have to agree at the border between them.
  for (const auto& [n, border] : {std::pair{140ull, std::sqrt(4.0 / 140)}, std::pair{5000ull, std::sqrt(2.2 / 5000)},
                                  std::pair{5000ull, std::pow(1.4 / 5000, 2.0 / 3)}}) {
    EXPECT_NEAR(one_sample_above(n, border * (1 - 1e-9)), one_sample_above(n, border * (1 + 1e-9)), 2e-6) << n;
  }
}

TEST(OneSample, FallsFromOneToZero) {
  for (const std::uint64_t n : {1ull, 2ull, 17ull, 141ull, 3000ull, 200'000ull, 3'000'000ull}) {
    double before = 1.0;
    for (int i = 0; i <= 60; ++i) {
      const double d = std::exp(std::log(0.4 / static_cast<double>(n)) * (1.0 - i / 60.0));
      const double here = one_sample_above(n, d);
      EXPECT_LE(here, before + 2e-6) << n << " " << d;
      EXPECT_GE(here, 0.0);
      before = here;
    }
    EXPECT_EQ(before, 0.0);
  }
}

}  // namespace
}  // namespace driftline
