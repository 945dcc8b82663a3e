#include "driftline/drift/numeric_pair.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

namespace driftline {

double length_unit(double low, double high) {
  const double largest = std::max(std::abs(low), std::abs(high));
  return largest > 1e300 ? 0x1p-20 : largest < 1e-200 ? 0x1p600 : 1.0;
}

double rounding_slack(const PairCells& common, double n, double m, double unit) {
  if (common.blurs.empty()) return 0.0;
  const double relative = common.width == FloatWidth::half ? 0x1p-11 : 0x1p-24;
  double slack = 0.0;
  for (const CommonCell& cell : common.cells) {
    if (is_one_value(cell)) continue;
    const double size = std::max(std::abs(cell.low), std::abs(cell.high)) * unit;
    slack += size * relative * (static_cast<double>(cell.reference) / n + static_cast<double>(cell.current) / m);
  }
  return slack;
}

namespace {

/// The page and the prefix at either end of a histogram.
struct EndCell {
  Page page;
  std::uint64_t prefix;
};

EndCell first_cell(const LogLinearHistogram& histogram) {
  return {histogram.pages.front(), histogram.prefixes.front()};
}

EndCell last_cell(const LogLinearHistogram& histogram) { return {histogram.pages.back(), histogram.prefixes.back()}; }

/// The range of the common cell that holds the lower, or the higher, of two cells at the same end.
std::pair<double, double> outer_range(const EndCell& a, const EndCell& b, bool lower) {
  if (a.page.id != b.page.id) {
    const EndCell& outer = (a.page.id < b.page.id) == lower ? a : b;
    return cell_range(outer.page.id, outer.page.level, outer.prefix);
  }
  const int level = std::max(a.page.level, b.page.level);
  const std::uint64_t in_a = a.prefix >> (level - a.page.level);
  const std::uint64_t in_b = b.prefix >> (level - b.page.level);
  return cell_range(a.page.id, level, lower ? std::min(in_a, in_b) : std::max(in_a, in_b));
}

Moments moments_of(const NumericSummary& side) { return {side.mean().value(), side.std()}; }

}  // namespace

NumericPair::NumericPair(const ColumnProfile& reference, const ColumnProfile& current, const RowWeights& weights)
    : NumericPair(std::get<NumericSummary>(reference.summary), float_width(reference.type_name),
                  std::get<NumericSummary>(current.summary), float_width(current.type_name), weights) {}

NumericPair::NumericPair(const NumericSummary& reference, const NumericSummary& current)
    : NumericPair(reference, FloatWidth::full, current, FloatWidth::full, {}) {}

NumericPair::NumericPair(const NumericSummary& reference, FloatWidth reference_width, const NumericSummary& current,
                         FloatWidth current_width, const RowWeights& weights)
    : reference_(reference),
      current_(current),
      weights_(weights),
      reference_moments_(moments_of(reference_)),
      current_moments_(moments_of(current_)),
      reference_width_(reference_width),
      current_width_(current_width),
      width_differs_(reference_width_ != current_width_),
      width_(width_differs_ ? std::min(reference_width_, current_width_) : FloatWidth::full),
      counted_reference_(reference_.histogram, reference_, FloatWidth::full),
      counted_current_(current_.histogram, current_, FloatWidth::full) {
  if (reference_width_ > current_width_) rounded_reference_.emplace(reference_, current_width_);
  if (current_width_ > reference_width_) rounded_current_.emplace(current_, reference_width_);
  cut_ends();
}

void NumericPair::cut_ends() {
  const LogLinearHistogram& a = reference_histogram();
  const LogLinearHistogram& b = current_histogram();
  const auto [first_low, first_high] = outer_range(first_cell(a), first_cell(b), true);
  const auto [last_low, last_high] = outer_range(last_cell(a), last_cell(b), false);
  low_ = std::clamp(round_to_width(std::min(reference_.min, current_.min), width_), first_low, first_high);
  high_ = std::clamp(round_to_width(std::max(reference_.max, current_.max), width_), last_low, last_high);
}

PairCells NumericPair::common() const {
  PairCells result;
  result.cells.reserve(std::max(reference_histogram().prefixes.size(), current_histogram().prefixes.size()));
  for_cells([&result](const CommonCell& cell) { result.cells.push_back(cell); });
  result.cells.front().low = low_;
  result.cells.back().high = high_;
  result.width = width_;
  if (width_differs_) result.blurs = blurs(result);
  return result;
}

std::vector<Blur> NumericPair::blurs(const PairCells& pair) const {
  std::vector<Blur> result;
  result.reserve(pair.cells.size());
  for (const CommonCell& cell : pair.cells) {
    Blur& blur = result.emplace_back();
    if (is_one_value(cell)) continue;
    const double reference = rounded_reference_ ? static_cast<double>(cell.reference) : 0.0;
    const double current = rounded_current_ ? static_cast<double>(cell.current) : 0.0;
    if (round_to_width(cell.low, pair.width) < cell.low) blur.reference_below = reference, blur.current_below = current;
    if (round_to_width(cell.high, pair.width) > cell.high)
      blur.reference_above = reference, blur.current_above = current;
  }
  return result;
}

}  // namespace driftline
