#include "driftline/profile/histogram_checks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <vector>

namespace driftline {
namespace {

constexpr std::uint64_t all_mantissa_bits = (std::uint64_t{1} << mantissa_bits) - 1;

/// The definition: both ends of the cell are doubles that lie in it.
bool holds_a_value(std::uint32_t page, int level, std::uint64_t prefix) {
  const auto [low, high] = cell_range(page, level, prefix);
  const auto is_inside = [&](double x) {
    const PagePosition position = locate(x);
    return position.page == page && position.mantissa >> level == prefix;
  };
  return std::isfinite(low) && std::isfinite(high) && low <= high && is_inside(low) && is_inside(high);
}

std::vector<std::uint64_t> prefixes_of(std::mt19937_64& random, int level) {
  const std::uint64_t last = all_mantissa_bits >> level;
  std::vector<std::uint64_t> prefixes = {0, 1, 2, last / 2, last - 1, last};
  for (int i = 0; i < 8; ++i) {
    const std::uint64_t ones = all_mantissa_bits >> (random() % mantissa_bits);  // many low bits set
    prefixes.insert(prefixes.end(), {random(), random() | ones, ones, ones >> level, random() << (random() % 52)});
  }
  for (std::uint64_t& prefix : prefixes) prefix &= last;
  return prefixes;
}

TEST(OccupiableCells, AreThoseWhoseEndsLieInThem) {
  std::mt19937_64 random(1);
  int n_empty = 0;
  for (std::uint32_t page = 0; page < n_pages; ++page) {
    // The pages around zero, 0.5 and 1 at every level, the others at some.
    const bool is_special = (page > 2040 && page < 2055) || (page > 3060 && page < 3130);
    for (int level = 0; level <= mantissa_bits; level += is_special ? 1 : 13) {
      const OccupiableCells cells(page, level);
      for (const std::uint64_t prefix : prefixes_of(random, level)) {
        const bool expected = holds_a_value(page, level, prefix);
        n_empty += !expected;
        ASSERT_EQ(cells.contain(prefix), expected) << "page " << page << ", level " << level << ", prefix " << prefix;
      }
    }
  }
  EXPECT_GT(n_empty, 10000);
}

/// Any pages, levels up to the global one, and cells.
LogLinearHistogram random_histogram(std::mt19937_64& random) {
  LogLinearHistogram histogram;
  histogram.resolution = 64;
  histogram.global_level = static_cast<std::uint8_t>(random() % 4 == 0 ? 0 : 40 + random() % 13);
  const std::uint64_t most_cells = std::uint64_t{1} << random() % 8;
  std::set<std::uint32_t> ids;
  for (std::uint64_t i = 0, n = 1 + random() % (random() % 4 == 0 ? 300 : 4); i < n; ++i) {
    ids.insert(static_cast<std::uint32_t>(random() % n_pages));
  }
  for (const std::uint32_t id : ids) {
    const auto size = static_cast<std::uint32_t>(histogram.prefixes.size());
    const auto level = std::min<std::uint64_t>(histogram.global_level, random() % 3 == 0 ? 30 + random() % 23 : 52);
    std::set<std::uint64_t> prefixes;
    for (std::uint64_t i = 0, n = 1 + random() % most_cells; i < n; ++i) {
      prefixes.insert((random() & all_mantissa_bits) >> level);
    }
    histogram.prefixes.insert(histogram.prefixes.end(), prefixes.begin(), prefixes.end());
    histogram.counts.resize(histogram.prefixes.size(), 1);
    histogram.pages.push_back(
        {id, static_cast<std::uint8_t>(level), size, size + static_cast<std::uint32_t>(prefixes.size())});
  }
  return histogram;
}

TEST(HasCanonicalLevels, IsWhetherCanonicalChangesNothing) {
  std::mt19937_64 random(2);
  int n_canonical = 0;
  constexpr int n_trials = 20000;
  for (int trial = 0; trial < n_trials; ++trial) {
    const LogLinearHistogram histogram = random_histogram(random);
    const bool expected = canonical(histogram) == histogram;
    n_canonical += expected;
    ASSERT_EQ(has_canonical_levels(histogram), expected) << "trial " << trial;
  }
  EXPECT_GT(n_canonical, n_trials / 10);
  EXPECT_LT(n_canonical, n_trials * 9 / 10);
}

}  // namespace
}  // namespace driftline
