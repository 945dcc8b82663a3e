#include "driftline/drift/ks.hpp"

#include <algorithm>
#include <cmath>

#include "driftline/drift/kolmogorov.hpp"

namespace driftline {
namespace {

class KolmogorovLaw final : public SamplingLaw {
 public:
  KolmogorovLaw(double low, double high, double n, double m)
      : low_(low), high_(high), n_(n), root_s_(std::sqrt(1.0 / n + 1.0 / m)) {}

  const char* name() const override { return "kolmogorov"; }
  std::optional<double> p_value() const override { return kolmogorov_above(low_ / root_s_); }
  // |KS of the samples − KS of the truth| is at most the KS of the noise, whose law is Kolmogorov's.
  double p_above(double tolerance) const override { return kolmogorov_above((low_ - tolerance) / root_s_); }
  double p_below(double tolerance) const override { return kolmogorov_above((tolerance - high_) / root_s_); }
  std::optional<std::pair<double, double>> interval(double level) const override {
    const double reach = kolmogorov_quantile(0.5 * (1.0 - level)) * root_s_;
    return std::pair(std::max(0.0, low_ - reach), std::min(1.0, high_ + reach));
  }
  std::shared_ptr<const SamplingLaw> with_current_rows(double rows) const override {
    return std::make_shared<KolmogorovLaw>(low_, high_, n_, rows);
  }

 private:
  double low_;
  double high_;
  double n_;
  double root_s_;
};

/// A difference F − G of which only bounds are known.
struct Gap {
  double low;
  double high;
  double least() const { return std::max({0.0, low, -high}); }
  double most() const { return std::max(high, -low); }
};

}  // namespace

Evidence ks(const NumericPair& pair, const PairCells& common) {
  const double n = pair.n();
  const double m = pair.m();
  // Products of counts are whole numbers, exact up to 2^53, so equal shares give a distance of exactly 0.
  const double scale = n * m;
  KsDetails details;
  double largest = 0.0;
  Gap certified{0.0, 0.0};  // low: least possible maximum, high: most possible
  double below_r = 0.0;     // rows up to the last boundary
  double below_c = 0.0;
  Blur previous;
  for (std::size_t i = 0; i < common.cells.size(); ++i) {
    const PairCell& cell = common.cells[i];
    const Blur here = common.blurs.empty() ? Blur{} : common.blurs[i];
    const Blur next = i + 1 < common.blurs.size() ? common.blurs[i + 1] : Blur{};
    const double up_to_r = below_r + cell.reference;
    const double up_to_c = below_c + cell.current;
    const double gap = up_to_r * m - up_to_c * n;
    if (std::abs(gap) > std::abs(largest)) {
      largest = gap;
      details.location = cell.high;
    }
    const Gap at_end{(up_to_r - here.reference_above) * m - (up_to_c + next.current_below) * n,
                     (up_to_r + next.reference_below) * m - (up_to_c - here.current_above) * n};
    const Gap inside{(below_r - previous.reference_above) * m - (up_to_c + next.current_below) * n,
                     (up_to_r + next.reference_below) * m - (below_c - previous.current_above) * n};
    certified.low = std::max(certified.low, at_end.least());
    certified.high = std::max(certified.high, cell.one_value() ? at_end.most() : inside.most());
    below_r = up_to_r;
    below_c = up_to_c;
    previous = here;
  }
  details.direction = largest > 0.0 ? "up" : largest < 0.0 ? "down" : "";

  Evidence evidence;
  evidence.method = Method::ks;
  evidence.value = std::abs(largest) / scale;
  evidence.certified_low = certified.low / scale;
  evidence.certified_high = std::min(1.0, certified.high / scale);
  evidence.law = std::make_shared<KolmogorovLaw>(*evidence.certified_low, *evidence.certified_high, n, m);
  evidence.details = std::move(details);
  return evidence;
}

}  // namespace driftline
