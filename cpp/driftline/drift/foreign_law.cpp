#include "driftline/drift/foreign_law.hpp"

#include <utility>

namespace driftline {
namespace {

class ForeignLaw final : public SamplingLaw {
 public:
  ForeignLaw(const char* name, std::function<double()> compute) : name_(name), compute_(std::move(compute)) {}

  const char* name() const override { return name_; }
  std::optional<double> p_value() const override { return compute_(); }
  double p_above(double) const override { return 1.0; }
  double p_below(double) const override { return 1.0; }
  std::optional<std::pair<double, double>> interval(double) const override { return std::nullopt; }
  std::shared_ptr<const SamplingLaw> with_current_rows(double) const override { return nullptr; }

 private:
  const char* name_;
  std::function<double()> compute_;
};

}  // namespace

std::shared_ptr<const SamplingLaw> foreign_law(const char* name, std::function<double()> compute) {
  return std::make_shared<const ForeignLaw>(name, std::move(compute));
}

}  // namespace driftline
