// One walk over both histograms, against a plain loop over the list of their common cells.
#include "driftline/drift/gap_scan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "columns.hpp"
#include "driftline/drift/gap_block.hpp"
#include "summary/shapes.hpp"

namespace driftline {
namespace {

double positive_part(double a, double b) {
  if (a >= 0.0 && b >= 0.0) return 0.5 * (a + b);
  if (a <= 0.0 && b <= 0.0) return 0.0;
  const double top = std::max(a, b);
  return 0.5 * top * top / std::abs(a - b);
}

/// What scan_gaps finds, cell by cell as it is defined.
GapScan plain_scan(const NumericPair& pair) {
  const PairCells common = pair.common();
  const double n = pair.n();
  const double m = pair.m();
  GapScan scan;
  const double outermost = std::max(std::abs(common.cells.front().low), std::abs(common.cells.back().high));
  scan.unit = outermost > 1e300 ? 0x1p-20 : outermost < 1e-200 ? 0x1p600 : 1.0;
  double before = 0.0;
  for (std::size_t i = 0; i < common.cells.size(); ++i) {
    const CommonCell& cell = common.cells[i];
    const double highest = before + static_cast<double>(cell.reference) * m;
    const double lowest = before - static_cast<double>(cell.current) * n;
    const double after = highest - static_cast<double>(cell.current) * n;
    if (std::abs(after) > std::abs(scan.largest)) {
      scan.largest = after;
      scan.location = cell.high;
    }
    scan.possible = std::max(scan.possible, is_one_value(cell) ? std::abs(after) : std::max(highest, -lowest));
    const double width = (cell.high * scan.unit - cell.low * scan.unit) * (1.0 / (n * m));
    if (width > 0.0) {
      scan.up.add(width * std::max(lowest, 0.0), width * positive_part(before, after), width * std::max(highest, 0.0));
      scan.down.add(width * std::max(-highest, 0.0), width * positive_part(-before, -after),
                    width * std::max(-lowest, 0.0));
    }
    if (i + 1 < common.cells.size()) {
      const double gap = common.cells[i + 1].low * scan.unit - cell.high * scan.unit;
      const double area = gap * (std::abs(after) * (1.0 / (n * m)));
      (after > 0.0 ? scan.up : scan.down).add(area, area, area);
    }
    before = after;
  }
  return scan;
}

void expect_equal(const Certified& found, const Certified& expected, const std::string& name) {
  EXPECT_EQ(found.low, expected.low) << name;
  EXPECT_EQ(found.value, expected.value) << name;
  EXPECT_EQ(found.high, expected.high) << name;
}

void expect_plain(const ColumnProfile& reference, const ColumnProfile& current, const std::string& name) {
  const NumericPair pair(reference, current);
  const GapScan found = scan_gaps(pair);
  const GapScan expected = plain_scan(pair);
  EXPECT_EQ(found.largest, expected.largest) << name;
  EXPECT_EQ(found.location, expected.location) << name;
  EXPECT_EQ(found.possible, expected.possible) << name;
  EXPECT_EQ(found.unit, expected.unit) << name;
  expect_equal(found.up, expected.up, name);
  expect_equal(found.down, expected.down, name);
}

TEST(GapScan, IsThePlainLoopBitForBit) {
  const auto shapes = testing::shapes(30'000);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    for (const std::size_t j : {i, (i + 1) % shapes.size()}) {
      const std::string name = shapes[i].name + " against " + shapes[j].name;
      for (const std::uint32_t resolution : {64u, 8192u}) {
        const auto half = std::span(shapes[j].values).first(17'000);
        const ColumnProfile reference = testing::numeric_column(shapes[i].values, "float64", resolution);
        const ColumnProfile current = testing::numeric_column(half, "float64", resolution);
        expect_plain(reference, current, name);
        expect_plain(current, reference, name + ", swapped");
      }
    }
  }
}

TEST(GapScan, IsThePlainLoopWhereWidthsDiffer) {
  const auto values = testing::shapes(30'000)[0].values;
  std::vector<double> narrow;
  for (const double x : values) narrow.push_back(static_cast<float>(x));
  expect_plain(testing::numeric_column(values), testing::numeric_column(narrow, "float32"), "float32");
  expect_plain(testing::numeric_column(narrow, "float32"), testing::numeric_column(values), "float64");
}

TEST(GapScan, OfEqualRowsIsNothing) {
  for (const auto& [name, values] : testing::shapes(30'000)) {
    const ColumnProfile column = testing::numeric_column(values);
    const GapScan scan = scan_gaps(NumericPair(column, column));
    EXPECT_EQ(scan.largest, 0.0) << name;
    EXPECT_EQ(scan.up.value, 0.0) << name;
    EXPECT_EQ(scan.down.value, 0.0) << name;
  }
}

/// Cells that fill the blocks of the walk exactly, and by one more or less.
TEST(GapScan, IsThePlainLoopForEveryNumberOfCells) {
  for (const std::size_t n_cells : {1u, 2u, 7u, 8u, 9u, 255u, 256u, 257u, 511u, 512u, 513u}) {
    std::vector<double> reference;
    std::vector<double> current;
    for (std::size_t i = 0; i < n_cells; ++i) {
      reference.push_back(1.0 + 0.37 * static_cast<double>(i));
      current.insert(current.end(), 1 + i % 3, reference.back());
    }
    expect_plain(testing::numeric_column(reference), testing::numeric_column(current), std::to_string(n_cells));
  }
}

/// Both walks over the same cells, of which every third is one value; counts reach 2^62.
TEST(GapScan, IsTheSameWithAndWithoutWideVectors) {
  std::mt19937_64 random(7);
  GapWalk widest{.n = 0x1p63, .m = 0x1p62, .scan = {}};
  GapWalk portable = widest;
  double end = -3.0;
  for (const std::size_t size : {256u, 1u, 2u, 3u, 4u, 5u, 255u, 254u}) {
    GapBlock block;
    block.size = size;
    for (std::size_t i = 0; i < size; ++i) {
      block.reference[i] = random() >> (2 + random() % 62);
      block.current[i] = random() >> (2 + random() % 62);
      block.low[i] = end + static_cast<double>(random() % 1000) / 7.0;
      block.high[i] = end = block.low[i] + (i % 3 == 0 ? 0.0 : static_cast<double>(random() % 1000) / 3.0);
    }
    GapBlock copy = block;
    walk_along(block, widest);
    walk_along_portably(copy, portable);
    EXPECT_EQ(widest.scan.largest, portable.scan.largest) << size;
    EXPECT_EQ(widest.scan.location, portable.scan.location) << size;
    EXPECT_EQ(widest.scan.possible, portable.scan.possible) << size;
    expect_equal(widest.scan.up, portable.scan.up, std::to_string(size));
    expect_equal(widest.scan.down, portable.scan.down, std::to_string(size));
  }
  EXPECT_GT(widest.scan.up.value, 0.0);
  EXPECT_GT(widest.scan.down.value, 0.0);
}

}  // namespace
}  // namespace driftline
