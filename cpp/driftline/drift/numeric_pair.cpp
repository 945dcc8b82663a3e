#include "driftline/drift/numeric_pair.hpp"

#include <algorithm>
#include <variant>

namespace driftline {
namespace {

std::vector<RangeCount> ranges(const LogLinearHistogram& histogram, const NumericSummary& summary, FloatWidth width) {
  std::vector<RangeCount> result;
  result.reserve(histogram.prefixes.size());
  for (const Cell& cell : cells(histogram)) {
    result.push_back(
        {round_to_width(cell.low, width), round_to_width(cell.high, width), static_cast<double>(cell.count)});
  }
  const double min = round_to_width(summary.min, width);
  const double max = round_to_width(summary.max, width);
  result.front().low = std::max(result.front().low, min);
  result.back().high = std::min(result.back().high, max);
  return result;
}

}  // namespace

NumericPair::NumericPair(const ColumnProfile& reference, const ColumnProfile& current)
    : reference_(std::get<NumericSummary>(reference.summary)),
      current_(std::get<NumericSummary>(current.summary)),
      reference_width_(float_width(reference.type_name)),
      current_width_(float_width(current.type_name)),
      width_differs_(reference_width_ != current_width_) {
  if (reference_width_ > current_width_) rounded_reference_ = round_cells(reference_.histogram, current_width_);
  if (current_width_ > reference_width_) rounded_current_ = round_cells(current_.histogram, reference_width_);
}

PairCells NumericPair::common() const {
  const std::vector<CommonCell> both = common_cells(rounded_reference_ ? *rounded_reference_ : reference_.histogram,
                                                    rounded_current_ ? *rounded_current_ : current_.histogram);
  PairCells result;
  result.width = width_differs_ ? std::min(reference_width_, current_width_) : FloatWidth::full;
  result.cells.reserve(both.size());
  for (const CommonCell& cell : both) {
    result.cells.push_back(
        {cell.low, cell.high, static_cast<double>(cell.reference), static_cast<double>(cell.current)});
  }
  PairCell& first = result.cells.front();
  PairCell& last = result.cells.back();
  const double min = round_to_width(std::min(reference_.min, current_.min), result.width);
  const double max = round_to_width(std::max(reference_.max, current_.max), result.width);
  first.low = std::clamp(min, first.low, first.high);
  last.high = std::clamp(max, last.low, last.high);
  if (width_differs_) result.blurs = blurs(result);
  return result;
}

std::vector<Blur> NumericPair::blurs(const PairCells& pair) const {
  std::vector<Blur> result;
  result.reserve(pair.cells.size());
  for (const PairCell& cell : pair.cells) {
    Blur& blur = result.emplace_back();
    if (cell.one_value()) continue;
    const double reference = rounded_reference_ ? cell.reference : 0.0;
    const double current = rounded_current_ ? cell.current : 0.0;
    if (round_to_width(cell.low, pair.width) < cell.low) blur.reference_below = reference, blur.current_below = current;
    if (round_to_width(cell.high, pair.width) > cell.high)
      blur.reference_above = reference, blur.current_above = current;
  }
  return result;
}

std::vector<RangeCount> NumericPair::reference_ranges() const {
  if (rounded_reference_) return ranges(*rounded_reference_, reference_, current_width_);
  return ranges(reference_.histogram, reference_, FloatWidth::full);
}

std::vector<RangeCount> NumericPair::current_ranges() const {
  if (rounded_current_) return ranges(*rounded_current_, current_, reference_width_);
  return ranges(current_.histogram, current_, FloatWidth::full);
}

}  // namespace driftline
