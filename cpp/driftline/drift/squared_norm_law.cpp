#include "driftline/drift/squared_norm_law.hpp"

#include <algorithm>
#include <cmath>

#include "driftline/drift/squared_noise.hpp"

namespace driftline {
namespace {

class SquaredNormLaw final : public SamplingLaw {
 public:
  SquaredNormLaw(const char* name, const SquaredNorm& norm)
      : name_(name), norm_(norm), mean_noise_(norm.reference_noise / norm.n + norm.current_noise / norm.m) {}

  const char* name() const override { return name_; }
  std::optional<double> p_value() const override {
    if (norm_.low <= 0.0) return 1.0;
    const double s = 1.0 / norm_.n + 1.0 / norm_.m;
    return norm_.null_above(norm_.low * norm_.low / s);
  }
  double p_above(double tolerance) const override { return noise_above(norm_.low - norm_of(tolerance)); }
  double p_below(double tolerance) const override { return noise_above(norm_of(tolerance) - norm_.high); }
  std::optional<std::pair<double, double>> interval(double level) const override {
    const double reach = std::sqrt(mean_noise_ * quadratic_quantile(0.5 * (1.0 - level)));
    const double low = std::max(0.0, norm_.low - reach);
    const double high = std::min(norm_.largest, norm_.high + reach);
    return norm_.squared ? std::pair(low * low, high * high) : std::pair(low / norm_.unit, high / norm_.unit);
  }
  std::shared_ptr<const SamplingLaw> with_current_rows(double rows) const override {
    SquaredNorm other = norm_;
    other.m = rows;
    return std::make_shared<SquaredNormLaw>(name_, other);
  }

 private:
  double norm_of(double tolerance) const {
    return norm_.squared ? std::sqrt(std::max(0.0, tolerance)) : tolerance * norm_.unit;
  }
  double noise_above(double x) const {
    if (x <= 0.0) return 1.0;
    return mean_noise_ > 0.0 ? quadratic_above(x * x / mean_noise_) : 0.0;
  }

  const char* name_;
  SquaredNorm norm_;
  double mean_noise_;
};

}  // namespace

std::shared_ptr<const SamplingLaw> squared_norm_law(const char* name, const SquaredNorm& norm) {
  return std::make_shared<SquaredNormLaw>(name, norm);
}

}  // namespace driftline
