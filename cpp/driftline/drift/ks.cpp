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

/// A difference of which only bounds are known.
struct Gap {
  double low;
  double high;
  double least() const { return std::max({0.0, low, -high}); }
  double most() const { return std::max(high, -low); }
};

struct Bounds {
  double low = 0.0;
  double high = 0.0;
};

/// Bounds of the largest F − G, times n·m, where rounding may move rows to the neighbouring cell.
Bounds scan_blurred(const PairCells& common, double n, double m) {
  Bounds bounds;
  double below_r = 0.0;  // rows up to the last boundary
  double below_c = 0.0;
  Blur previous;
  for (std::size_t i = 0; i < common.cells.size(); ++i) {
    const CommonCell& cell = common.cells[i];
    const Blur here = common.blurs[i];
    const Blur next = i + 1 < common.blurs.size() ? common.blurs[i + 1] : Blur{};
    const double up_to_r = below_r + static_cast<double>(cell.reference);
    const double up_to_c = below_c + static_cast<double>(cell.current);
    const Gap at_end{(up_to_r - here.reference_above) * m - (up_to_c + next.current_below) * n,
                     (up_to_r + next.reference_below) * m - (up_to_c - here.current_above) * n};
    const Gap inside{(below_r - previous.reference_above) * m - (up_to_c + next.current_below) * n,
                     (up_to_r + next.reference_below) * m - (below_c - previous.current_above) * n};
    bounds.low = std::max(bounds.low, at_end.least());
    bounds.high = std::max(bounds.high, is_one_value(cell) ? at_end.most() : inside.most());
    below_r = up_to_r;
    below_c = up_to_c;
    previous = here;
  }
  return bounds;
}

}  // namespace

Evidence ks(const NumericPair& pair, const GapScan& scan) {
  const double n = pair.n();
  const double m = pair.m();
  const double scale = n * m;
  const Bounds bounds =
      pair.width_differs() ? scan_blurred(pair.common(), n, m) : Bounds{std::abs(scan.largest), scan.possible};

  KsDetails details;
  if (scan.largest != 0.0) details.location = scan.location;
  details.direction = scan.largest > 0.0 ? "up" : scan.largest < 0.0 ? "down" : "";
  Evidence evidence;
  evidence.method = Method::ks;
  evidence.value = std::min(1.0, std::abs(scan.largest) / scale);
  evidence.certified_low = std::min(1.0, bounds.low / scale);
  evidence.certified_high = std::min(1.0, bounds.high / scale);
  evidence.law = std::make_shared<KolmogorovLaw>(*evidence.certified_low, *evidence.certified_high, pair.effective_n(),
                                                 pair.effective_m());
  evidence.details = std::move(details);
  return evidence;
}

}  // namespace driftline
