#include "driftline/drift/proportions.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <utility>

#include "driftline/drift/normal.hpp"

namespace driftline {
namespace {

namespace policies = boost::math::policies;
// A series that does not converge gives its last value, never an exception in the middle of a report.
using Policy = policies::policy<policies::promote_double<false>, policies::evaluation_error<policies::ignore_error>>;

constexpr double least_log_alpha = -230.0;
/// Rows from which the normal limit is as good as the exact one, and the exact one takes for ever.
constexpr double normal_from = 1e6;

/// Two shares and the limits of their difference, `up` the one that is claimed to be larger.
struct Difference {
  Share up;
  Share down;

  double value() const { return up.value() - down.value(); }

  double lower_limit(double alpha) const {
    return value() -
           std::hypot(up.value() - share_lower_limit(up, alpha), share_upper_limit(down, alpha) - down.value());
  }
  double upper_limit(double alpha) const {
    return value() +
           std::hypot(share_upper_limit(up, alpha) - up.value(), down.value() - share_lower_limit(down, alpha));
  }

  /// p-value of "the difference is at most `effect`".
  double p_above(double effect) const {
    if (value() <= effect) return 1.0;
    double low = least_log_alpha;
    double high = std::log(0.5);
    if (lower_limit(std::exp(high)) <= effect) return 1.0;
    for (int i = 0; i < 40 && high - low > 1e-4; ++i) {
      const double middle = 0.5 * (low + high);
      (lower_limit(std::exp(middle)) > effect ? high : low) = middle;
    }
    return std::exp(high);
  }
};

class ShareDifferenceLaw final : public EffectLaw {
 public:
  ShareDifferenceLaw(Share reference, Share current)
      : difference_(current.value() >= reference.value() ? Difference{current, reference}
                                                         : Difference{reference, current}) {}

  std::optional<double> p_value() const override { return p_above(0.0); }
  // Both tails of a difference that is truly `tolerance`: reached from above, and from below zero.
  double p_above(double tolerance) const override {
    return std::min(1.0, difference_.p_above(tolerance) + difference_.p_above(-tolerance));
  }
  std::optional<std::pair<double, double>> interval(double level) const override {
    const double alpha = 0.5 * (1.0 - level);
    const double high = std::min(1.0, difference_.upper_limit(alpha));
    double own_tail = alpha;
    for (int i = 0; i < 4; ++i) {
      const double low = difference_.lower_limit(own_tail);
      if (low <= 0.0) return std::pair(0.0, high);
      own_tail = std::max(0.5 * alpha, alpha - difference_.p_above(-low));
    }
    return std::pair(std::max(0.0, difference_.lower_limit(own_tail)), high);
  }

 private:
  Difference difference_;
};

class ShareRiseLaw final : public EffectLaw {
 public:
  ShareRiseLaw(Share reference, Share current) : difference_{current, reference} {}

  std::optional<double> p_value() const override { return p_above(0.0); }
  double p_above(double tolerance) const override { return difference_.p_above(tolerance); }
  std::optional<std::pair<double, double>> interval(double level) const override {
    const double alpha = 0.5 * (1.0 - level);
    return std::pair(std::max(0.0, difference_.lower_limit(alpha)),
                     std::clamp(difference_.upper_limit(alpha), 0.0, 1.0));
  }

 private:
  Difference difference_;
};

/// Excess of a share over what chance explains; `p_above` of derived laws falls as the tolerance falls.
class ExcessLaw : public EffectLaw {
 public:
  explicit ExcessLaw(Share share) : share_(share) {}

  std::optional<double> p_value() const override { return p_above(0.0); }
  std::optional<std::pair<double, double>> interval(double level) const override {
    const double alpha = 0.5 * (1.0 - level);
    const double high = share_upper_limit(share_, alpha);
    if (p_above(0.0) > alpha) return std::pair(0.0, high);
    double low = 0.0;
    double above = share_.value();
    for (int i = 0; i < 30; ++i) {
      const double middle = 0.5 * (low + above);
      (p_above(middle) <= alpha ? low : above) = middle;
    }
    return std::pair(low, high);
  }

 protected:
  Share share_;
};

class FixedAllowanceLaw final : public ExcessLaw {
 public:
  FixedAllowanceLaw(Share share, double allowance) : ExcessLaw(share), allowance_(allowance) {}
  double p_above(double tolerance) const override {
    return binomial_above(share_, std::min(1.0, tolerance + allowance_));
  }

 private:
  double allowance_;
};

class OutsideLaw final : public ExcessLaw {
 public:
  OutsideLaw(Share outside, double n_range) : ExcessLaw(outside), n_(n_range) {}

  double p_above(double tolerance) const override {
    if (share_.count == 0 || n_ < 2.0) return 1.0;
    if (share_.value() <= tolerance) return 1.0;
    // Simpson's rule over the mass outside, with density n (n − 1) u (1 − u)^(n − 2).
    constexpr int steps = 128;
    const double last = std::min(1.0, 60.0 / n_);
    const double step = last / steps;
    double sum = 0.0;
    double weights = 0.0;
    for (int i = 0; i <= steps; ++i) {
      const double u = step * i;
      const double simpson = i == 0 || i == steps ? 1.0 : i % 2 == 1 ? 4.0 : 2.0;
      const double weight = simpson * u * std::exp((n_ - 2.0) * std::log1p(-std::min(u, 1.0 - 1e-12)));
      sum += weight * binomial_above(share_, std::min(1.0, tolerance + u));
      weights += weight;
    }
    return std::min(1.0, sum / weights);
  }

 private:
  double n_;
};

}  // namespace

double share_lower_limit(Share share, double alpha) {
  if (share.count == 0) return 0.0;
  return boost::math::ibeta_inv(share.hits(), share.misses() + 1.0, alpha, Policy());
}

double share_upper_limit(Share share, double alpha) {
  return share_upper_limit(share.hits(), share.weight * static_cast<double>(share.rows), alpha);
}

double share_upper_limit(double count, double rows, double alpha) {
  if (count >= rows) return 1.0;
  if (count <= 0.0) return -std::expm1(std::log(alpha) / rows);
  if (std::min(count, rows - count) > normal_from) {
    const double share = count / rows;
    return std::min(1.0, share + normal_score(alpha) * std::sqrt(share * (1.0 - share) / rows));
  }
  return boost::math::ibetac_inv(count + 1.0, rows - count, alpha, Policy());
}

double binomial_above(Share share, double p) {
  if (share.count == 0 || p >= 1.0) return 1.0;
  if (p <= 0.0) return 0.0;
  return boost::math::ibeta(share.hits(), share.misses() + 1.0, p, Policy());
}

std::shared_ptr<const EffectLaw> share_difference_law(Share reference, Share current) {
  return std::make_shared<ShareDifferenceLaw>(reference, current);
}

std::shared_ptr<const EffectLaw> share_rise_law(Share reference, Share current) {
  return std::make_shared<ShareRiseLaw>(reference, current);
}

std::shared_ptr<const EffectLaw> share_outside_law(Share outside, double n_range) {
  return std::make_shared<OutsideLaw>(outside, n_range);
}

std::shared_ptr<const EffectLaw> share_excess_law(Share share, double allowance) {
  return std::make_shared<FixedAllowanceLaw>(share, allowance);
}

}  // namespace driftline
