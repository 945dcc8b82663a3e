#include "driftline/summary/numeric_kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "driftline/summary/integer_sample.hpp"
#include "driftline/summary/numeric_summary.hpp"
#include "shapes.hpp"

namespace driftline {
namespace {

using Limits = std::numeric_limits<double>;

std::vector<NumericKernels> vector_kernels() {
  const AvailableKernels available = available_kernels();
  std::vector<NumericKernels> result;
  for (std::size_t i = 1; i < available.size; ++i) result.push_back(*available.list[i]);
  return result;
}

const NumericKernels& scalar() { return *available_kernels().list[0]; }

/// Values at the borders of pages, binades, limbs and of the number line.
std::vector<double> edge_values() {
  std::vector<double> values{0.0,
                             0.5,
                             1.0,
                             0x1p53,
                             0x1p53 + 2,
                             0x1p63,
                             0x1p64,
                             1e300,
                             999.0,
                             0.1,
                             Limits::infinity(),
                             Limits::quiet_NaN(),
                             Limits::denorm_min(),
                             Limits::min(),
                             Limits::max(),
                             1e-310};
  for (const int exponent : {-1074, -1022, -1000, -60, -30, -2, -1, 1, 24, 25, 52, 74, 970, 995, 996, 1023}) {
    values.push_back(std::ldexp(1.0, exponent));
  }
  values.push_back(std::bit_cast<double>(0x7FF0000000000001));  // a signalling NaN
  values.push_back(std::bit_cast<double>(0xFFF8DEADBEEF0001));  // a NaN with a payload
  const std::size_t n = values.size();
  for (std::size_t i = 0; i < n; ++i) {
    if (!std::isfinite(values[i])) continue;
    values.push_back(std::nextafter(values[i], -Limits::infinity()));
    values.push_back(std::nextafter(values[i], Limits::infinity()));
  }
  const std::size_t both = values.size();
  for (std::size_t i = 0; i < both; ++i) values.push_back(-values[i]);
  return values;
}

/// Every shape, mixed with edge values by `share`, and any bit patterns at all.
std::vector<testing::Shape> inputs(std::size_t n, double share) {
  std::vector<testing::Shape> result = testing::shapes(n);
  std::mt19937_64 random(11);
  testing::Shape patterns{"any bits", std::vector<double>(n)};
  for (double& x : patterns.values) x = std::bit_cast<double>(random());
  testing::Shape ids{"row ids", std::vector<double>(n)};
  for (std::size_t i = 0; i < n; ++i) ids.values[i] = static_cast<double>(i);
  result.push_back(patterns);
  result.push_back(ids);
  const std::vector<double> edges = edge_values();
  for (testing::Shape& shape : result) {
    for (double& x : shape.values) {
      if (static_cast<double>(random() % 1000) < 1000.0 * share) x = edges[random() % edges.size()];
    }
  }
  return result;
}

NumericSummary summary_of(std::span<const double> values, const NumericKernels& kernels, std::size_t block) {
  NumericAccumulator accumulator(8192, kernels);
  for (std::size_t i = 0; i < values.size(); i += block) {
    accumulator.add({values.subspan(i, std::min(block, values.size() - i)), {}});
  }
  return accumulator.finish();
}

TEST(NumericKernels, FactsAreThoseOfTheScalarKernel) {
  for (const NumericKernels& kernels : vector_kernels()) {
    for (const double share : {0.0, 0.02, 0.5, 1.0}) {
      for (const auto& [name, values] : inputs(2000, share)) {
        SCOPED_TRACE(std::string(kernels.name) + ", " + name);
        for (std::size_t offset = 0; offset < 9; ++offset) {
          for (const std::size_t n : {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 100, 1001}) {
            BlockFacts wanted;
            BlockFacts found;
            scalar().scan(values.data() + offset, n, &wanted);
            kernels.scan(values.data() + offset, n, &found);
            ASSERT_EQ(found.n_zero, wanted.n_zero);
            ASSERT_EQ(found.n_negative, wanted.n_negative);
            ASSERT_EQ(found.n_nan, wanted.n_nan);
            ASSERT_EQ(found.n_pos_inf, wanted.n_pos_inf);
            ASSERT_EQ(found.n_neg_inf, wanted.n_neg_inf);
            ASSERT_EQ(std::bit_cast<std::uint64_t>(found.low), std::bit_cast<std::uint64_t>(wanted.low));
            ASSERT_EQ(std::bit_cast<std::uint64_t>(found.high), std::bit_cast<std::uint64_t>(wanted.high));
            ASSERT_EQ(found.least, wanted.least);
          }
        }
      }
    }
  }
}

TEST(NumericKernels, TheScalarFactsAreTheDefinition) {
  for (const auto& [name, values] : inputs(2000, 0.3)) {
    BlockFacts facts;
    scalar().scan(values.data(), values.size(), &facts);
    const auto count = [&values = values](auto is) {
      return static_cast<std::uint64_t>(std::count_if(values.begin(), values.end(), is));
    };
    EXPECT_EQ(facts.n_zero, count([](double x) { return x == 0.0; })) << name;
    EXPECT_EQ(facts.n_negative, count([](double x) { return std::isfinite(x) && x < 0.0; })) << name;
    EXPECT_EQ(facts.n_nan, count([](double x) { return std::isnan(x); })) << name;
    EXPECT_EQ(facts.n_pos_inf, count([](double x) { return x == Limits::infinity(); })) << name;
    EXPECT_EQ(facts.n_neg_inf, count([](double x) { return x == -Limits::infinity(); })) << name;
    double low = Limits::infinity();
    double high = -Limits::infinity();
    double least = Limits::infinity();
    for (const double x : values) {
      if (!std::isfinite(x) || x == 0.0) continue;
      least = std::min(least, std::fabs(x));
      low = std::min(low, x);
      high = std::max(high, x);
    }
    EXPECT_EQ(facts.low, low) << name;
    EXPECT_EQ(facts.high, high) << name;
    EXPECT_EQ(facts.least, least) << name;
  }
}

std::vector<double> finite_nonzero(const std::vector<double>& values) {
  std::vector<double> kept;
  for (const double x : values) {
    if (std::isfinite(x) && x != 0.0) kept.push_back(x);
  }
  return kept;
}

TEST(NumericKernels, KeepWhatIsFiniteAndNotZero) {
  for (std::size_t i = 0; i < available_kernels().size; ++i) {
    const NumericKernels& kernels = *available_kernels().list[i];
    for (const double share : {0.0, 0.1, 1.0}) {
      for (const auto& [name, values] : inputs(kernel_rows, share)) {
        for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{100}, kernel_rows}) {
          const std::vector<double> part(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n));
          std::vector<double> kept(kernel_rows);
          kept.resize(kernels.keep(part.data(), n, kept.data()));
          ASSERT_EQ(kept, finite_nonzero(part)) << kernels.name << ", " << name;
        }
      }
    }
  }
}

/// Where a value is counted by its definition: the prefix of its bits, or of those of 1 − x on [0.5, 1).
std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x >= 0.5 && x < 1.0 ? 1.0 - x : x); }

struct Counted {
  std::vector<std::uint32_t> counts;
  std::vector<std::uint16_t> outside;

  bool operator==(const Counted&) const = default;
};

Counted plain_counts(const std::vector<double>& values, const Windows& windows, std::size_t n_counts) {
  Counted result{std::vector<std::uint32_t>(n_counts), {}};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = values[i];
    const Window& window = windows.side[x < 0.0 ? negative_side : x >= 0.5 && x < 1.0 ? anchored_side : positive_side];
    const std::uint64_t prefix = bits_of(x) >> windows.level;
    if (prefix >= window.first && prefix - window.first < window.size) {
      ++result.counts[window.array + (prefix - window.first)];
    } else {
      result.outside.push_back(static_cast<std::uint16_t>(i));
    }
  }
  return result;
}

/// Windows that begin at some of the values, at a level of every sort.
Windows windows_of(const std::vector<double>& values, int level, std::mt19937_64& random) {
  Windows windows{level, {}};
  std::uint32_t array = no_cell + 1;
  for (int tries = 0; tries < 20; ++tries) {
    const double x = values[random() % values.size()];
    Window& window = windows.side[x < 0.0 ? negative_side : x >= 0.5 && x < 1.0 ? anchored_side : positive_side];
    if (window.size > 0) continue;
    window = {bits_of(x) >> level, array, static_cast<std::uint32_t>(1 + random() % 2000)};
    array += window.size;
  }
  return windows;
}

TEST(NumericKernels, CountInTheCellsOfTheDefinition) {
  std::mt19937_64 random(21);
  for (std::size_t i = 0; i < available_kernels().size; ++i) {
    const NumericKernels& kernels = *available_kernels().list[i];
    for (const double share : {0.0, 0.3}) {
      for (const auto& [name, all] : inputs(1500, share)) {
        const std::vector<double> values = finite_nonzero(all);
        for (const int level : {0, 1, 31, 40, 44, 50, 52}) {
          SCOPED_TRACE(std::string(kernels.name) + ", " + name + ", level " + std::to_string(level));
          const Windows windows = windows_of(values, level, random);
          const Counted wanted = plain_counts(values, windows, 6001);
          Counted found{std::vector<std::uint32_t>(6001), std::vector<std::uint16_t>(kernel_rows)};
          found.outside.resize(
              kernels.count_sides(values.data(), values.size(), &windows, found.counts.data(), found.outside.data()));
          found.counts[no_cell] = 0;
          ASSERT_EQ(found, wanted);
        }
      }
    }
  }
}

TEST(NumericKernels, CountInOneWindowWhereverTheOtherValuesLie) {
  std::mt19937_64 random(22);
  for (std::size_t i = 0; i < available_kernels().size; ++i) {
    const NumericKernels& kernels = *available_kernels().list[i];
    for (const auto& [name, all] : inputs(1500, 0.3)) {
      const std::vector<double> values = finite_nonzero(all);
      for (const double corner : {1.0, 64.0, -2.0, 0x1p-20}) {
        // Four binades, of 2^8 cells each.
        Windows windows{44, {}};
        const Window window{std::bit_cast<std::uint64_t>(corner) >> 44, no_cell + 1, 4 << 8};
        windows.side[corner < 0.0 ? negative_side : positive_side] = window;
        const Counted wanted = plain_counts(values, windows, 1025);
        Counted found{std::vector<std::uint32_t>(1025), std::vector<std::uint16_t>(kernel_rows)};
        found.outside.resize(
            kernels.count_side(values.data(), values.size(), 44, &window, found.counts.data(), found.outside.data()));
        found.counts[no_cell] = 0;
        ASSERT_EQ(found, wanted) << kernels.name << ", " << name << ", " << corner;
      }
    }
  }
}

TEST(NumericKernels, SumsAreThoseOfOneValueAfterTheOther) {
  for (std::size_t i = 0; i < available_kernels().size; ++i) {
    const NumericKernels& kernels = *available_kernels().list[i];
    for (const double share : {0.0, 0.02, 1.0}) {
      for (const auto& [name, values] : inputs(5000, share)) {
        SCOPED_TRACE(std::string(kernels.name) + ", " + name);
        for (const std::size_t n : {0, 1, 3, 5, 8, 13, 4095, 4096, 4999}) {
          SumAccumulator wanted(scalar());
          SumAccumulator found(kernels);
          const std::span<const double> part(values.data() + 1, n);
          for (const double x : part) {
            if (std::isfinite(x)) wanted.add(x, 1);  // one wide integer per exponent, without kernels
          }
          found.add(part);
          ASSERT_EQ(found.sum(), wanted.sum());
          ASSERT_EQ(found.sum_of_squares(), wanted.sum_of_squares());
        }
      }
    }
  }
}

TEST(NumericKernels, EqualValuesSumToMultiples) {
  // The largest sums of limbs: 4096 times a value whose limbs are all extreme.
  for (const double x : {0x1p74 - 0x1p22, 0x1.fffffffffffffp0, -0x1.ffffff8000001p10, 0x1.0000008000002p-900, 1e-320}) {
    for (std::size_t i = 0; i < available_kernels().size; ++i) {
      SumAccumulator many(*available_kernels().list[i]);
      many.add(std::vector<double>(4096, x));
      SumAccumulator once(scalar());
      once.add(x, 4096);
      EXPECT_EQ(many.sum(), once.sum());
      EXPECT_EQ(many.sum_of_squares(), once.sum_of_squares());
      SumAccumulator doubled(scalar());
      for (int k = 0; k < 4096; ++k) doubled.add(x, 1);
      EXPECT_EQ(once.sum(), doubled.sum());
      EXPECT_EQ(once.sum_of_squares(), doubled.sum_of_squares());
    }
  }
}

TEST(NumericKernels, SummariesAreThoseOfTheScalarKernels) {
  for (const NumericKernels& kernels : vector_kernels()) {
    for (const double share : {0.0, 0.05}) {
      for (const auto& [name, values] : inputs(60'000, share)) {
        SCOPED_TRACE(std::string(kernels.name) + ", " + name);
        const NumericSummary wanted = summary_of(values, scalar(), 4096);
        EXPECT_EQ(summary_of(values, kernels, 4096), wanted);
        EXPECT_EQ(summary_of(values, kernels, 1023), wanted);
      }
    }
  }
}

TEST(NumericKernels, SiftsTheIntegersOfSmallHash) {
  std::mt19937_64 random(2);
  std::vector<std::int64_t> integers(1000);
  for (std::size_t i = 0; i < integers.size(); ++i) {
    integers[i] = static_cast<std::int64_t>(random()) >> (random() % 64);
  }
  for (std::size_t k = 0; k < available_kernels().size; ++k) {
    const NumericKernels& kernels = *available_kernels().list[k];
    for (const bool is_unsigned : {false, true}) {
      for (const std::uint64_t limit :
           {std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0} / 7, integer_hash(integers[5], false)}) {
        for (const std::size_t n : {0, 1, 3, 4, 5, 8, 11, 1000}) {
          std::vector<std::uint32_t> wanted;
          for (std::size_t i = 0; i < n; ++i) {
            const bool large = is_unsigned && integers[i] < 0;
            if (integer_hash(integers[i], large) <= limit) wanted.push_back(static_cast<std::uint32_t>(i));
          }
          std::vector<std::uint32_t> found(kernel_rows);
          found.resize(kernels.sift(integers.data(), n, is_unsigned, limit, found.data()));
          ASSERT_EQ(found, wanted) << kernels.name;
        }
      }
    }
  }
}

}  // namespace
}  // namespace driftline
