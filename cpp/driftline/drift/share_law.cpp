#include "driftline/drift/share_law.hpp"

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>

#include "driftline/drift/normal.hpp"

namespace driftline {
namespace {

using boost::math::ibeta;
using boost::math::ibeta_derivative;
using boost::math::ibeta_inv;
using boost::math::ibetac;
using boost::math::ibetac_inv;

struct BetaLaw {
  double a;
  double b;

  double mean() const { return a / (a + b); }
  double variance() const { return mean() * (1.0 - mean()) / (a + b + 1.0); }
  double below(double x) const { return x <= 0.0 ? 0.0 : x >= 1.0 ? 1.0 : ibeta(a, b, x); }
  double above(double x) const { return x <= 0.0 ? 1.0 : x >= 1.0 ? 0.0 : ibetac(a, b, x); }
  double density(double x) const { return ibeta_derivative(a, b, x); }
};

/// Mean of `f(X)`. The interval leaves out 1e-12 at each end; its pieces are short against the width of the law.
template <class Function>
double mean_of(const BetaLaw& law, const Function& f) {
  constexpr double tail = 1e-12;
  constexpr int pieces = 4;
  const double low = ibeta_inv(law.a, law.b, tail);
  const double high = ibetac_inv(law.a, law.b, tail);
  const double step = (high - low) / pieces;
  double sum = 0.0;
  for (int i = 0; i < pieces; ++i) {
    const double left = low + step * i;
    sum += boost::math::quadrature::gauss<double, 15>::integrate([&](double x) { return law.density(x) * f(x); }, left,
                                                                  left + step);
  }
  return std::clamp(sum, 0.0, 1.0);
}

/// P(Q − P ≤ tolerance) for independent P and Q, by integrating over the narrower one.
double difference_at_most(const BetaLaw& q, const BetaLaw& p, double tolerance) {
  if (p.variance() <= q.variance()) {
    return mean_of(p, [&](double x) { return q.below(x + tolerance); });
  }
  return mean_of(q, [&](double x) { return p.above(x - tolerance); });
}

BetaLaw upper_law(const ShareCount& share) { return {share.count + 1.0, share.rows - share.count}; }
BetaLaw lower_law(const ShareCount& share) { return {share.count, share.rows - share.count + 1.0}; }

/// Score interval (Wilson 1927, doi:10.1080/01621459.1927.10502953).
std::pair<double, double> wilson(const ShareCount& share, double z) {
  const double n = share.rows;
  const double p = share.share();
  const double centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
  const double half = z / (1.0 + z * z / n) * std::sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

std::pair<double, double> magnitude(double low, double high) {
  if (low <= 0.0 && high >= 0.0) return {0.0, std::max(-low, high)};
  return std::minmax(std::abs(low), std::abs(high));
}

class ShareDifferenceLaw final : public EffectLaw {
 public:
  ShareDifferenceLaw(const ShareCount& reference, const ShareCount& current)
      : smaller_(reference), larger_(current), reference_(reference), current_(current) {
    if (current.share() < reference.share()) std::swap(smaller_, larger_);
  }

  std::optional<double> p_value() const override { return p_above(0.0); }

  /// One-sided in the observed direction, plus what the other side of the tolerance allows.
  double p_above(double tolerance) const override {
    if (larger_.share() - smaller_.share() <= tolerance) return 1.0;
    return std::min(1.0, one_sided(tolerance) + one_sided(-tolerance));
  }

  /// Newcombe's hybrid score interval, method 10 (1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I).
  std::optional<std::pair<double, double>> interval(double level) const override {
    const double z = normal_score(0.5 * (1.0 - level));
    const double p = reference_.share();
    const double q = current_.share();
    const auto [p_low, p_high] = wilson(reference_, z);
    const auto [q_low, q_high] = wilson(current_, z);
    return magnitude(q - p - std::hypot(q - q_low, p_high - p), q - p + std::hypot(q_high - q, p - p_low));
  }

 private:
  double one_sided(double tolerance) const {
    if (smaller_.count >= smaller_.rows || larger_.count <= 0.0) return 1.0;
    return difference_at_most(lower_law(larger_), upper_law(smaller_), tolerance);
  }

  ShareCount smaller_;
  ShareCount larger_;
  ShareCount reference_;
  ShareCount current_;
};

class ShareExcessLaw final : public EffectLaw {
 public:
  ShareExcessLaw(const ShareCount& current, double a, double b) : current_(current), a_(a), b_(b) {}

  std::optional<double> p_value() const override { return p_above(0.0); }
  double p_above(double tolerance) const override { return excess_p_value(current_, a_, b_, tolerance); }
  std::optional<std::pair<double, double>> interval(double level) const override {
    const double z = normal_score(0.5 * (1.0 - level));
    const auto [low, high] = wilson(current_, z);
    const double reference = BetaLaw{a_, b_}.mean();
    return std::pair(std::max(0.0, low - reference), high);
  }

 private:
  ShareCount current_;
  double a_;
  double b_;
};

class ShareAboveBoundLaw final : public EffectLaw {
 public:
  ShareAboveBoundLaw(const ShareCount& current, double expected, double bound)
      : current_(current), expected_(expected), bound_(bound) {}

  std::optional<double> p_value() const override { return p_above(0.0); }
  double p_above(double tolerance) const override {
    if (current_.count <= 0.0) return 1.0;
    return lower_law(current_).below(bound_ + tolerance);
  }
  std::optional<std::pair<double, double>> interval(double level) const override {
    const double z = normal_score(0.5 * (1.0 - level));
    const auto [low, high] = wilson(current_, z);
    return std::pair(std::max(0.0, low - bound_), std::max(0.0, high - expected_));
  }

 private:
  ShareCount current_;
  double expected_;
  double bound_;
};

class NormalEffectLaw final : public EffectLaw {
 public:
  NormalEffectLaw(double estimate, double error) : estimate_(std::abs(estimate)), error_(error) {}

  std::optional<double> p_value() const override { return p_above(0.0); }
  double p_above(double tolerance) const override {
    if (estimate_ <= tolerance) return 1.0;
    if (error_ <= 0.0) return 0.0;
    return std::min(1.0, normal_above((estimate_ - tolerance) / error_) + normal_above((estimate_ + tolerance) / error_));
  }
  std::optional<std::pair<double, double>> interval(double level) const override {
    const double half = normal_score(0.5 * (1.0 - level)) * error_;
    return std::pair(std::max(0.0, estimate_ - half), estimate_ + half);
  }

 private:
  double estimate_;
  double error_;
};

}  // namespace

double excess_p_value(const ShareCount& current, double a, double b, double tolerance) {
  // P(K ≥ k) is P(Q ≤ share) for Q Beta(k, rows − k + 1), so this is P(Q − U ≤ tolerance).
  const BetaLaw reference{a, b};
  if (current.count <= 0.0 || current.share() - reference.mean() <= tolerance) return 1.0;
  return difference_at_most(lower_law(current), reference, tolerance);
}

std::unique_ptr<EffectLaw> share_difference_law(const ShareCount& reference, const ShareCount& current) {
  return std::make_unique<ShareDifferenceLaw>(reference, current);
}

std::unique_ptr<EffectLaw> share_excess_law(const ShareCount& current, double a, double b) {
  return std::make_unique<ShareExcessLaw>(current, a, b);
}

std::unique_ptr<EffectLaw> share_above_bound_law(const ShareCount& current, double expected, double bound) {
  return std::make_unique<ShareAboveBoundLaw>(current, expected, bound);
}

std::unique_ptr<EffectLaw> normal_effect_law(double estimate, double standard_error) {
  return std::make_unique<NormalEffectLaw>(estimate, standard_error);
}

}  // namespace driftline
