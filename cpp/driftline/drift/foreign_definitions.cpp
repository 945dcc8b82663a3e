#include "driftline/drift/foreign_definitions.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "driftline/base/error.hpp"
#include "driftline/drift/foreign_counts.hpp"
#include "driftline/drift/foreign_divergences.hpp"
#include "driftline/drift/foreign_law.hpp"
#include "driftline/drift/foreign_order.hpp"
#include "driftline/drift/gap_scan.hpp"
#include "driftline/drift/ks.hpp"
#include "driftline/drift/numeric_pair.hpp"
#include "driftline/drift/two_sample_ks.hpp"
#include "driftline/drift/wasserstein.hpp"

namespace driftline {
namespace {

constexpr std::uint64_t nannyml_exact_rows = 10'000;  // from here on NannyML counts in bins

Evidence undefined(std::string reason) {
  Evidence evidence;
  evidence.reason = std::move(reason);
  return evidence;
}

Evidence bounded(const Bounded& value, ForeignDetails details) {
  if (!std::isfinite(value.high)) return undefined("overflow");
  Evidence evidence;
  evidence.value = value.value;
  evidence.certified_low = value.low;
  evidence.certified_high = value.high;
  evidence.details = std::move(details);
  return evidence;
}

/// Widens what is certain, and takes the estimate only with the first of several possible tables.
void widen(std::optional<Bounded>& all, const Bounded& one) {
  if (!all) all = one;
  all->low = std::min(all->low, one.low);
  all->high = std::max(all->high, one.high);
}

/// The difference of the largest and the smallest value is beyond the range of doubles, so that no bins can be made.
bool too_wide(const NumericSummary& reference, const NumericSummary& current) {
  return !std::isfinite(std::max(reference.max, current.max) - std::min(reference.min, current.min));
}

/// NumPy's bins of width 1 for integers where the estimated width is smaller.
bool integer_array(const ColumnProfile& column) {
  return (column.type_name.starts_with("int") || column.type_name.starts_with("uint")) && column.n_null == 0;
}

ForeignTable sturges_table(const ColumnProfile& reference, const ColumnProfile& current) {
  const auto& before = std::get<NumericSummary>(reference.summary);
  const auto& now = std::get<NumericSummary>(current.summary);
  const double first = std::min(before.min, now.min);
  const double last = std::max(before.max, now.max);
  double width = (last - first) / (std::log2(static_cast<double>(before.n_valid + now.n_valid)) + 1.0);
  if (integer_array(reference) && integer_array(current)) width = std::max(width, 1.0);
  return count_in_bins(before, now, even_edges(first, last, bins_of_width(last - first, width)), false);
}

/// Skewness, as a third moment about the exact mean over the exact deviation.
Bounded skewness(const NumericSummary& numbers) {
  const auto n = static_cast<double>(numbers.n_valid);
  const double mean = numbers.mean().value();
  const double sigma = numbers.std().value_or(0.0) * std::sqrt((n - 1.0) / n);
  const auto cube = [mean, sigma](double x) {
    const double z = (x - mean) / sigma;
    return z * z * z;
  };
  Bounded sum;
  for (const Cell& cell : certified_cells(numbers)) {
    const double share = static_cast<double>(cell.count) / n;
    sum.low += share * cube(cell.low);
    sum.value += share * cube(0.5 * cell.low + 0.5 * cell.high);
    sum.high += share * cube(cell.high);
  }
  return sum;
}

std::size_t doane_bins(const NumericSummary& numbers, double g1) {
  const auto n = static_cast<double>(numbers.n_valid);
  const double sg1 = std::sqrt(6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0)));
  const double range = numbers.max - numbers.min;
  return bins_of_width(range, range / (1.0 + std::log2(n) + std::log2(1.0 + std::abs(g1) / sg1)));
}

/// The numbers of bins that Doane's rule may give: the estimate first, then the others that the skewness allows.
std::vector<std::size_t> possible_doane_bins(const NumericSummary& numbers) {
  if (numbers.n_valid <= 2 || numbers.min == numbers.max) return {1};
  const Bounded g1 = skewness(numbers);
  const double least = std::max({0.0, g1.low, -g1.high});
  std::vector<std::size_t> bins{doane_bins(numbers, g1.value)};
  const std::size_t most = doane_bins(numbers, std::max(g1.high, -g1.low));
  for (std::size_t k = doane_bins(numbers, least); k <= most; ++k) {
    if (k != bins.front()) bins.push_back(k);
  }
  return bins;
}

Evidence doane_jensen_shannon(const NumericSummary& reference, const NumericSummary& current) {
  const double half = reference.min == reference.max ? 0.5 : 0.0;
  std::optional<Bounded> distance;
  ForeignDetails details;
  for (const std::size_t bins : possible_doane_bins(reference)) {
    ForeignTable table =
        count_in_bins(reference, current, even_edges(reference.min - half, reference.max + half, bins), true);
    if (!distance) details = std::move(table.details);
    widen(distance, jensen_shannon_distance(table, 2.0));
  }
  return bounded(distance.value(), std::move(details));
}

/// More than 20 distinct reference values, so that evidently counts in bins. A cell holds at least one.
bool many_values(const NumericSummary& numbers) {
  constexpr std::size_t most = 20;
  return numbers.histogram.counts.size() > most || !numbers.histogram.exact();
}

Evidence wasserstein_over(const NumericSummary& reference, const NumericSummary& current, double divisor) {
  const NumericPair pair(reference, current);
  const TransportDistance found = transport_distance(pair, scan_gaps(pair));
  const double scale = found.unit * divisor;
  ForeignDetails details;
  details.numbers.emplace_back("divisor", divisor);
  return bounded({found.low / scale, found.value / scale, found.high / scale}, std::move(details));
}

Evidence exact_ks(const NumericSummary& reference, const NumericSummary& current) {
  const NumericPair pair(reference, current);
  const Evidence found = ks(pair, scan_gaps(pair));
  return bounded({found.certified_low.value(), found.value.value(), found.certified_high.value()}, {});
}

/// One column under one definition.
class ForeignMethods {
 public:
  ForeignMethods(const ColumnProfile& reference, const ColumnProfile& current)
      : reference_(reference), current_(current) {}

  Evidence evidently(Method method) const {
    const bool in_bins = reference_.kind == Kind::numeric && many_values(before());
    switch (method) {
      case Method::psi:
      case Method::jensen_shannon: {
        if (in_bins && too_wide(before(), now())) return undefined("overflow");
        std::optional<ForeignTable> table = in_bins ? sturges_table(reference_, current_) : values();
        if (!table) return incomplete();
        const Bounded value =
            method == Method::psi ? evidently_psi(*table) : jensen_shannon_distance(*table, std::numbers::e);
        return bounded(value, std::move(table->details));
      }
      case Method::chi_square:
        return by_value(evidently_chi_square);
      case Method::ks: {
        Evidence evidence = exact_ks(before(), now());
        evidence.law = foreign_law("ks_2samp", [n = reference_.n_valid(), m = current_.n_valid(), d = *evidence.value] {
          return two_sample_p_value(n, m, d);
        });
        return evidence;
      }
      case Method::wasserstein: {
        const auto n = static_cast<double>(reference_.n_valid());
        const double sigma = before().std().value_or(0.0) * std::sqrt((n - 1.0) / n);
        return wasserstein_over(before(), now(), std::max(sigma, 0.001));
      }
      default:
        throw unknown();
    }
  }

  Evidence nannyml(Method method) const {
    switch (method) {
      case Method::jensen_shannon: {
        if (reference_.kind == Kind::numeric && too_wide(before(), now())) return undefined("overflow");
        if (reference_.kind == Kind::numeric) return doane_jensen_shannon(before(), now());
        std::optional<ForeignTable> table = values();
        return table ? bounded(jensen_shannon_distance(unseen_pooled(*table), 2.0), table->details) : incomplete();
      }
      case Method::chi_square:
        return by_value(nannyml_chi_square);
      case Method::ks:
        if (reference_.n_valid() < nannyml_exact_rows) return exact_ks(before(), now());
        if (too_wide(before(), now())) return undefined("overflow");
        return bounded(nannyml_binned_ks(before(), now()), {});
      case Method::wasserstein:
        if (reference_.n_valid() < nannyml_exact_rows) return wasserstein_over(before(), now(), 1.0);
        if (too_wide(before(), now())) return undefined("overflow");
        return bounded(nannyml_binned_wasserstein(before(), now()), {});
      default:
        throw unknown();
    }
  }

  Evidence whylogs(Method method) const {
    if (method == Method::chi_square) {
      return by_value([this](const ForeignTable& table) {
        return whylogs_chi_square(table, static_cast<double>(reference_.n_rows - reference_.n_absent),
                                  static_cast<double>(current_.n_rows - current_.n_absent));
      });
    }
    if (method != Method::ks) throw unknown();
    Evidence evidence = bounded(whylogs_ks(before(), now()), {});
    const auto n = static_cast<double>(reference_.n_valid());
    const auto m = static_cast<double>(current_.n_valid());
    evidence.law = foreign_law("kstwo", [rows = static_cast<std::uint64_t>(std::nearbyint(n * m / (n + m))),
                                         d = *evidence.value] { return one_sample_above(rows, d); });
    return evidence;
  }

 private:
  const NumericSummary& before() const { return numbers(reference_); }
  const NumericSummary& now() const { return numbers(current_); }
  std::optional<ForeignTable> values() const { return count_values(reference_, current_); }

  const NumericSummary& numbers(const ColumnProfile& column) const {
    if (const auto* found = std::get_if<NumericSummary>(&column.summary)) return *found;
    throw unknown();
  }

  OptionError unknown() const {
    return OptionError("column \"" + reference_.name + "\" is " + kind_name(reference_.kind) +
                       ", and the tool has no such method for it");
  }

  Evidence incomplete() const {
    return undefined(std::holds_alternative<NumericSummary>(reference_.summary) ? "too_many_values"
                                                                                : "labels_not_kept");
  }

  template <class Formula>
  Evidence by_value(const Formula& formula) const {
    std::optional<ForeignTable> table = values();
    if (!table) return incomplete();
    Evidence evidence = formula(*table);
    auto& found = std::get<ForeignDetails>(evidence.details);
    table->details.numbers = std::move(found.numbers);
    found = std::move(table->details);
    return evidence;
  }

  /// Values that the reference never saw, in one bin.
  static ForeignTable unseen_pooled(const ForeignTable& table) {
    ForeignTable pooled;
    pooled.n = table.n;
    pooled.m = table.m;
    double unseen = 0.0;
    for (std::size_t i = 0; i < table.reference.size(); ++i) {
      if (table.reference[i].value == 0.0) {
        unseen += table.current[i].value;
        continue;
      }
      pooled.reference.push_back(table.reference[i]);
      pooled.current.push_back(table.current[i]);
    }
    pooled.reference.emplace_back();
    pooled.current.push_back({unseen, unseen, unseen});
    return pooled;
  }

  const ColumnProfile& reference_;
  const ColumnProfile& current_;
};

}  // namespace

Evidence foreign_evidence(const ColumnProfile& reference, const ColumnProfile& current, const MethodSpec& spec) {
  const ForeignMethods methods(reference, current);
  switch (spec.definition) {
    case Definition::evidently:
      return methods.evidently(spec.method);
    case Definition::nannyml:
      return methods.nannyml(spec.method);
    case Definition::whylogs:
      return methods.whylogs(spec.method);
    default:
      throw OptionError("definition \"driftline\" is no other tool's");
  }
}

}  // namespace driftline
