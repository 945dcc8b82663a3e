#include "driftline/drift/numeric_signals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "driftline/drift/distinct_ratio.hpp"
#include "driftline/drift/normal.hpp"
#include "driftline/drift/proportions.hpp"
#include "driftline/drift/share_signal.hpp"
#include "driftline/drift/side_cells.hpp"

namespace driftline {
namespace {

/// Law of |effect| for an estimate with a normal error.
class NormalEffectLaw final : public EffectLaw {
 public:
  NormalEffectLaw(double effect, double error) : effect_(std::abs(effect)), error_(error) {}

  std::optional<double> p_value() const override { return p_above(0.0); }
  double p_above(double tolerance) const override {
    if (error_ <= 0.0) return effect_ > tolerance ? 0.0 : 1.0;
    return std::min(1.0, normal_above((effect_ - tolerance) / error_) + normal_above((effect_ + tolerance) / error_));
  }
  std::optional<std::pair<double, double>> interval(double level) const override {
    const double reach = normal_score(0.5 * (1.0 - level)) * error_;
    return std::pair(std::max(0.0, effect_ - reach), effect_ + reach);
  }

 private:
  double effect_;
  double error_;
};

/// Rows that certainly lie outside [low, high].
Share rows_outside(const SideCells& cells, double low, double high, double weight) {
  const NumericSummary& side = cells.summary();
  Share outside{0, side.n_valid, weight};
  if (side.min >= low && side.max <= high) return outside;
  const double above = std::nextafter(high, std::numeric_limits<double>::infinity());
  const std::size_t first_outside = high < above ? cells.first_above(above) : cells.size();
  outside.count = cells.rows_before(cells.first_reaching(low)) + side.n_valid - cells.rows_before(first_outside);
  return outside;
}

Signal outside_signal(const char* name, const NumericPair& pair, double margin) {
  const double low = pair.reference().min - margin;
  const double high = pair.reference().max + margin;
  const Share outside = rows_outside(pair.counted_current(), low, high, pair.weights().shares.current);
  Signal signal = share_signal(name, {0, pair.reference().n_valid}, outside);
  signal.value = outside.value();
  signal.law = share_outside_law(outside, pair.n() * pair.weights().shares.reference);
  signal.numbers = {{"low", low}, {"high", high}};
  return signal;
}

std::vector<Signal> outside_signals(const NumericPair& pair) {
  const NumericSummary& reference = pair.reference();
  const SideCells& cells = pair.counted_reference();
  // Halved, as the width of a column of ±1.7e308 is no double; limits may then be infinite and nothing is far out.
  const double width = 2.0 * (0.5 * quantile_of(cells, 0.99) - 0.5 * quantile_of(cells, 0.01));
  const double range = 2.0 * (0.5 * reference.max - 0.5 * reference.min);
  const double rounding = std::max(1e-6 * range, 0x1p-23 * std::max(std::abs(reference.min), std::abs(reference.max)));
  return {outside_signal("far_out", pair, std::max(width, rounding)), outside_signal("out_of_range", pair, rounding)};
}

/// Rows that hold exactly `value`; nullopt when its cell holds other values too.
std::optional<std::uint64_t> rows_of(const SideCells& cells, double value) {
  const std::size_t i = cells.first_reaching(value);
  if (i == cells.size() || cells.low(i) > value) return 0;
  return cells.one_value(i) ? std::optional(cells.rows_before(i + 1) - cells.rows_before(i)) : std::nullopt;
}

std::optional<Signal> constant(const NumericPair& pair) {
  const NumericSummary& reference = pair.reference();
  const NumericSummary& current = pair.current();
  const bool was = reference.min == reference.max;
  const bool is = current.min == current.max;
  if (was == is && (!was || reference.min == current.min)) return std::nullopt;
  const double value = was ? reference.min : current.min;
  const std::optional<std::uint64_t> before = rows_of(pair.counted_reference(), value);
  const std::optional<std::uint64_t> now = rows_of(pair.counted_current(), value);
  if (!before || !now) return std::nullopt;
  Signal signal = constant_signal(was && is ? "both"
                                  : was     ? "reference"
                                            : "current",
                                  {*before, reference.n_valid, pair.weights().shares.reference},
                                  {*now, current.n_valid, pair.weights().shares.current});
  signal.numbers.emplace_back("value", value);
  return signal;
}

std::optional<Signal> mean_shift(const NumericPair& pair) {
  const NumericSummary& reference = pair.reference();
  const NumericSummary& current = pair.current();
  const auto& [mean_before, before] = pair.reference_moments();
  const auto& [mean_now, now] = pair.current_moments();
  if (!before || *before <= 0.0) return std::nullopt;
  const double shift = mean_now / *before - mean_before / *before;
  if (!std::isfinite(shift)) return std::nullopt;
  const double ratio = now.value_or(*before) / *before;
  // Few rows: as wide as Student's law. The unit is an estimate too; its error is that of a normal column.
  const auto rows = [](double effective) { return std::max(1.0, effective - 3.0); };
  const double error =
      std::sqrt((1.0 + 0.5 * shift * shift) / rows(pair.effective_n()) + ratio * ratio / rows(pair.effective_m()));
  Signal signal;
  signal.name = "mean_shift";
  signal.value = std::abs(shift);
  signal.reference = mean_before;
  signal.current = mean_now;
  signal.n_reference = reference.n_valid;
  signal.n_current = current.n_valid;
  signal.law = std::make_shared<NormalEffectLaw>(shift, error);
  signal.numbers.emplace_back("reference_std", *before);
  return signal;
}

struct Spread {
  double iqr;
  double log_error;  // standard error of ln(iqr)
};

/// Interquartile range; its error from how far the quartiles move when their ranks move by one standard error.
std::optional<Spread> spread_of(const SideCells& cells, double rows) {
  const double rank_error = std::sqrt(0.25 * 0.75 / rows);
  if (rank_error >= 0.2) return std::nullopt;
  const auto half_move = [&](double q) {
    return 0.5 * (quantile_of(cells, q + rank_error) - quantile_of(cells, q - rank_error));
  };
  const double iqr = quantile_of(cells, 0.75) - quantile_of(cells, 0.25);
  if (!(iqr > 0.0) || !std::isfinite(iqr)) return std::nullopt;
  // The two quartiles of one sample are correlated by 1/3.
  const double low = half_move(0.25);
  const double high = half_move(0.75);
  return Spread{iqr, std::sqrt(std::max(0.0, low * low + high * high - 2.0 / 3.0 * low * high)) / iqr};
}

std::optional<Signal> spread_change(const NumericPair& pair) {
  const std::optional<Spread> before = spread_of(pair.counted_reference(), pair.effective_n());
  const std::optional<Spread> now = spread_of(pair.counted_current(), pair.effective_m());
  if (!before || !now) return std::nullopt;
  Signal signal;
  signal.name = "spread_change";
  signal.value = std::abs(std::log(now->iqr / before->iqr));
  signal.reference = before->iqr;
  signal.current = now->iqr;
  signal.n_reference = pair.reference().n_valid;
  signal.n_current = pair.current().n_valid;
  signal.law = std::make_shared<NormalEffectLaw>(*signal.value, std::hypot(before->log_error, now->log_error));
  return signal;
}

DistinctCounts distinct_counts(const NumericSummary& side) {
  DistinctCounts result;
  for (const IntegerCount& integer : side.integers->kept) result.counts.push_back(integer.count);
  result.n_distinct = side.integers->n_distinct();
  result.rows = side.n_valid;
  return result;
}

}  // namespace

std::vector<Signal> numeric_signals(const NumericPair& pair) {
  std::vector<Signal> signals = outside_signals(pair);
  for (std::optional<Signal> signal : {constant(pair), mean_shift(pair), spread_change(pair)}) {
    if (signal) signals.push_back(std::move(*signal));
  }
  if (pair.reference().integers && pair.current().integers)
    signals.push_back(distinct_ratio(distinct_counts(pair.reference()), distinct_counts(pair.current())));
  return signals;
}

}  // namespace driftline
