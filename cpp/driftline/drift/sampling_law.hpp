// How sure a number is: p-values and intervals of an effect measured on samples.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace driftline {

/// The sampling law of an effect that is at least 0. Immutable; costs arise when a question is asked.
class EffectLaw {
 public:
  virtual ~EffectLaw() = default;

  /// p-value of "no change at all"; nullopt where the law does not know it.
  virtual std::optional<double> p_value() const = 0;
  /// p-value of "the true effect is at most `tolerance`"; 1 when more cannot be claimed. Falls as the tolerance falls.
  virtual double p_above(double tolerance) const = 0;
  /// Two-sided confidence interval at `level` in (0, 1): the tolerances that neither p_above nor p_below rejects at
  /// (1 − level) / 2. nullopt where the law does not know it.
  virtual std::optional<std::pair<double, double>> interval(double level) const = 0;
};

/// The sampling law of a distance.
class SamplingLaw : public EffectLaw {
 public:
  /// "noncentral_chi2", "pooled_noncentral_chi2", "chi2", "kolmogorov", "bootstrap", "bridge", "cramer_von_mises",
  /// "anderson_darling", "quadratic"; of other tools' definitions "chi2", "ks_2samp", "kstwo".
  virtual const char* name() const = 0;
  /// p-value of "the true distance is at least `tolerance`"; 1 when more cannot be claimed. Rises with the tolerance.
  virtual double p_below(double tolerance) const = 0;
  /// The same shares seen in `rows` current rows; nullptr where tolerances are not judged.
  virtual std::shared_ptr<const SamplingLaw> with_current_rows(double rows) const = 0;
};

/// The fewest current rows that settle a tolerance, or why there is no such number.
struct RowsNeeded {
  std::optional<std::uint64_t> rows;
  std::string reason;  ///< empty, "at_tolerance", "reference_too_small", "no_law"
};

/// The smallest number of current rows, from `n_current` up and with the reference as it is, at which p_above or
/// p_below of `tolerance` is at most `alpha` if the shares stay as they are.
///
/// "at_tolerance": `value` equals the tolerance within rounding, or more than 10^9 rows would be needed.
/// "reference_too_small": no number of current rows settles it. Throws OptionError unless 0 < alpha < 1.
RowsNeeded rows_needed(const SamplingLaw* law, double value, std::uint64_t n_current, double tolerance, double alpha);

}  // namespace driftline
