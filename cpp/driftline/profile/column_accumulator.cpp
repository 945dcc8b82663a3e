#include "driftline/profile/column_accumulator.hpp"

#include <algorithm>
#include <cmath>

#include "driftline/column/read_numbers.hpp"

namespace driftline {
namespace {

std::variant<NumericAccumulator, CategoryCounts> make_accumulator(Kind kind, const ProfileOptions& options,
                                                                  std::uint64_t salt) {
  if (kind == Kind::categorical) return CategoryCounts({options.max_categories, options.hash_labels, salt});
  return NumericAccumulator(options.resolution);
}

}  // namespace

std::uint64_t count_nulls(const ColumnView& view) {
  if (view.logical == Logical::null) return static_cast<std::uint64_t>(view.length);
  std::uint64_t n = 0;
  for (std::int64_t i = 0; i < view.length; ++i) {
    const bool empty_cell =
        view.storage == Storage::objects && view.objects[view.offset + i].kind == ObjectValue::Kind::null;
    n += view.is_null(i) || empty_cell;
  }
  return n;
}

ColumnAccumulator::ColumnAccumulator(Kind kind, const ProfileOptions& options, std::uint64_t salt)
    : accumulator_(make_accumulator(kind, options, salt)) {}

NonLabels ColumnAccumulator::read(const ColumnView& view, std::int64_t begin, std::int64_t end) {
  return std::visit([&](auto& accumulator) { return read_into(accumulator, view, begin, end); }, accumulator_);
}

NonLabels ColumnAccumulator::read_into(NumericAccumulator& numbers, const ColumnView& view, std::int64_t begin,
                                       std::int64_t end) {
  NonLabels rest;
  rest.n_null = read_numbers(view, begin, end, [this, &numbers](const NumberBlock& block) {
    if (!has_values_) {
      has_values_ = std::any_of(block.values.begin(), block.values.end(), [](double x) { return std::isfinite(x); });
    }
    numbers.add(block);
  });
  return rest;
}

NonLabels ColumnAccumulator::read_into(CategoryCounts& labels, const ColumnView& view, std::int64_t begin,
                                       std::int64_t end) {
  return read_label_blocks(view, begin, end, [this, &labels](const LabelBlock& block) {
    has_values_ = true;
    labels.add(block);
  });
}

ColumnSummary ColumnAccumulator::finish() const {
  return std::visit([](const auto& accumulator) { return ColumnSummary(accumulator.finish()); }, accumulator_);
}

}  // namespace driftline
