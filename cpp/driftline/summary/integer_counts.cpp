#include "driftline/summary/integer_counts.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace driftline {
namespace {

constexpr std::int64_t most_counters = 65536;
constexpr std::int64_t least_counters = 256;
// Beyond 2^53 not every integer is a double, and the counters reach beyond the values.
constexpr std::int64_t largest = (std::int64_t{1} << 53) - most_counters;

}  // namespace

std::size_t IntegerCounts::add(std::span<const std::int64_t> values, bool are_unsigned) {
  std::size_t n = 0;
  // Counters of negative values would take large unsigned ones.
  closed_ =
      closed_ || (are_unsigned && first_ < 0) || n_rows_ + values.size() > std::numeric_limits<std::uint32_t>::max();
  while (n < values.size() && !closed_) {
    const auto first = static_cast<std::uint64_t>(first_);
    const std::uint64_t size = counts_.size();
    for (; n < values.size(); ++n) {
      const std::uint64_t i = static_cast<std::uint64_t>(values[n]) - first;
      if (i >= size) [[unlikely]]
        break;
      ++counts_[i];
    }
    if (n < values.size()) closed_ = !make_room(values.subspan(n), are_unsigned);
  }
  n_rows_ += n;
  return n;
}

/// Makes room for some more values; false when they lie too far apart.
bool IntegerCounts::make_room(std::span<const std::int64_t> values, bool are_unsigned) {
  const auto [low_end, high_end] = std::minmax_element(values.begin(), values.end());
  const bool exact = *low_end >= (are_unsigned ? 0 : -largest) && *high_end <= largest;
  if (!exact) return false;
  std::int64_t low = *low_end;
  std::int64_t high = *high_end;
  const auto used = [](std::uint32_t count) { return count > 0; };
  if (!counts_.empty()) {
    const auto from = std::find_if(counts_.begin(), counts_.end(), used) - counts_.begin();
    const auto to = counts_.rend() - std::find_if(counts_.rbegin(), counts_.rend(), used) - 1;
    low = std::min(low, first_ + from);
    high = std::max(high, first_ + to);
  }
  if (high - low >= most_counters) return false;
  // Twice the range, so that rows to come fit, too.
  const auto size = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(2 * (high - low) + 1)));
  std::vector<std::uint32_t> larger(static_cast<std::size_t>(std::clamp(size, least_counters, most_counters)));
  const std::int64_t centered = low - (static_cast<std::int64_t>(larger.size()) - (high - low + 1)) / 2;
  const std::int64_t first = low >= 0 ? std::max<std::int64_t>(centered, 0) : centered;
  for_each([&](std::int64_t value, std::uint64_t count) {
    larger[static_cast<std::size_t>(value - first)] = static_cast<std::uint32_t>(count);
  });
  first_ = first;
  counts_ = std::move(larger);
  return true;
}

}  // namespace driftline
