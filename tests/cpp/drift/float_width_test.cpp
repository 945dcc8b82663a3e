#include "driftline/drift/float_width.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "columns.hpp"
#include "driftline/drift/compare.hpp"
#include "summary/shapes.hpp"

namespace driftline {
namespace {

TEST(RoundToWidth, SingleIsTheCastToFloat) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200'000; ++i) {
    const double x =
        i % 2 == 0 ? std::bit_cast<double>(random()) : std::ldexp(static_cast<double>(random()), i % 300 - 220);
    if (!std::isfinite(x)) continue;
    const auto expected = static_cast<double>(static_cast<float>(x));
    ASSERT_EQ(round_to_width(x, FloatWidth::single), std::isfinite(expected) ? expected : x) << x;
  }
}

TEST(RoundToWidth, HalfHasElevenSignificantBits) {
  EXPECT_EQ(round_to_width(0.1, FloatWidth::half), 0x1.998p-4);     // 0x2E66
  EXPECT_EQ(round_to_width(1.0 + 0x1p-11, FloatWidth::half), 1.0);  // tie to even
  EXPECT_EQ(round_to_width(1.0 + 3 * 0x1p-11, FloatWidth::half), 1.0 + 0x1p-9);
  EXPECT_EQ(round_to_width(0x1p-24, FloatWidth::half), 0x1p-24);  // the smallest subnormal
  EXPECT_EQ(round_to_width(0x1p-26, FloatWidth::half), 0.0);
  EXPECT_EQ(round_to_width(1e6, FloatWidth::half), 1e6);  // no half is near
}

TEST(FloatWidth, IsTheWidestOfTheTypesNamed) {
  EXPECT_EQ(float_width("float32"), FloatWidth::single);
  EXPECT_EQ(float_width("Float32"), FloatWidth::single);
  EXPECT_EQ(float_width("float16"), FloatWidth::half);
  EXPECT_EQ(float_width("float16 | float32"), FloatWidth::single);
  EXPECT_EQ(float_width("float32 | int64"), FloatWidth::full);
  EXPECT_EQ(float_width("float64"), FloatWidth::full);
  EXPECT_EQ(float_width(""), FloatWidth::full);
}

TEST(RoundCells, AnExactHistogramBecomesThatOfTheRoundedValues) {
  const std::vector<double> values{0.1, 0.2, 0.3, 1.0 / 3.0, -2.0 / 3.0, 1e-9, 0.999999999, 12345.678, 12345.6780001};
  std::vector<double> rounded;
  for (const double x : values) rounded.push_back(round_to_width(x, FloatWidth::single));
  const ColumnProfile wide = testing::numeric_column(values);
  const ColumnProfile narrow = testing::numeric_column(rounded);
  const LogLinearHistogram result = round_cells(std::get<NumericSummary>(wide.summary).histogram, FloatWidth::single);
  EXPECT_EQ(result, std::get<NumericSummary>(narrow.summary).histogram);
}

TEST(WidthDiffers, TheSameRowsAtAnotherWidthMayBeEqual) {
  const std::vector<MethodSpec> methods{{Method::psi}, {Method::ks}, {Method::wasserstein}, {Method::total_variation}};
  for (const std::uint32_t resolution : {64u, 8192u}) {
    for (const auto& [name, values] : testing::shapes(20'000)) {
      std::vector<double> rounded;
      for (const double x : values) rounded.push_back(round_to_width(x, FloatWidth::single));
      const ColumnProfile wide = testing::numeric_column(values, "float64", resolution);
      const ColumnProfile narrow = testing::numeric_column(rounded, "float32", resolution);
      for (const auto& [a, b] : {std::pair(&wide, &narrow), std::pair(&narrow, &wide)}) {
        const Comparison found = compare_columns(*a, *b, methods);
        EXPECT_EQ(found.notes, std::vector<std::string>{"width_differs"});
        for (const Evidence& evidence : found.evidence) {
          if (!evidence.value) continue;
          EXPECT_EQ(*evidence.certified_low, 0.0) << name << ' ' << method_name(evidence.method);
        }
        EXPECT_GT(found.evidence[1].law->p_value().value(), 0.99) << name;
      }
    }
  }
}

}  // namespace
}  // namespace driftline
