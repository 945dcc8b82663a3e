#include "driftline/summary/log_linear_histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <span>

#include "driftline/base/error.hpp"
#include "driftline/summary/common_cells.hpp"
#include "driftline/summary/histogram_accumulator.hpp"
#include "plain_histogram.hpp"
#include "shapes.hpp"

namespace driftline {
namespace {

using testing::plain_histogram;
using testing::PlainHistogram;
using testing::shapes;

LogLinearHistogram histogram_of(const std::vector<double>& values, std::uint32_t resolution) {
  HistogramAccumulator accumulator(resolution);
  std::vector<double> nonzero;
  for (const double x : values) {
    if (x == 0.0) {
      accumulator.add_zeros(1);
    } else {
      nonzero.push_back(x);
    }
  }
  for (std::size_t i = 0; i < nonzero.size(); i += 1000) {
    const auto block = std::span(nonzero).subspan(i, std::min<std::size_t>(1000, nonzero.size() - i));
    accumulator.add(block, [](auto&&...) {});
  }
  return accumulator.finish();
}

void expect_equal(const LogLinearHistogram& histogram, const PlainHistogram& plain) {
  EXPECT_EQ(histogram.global_level, plain.global_level);
  ASSERT_EQ(histogram.pages.size(), plain.page_levels.size());
  std::size_t i = 0;
  for (const auto& [page, level] : plain.page_levels) EXPECT_EQ(histogram.pages[i++].level, level);
  ASSERT_EQ(histogram.counts.size(), plain.cells.size());
  i = 0;
  for (const auto& [position, count] : plain.cells) {
    EXPECT_EQ(histogram.prefixes[i], std::get<2>(position));
    EXPECT_EQ(histogram.counts[i], count);
    ++i;
  }
}

TEST(LogLinearHistogram, FollowsItsDefinition) {
  for (const std::uint32_t resolution : {64u, 8192u}) {
    for (const auto& [name, values] : shapes(25'000)) {
      SCOPED_TRACE(name + " at resolution " + std::to_string(resolution));
      expect_equal(histogram_of(values, resolution), plain_histogram(values, resolution));
    }
  }
}

TEST(LogLinearHistogram, OrderSplitAndMergeTreeLeaveNoTrace) {
  std::mt19937_64 random(11);
  for (const std::uint32_t resolution : {64u, 1024u}) {
    for (auto [name, values] : shapes(20'000)) {
      SCOPED_TRACE(name);
      const LogLinearHistogram whole = histogram_of(values, resolution);
      for (int round = 0; round < 5; ++round) {
        std::shuffle(values.begin(), values.end(), random);
        std::vector<LogLinearHistogram> parts;
        for (std::size_t i = 0; i < values.size();) {
          const std::size_t size = std::min<std::size_t>(1 + random() % 8000, values.size() - i);
          parts.push_back(histogram_of(
              {values.begin() + static_cast<std::ptrdiff_t>(i), values.begin() + static_cast<std::ptrdiff_t>(i + size)},
              resolution));
          i += size;
        }
        while (parts.size() > 1) {
          std::swap(parts[random() % parts.size()], parts.back());
          const LogLinearHistogram last = parts.back();
          parts.pop_back();
          LogLinearHistogram& other = parts[random() % parts.size()];
          other = merge(other, last);
        }
        EXPECT_EQ(parts.front(), whole);
      }
    }
  }
}

TEST(LogLinearHistogram, EmptyIsTheIdentityOfMerge) {
  const LogLinearHistogram empty = histogram_of({}, 64);
  for (const auto& [name, values] : shapes(3000)) {
    const LogLinearHistogram histogram = histogram_of(values, 64);
    EXPECT_EQ(merge(histogram, empty), histogram) << name;
    EXPECT_EQ(merge(empty, histogram), histogram) << name;
  }
}

TEST(LogLinearHistogram, DifferentResolutionsDoNotMerge) {
  EXPECT_THROW(merge(histogram_of({1.0}, 64), histogram_of({1.0}, 128)), OptionError);
}

TEST(LogLinearHistogram, FewDistinctValuesStayExact) {
  std::vector<double> values;
  for (int i = 0; i < 100'000; ++i) values.push_back(std::sqrt(static_cast<double>(i % 8192)));
  const LogLinearHistogram histogram = histogram_of(values, 8192);
  EXPECT_TRUE(histogram.exact());
  EXPECT_EQ(histogram.global_level, 0);
  EXPECT_EQ(histogram.counts.size(), 8192u);
}

TEST(LogLinearHistogram, PositionsAscendWithTheValue) {
  std::vector<double> values{-std::numeric_limits<double>::max(),
                             -1.0,
                             -0.5,
                             -std::numeric_limits<double>::denorm_min(),
                             0.0,
                             std::numeric_limits<double>::denorm_min(),
                             std::numeric_limits<double>::min(),
                             std::nextafter(0.5, 0),
                             0.5,
                             std::nextafter(0.5, 1),
                             0.75,
                             std::nextafter(1.0, 0),
                             1.0,
                             std::nextafter(1.0, 2),
                             std::numeric_limits<double>::max()};
  for (const auto& [name, sample] : shapes(2000)) values.insert(values.end(), sample.begin(), sample.end());
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (std::size_t i = 1; i < values.size(); ++i) {
    const PagePosition a = locate(values[i - 1]);
    const PagePosition b = locate(values[i]);
    ASSERT_TRUE(a.page < b.page || (a.page == b.page && a.mantissa < b.mantissa)) << values[i - 1] << " " << values[i];
    ASSERT_LT(b.page, n_pages);
  }
}

TEST(LogLinearHistogram, CellRangesHoldExactlyTheirValues) {
  for (const auto& [name, values] : shapes(2000)) {
    SCOPED_TRACE(name);
    for (const double x : values) {
      const PagePosition position = locate(x);
      for (const int level : {0, 1, 20, 45, 52}) {
        const std::uint64_t prefix = position.mantissa >> level;
        const auto [low, high] = cell_range(position.page, level, prefix);
        ASSERT_LE(low, x);
        ASSERT_GE(high, x);
        const auto in_cell = [&](double y) {
          return locate(y).page == position.page && locate(y).mantissa >> level == prefix;
        };
        ASSERT_TRUE(in_cell(low) && in_cell(high)) << x << " level " << level;
        ASSERT_FALSE(in_cell(std::nextafter(low, -INFINITY))) << x << " level " << level;
        ASSERT_FALSE(std::isfinite(std::nextafter(high, INFINITY)) && in_cell(std::nextafter(high, INFINITY)));
      }
      ASSERT_EQ(cell_range(position.page, 0, position.mantissa), std::pair(x, x));
    }
  }
}

TEST(LogLinearHistogram, RangesOfAPageAreThoseOfItsCells) {
  for (std::uint32_t page = 0; page < n_pages; ++page) {
    for (const int level : {0, 1, 20, 46, 52}) {
      const CellRanges ranges(page, level);
      const std::uint64_t last = (std::uint64_t{1} << (mantissa_bits - level)) - 1;
      for (const std::uint64_t prefix : {std::uint64_t{0}, last / 3, last}) {
        EXPECT_EQ(ranges.of(prefix), cell_range(page, level, prefix)) << page << ' ' << level << ' ' << prefix;
      }
    }
  }
}

TEST(LogLinearHistogram, CommonCellsKeepEveryRow) {
  const auto reference_shapes = shapes(20'000, 1);
  const auto current_shapes = shapes(5'000, 2);
  for (std::size_t i = 0; i < reference_shapes.size(); ++i) {
    const auto& [name, reference] = reference_shapes[i];
    const auto& current = current_shapes[i].values;
    SCOPED_TRACE(name);
    std::uint64_t n_reference = 0;
    std::uint64_t n_current = 0;
    double last = -INFINITY;
    for (const CommonCell& cell : common_cells(histogram_of(reference, 512), histogram_of(current, 512))) {
      ASSERT_LE(cell.low, cell.high);
      ASSERT_LT(last, cell.low);
      last = cell.high;
      const auto inside = [&cell](const std::vector<double>& values) {
        return static_cast<std::uint64_t>(
            std::count_if(values.begin(), values.end(), [&cell](double x) { return x >= cell.low && x <= cell.high; }));
      };
      ASSERT_EQ(cell.reference, inside(reference));
      ASSERT_EQ(cell.current, inside(current));
      n_reference += cell.reference;
      n_current += cell.current;
    }
    EXPECT_EQ(n_reference, reference.size());
    EXPECT_EQ(n_current, current.size());
  }
}

TEST(LogLinearHistogram, LargestCoarseCellIsSmallForCommonShapes) {
  // design: 0.02 % to 0.2 % of the rows for these shapes at the default resolution
  for (const auto& [name, values] : shapes(400'000)) {
    if (name == "hundred decades") continue;
    std::uint64_t largest = 0;
    for (const Cell& cell : cells(histogram_of(values, 8192))) {
      if (cell.low != cell.high) largest = std::max(largest, cell.count);
    }
    EXPECT_LE(static_cast<double>(largest), 0.003 * static_cast<double>(values.size())) << name;
  }
}

}  // namespace
}  // namespace driftline
