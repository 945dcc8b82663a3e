#include "driftline/drift/foreign_divergences.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "driftline/drift/foreign_law.hpp"
#include "driftline/drift/noncentral_chi_square.hpp"

namespace driftline {
namespace {

/// Shares of a side's rows, nothing filled in.
std::vector<Bounded> raw_shares(const std::vector<Bounded>& counts, double rows) {
  std::vector<Bounded> shares;
  for (const Bounded& count : counts) shares.push_back({count.low / rows, count.value / rows, count.high / rows});
  return shares;
}

/// What evidently puts in place of 0, given the smallest share above 0.
double fill_for(double smallest) { return smallest <= 0.0001 ? smallest / 1e6 : 0.0001; }

std::vector<Bounded> filled_shares(const std::vector<Bounded>& counts, double rows) {
  std::vector<Bounded> shares = raw_shares(counts, rows);
  double smallest = 1.0;  // share above 0, as estimated
  double least = 1.0;     // and at least, whatever the rows are
  for (const Bounded& share : shares) {
    if (share.value > 0.0) smallest = std::min(smallest, share.value);
    if (share.high > 0.0) least = std::min(least, std::max(share.low, 1.0 / rows));
  }
  const bool exact = std::all_of(shares.begin(), shares.end(), [](const Bounded& share) { return share.exact(); });
  const double fill = fill_for(smallest);
  // The rule jumps at 0.0001: bounds of the fill have to hold both sides of the jump.
  const double fill_low = exact ? fill : least / 1e6;
  const double fill_high = exact ? fill : 0.0001;
  for (Bounded& share : shares) {
    if (share.low <= 0.0) {
      share.low = share.high > 0.0 ? std::min(fill_low, 1.0 / rows) : fill_low;
      share.high = std::max(share.high, fill_high);
    }
    if (share.value <= 0.0) share.value = fill;
  }
  return shares;
}

/// Σ part(p, q), where each part is convex and 0 for p = q: its largest value over a box is at a corner, its smallest
/// where p and q are closest.
template <class Part>
Bounded sum_parts(const std::vector<Bounded>& p, const std::vector<Bounded>& q, const Part& part) {
  Bounded sum;
  for (std::size_t i = 0; i < p.size(); ++i) {
    sum.value += part(p[i].value, q[i].value);
    sum.high += std::max(
        {part(p[i].low, q[i].low), part(p[i].low, q[i].high), part(p[i].high, q[i].low), part(p[i].high, q[i].high)});
    if (p[i].low > q[i].high) sum.low += part(p[i].low, q[i].high);
    if (p[i].high < q[i].low) sum.low += part(p[i].high, q[i].low);
  }
  sum.low = std::min(sum.low, sum.value);
  sum.high = std::max(sum.high, sum.value);
  return sum;
}

double entropy_part(double x, double middle) { return x > 0.0 ? x * std::log(x / middle) : 0.0; }

Evidence statistic(double value, double df) {
  Evidence evidence;
  double p_value = 0.0;
  if (std::isfinite(value)) {
    evidence.value = evidence.certified_low = evidence.certified_high = value;
    p_value = df > 0.0 ? noncentral_chi_square_above(value, df, 0.0) : 1.0;
  } else {
    evidence.reason = "infinite";
  }
  evidence.law = foreign_law("chi2", [p_value] { return p_value; });
  ForeignDetails details;
  details.numbers.emplace_back("df", df);
  evidence.details = std::move(details);
  return evidence;
}

}  // namespace

Bounded evidently_psi(const ForeignTable& table) {
  return sum_parts(filled_shares(table.reference, table.n), filled_shares(table.current, table.m),
                   [](double p, double q) { return p == q ? 0.0 : (p - q) * std::log(p / q); });
}

Bounded jensen_shannon_distance(const ForeignTable& table, double base) {
  const auto part = [](double p, double q) {
    const double middle = 0.5 * (p + q);
    return p == q ? 0.0 : std::max(0.0, 0.5 * (entropy_part(p, middle) + entropy_part(q, middle)));
  };
  const Bounded sum = sum_parts(raw_shares(table.reference, table.n), raw_shares(table.current, table.m), part);
  const double unit = std::log(base);
  const auto distance = [unit](double nats) { return std::sqrt(std::min(nats, std::log(2.0)) / unit); };
  return {distance(sum.low), distance(sum.value), distance(sum.high)};
}

Evidence evidently_chi_square(const ForeignTable& table) {
  double sum = 0.0;
  for (std::size_t i = 0; i < table.reference.size(); ++i) {
    const double expected = table.reference[i].value * (table.m / table.n);
    const double difference = table.current[i].value - expected;
    sum += difference * difference / expected;
  }
  Evidence evidence = statistic(sum, static_cast<double>(table.reference.size()) - 1.0);
  if (table.reference.size() == 1) evidence.law = nullptr;  // SciPy's chisquare says NaN
  return evidence;
}

Evidence nannyml_chi_square(const ForeignTable& table) {
  const double yates = table.reference.size() == 2 ? 0.5 : 0.0;
  double sum = 0.0;
  for (std::size_t i = 0; i < table.reference.size(); ++i) {
    const double both = table.reference[i].value + table.current[i].value;
    for (const auto& [count, rows] :
         {std::pair(table.reference[i].value, table.n), std::pair(table.current[i].value, table.m)}) {
      const double expected = both * rows / (table.n + table.m);
      const double difference = std::abs(count - expected);
      const double corrected = difference - std::min(yates, difference);
      sum += corrected * corrected / expected;
    }
  }
  return statistic(sum, static_cast<double>(table.reference.size()) - 1.0);
}

Evidence whylogs_chi_square(const ForeignTable& table, double n_rows, double m_rows) {
  double sum = 0.0;
  double distinct = 0.0;
  for (std::size_t i = 0; i < table.reference.size(); ++i) {
    const double expected = std::floor(table.reference[i].value / n_rows * m_rows);
    const double difference = table.current[i].value - expected;
    sum = expected > 0.0 ? sum + difference * difference / expected : HUGE_VAL;
    if (table.current[i].value > 0.0) ++distinct;
  }
  return statistic(sum, std::max(1.0, distinct - 1.0));
}

}  // namespace driftline
