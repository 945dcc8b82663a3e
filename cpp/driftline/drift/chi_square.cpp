#include "driftline/drift/chi_square.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "driftline/drift/noncentral_chi_square.hpp"

namespace driftline {
namespace {

constexpr double least_expected = 5.0;

class PearsonLaw final : public SamplingLaw {
 public:
  PearsonLaw(double low, int df) : low_(low), df_(df) {}

  const char* name() const override { return "chi2"; }
  std::optional<double> p_value() const override {
    return df_ > 0 ? noncentral_chi_square_above(low_, static_cast<double>(df_), 0.0) : 1.0;
  }
  double p_above(double) const override { return 1.0; }
  double p_below(double) const override { return 1.0; }
  std::optional<std::pair<double, double>> interval(double) const override { return std::nullopt; }
  std::shared_ptr<const SamplingLaw> with_current_rows(double) const override { return nullptr; }

 private:
  double low_;
  int df_;
};

/// Counts of one side's bins, pooled: the estimate and what is certain.
struct Count {
  double value = 0.0;
  double low = 0.0;
  double high = 0.0;
};

struct Row {
  Count reference;
  Count current;
};

Row row_of(const BinTable& t, std::size_t i) {
  return {{t.reference_counts[i], t.reference_counts_low[i], t.reference_counts_high[i]},
          {t.current_counts[i], t.current_counts_low[i], t.current_counts_high[i]}};
}

void pool(Row& into, const Row& row) {
  for (const auto& [to, from] : {std::pair(&into.reference, &row.reference), std::pair(&into.current, &row.current)}) {
    to->value += from->value;
    to->low += from->low;
    to->high += from->high;
  }
}

/// A bin's part of the statistic: both sides' (observed − expected)² / expected.
double part(double r, double c, double n, double m) {
  const double difference = r / n - c / m;
  return r + c > 0.0 ? difference * difference * n * m / (r + c) : 0.0;
}

/// The least and the most that a bin can add. Like every divergence, the part is convex and 0 for equal shares.
std::pair<double, double> part_range(const Row& row, double n, double m) {
  const Count& r = row.reference;
  const Count& c = row.current;
  const double most = std::max(
      {part(r.low, c.low, n, m), part(r.low, c.high, n, m), part(r.high, c.low, n, m), part(r.high, c.high, n, m)});
  if (r.low / n > c.high / m) return {part(r.low, c.high, n, m), most};
  if (r.high / n < c.low / m) return {part(r.high, c.low, n, m), most};
  return {0.0, most};
}

/// A bound of the statistic whose chi-square law holds where bins of numbers expect few rows, infinity elsewhere.
///
/// Their reference counts are fixed by construction and the true shares vary instead. Then a true share that is small
/// by luck makes Pearson's expected count small: with 50 reference rows he rejects 16 % at 5 %. With the reference's
/// own counts as the expected ones it is at most the nominal level.
double small_numbers_bound(const BinTable& table, const std::vector<Row>& rows) {
  constexpr double few = 20.0;
  double bound = 0.0;
  bool any_small = false;
  for (const Row& row : rows) {
    const double r = row.reference.value;
    const double c = row.current.value;
    const double difference = r / table.n - c / table.m;
    bound += difference * difference * table.n / r;
    any_small = any_small || expected_rows(table, r, c, table.m) < few;
  }
  if (!table.labels.empty() || !any_small) return std::numeric_limits<double>::infinity();
  return bound / (1.0 / table.n + 1.0 / table.m);
}

}  // namespace

Evidence chi_square(std::shared_ptr<const BinTable> table) {
  const double n = table->n;
  const double m = table->m;
  ChiSquareDetails details;
  details.bins.contributions.resize(table->size());
  std::vector<Row> rows;
  std::vector<std::size_t> bin_of_row;
  Row pooled;
  std::size_t first_pooled = 0;
  for (std::size_t i = 0; i < table->size(); ++i) {
    const Row row = row_of(*table, i);
    if (row.reference.value + row.current.value <= 0.0) continue;
    if (expected_rows(*table, row.reference.value, row.current.value, m) < least_expected) {
      if (details.n_pooled++ == 0) first_pooled = i;
      pool(pooled, row);
    } else {
      rows.push_back(row);
      bin_of_row.push_back(i);
    }
  }
  if (details.n_pooled > 0) {
    rows.push_back(pooled);
    bin_of_row.push_back(first_pooled);
  }
  Evidence evidence;
  evidence.method = Method::chi_square;
  double value = 0.0, low = 0.0, high = 0.0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double own = part(rows[i].reference.value, rows[i].current.value, n, m);
    const auto [least, most] = part_range(rows[i], n, m);
    details.bins.contributions[bin_of_row[i]] = own;
    value += own;
    low += least;
    high += most;
  }
  details.df = std::max(0, static_cast<int>(rows.size()) - 1);
  details.cramers_v = std::min(1.0, std::sqrt(value / (n + m)));
  details.bins.table = std::move(table);
  evidence.value = value;
  evidence.certified_low = std::min(low, value);
  evidence.certified_high = std::max(high, value);
  evidence.law =
      std::make_shared<PearsonLaw>(std::min(low, small_numbers_bound(*details.bins.table, rows)), details.df);
  evidence.details = std::move(details);
  return evidence;
}

}  // namespace driftline
