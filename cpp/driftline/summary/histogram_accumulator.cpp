#include "driftline/summary/histogram_accumulator.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace driftline {

HistogramAccumulator::HistogramAccumulator(std::uint32_t resolution, const NumericKernels& kernels)
    : kernels_(&kernels), exact_(resolution) {
  settled_.resolution = resolution;
}

void HistogramAccumulator::leave_exact(LogLinearHistogram counted) {
  LogLinearHistogram cells = exact_->waiting().empty() ? std::move(counted) : exact_->histogram(n_zero_);
  n_in_arrays_ = exact_->n_values();
  exact_.reset();
  coarsen(std::move(cells));
}

void HistogramAccumulator::add_coarsely(std::span<const double> values) {
  while (!values.empty()) {
    const std::span<const double> block = values.first(std::min(values.size(), kernel_rows));
    values = values.subspan(block.size());
    arrays_->add(block);
    n_in_arrays_ += block.size();
    if (n_in_arrays_ >= next_coarsening_ || arrays_->crowded()) coarsen(uncut());
  }
}

/// Makes the cells, which are all there are, canonical, and arrays for them.
void HistogramAccumulator::coarsen(LogLinearHistogram cells) {
  cells = canonical(std::move(cells));
  arrays_.reset();
  arrays_.emplace(cells, *kernels_);
  constexpr std::uint64_t most_counted = std::numeric_limits<std::uint32_t>::max() - kernel_rows;
  if (n_in_arrays_ <= most_counted / 2) {
    arrays_->load(cells);
    next_coarsening_ = std::min(8 * n_in_arrays_, most_counted);
  } else {
    settled_ = std::move(cells);
    n_zero_ = 0;
    n_in_arrays_ = 0;
    next_coarsening_ = most_counted;
  }
}

LogLinearHistogram HistogramAccumulator::uncut() const {
  LogLinearHistogram recent = exact() ? exact_->histogram(n_zero_) : arrays_->histogram(n_zero_);
  return settled_.pages.empty() ? std::move(recent) : merge(settled_, recent);
}

LogLinearHistogram HistogramAccumulator::finish() const { return canonical(uncut()); }

}  // namespace driftline
