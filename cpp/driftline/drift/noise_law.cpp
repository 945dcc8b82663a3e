#include "driftline/drift/noise_law.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <utility>

namespace driftline {

struct Noise::Replicates {
  std::once_flag drawn;
  std::vector<double> norms;  // ascending
  double mean = 0.0;

  void draw(const std::function<std::vector<double>()>& simulate) {
    std::call_once(drawn, [&] {
      norms = simulate();
      std::sort(norms.begin(), norms.end());
      mean = std::accumulate(norms.begin(), norms.end(), 0.0) / static_cast<double>(norms.size());
    });
  }
};

Noise::Noise(std::function<std::vector<double>()> simulate, double tail_deviation)
    : simulate_(std::move(simulate)), tail_deviation_(tail_deviation), replicates_(std::make_unique<Replicates>()) {}

Noise::~Noise() = default;

double Noise::above(double x) const {
  if (x <= 0.0) return 1.0;
  replicates_->draw(simulate_);
  const std::vector<double>& norms = replicates_->norms;
  const auto at_least = static_cast<double>(norms.end() - std::lower_bound(norms.begin(), norms.end(), x));
  const double by_rank = (1.0 + at_least) / (1.0 + static_cast<double>(norms.size()));
  const double distance = std::max(0.0, x - replicates_->mean);
  if (distance == 0.0 || tail_deviation_ <= 0.0) return by_rank;
  return std::min(by_rank, std::exp(-0.5 * distance * distance / (tail_deviation_ * tail_deviation_)));
}

double Noise::quantile(double probability) const {
  replicates_->draw(simulate_);
  double low = 0.0;
  double high = replicates_->norms.back() + tail_deviation_;
  while (above(high) > probability && high > 0.0) high *= 2.0;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (above(middle) > probability ? low : high) = middle;
  }
  return high;
}

namespace {

class NoiseLaw final : public SamplingLaw {
 public:
  NoiseLaw(const char* name, NoisyDistance distance, double rows, std::shared_ptr<const Noise> null_noise,
           std::shared_ptr<const Noise> noise)
      : name_(name),
        distance_(distance),
        null_noise_(std::move(null_noise)),
        noise_(std::move(noise)),
        scale_(std::sqrt((1.0 / distance.n + 1.0 / rows) / (1.0 / distance.n + 1.0 / distance.m))) {}

  const char* name() const override { return name_; }
  std::optional<double> p_value() const override { return null_noise_->above(distance_.low / scale_); }
  double p_above(double tolerance) const override { return noise_->above((distance_.low - tolerance) / scale_); }
  double p_below(double tolerance) const override { return noise_->above((tolerance - distance_.high) / scale_); }
  std::optional<std::pair<double, double>> interval(double level) const override {
    const double reach = scale_ * noise_->quantile(0.5 * (1.0 - level));
    return std::pair(std::max(0.0, distance_.low - reach), std::min(distance_.largest, distance_.high + reach));
  }
  std::shared_ptr<const SamplingLaw> with_current_rows(double rows) const override {
    return std::make_shared<NoiseLaw>(name_, distance_, rows, null_noise_, noise_);
  }

 private:
  const char* name_;
  NoisyDistance distance_;
  std::shared_ptr<const Noise> null_noise_;
  std::shared_ptr<const Noise> noise_;
  double scale_;  // noise falls with the root of 1/n + 1/m
};

}  // namespace

std::shared_ptr<const SamplingLaw> noise_law(const char* name, NoisyDistance distance,
                                             std::shared_ptr<const Noise> null_noise,
                                             std::shared_ptr<const Noise> noise) {
  return std::make_shared<NoiseLaw>(name, distance, distance.m, std::move(null_noise), std::move(noise));
}

}  // namespace driftline
