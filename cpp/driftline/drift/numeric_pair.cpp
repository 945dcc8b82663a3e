#include "driftline/drift/numeric_pair.hpp"

#include <algorithm>
#include <variant>

namespace driftline {
NumericPair::NumericPair(const ColumnProfile& reference, const ColumnProfile& current)
    : reference_(std::get<NumericSummary>(reference.summary)),
      current_(std::get<NumericSummary>(current.summary)),
      reference_width_(float_width(reference.type_name)),
      current_width_(float_width(current.type_name)),
      width_differs_(reference_width_ != current_width_) {
  if (reference_width_ > current_width_) rounded_reference_ = round_cells(reference_.histogram, current_width_);
  if (current_width_ > reference_width_) rounded_current_ = round_cells(current_.histogram, reference_width_);
}

NumericPair::NumericPair(const NumericSummary& reference, const NumericSummary& current)
    : reference_(reference),
      current_(current),
      reference_width_(FloatWidth::full),
      current_width_(FloatWidth::full),
      width_differs_(false) {}

PairCells NumericPair::common() const {
  PairCells result;
  result.cells = common_cells(rounded_reference_ ? *rounded_reference_ : reference_.histogram,
                              rounded_current_ ? *rounded_current_ : current_.histogram);
  result.width = width_differs_ ? std::min(reference_width_, current_width_) : FloatWidth::full;
  CommonCell& first = result.cells.front();
  CommonCell& last = result.cells.back();
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

SideCells NumericPair::reference_cells() const {
  if (rounded_reference_) return {*rounded_reference_, reference_, current_width_};
  return {reference_.histogram, reference_, FloatWidth::full};
}

SideCells NumericPair::current_cells() const {
  if (rounded_current_) return {*rounded_current_, current_, reference_width_};
  return {current_.histogram, current_, FloatWidth::full};
}

}  // namespace driftline
