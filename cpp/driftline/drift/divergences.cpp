#include "driftline/drift/divergences.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace driftline {
namespace {

constexpr double pseudo_share = 0.002;

bool is_shrunk(Method method) { return method == Method::psi || method == Method::kl_divergence; }

/// x log2(x / y) with 0 for x = 0.
double x_log2_ratio(double x, double y) { return x > 0.0 ? x * std::log2(x / y) : 0.0; }

double plain_term(Method method, double p, double q) {
  if (p == q) return 0.0;
  switch (method) {
    case Method::psi:
      return (p - q) * std::log(p / q);
    case Method::kl_divergence:
      return std::max(0.0, q * std::log(q / p) - q + p);
    case Method::jensen_shannon: {
      const double middle = 0.5 * (p + q);
      return std::max(0.0, 0.5 * (x_log2_ratio(p, middle) + x_log2_ratio(q, middle)));
    }
    case Method::hellinger: {
      const double difference = std::sqrt(p) - std::sqrt(q);
      return 0.5 * difference * difference;
    }
    default:
      return 0.5 * std::abs(p - q);
  }
}

Slopes plain_slopes(Method method, double p, double q) {
  switch (method) {
    case Method::psi:
      return {std::log(p / q) + 1.0 - q / p, std::log(q / p) + 1.0 - p / q};
    case Method::kl_divergence:
      return {1.0 - q / p, std::log(q / p)};
    case Method::jensen_shannon: {
      const double sum = p + q;
      return {0.5 * std::log2(2.0 * p / sum), 0.5 * std::log2(2.0 * q / sum)};
    }
    default: {
      const double root = std::sqrt(q / p);
      return {0.5 * (1.0 - root), 0.5 * (1.0 - 1.0 / root)};
    }
  }
}

}  // namespace

Shares shrink(const Shrinkage& shrinkage, Shares raw) {
  if (shrinkage.reference == 0.0 && shrinkage.current == 0.0) return raw;
  const double pooled = shrinkage.weight * raw.p + (1.0 - shrinkage.weight) * raw.q;
  return {(raw.p + shrinkage.reference * pooled) / (1.0 + shrinkage.reference),
          (raw.q + shrinkage.current * pooled) / (1.0 + shrinkage.current)};
}

Shrinkage shrinkage_of(Method method, double n, double m, double occupied_bins) {
  if (!is_shrunk(method)) return {};
  const auto relative = [occupied_bins](double rows) {
    return std::max(0.5 * occupied_bins, pseudo_share * rows) / rows;
  };
  return {relative(n), relative(m), n / (n + m)};
}

Shrinkage limit_shrinkage(Method method, double n, double m) {
  if (!is_shrunk(method)) return {};
  return {pseudo_share, pseudo_share, n / (n + m)};
}

double divergence_term(Method method, const Shrinkage& shrinkage, Shares raw) {
  if (raw.p == raw.q) return 0.0;
  const Shares shares = shrink(shrinkage, raw);
  return plain_term(method, shares.p, shares.q);
}

Slopes divergence_slopes(Method method, const Shrinkage& shrinkage, Shares raw) {
  const Shares shares = shrink(shrinkage, raw);
  const Slopes plain = plain_slopes(method, std::max(shares.p, 1e-300), std::max(shares.q, 1e-300));
  // Chain rule through the two linear maps of shrink().
  const double w = shrinkage.weight;
  const double a = shrinkage.reference;
  const double b = shrinkage.current;
  const double p_by_p = (1.0 + a * w) / (1.0 + a);
  const double p_by_q = a * (1.0 - w) / (1.0 + a);
  const double q_by_p = b * w / (1.0 + b);
  const double q_by_q = (1.0 + b * (1.0 - w)) / (1.0 + b);
  return {plain.p * p_by_p + plain.q * q_by_p, plain.p * p_by_q + plain.q * q_by_q};
}

bool is_root(Method method) { return method == Method::jensen_shannon || method == Method::hellinger; }

CountRange term_range(Method method, const Shrinkage& shrinkage, CountRange reference, double n, CountRange current,
                      double m) {
  const auto term = [&](double r, double c) { return divergence_term(method, shrinkage, {r / n, c / m}); };
  // A convex function on a rectangle is largest at a corner; along each side it falls towards the diagonal p = q.
  const double high = std::max({term(reference.low, current.low), term(reference.low, current.high),
                                term(reference.high, current.low), term(reference.high, current.high)});
  if (reference.low / n > current.high / m) return {term(reference.low, current.high), high};
  if (reference.high / n < current.low / m) return {term(reference.high, current.low), high};
  return {0.0, high};
}

Divergence divergence(const BinTable& table, Method method) {
  double occupied = 0.0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table.reference_counts[i] > 0.0 || table.current_counts[i] > 0.0) occupied += 1.0;
  }
  const Shrinkage shrinkage = shrinkage_of(method, table.n, table.m, occupied);
  Divergence result{0.0, 0.0, 0.0, {}};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double term =
        divergence_term(method, shrinkage, {table.reference_counts[i] / table.n, table.current_counts[i] / table.m});
    const CountRange reference{table.reference_counts_low[i], table.reference_counts_high[i]};
    const CountRange current{table.current_counts_low[i], table.current_counts_high[i]};
    const bool certain = reference.low == reference.high && current.low == current.high;
    const CountRange range =
        certain ? CountRange{term, term} : term_range(method, shrinkage, reference, table.n, current, table.m);
    result.contributions.push_back(term);
    result.value += term;
    result.certified_low += range.low;
    result.certified_high += range.high;
  }
  if (is_root(method)) {
    result.value = std::sqrt(result.value);
    result.certified_low = std::sqrt(result.certified_low);
    result.certified_high = std::sqrt(result.certified_high);
  }
  if (method != Method::psi && method != Method::kl_divergence) {
    // Distances in [0, 1]; rounding can leave a sum of disjoint shares a few ulp above.
    result.value = std::min(result.value, 1.0);
    result.certified_low = std::min(result.certified_low, 1.0);
    result.certified_high = std::min(result.certified_high, 1.0);
  }
  return result;
}

}  // namespace driftline
