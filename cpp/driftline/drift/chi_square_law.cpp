#include "driftline/drift/chi_square_law.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include "driftline/drift/divergences.hpp"
#include "driftline/drift/noncentral_chi_square.hpp"
#include "driftline/drift/normal.hpp"
#include "driftline/drift/proportions.hpp"

namespace driftline {
namespace {

/// Rows that a bin must expect on the smaller side, under the shares of both sides together, to be well filled.
constexpr double least_expected = 5.0;

/// KL leans on the small shares of one side alone: without this margin up to 9.5 % of the samples are claimed to be
/// below a tolerance that they are at, at alpha = 5 %.
constexpr double kl_margin = 1.3;

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

/// The bins of a table by how well they are filled.
struct SortedBins {
  std::vector<Bin> filled;
  Bin sparse;               ///< all others together
  bool any_sparse = false;  ///< including bins without rows, which may hold rows one day
  double occupied = 0.0;
};

/// The divergence of some bins and the first moments of its error by the delta method.
struct Estimate {
  double value = 0.0;
  double low = 0.0;   ///< certified, shrunk for n and m rows: never above the divergence of endless rows on average
  double high = 0.0;  ///< certified, and at least as shrunk for endless rows
  double bias = 0.0;
  double deviation = 0.0;
};

class Sample {
 public:
  Sample(Method method, const BinTable& table, double m) : method_(method), n_(table.n), m_(m) {
    const double scale = m / table.m;
    for (std::size_t i = 0; i < table.size(); ++i) {
      const Bin bin{table.reference_counts[i],
                    table.current_counts[i] * scale,
                    {table.reference_counts_low[i], table.reference_counts_high[i]},
                    {table.current_counts_low[i] * scale, table.current_counts_high[i] * scale}};
      if (bin.rows() > 0.0) bins_.occupied += 1.0;
      if (is_filled(bin)) {
        bins_.filled.push_back(bin);
      } else {
        bins_.any_sparse = true;
        bins_.sparse += bin;
      }
    }
  }

  const SortedBins& bins() const { return bins_; }

  /// The well-filled bins, and the sparse ones as one; joined to the smallest of the others if it is sparse itself.
  std::vector<Bin> pooled() const {
    std::vector<Bin> result = bins_.filled;
    if (bins_.sparse.rows() <= 0.0) return result;
    if (is_filled(bins_.sparse) || result.empty()) {
      result.push_back(bins_.sparse);
    } else {
      *std::min_element(result.begin(), result.end(), [](const Bin& a, const Bin& b) { return a.rows() < b.rows(); }) +=
          bins_.sparse;
    }
    return result;
  }

  /// The same with small counts raised towards the other side's share, for the distances of raw shares. Their slope
  /// stays small where one side has no row, so the delta method would take a count of 0 by luck for certainty. The
  /// slope of psi and kl_divergence is steep there, and their bins stay as they are.
  std::vector<Bin> pooled_for_above() const {
    std::vector<Bin> result = pooled();
    if (!is_root(method_)) return result;
    for (Bin& bin : result) {
      const double share = bin.rows() / (n_ + m_);
      raise(bin.reference, bin.reference_range, std::min(least_expected, n_ * share));
      raise(bin.current, bin.current_range, std::min(least_expected, m_ * share));
    }
    return result;
  }

  /// PSI / (1/n + 1/m) of the pooled bins. Without any change the other divergences are multiples of it, and its law
  /// holds better in small samples. Where a bin expects fewer than 10 rows Pearson's statistic is taken if it is
  /// smaller: there logarithms exceed the chi-square law in up to 6.8 % of the columns at 5 %, and 1.3 % at 0.5 %.
  double null_statistic() const {
    const std::vector<Bin> bins = pooled();
    const double psi = estimate(Method::psi, bins).low / (1.0 / n_ + 1.0 / m_);
    double pearson = 0.0;
    bool small = false;
    for (const Bin& bin : bins) {
      const double difference = bin.reference / n_ - bin.current / m_;
      pearson += difference * difference * n_ * m_ / bin.rows();
      small = small || expected(bin) < 2.0 * least_expected;
    }
    return small ? std::min(psi, pearson) : psi;
  }

  Estimate estimate(Method method, const std::vector<Bin>& bins) const {
    // Also the methods that report raw shares are shrunk here: their raw null law rejects too often in small samples.
    const Shrinkage shrinkage = shrinkage_of(Method::psi, n_, m_, bins_.occupied);
    const Shrinkage limit = limit_shrinkage(method, n_, m_);
    Estimate result;
    double mean_p = 0.0, mean_q = 0.0, square_p = 0.0, square_q = 0.0;
    for (const Bin& bin : bins) {
      const Shares shares = shrink(shrinkage, {bin.reference / n_, bin.current / m_});
      const Derivatives d = divergence_derivatives(method, shrinkage, {bin.reference / n_, bin.current / m_});
      const CountRange range = term_range(method, shrinkage, bin.reference_range, n_, bin.current_range, m_);
      const CountRange limit_range = term_range(method, limit, bin.reference_range, n_, bin.current_range, m_);
      result.value += divergence_term(method, shrinkage, {bin.reference / n_, bin.current / m_});
      result.low += range.low;
      result.high += std::max(range.high, limit_range.high);
      mean_p += shares.p * d.p;
      mean_q += shares.q * d.q;
      square_p += shares.p * d.p * d.p;
      square_q += shares.q * d.q * d.q;
      result.bias += 0.5 * (d.pp * shares.p * (1.0 - shares.p) / n_ + d.qq * shares.q * (1.0 - shares.q) / m_);
    }
    result.deviation =
        std::sqrt(std::max(0.0, square_p - mean_p * mean_p) / n_ + std::max(0.0, square_q - mean_q * mean_q) / m_);
    return result;
  }

  /// The most that sparse bins can add, with probability 1 − alpha: as if no two sides shared a bin there.
  double sparse_bound(double alpha) const {
    const Shrinkage shrinkage = limit_shrinkage(method_, n_, m_);
    if (bins_.sparse.reference_range.high + bins_.sparse.current_range.high <= 0.0) {
      // Shares p and q there leave no row with probability below exp(−np − mq), and the divergence is convex in them.
      const double log_odds = -std::log(alpha);
      return std::max(divergence_term(method_, shrinkage, {std::min(1.0, log_odds / n_), 0.0}),
                      divergence_term(method_, shrinkage, {0.0, std::min(1.0, log_odds / m_)}));
    }
    const auto limit = [alpha](double count, double rows) { return share_upper_limit(count, rows, 0.5 * alpha); };
    const double p = limit(bins_.sparse.reference_range.high, n_);
    const double q = limit(bins_.sparse.current_range.high, m_);
    return divergence_term(method_, shrinkage, {p, 0.0}) + divergence_term(method_, shrinkage, {0.0, q});
  }

 private:
  double expected(const Bin& bin) const { return std::min(n_, m_) * bin.rows() / (n_ + m_); }
  bool is_filled(const Bin& bin) const { return expected(bin) >= least_expected; }

  static void raise(double& count, CountRange& range, double least) {
    count = std::max(count, least);
    range.high = std::max(range.high, least);
  }

  Method method_;
  double n_;
  double m_;
  SortedBins bins_;
};

class ChiSquareLaw final : public SamplingLaw {
 public:
  ChiSquareLaw(Method method, std::shared_ptr<const BinTable> table, double m)
      : method_(method),
        table_(std::move(table)),
        sample_(method, *table_, m),
        unit_(null_factor(method) * (1.0 / table_->n + 1.0 / m)) {
    const std::vector<Bin> pooled = sample_.pooled_for_above();
    const std::vector<Bin>& filled = sample_.bins().filled;
    above_ = sample_.estimate(method_, pooled);
    below_ = sample_.estimate(method_, filled);
    df_above_ = static_cast<double>(pooled.size()) - 1.0;
    df_below_ = static_cast<double>(filled.size()) - (has_pooled() ? 0.0 : 1.0);
    if (df_below_ == 1.0) correct_for_continuity(filled[0], m);
    const double by_law = 4.0 * unit_ * below_.value;
    inflation_ = below_.value > 1e-6 * unit_ ? std::max(1.0, below_.deviation * below_.deviation / by_law) : 1.0;
    if (method == Method::kl_divergence) inflation_ *= kl_margin;
  }

  const char* name() const override { return has_pooled() ? "pooled_noncentral_chi2" : "noncentral_chi2"; }

  std::optional<double> p_value() const override {
    if (df_above_ <= 0.0) return 1.0;
    return noncentral_chi_square_above(sample_.null_statistic(), df_above_, 0.0);
  }

  double p_above(double tolerance) const override {
    const double effect = to_divergence(tolerance);
    if (df_above_ <= 0.0 || above_.low <= effect) return 1.0;
    const double by_law = noncentral_chi_square_above(above_.low / unit_, df_above_, effect / unit_);
    return std::max(by_law, normal_above((above_.low - above_.bias - effect) / above_.deviation));
  }

  double p_below(double tolerance) const override {
    const double effect = to_divergence(tolerance);
    if (!sample_.bins().any_sparse) return p_filled_below(effect);
    const auto rejects = [&](double log_alpha) {
      const double half = 0.5 * std::exp(log_alpha);
      return p_filled_below(effect - sample_.sparse_bound(half)) <= half;
    };
    // The smallest alpha that rejects.
    double low = -50.0;
    double high = 0.0;
    if (!rejects(high)) return 1.0;
    for (int i = 0; i < 24; ++i) {
      const double middle = 0.5 * (low + high);
      (rejects(middle) ? high : low) = middle;
    }
    return std::exp(high);
  }

  std::optional<std::pair<double, double>> interval(double level) const override {
    const double alpha = 0.5 * (1.0 - level);
    const bool bounded = sample_.bins().any_sparse;
    const double high = bounded ? upper_limit(0.5 * alpha) + sample_.sparse_bound(0.5 * alpha) : upper_limit(alpha);
    return std::pair(from_divergence(lower_limit(alpha)), from_divergence(high));
  }

  std::shared_ptr<const SamplingLaw> with_current_rows(double rows) const override {
    return std::make_shared<ChiSquareLaw>(method_, table_, rows);
  }

 private:
  bool has_pooled() const { return sample_.bins().sparse.rows() > 0.0; }
  double to_divergence(double tolerance) const { return is_root(method_) ? tolerance * tolerance : tolerance; }
  double from_divergence(double divergence) const {
    return is_root(method_) ? std::min(1.0, std::sqrt(divergence)) : divergence;
  }

  /// With two bins the divergence takes few values; half a row of the smaller side is added to the difference.
  void correct_for_continuity(const Bin& bin, double m) {
    const double n = table_->n;
    const double share = bin.rows() / (n + m);
    if (share >= 1.0) return;
    const double half_row = 0.5 / std::min(n, m) * std::sqrt(null_factor(method_) / (share * (1.0 - share)));
    below_.high = std::pow(std::sqrt(below_.high) + half_row, 2.0);
  }

  double p_filled_below(double effect) const {
    if (below_.high >= effect) return 1.0;
    if (df_below_ <= 0.0) return 0.0;
    const double unit = inflation_ * unit_;
    return noncentral_chi_square_below(below_.high / unit, df_below_ / inflation_, effect / unit);
  }

  /// The tolerance at which p_above is `alpha`, and 0 where none is so high.
  double lower_limit(double alpha) const {
    if (df_above_ <= 0.0 || above_.low <= 0.0) return 0.0;
    const double by_law = unit_ * noncentrality_for_above(above_.low / unit_, df_above_, alpha);
    return std::max(0.0, std::min(by_law, above_.low - above_.bias - normal_score(alpha) * above_.deviation));
  }

  /// The tolerance at which p_filled_below is `alpha`.
  double upper_limit(double alpha) const {
    if (df_below_ <= 0.0) return below_.high;
    const double unit = inflation_ * unit_;
    return std::max(below_.high, unit * noncentrality_for_below(below_.high / unit, df_below_ / inflation_, alpha));
  }

  Method method_;
  std::shared_ptr<const BinTable> table_;
  Sample sample_;
  double unit_;
  double inflation_ = 1.0;
  double df_above_ = 0.0;
  double df_below_ = 0.0;
  Estimate above_;  // sparse bins pooled
  Estimate below_;  // well-filled bins only
};

}  // namespace

std::shared_ptr<const SamplingLaw> chi_square_law(Method method, std::shared_ptr<const BinTable> table) {
  const double m = table->m;
  return std::make_shared<ChiSquareLaw>(method, std::move(table), m);
}

}  // namespace driftline
