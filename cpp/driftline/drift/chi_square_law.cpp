#include "driftline/drift/chi_square_law.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include "driftline/drift/divergences.hpp"
#include "driftline/drift/noncentral_chi_square.hpp"

namespace driftline {
namespace {

/// Rows that a bin must expect on the smaller side, under the shares of both sides together, to be trusted with a
/// tolerance, and with "no change at all", whose tails must hold far beyond 5 %.
constexpr double least_for_tolerance = 2.0;
constexpr double least_for_no_change = 5.0;

/// The variance of the estimate is itself an estimate. Raised by these factors, neither claim is made in more than
/// alpha of the samples at a tolerance. KL leans on the small shares of one side alone.
constexpr double margin_above = 1.25;
constexpr double root_margin_above = 1.5;
constexpr double margin_below = 1.1;
constexpr double kl_margin_below = 1.4;

constexpr double normal_95 = 1.6448536269514722;

/// Splits of a change into a part that the filled bins show and a part that sparse bins may hide.
constexpr int splits = 8;

/// A bin, or several pooled into one.
struct Bin {
  double reference = 0.0;
  double current = 0.0;
  CountRange reference_range{0.0, 0.0};
  CountRange current_range{0.0, 0.0};

  double rows() const { return reference + current; }
  Bin& operator+=(const Bin& other) {
    reference += other.reference;
    current += other.current;
    reference_range = {reference_range.low + other.reference_range.low,
                       reference_range.high + other.reference_range.high};
    current_range = {current_range.low + other.current_range.low, current_range.high + other.current_range.high};
    return *this;
  }
};

/// c of the header.
double null_factor(Method method) {
  switch (method) {
    case Method::kl_divergence:
      return 0.5;
    case Method::jensen_shannon:
      return 0.125 / std::numbers::ln2;
    case Method::hellinger:
      return 0.125;
    default:
      return 1.0;
  }
}

double poisson(double rows, double mean) {
  if (mean <= 0.0) return rows == 0.0 ? 1.0 : 0.0;
  return std::exp(rows * std::log(mean) - mean - boost::math::lgamma(rows + 1.0));
}

/// The bins of a table by how well they are filled.
struct SortedBins {
  std::vector<Bin> filled;
  Bin sparse;               ///< all others together
  bool any_sparse = false;  ///< including bins without rows, which may hold rows one day

  bool has_pooled() const { return sparse.rows() > 0.0; }
};

/// The divergence of some bins and its standard deviation.
struct Estimate {
  double value = 0.0;
  double low = 0.0;   ///< certified, shrunk for n and m rows: never above the divergence of endless rows on average
  double high = 0.0;  ///< certified, and at least as shrunk for endless rows
  double deviation = 0.0;
};

/// One-sided 95 % confidence limits of a Poisson mean (Byar's approximation), which hold for small counts too.
double poisson_lower(double count) {
  if (count <= 0.0) return 0.0;
  return count * std::pow(std::max(0.0, 1.0 - 1.0 / (9.0 * count) - normal_95 / (3.0 * std::sqrt(count))), 3.0);
}
double poisson_upper(double count) {
  const double next = count + 1.0;
  return next * std::pow(1.0 - 1.0 / (9.0 * next) + normal_95 / (3.0 * std::sqrt(next)), 3.0);
}

/// A plausible mean of a count, on the side of `equal`: the count of the same share as the other side's.
double plausible(double count, double equal) {
  return count < equal ? std::min(poisson_upper(count), equal) : std::max(poisson_lower(count), equal);
}

/// Variance of a sum over the bins of one side, whose counts sum to a fixed number of rows: the delta method, but with
/// small counts the secant to a plausible count where it is steeper than the slope. A slope takes a 0 for certain.
class Spread {
 public:
  /// `by_slope`: the change of the sum by one standard deviation of the count. `equal`: the count of the same share as
  /// the other side's. `change(x)`: that of the sum when the count is x.
  template <class Change>
  void add(double count, double by_slope, double equal, const Change& change) {
    constexpr double small = 10.0;  // beyond, no secant of a convex function is steeper
    double deviation = by_slope;
    if (count < small) {
      const double other = plausible(count, equal);
      const double by_secant = (other < count ? -change(other) : change(other)) / normal_95;
      if (std::abs(by_secant) > std::abs(by_slope)) deviation = by_secant;
    }
    square_ += deviation * deviation;
    mean_ += deviation * std::sqrt(count);
  }
  double variance(double rows) const { return std::max(0.0, square_ - mean_ * mean_ / rows); }

 private:
  double square_ = 0.0;
  double mean_ = 0.0;
};

/// The counts of a table as if its current side had m rows. Keeps a reference to the table.
class Sample {
 public:
  Sample(const BinTable& table, double m) : table_(table), n_(table.n), m_(m) {
    const double scale = m / table.m;
    bins_.reserve(table.size());
    for (std::size_t i = 0; i < table.size(); ++i) {
      bins_.push_back({table.reference_counts[i],
                       table.current_counts[i] * scale,
                       {table.reference_counts_low[i], table.reference_counts_high[i]},
                       {table.current_counts_low[i] * scale, table.current_counts_high[i] * scale}});
      if (bins_.back().rows() > 0.0) occupied_ += 1.0;
    }
  }

  double n() const { return n_; }
  double m() const { return m_; }

  SortedBins sorted(double least) const {
    SortedBins result;
    result.filled.reserve(bins_.size());
    for (const Bin& bin : bins_) {
      if (expected(bin) >= least) {
        result.filled.push_back(bin);
      } else {
        result.any_sparse = true;
        result.sparse += bin;
      }
    }
    return result;
  }

  /// The well-filled bins, and the sparse ones as one; joined to the smallest of the others if it is sparse itself.
  std::vector<Bin> pooled(double least) const {
    SortedBins sorted_bins = sorted(least);
    std::vector<Bin> result = std::move(sorted_bins.filled);
    const Bin& sparse = sorted_bins.sparse;
    if (sparse.rows() <= 0.0) return result;
    if (expected(sparse) >= least || result.empty()) {
      result.push_back(sparse);
    } else {
      *std::min_element(result.begin(), result.end(), [](const Bin& a, const Bin& b) { return a.rows() < b.rows(); }) +=
          sparse;
    }
    return result;
  }

  /// p-value of no change by PSI / (1/n + 1/m) of the pooled bins. Without any change the other divergences are
  /// multiples of it, and its law holds better in small samples. Where a bin expects fewer than 10 rows Pearson's
  /// statistic is taken if it is smaller: there logarithms exceed the chi-square law in up to 6.8 % of the columns at
  /// 5 %, and 1.3 % at 0.5 %.
  double p_no_change() const {
    const std::vector<Bin> bins = pooled(least_for_no_change);
    if (bins.size() < 2) return 1.0;
    const Shrinkage shrinkage = shrinkage_of(Method::psi, n_, m_, occupied_);
    double psi = 0.0;
    double pearson = 0.0;
    bool small = false;
    for (const Bin& bin : bins) {
      psi += term_range(Method::psi, shrinkage, bin.reference_range, n_, bin.current_range, m_).low;
      const double difference = bin.reference / n_ - bin.current / m_;
      pearson += difference * difference * n_ * m_ / bin.rows();
      small = small || expected(bin) < 2.0 * least_for_no_change;
    }
    psi /= 1.0 / n_ + 1.0 / m_;
    const double df = static_cast<double>(bins.size()) - 1.0;
    return noncentral_chi_square_above(small ? std::min(psi, pearson) : psi, df, 0.0);
  }

  Estimate estimate(Method method, const std::vector<Bin>& bins) const {
    // Also the methods that report raw shares are shrunk here: their raw null law rejects too often in small samples.
    const Shrinkage shrinkage = shrinkage_of(Method::psi, n_, m_, occupied_);
    const Shrinkage limit = limit_shrinkage(method, n_, m_);
    Estimate result;
    Spread of_reference, of_current;
    for (const Bin& bin : bins) {
      const double r = bin.reference;
      const double c = bin.current;
      const Shares raw{r / n_, c / m_};
      const CountRange range = term_range(method, shrinkage, bin.reference_range, n_, bin.current_range, m_);
      const CountRange limit_range = term_range(method, limit, bin.reference_range, n_, bin.current_range, m_);
      result.value += divergence_term(method, shrinkage, raw);
      result.low += range.low;
      result.high += std::max(range.high, limit_range.high);

      const Shares shares = shrink(shrinkage, raw);
      const Slopes slopes = divergence_slopes(method, shrinkage, raw);
      const auto change = [&](double other_r, double other_c) {
        return divergence_term(method, shrinkage, {other_r / n_, other_c / m_}) -
               divergence_term(method, shrinkage, raw);
      };
      of_reference.add(r, slopes.p * std::sqrt(shares.p / n_), c * n_ / m_, [&](double x) { return change(x, c); });
      of_current.add(c, slopes.q * std::sqrt(shares.q / m_), r * m_ / n_, [&](double x) { return change(r, x); });
    }
    result.deviation = std::sqrt(of_reference.variance(n_) + of_current.variance(m_));
    return result;
  }

 private:
  double expected(const Bin& bin) const { return expected_rows(table_, bin.reference, bin.current, m_); }

  const BinTable& table_;
  double n_;
  double m_;
  double occupied_ = 0.0;
  std::vector<Bin> bins_;
};

/// Noncentral chi-square of an estimate: unit * X with the mean df * null_unit + effect, and as much more variance
/// than under diffuse changes as the delta method finds.
struct ScaledLaw {
  double df;  ///< of the whole, before it is divided by the inflation
  double unit;

  ScaledLaw(double degrees, double null_unit, const Estimate& estimate, double margin) {
    const double by_law = 4.0 * null_unit * estimate.value;
    const double more = estimate.value > 1e-6 * null_unit ? estimate.deviation * estimate.deviation / by_law : 1.0;
    const double inflation = margin * std::max(1.0, more);
    df = degrees / inflation;
    unit = null_unit * inflation;
  }

  double above(double value, double effect) const {
    return noncentral_chi_square_above(value / unit, df, effect / unit);
  }
  double below(double value, double effect) const {
    return noncentral_chi_square_below(value / unit, df, effect / unit);
  }
  double effect_for_above(double value, double alpha) const {
    return unit * noncentrality_for_above(value / unit, df, alpha);
  }
  double effect_for_below(double value, double alpha) const {
    return unit * noncentrality_for_below(value / unit, df, alpha);
  }
};

/// What sparse bins can hide.
///
/// Shares p and q in sparse bins add at most slope(p, 0) + slope(0, q): a divergence is jointly convex and homogeneous.
/// The statistic adds the same slopes times the shares seen there. For a given total effect it is smallest when the
/// hidden part lies on the side whose rows are fewer, where it shows as a Poisson number of rows.
struct HiddenPart {
  double seen = 0.0;  ///< slopes times the shares seen
  double step = 0.0;  ///< what one row on the smaller side adds

  HiddenPart(Method method, const Bin& sparse, double n, double m) {
    const Shrinkage limit = limit_shrinkage(method, n, m);
    const double by_reference = divergence_term(method, limit, {1.0, 0.0}) / n;
    const double by_current = divergence_term(method, limit, {0.0, 1.0}) / m;
    seen = by_reference * sparse.reference_range.high + by_current * sparse.current_range.high;
    step = std::max(by_reference, by_current);
  }
};

class ChiSquareLaw final : public SamplingLaw {
 public:
  ChiSquareLaw(Method method, std::shared_ptr<const BinTable> table, double m)
      : ChiSquareLaw(method, table, Sample(*table, m)) {}

  const char* name() const override { return pooled_ ? "pooled_noncentral_chi2" : "noncentral_chi2"; }

  std::optional<double> p_value() const override { return Sample(*table_, m_).p_no_change(); }

  double p_above(double tolerance) const override {
    const double effect = to_divergence(tolerance);
    if (above_law_.df <= 0.0 || above_.low <= effect) return 1.0;
    return above_law_.above(above_.low, effect);
  }

  double p_below(double tolerance) const override { return p_divergence_below(to_divergence(tolerance)); }

  std::optional<std::pair<double, double>> interval(double level) const override {
    const double alpha = 0.5 * (1.0 - level);
    return std::pair(from_divergence(lower_limit(alpha)), from_divergence(upper_limit(alpha)));
  }

  std::shared_ptr<const SamplingLaw> with_current_rows(double rows) const override {
    return std::make_shared<ChiSquareLaw>(method_, table_, rows);
  }

 private:
  ChiSquareLaw(Method method, std::shared_ptr<const BinTable> table, const Sample& sample)
      : ChiSquareLaw(method, std::move(table), sample, sample.pooled(least_for_tolerance),
                     sample.sorted(least_for_tolerance)) {}

  ChiSquareLaw(Method method, std::shared_ptr<const BinTable> table, const Sample& sample,
               const std::vector<Bin>& pooled, const SortedBins& bins)
      : method_(method),
        table_(std::move(table)),
        m_(sample.m()),
        unit_(null_factor(method) * (1.0 / sample.n() + 1.0 / sample.m())),
        pooled_(bins.has_pooled()),
        above_(sample.estimate(method, pooled)),
        below_(sample.estimate(method, bins.filled)),
        above_law_(static_cast<double>(pooled.size()) - 1.0, unit_, above_,
                   is_root(method) ? root_margin_above : margin_above),
        below_law_(static_cast<double>(bins.filled.size()) - 1.0, unit_, below_,
                   method == Method::kl_divergence ? kl_margin_below : margin_below) {
    if (bins.any_sparse) hidden_.emplace(method, bins.sparse, sample.n(), sample.m());
    if (bins.filled.size() == 2) correct_for_continuity(bins.filled[0]);
  }

  double to_divergence(double tolerance) const { return is_root(method_) ? tolerance * tolerance : tolerance; }
  double from_divergence(double divergence) const {
    return is_root(method_) ? std::min(1.0, std::sqrt(divergence)) : divergence;
  }

  /// With two bins the divergence takes few values; half a row of the smaller side is added to the difference.
  void correct_for_continuity(const Bin& bin) {
    const double share = bin.rows() / (table_->n + m_);
    if (share >= 1.0) return;
    const double half_row = 0.5 / std::min(table_->n, m_) * std::sqrt(null_factor(method_) / (share * (1.0 - share)));
    below_.high = std::pow(std::sqrt(below_.high) + half_row, 2.0);
  }

  double p_divergence_below(double effect) const {
    const double seen = below_.high + (hidden_ ? hidden_->seen : 0.0);
    if (seen >= effect) return 1.0;
    if (!hidden_) return below_law_.df > 0.0 ? below_law_.below(seen, effect) : 0.0;
    double p = 0.0;
    for (int i = 0; i <= splits; ++i) p = std::max(p, p_split_below(seen, effect, effect * i / splits));
    return std::min(1.0, p);
  }

  /// P(statistic ≤ seen) when sparse bins hold `hidden` of the effect: a Poisson number of rows shows it.
  double p_split_below(double seen, double effect, double hidden) const {
    constexpr double negligible = 1e-9;
    const double mean = hidden / hidden_->step;
    const double most = std::floor(seen / hidden_->step);
    // From the largest number of rows that matters down, in steps that are short against the law's width.
    const double width = std::sqrt(mean);
    const double stride = std::max(1.0, std::floor(0.25 * width));
    double p = 0.0;
    for (double rows = std::min(most, std::floor(mean + 6.0 * width)); rows >= 0.0; rows -= stride) {
      const double probability = stride * poisson(rows, mean);
      p += probability * p_filled_below(seen - rows * hidden_->step, effect - hidden);
      if (rows < mean && probability < negligible) break;
    }
    return p;
  }

  double p_filled_below(double seen, double effect) const {
    return below_law_.df > 0.0 ? below_law_.below(seen, effect) : (seen >= effect ? 1.0 : 0.0);
  }

  /// The tolerance at which p_above is `alpha`, and 0 where none is so high.
  double lower_limit(double alpha) const {
    if (above_law_.df <= 0.0 || above_.low <= 0.0) return 0.0;
    return std::min(above_.low, above_law_.effect_for_above(above_.low, alpha));
  }

  /// The tolerance at which p_below is `alpha`.
  double upper_limit(double alpha) const {
    if (!hidden_) {
      return below_law_.df > 0.0 ? std::max(below_.high, below_law_.effect_for_below(below_.high, alpha)) : below_.high;
    }
    const auto excess = [&](double effect) {
      return std::log(alpha) - std::log(std::max(p_divergence_below(effect), 1e-300));
    };
    double low = below_.high + hidden_->seen;
    double high = std::max(low, below_law_.df > 0.0 ? below_law_.effect_for_below(low, alpha) : 0.0) -
                  hidden_->step * std::log(alpha);
    double at_high = excess(high);
    while (at_high < 0.0) high += high - low, at_high = excess(high);
    std::uintmax_t most_steps = 20;
    const auto close = [](double a, double b) { return b - a <= 1e-4 * b; };
    return boost::math::tools::toms748_solve(excess, low, high, excess(low), at_high, close, most_steps).second;
  }

  Method method_;
  std::shared_ptr<const BinTable> table_;
  double m_;
  double unit_;
  bool pooled_;
  Estimate above_;  // sparse bins pooled
  Estimate below_;  // well-filled bins only
  ScaledLaw above_law_;
  ScaledLaw below_law_;
  std::optional<HiddenPart> hidden_;
};

}  // namespace

std::shared_ptr<const SamplingLaw> chi_square_law(Method method, std::shared_ptr<const BinTable> table) {
  const double m = table->m;
  return std::make_shared<ChiSquareLaw>(method, std::move(table), m);
}

}  // namespace driftline
