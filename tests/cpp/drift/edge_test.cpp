// Where bins are cut.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>

#include "driftline/drift/bins.hpp"

namespace driftline {
namespace {

TEST(EdgeBetween, TakesTheSimplestNumberInTheMiddleHalf) {
  EXPECT_EQ(edge_between(1.0, 2.0), 1.5);
  EXPECT_EQ(edge_between(0.1, 1000.0), 256.0);
  EXPECT_EQ(edge_between(3.0, 4.0), 3.5);
  EXPECT_EQ(edge_between(10.0, 11.0), 10.5);
}

TEST(EdgeBetween, TakesTheNextDoubleWhereCellsAreClosedAtTheTop) {
  EXPECT_EQ(edge_between(-2.0, -1.0), std::nextafter(-1.5, 0.0));
  EXPECT_EQ(edge_between(0.5, 1.0), std::nextafter(0.75, 1.0));
}

TEST(EdgeBetween, IsTheUpperOneOfNeighbours) {
  for (const double below : {1.0, 0.3, -7.0, 0.7, 0.0}) {
    const double above = std::nextafter(below, INFINITY);
    EXPECT_EQ(edge_between(below, above), above);
  }
}

TEST(EdgeBetween, SeparatesAnyTwoNumbers) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 100'000; ++i) {
    double a = std::bit_cast<double>(random());
    double b = i % 2 == 0 ? std::bit_cast<double>(random()) : a * (1.0 + 1e-9 * static_cast<double>(random() % 1000));
    if (!std::isfinite(a) || !std::isfinite(b) || a == b) continue;
    if (a > b) std::swap(a, b);
    const double edge = edge_between(a, b);
    ASSERT_LT(a, edge);
    ASSERT_LE(edge, b);
  }
}

TEST(EdgeBetween, KeepsFloat32WhereFloat64IsCut) {
  // 0.1 and 0.2 as float32 fall on the same sides of the edge as 0.1 and 0.2.
  const double edge = edge_between(0.1, 0.2);
  EXPECT_LT(static_cast<double>(0.1f), edge);
  EXPECT_GT(static_cast<double>(0.2f), edge);
}

}  // namespace
}  // namespace driftline
