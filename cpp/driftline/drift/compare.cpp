#include "driftline/drift/compare.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "driftline/base/error.hpp"
#include "driftline/base/hash.hpp"
#include "driftline/drift/anderson_darling.hpp"
#include "driftline/drift/bins.hpp"
#include "driftline/drift/chi_square.hpp"
#include "driftline/drift/chi_square_law.hpp"
#include "driftline/drift/cramer_von_mises.hpp"
#include "driftline/drift/direction.hpp"
#include "driftline/drift/divergences.hpp"
#include "driftline/drift/energy.hpp"
#include "driftline/drift/foreign_definitions.hpp"
#include "driftline/drift/gap_scan.hpp"
#include "driftline/drift/ks.hpp"
#include "driftline/drift/numeric_pair.hpp"
#include "driftline/drift/signals.hpp"
#include "driftline/drift/total_variation_law.hpp"
#include "driftline/drift/wasserstein.hpp"

namespace driftline {
namespace {

bool needs_numbers(Method method) {
  switch (method) {
    case Method::ks:
    case Method::wasserstein:
    case Method::wasserstein_scaled:
    case Method::cramer_von_mises:
    case Method::energy:
    case Method::anderson_darling:
      return true;
    default:
      return false;
  }
}

void require_comparable(const ColumnProfile& reference, const ColumnProfile& current) {
  for (const auto& [side, column] : {std::pair("reference", &reference), std::pair("current data", &current)}) {
    if (column->n_valid() == 0 || std::holds_alternative<std::monostate>(column->summary)) {
      throw InputError("column \"" + column->name + "\" has no value in the " + side + "; there is nothing to compare");
    }
  }
  if (reference.summary.index() != current.summary.index()) {
    throw InputError("column \"" + reference.name + "\" is " + kind_name(reference.kind) + " in the reference and " +
                     kind_name(current.kind) + " in the current data; give both the same kind in the schema");
  }
}

void require_weights(const SideWeights& weights) {
  for (const double weight : {weights.reference, weights.current}) {
    if (!(weight > 0.0 && weight <= 1.0))
      throw OptionError("a row is worth more than 0 and at most 1 independent rows, got " + std::to_string(weight));
  }
}

void require_allowed(const ColumnProfile& column, const MethodSpec& spec) {
  const bool numbers = std::holds_alternative<NumericSummary>(column.summary);
  if (needs_numbers(spec.method) && !numbers) {
    throw OptionError(std::string(method_name(spec.method)) + " needs numbers, but column \"" + column.name + "\" is " +
                      kind_name(column.kind) + "; psi, total_variation and chi_square work for it");
  }
  if (spec.bins < 2 || spec.bins > 1000) {
    throw OptionError(std::string(method_name(spec.method)) + ": bins must be 2 to 1000, got " +
                      std::to_string(spec.bins));
  }
}

/// What several methods on the same column share, made when first needed.
class ColumnComparison {
 public:
  ColumnComparison(const ColumnProfile& reference, const ColumnProfile& current, const RowWeights& weights)
      : reference_(reference), current_(current), weights_(weights), key_(xxh64(reference.name)) {
    if (std::holds_alternative<NumericSummary>(reference.summary)) pair_.emplace(reference, current, weights);
  }

  Evidence measure(const MethodSpec& spec) {
    const bool own = spec.definition == Definition::driftline;
    Evidence evidence = !own                         ? foreign_evidence(reference_, current_, spec)
                        : needs_numbers(spec.method) ? by_cells(spec)
                                                     : by_bins(spec);
    evidence.method = spec.method;
    evidence.definition = spec.definition;
    evidence.n_reference = reference_.n_valid();
    evidence.n_current = current_.n_valid();
    if (own) evidence.weights = needs_numbers(spec.method) ? weights_.order : weights_.shares;
    evidence.coarse = pair_ && has_coarse_cell(2.0 * pair_->n(), spec.bins);
    return evidence;
  }

  /// Reads all cells in order where a method needs it: looking some of them up is cheaper afterwards.
  void prepare(const std::vector<MethodSpec>& methods) {
    const bool walks = std::any_of(methods.begin(), methods.end(), [](const MethodSpec& spec) {
      return spec.definition == Definition::driftline &&
             (spec.method == Method::ks || spec.method == Method::wasserstein ||
              spec.method == Method::wasserstein_scaled);
    });
    if (pair_ && walks) scan();
  }

  /// nullptr where the column has no numbers.
  const NumericPair* numbers() const { return pair_ ? &*pair_ : nullptr; }

 private:
  Evidence by_cells(const MethodSpec& spec) {
    if (spec.method == Method::cramer_von_mises) return cramer_von_mises(*pair_, common());
    if (spec.method == Method::energy) return energy(*pair_, common());
    if (spec.method == Method::anderson_darling) return anderson_darling(*pair_, common());
    if (spec.method == Method::ks) return ks(*pair_, scan());
    if (!transport_) transport_ = transport_distance(*pair_, scan());
    return wasserstein(*pair_, *transport_, spec, key_);
  }

  const GapScan& scan() {
    if (!scan_) scan_ = scan_gaps(*pair_);
    return *scan_;
  }

  const PairCells& common() {
    if (!common_) common_ = pair_->common();
    return *common_;
  }

  Evidence by_bins(const MethodSpec& spec) {
    const std::shared_ptr<const BinTable> table = table_of(spec.bins);
    const std::shared_ptr<const BinTable> effective = effective_table(spec.bins);
    if (spec.method == Method::chi_square) {
      Evidence evidence = chi_square(table);
      if (effective != table) evidence.law = chi_square(effective).law;
      return evidence;
    }
    Evidence evidence;
    Divergence found = divergence(*table, spec.method);
    evidence.value = found.value;
    evidence.certified_low = found.certified_low;
    evidence.certified_high = found.certified_high;
    evidence.law = spec.method == Method::total_variation ? total_variation_law(found, effective, key_)
                                                          : chi_square_law(spec.method, effective);
    evidence.details = BinDetails{table, std::move(found.contributions)};
    return evidence;
  }

  std::shared_ptr<const BinTable> table_of(int bins) {
    std::shared_ptr<const BinTable>& table = tables_[bins];
    if (table) return table;
    if (pair_) {
      table = std::make_shared<const BinTable>(numeric_bins(*pair_, bins));
    } else {
      table = std::make_shared<const BinTable>(
          category_bins(std::get<CategorySummary>(reference_.summary), std::get<CategorySummary>(current_.summary)));
    }
    return table;
  }

  /// Does a reference cell that is not one value hold more than rows / bins?
  bool has_coarse_cell(double rows, int bins) {
    const auto known = coarse_.find(bins);
    if (known != coarse_.end()) return known->second;
    const LogLinearHistogram& histogram = pair_->reference().histogram;
    // One less, whatever the division rounds to.
    const std::vector<std::size_t> full =
        pair_->counted_reference().cells_of_at_least(std::max(0.0, rows / bins * (1.0 - 0x1p-50) - 1.0));
    const bool found = std::any_of(full.begin(), full.end(), [&](std::size_t i) {
      return pair_->counted_reference().level(i) > 0 && rows < static_cast<double>(histogram.counts[i]) * bins;
    });
    return coarse_[bins] = found;
  }

  /// The table as laws take it.
  std::shared_ptr<const BinTable> effective_table(int bins) {
    const std::shared_ptr<const BinTable> table = table_of(bins);
    const SideWeights& weights = weights_.shares;
    if (weights.reference == 1.0 && weights.current == 1.0) return table;
    std::shared_ptr<const BinTable>& effective = effective_tables_[bins];
    if (!effective) effective = std::make_shared<const BinTable>(thinned(*table, weights));
    return effective;
  }

  const ColumnProfile& reference_;
  const ColumnProfile& current_;
  RowWeights weights_;
  std::uint64_t key_;
  std::optional<NumericPair> pair_;
  std::optional<PairCells> common_;
  std::optional<GapScan> scan_;
  std::optional<TransportDistance> transport_;
  std::map<int, std::shared_ptr<const BinTable>> tables_;  // by number of bins
  std::map<int, std::shared_ptr<const BinTable>> effective_tables_;
  std::map<int, bool> coarse_;  // by number of bins
};

}  // namespace

Comparison compare_columns(const ColumnProfile& reference, const ColumnProfile& current,
                           const std::vector<MethodSpec>& methods, const RowWeights& weights) {
  for (const SideWeights& each : {weights.shares, weights.order, weights.nulls}) require_weights(each);
  if (methods.empty() && (reference.n_valid() == 0 || current.n_valid() == 0))
    return {{}, find_signals(reference, current, nullptr, weights), "", {}};
  require_comparable(reference, current);
  ColumnComparison comparison(reference, current, weights);
  for (const MethodSpec& spec : methods) require_allowed(reference, spec);
  comparison.prepare(methods);
  Comparison result;
  for (const MethodSpec& spec : methods) {
    result.evidence.push_back(comparison.measure(spec));
  }
  const NumericPair* numbers = comparison.numbers();
  result.signals = find_signals(reference, current, numbers, weights);
  if (numbers != nullptr) {
    result.direction = numeric_direction(*numbers);
    if (numbers->width_differs()) result.notes.emplace_back("width_differs");
  } else {
    const auto& labels_before = std::get<CategorySummary>(reference.summary);
    const auto& labels_now = std::get<CategorySummary>(current.summary);
    result.direction = category_direction(labels_before, labels_now);
    if (labels_before.overflowed || labels_now.overflowed) result.notes.emplace_back("overflowed");
  }
  return result;
}

}  // namespace driftline
