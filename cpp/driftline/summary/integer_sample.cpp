#include "driftline/summary/integer_sample.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>

#include "driftline/summary/distinct_estimate.hpp"

namespace driftline {
namespace {

constexpr std::size_t first_slots = 64;

auto order(const IntegerCount& integer) { return std::tie(integer.hash, integer.is_unsigned, integer.value); }

bool before(const IntegerCount& a, const IntegerCount& b) { return order(a) < order(b); }

/// Adds up equal integers of a sorted list and keeps the first `capacity`.
IntegerSample bottom(const std::vector<IntegerCount>& all, bool overflowed) {
  IntegerSample result;
  result.overflowed = overflowed;
  for (const IntegerCount& integer : all) {
    if (!result.kept.empty() && order(result.kept.back()) == order(integer)) {
      result.kept.back().count += integer.count;
    } else if (result.kept.size() < IntegerSample::capacity) {
      result.kept.push_back(integer);
    } else {
      result.overflowed = true;
      break;
    }
  }
  return result;
}

}  // namespace

double IntegerSample::n_distinct() const {
  return overflowed ? distinct_estimate(kept.size(), kept.back().hash) : static_cast<double>(kept.size());
}

std::pair<double, double> IntegerSample::n_distinct_bounds() const {
  if (overflowed) return distinct_bounds(kept.size(), kept.back().hash);
  return {n_distinct(), n_distinct()};
}

IntegerSample merge(const IntegerSample& a, const IntegerSample& b) {
  std::vector<IntegerCount> all(a.kept.size() + b.kept.size());
  std::merge(a.kept.begin(), a.kept.end(), b.kept.begin(), b.kept.end(), all.begin(), before);
  return bottom(all, a.overflowed || b.overflowed);
}

void IntegerSampler::add(std::span<const std::int64_t> values, bool are_unsigned, const NumericKernels& kernels) {
  std::array<std::uint32_t, kernel_rows> found;
  while (!values.empty()) {
    const std::span<const std::int64_t> block = values.first(std::min(values.size(), kernel_rows));
    const std::size_t n = kernels.sift(block.data(), block.size(), are_unsigned, limit_, found.data());
    for (const std::uint32_t i : std::span(found).first(n)) add(block[i], are_unsigned && block[i] < 0);
    values = values.subspan(block.size());
  }
}

std::size_t IntegerSampler::find(const IntegerCount& integer) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = static_cast<std::size_t>(integer.hash) & mask;
  while (slots_[i].count != 0 && order(slots_[i]) != order(integer)) i = (i + 1) & mask;
  return i;
}

void IntegerSampler::keep(const IntegerCount& integer) {
  if (slots_.empty()) slots_.resize(first_slots);
  std::size_t i = find(integer);
  if (slots_[i].count != 0) {
    slots_[i].count += integer.count;
    return;
  }
  if (size_ == max_size) {
    drop_largest();
    if (integer.hash > limit_) return;
    i = find(integer);
  } else if (2 * (size_ + 1) > slots_.size()) {
    rehash(4 * slots_.size(), entries());
    i = find(integer);
  }
  slots_[i] = integer;
  ++size_;
}

void IntegerSampler::rehash(std::size_t n_slots, std::span<const IntegerCount> entries) {
  slots_.assign(n_slots, {});
  for (const IntegerCount& integer : entries) slots_[find(integer)] = integer;
}

void IntegerSampler::drop_largest() {
  std::vector<IntegerCount> all = entries();
  const auto by_order = [](const auto& a, const auto& b) { return order(a) < order(b); };
  const auto last = all.begin() + IntegerSample::capacity - 1;
  std::nth_element(all.begin(), last, all.end(), by_order);
  limit_ = last->hash;
  overflowed_ = true;
  size_ = IntegerSample::capacity;
  rehash(slots_.size(), std::span(all).first(size_));
}

std::vector<IntegerCount> IntegerSampler::entries() const {
  std::vector<IntegerCount> all;
  all.reserve(size_);
  std::copy_if(slots_.begin(), slots_.end(), std::back_inserter(all), [](const auto& slot) { return slot.count != 0; });
  return all;
}

IntegerSample IntegerSampler::finish() const {
  std::vector<IntegerCount> all = entries();
  std::sort(all.begin(), all.end(), before);
  return bottom(all, overflowed_);
}

}  // namespace driftline
