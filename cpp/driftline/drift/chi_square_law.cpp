#include "driftline/drift/chi_square_law.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include "driftline/drift/divergences.hpp"
#include "driftline/drift/noncentral_chi_square.hpp"
#include "driftline/drift/normal.hpp"

namespace driftline {
namespace {

/// Rows that a bin must expect on the smaller side, under the shares of both sides together, to count as well filled.
constexpr double least_expected = 5.0;

/// A bin, or several pooled into one.
struct Bin {
  double reference = 0.0;
  double current = 0.0;
  CountRange reference_range{0.0, 0.0};
  CountRange current_range{0.0, 0.0};

  Bin& operator+=(const Bin& other) {
    reference += other.reference;
    current += other.current;
    reference_range = {reference_range.low + other.reference_range.low, reference_range.high + other.reference_range.high};
    current_range = {current_range.low + other.current_range.low, current_range.high + other.current_range.high};
    return *this;
  }
};

/// Near equal shares the divergence is this factor times (1/n + 1/m) times a chi-square variable.
double null_factor(Method method) {
  switch (method) {
    case Method::kl_divergence: return 0.5;
    case Method::jensen_shannon: return 0.125 / std::numbers::ln2;
    case Method::hellinger: return 0.125;
    default: return 1.0;
  }
}

class ChiSquareLaw final : public SamplingLaw {
 public:
  ChiSquareLaw(Method method, std::shared_ptr<const BinTable> table, double m)
      : method_(method), table_(std::move(table)), n_(table_->n), m_(m) {
    pool();
    measure();
  }

  const char* name() const override { return sparse_ ? "pooled_noncentral_chi2" : "noncentral_chi2"; }

  std::optional<double> p_value() const override {
    if (df_ <= 0.0) return 1.0;
    return noncentral_chi_square_above(low_ / unit_, df_, 0.0);
  }

  double p_above(double tolerance) const override {
    const double effect = to_divergence(tolerance);
    if (df_ <= 0.0 || low_ <= effect) return 1.0;
    const double by_chi_square = noncentral_chi_square_above(low_ / unit_, df_, effect / unit_);
    const double by_delta = normal_above((low_ - bias_ - effect) / deviation_);
    return std::max(by_chi_square, by_delta);
  }

  double p_below(double tolerance) const override {
    const double effect = to_divergence(tolerance);
    if (!sparse_) return p_filled_below(effect);
    // Smallest alpha at which half of it bounds the sparse bins and the other half rejects the rest.
    double low = -30.0, high = 0.0;
    const auto rejects = [&](double log_alpha) {
      const double alpha = std::exp(log_alpha);
      return p_filled_below(effect - sparse_bound(0.5 * alpha)) <= 0.5 * alpha;
    };
    if (!rejects(high)) return 1.0;
    for (int i = 0; i < 20; ++i) {
      const double middle = 0.5 * (low + high);
      (rejects(middle) ? high : low) = middle;
    }
    return std::exp(high);
  }

  double p_filled_below(double effect) const {
    if (high_ >= effect) return 1.0;
    if (df_below_ <= 0.0) return 0.0;
    const double expected = 4.0 * unit_ * plain_below_;
    const double inflation = plain_below_ > 1e-6 * unit_ ? std::max(1.0, deviation_below_ * deviation_below_ / expected) : 1.0;
    const double scale = inflation * unit_;
    return noncentral_chi_square_below(high_ / scale, df_below_ / inflation, effect / scale);
  }

  double sparse_bound(double alpha) const {
    const double p = upper(sparse_bin_.reference, n_, 0.5*alpha);
    const double q = upper(sparse_bin_.current, m_, 0.5*alpha);
    const double a=0.002, w = n_/(n_+m_);
    if (method_==Method::jensen_shannon || method_==Method::hellinger) return 0.5*(p+q);
    return (p*std::log((1+a*w)/(a*w)) + q*std::log((1+a*(1-w))/(a*(1-w))))/(1+a);
  }
  static double upper(double k, double n, double alpha) { if (k >= n) return 1.0; return boost::math::ibetac_inv(k + 1.0, n - k, alpha); }

  std::optional<std::pair<double, double>> interval(double) const override { return std::nullopt; }

  std::shared_ptr<const SamplingLaw> with_current_rows(double rows) const override {
    return std::make_shared<ChiSquareLaw>(method_, table_, rows);
  }

 private:
  double to_divergence(double tolerance) const { return is_root(method_) ? tolerance * tolerance : tolerance; }

  void pool() {
    const BinTable& t = *table_;
    const double scale = m_ / t.m;
    for (std::size_t i = 0; i < t.size(); ++i) {
      const Bin bin{t.reference_counts[i], t.current_counts[i] * scale,
                    {t.reference_counts_low[i], t.reference_counts_high[i]},
                    {t.current_counts_low[i] * scale, t.current_counts_high[i] * scale}};
      if (bin.reference > 0.0 || bin.current > 0.0) occupied_ += 1.0;
      if (filled(bin)) {
        filled_.push_back(bin);
      } else {
        sparse_ = true;
        sparse_bin_ += bin;
      }
    }
    bins_ = filled_;
    if (sparse_bin_.reference + sparse_bin_.current <= 0.0) return;
    if (filled(sparse_bin_) || bins_.empty()) {
      bins_.push_back(sparse_bin_);
    } else {
      *std::min_element(bins_.begin(), bins_.end(), [](const Bin& a, const Bin& b) { return a.reference + a.current < b.reference + b.current; }) += sparse_bin_;
    }
  }

  bool filled(const Bin& bin) const {
    return std::min(n_, m_) * (bin.reference + bin.current) / (n_ + m_) >= least_expected;
  }

  struct Moments { double plain=0, low=0, high=0, bias=0, deviation=0; };
  Moments moments(const std::vector<Bin>& bins, const Shrinkage& shrinkage) const {
    const Shrinkage limit = limit_shrinkage(method_, n_, m_);
    Moments r;
    double mean_p = 0.0, mean_q = 0.0, square_p = 0.0, square_q = 0.0;
    for (const Bin& bin : bins) {
      const double p = bin.reference / n_;
      const double q = bin.current / m_;
      const CountRange range = term_range(method_, shrinkage, bin.reference_range, n_, bin.current_range, m_);
      const CountRange limit_range = term_range(method_, limit, bin.reference_range, n_, bin.current_range, m_);
      r.low += range.low;
      r.plain += divergence_term(method_, shrinkage, p, q);
      r.high += std::max(range.high, limit_range.high);
      const Derivatives d = divergence_derivatives(method_, shrinkage, p, q);
      const Shares s = shares(shrinkage, p, q);
      mean_p += s.p * d.p;
      mean_q += s.q * d.q;
      square_p += s.p * d.p * d.p;
      square_q += s.q * d.q * d.q;
      r.bias += 0.5 * (d.pp * s.p * (1.0 - s.p) / n_ + d.qq * s.q * (1.0 - s.q) / m_);
    }
    r.deviation = std::sqrt(std::max(0.0, square_p - mean_p * mean_p) / n_ + std::max(0.0, square_q - mean_q * mean_q) / m_);
    return r;
  }
  void measure() {
    const Shrinkage shrinkage = shrinkage_of(Method::psi, n_, m_, occupied_);
    unit_ = null_factor(method_) * (1.0 / n_ + 1.0 / m_);
    df_ = static_cast<double>(bins_.size()) - 1.0;
    Moments above = moments(bins_, shrinkage);
    low_ = above.low; bias_ = above.bias; deviation_ = above.deviation;
    Moments below = moments(filled_, shrinkage);
    high_ = below.high; plain_below_ = below.plain; deviation_below_ = below.deviation;
    df_below_ = static_cast<double>(filled_.size()) - (sparse_bin_.reference + sparse_bin_.current > 0.0 ? 0.0 : 1.0);
    if (df_below_==1.0 && filled_.size()>0) {
      // With two bins the divergence takes few values; half a row is the continuity correction.
      const double share = (filled_[0].reference + filled_[0].current) / (n_ + m_);
      const double half_row = 0.5 / std::max(n_, m_) * std::sqrt(null_factor(method_) / (share * (1.0 - share)));
      high_ = std::pow(std::sqrt(high_) + half_row, 2.0);
    }
  }

  struct Shares { double p, q; };
  static Shares shares(const Shrinkage& s, double p, double q) {
    const double pooled = s.weight * p + (1.0 - s.weight) * q;
    return {(p + s.reference * pooled) / (1.0 + s.reference), (q + s.current * pooled) / (1.0 + s.current)};
  }

  Method method_;
  std::shared_ptr<const BinTable> table_;
  double n_;
  double m_;
  double occupied_ = 0.0;
  bool sparse_ = false;
  Bin sparse_bin_;
  std::vector<Bin> bins_;
  std::vector<Bin> filled_;
  double df_ = 0.0;
  double df_below_ = 0.0;
  double plain_below_ = 0.0;
  double deviation_below_ = 0.0;
  double unit_ = 0.0;
  double low_ = 0.0;
  double high_ = 0.0;
  double bias_ = 0.0;
  double deviation_ = 0.0;
};

}  // namespace

std::shared_ptr<const SamplingLaw> chi_square_law(Method method, std::shared_ptr<const BinTable> table) {
  const double m = table->m;
  return std::make_shared<ChiSquareLaw>(method, std::move(table), m);
}

}  // namespace driftline
