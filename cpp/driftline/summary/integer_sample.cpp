#include "driftline/summary/integer_sample.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

#include "driftline/summary/distinct_estimate.hpp"

namespace driftline {
namespace {

auto order(const IntegerCount& integer) { return std::tie(integer.hash, integer.is_unsigned, integer.value); }

/// Sorts, adds up equal integers and keeps the first `capacity`.
IntegerSample bottom(std::vector<IntegerCount> all, bool overflowed) {
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return order(a) < order(b); });
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
  std::vector<IntegerCount> all = a.kept;
  all.insert(all.end(), b.kept.begin(), b.kept.end());
  return bottom(std::move(all), a.overflowed || b.overflowed);
}

IntegerSampler::IntegerSampler(IntegerSample start)
    : sample_(std::move(start)),
      limit_(sample_.overflowed ? sample_.kept.back().hash : std::numeric_limits<std::uint64_t>::max()) {}

void IntegerSampler::flush() {
  sample_ = finish();
  pending_.clear();
  if (sample_.overflowed) limit_ = sample_.kept.back().hash;
}

IntegerSample IntegerSampler::finish() const {
  std::vector<IntegerCount> all = sample_.kept;
  all.insert(all.end(), pending_.begin(), pending_.end());
  return bottom(std::move(all), sample_.overflowed);
}

}  // namespace driftline
