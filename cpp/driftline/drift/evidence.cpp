#include "driftline/drift/evidence.hpp"

#include <array>

#include "driftline/base/error.hpp"

namespace driftline {
namespace {

constexpr std::array<const char*, 12> method_names = {
    "psi", "chi_square",  "jensen_shannon",     "hellinger",        "total_variation", "kl_divergence",
    "ks",  "wasserstein", "wasserstein_scaled", "cramer_von_mises", "energy",          "anderson_darling"};

}  // namespace

const char* method_name(Method method) { return method_names[static_cast<std::size_t>(method)]; }

Method method_from_name(std::string_view name) {
  std::string known;
  for (std::size_t i = 0; i < method_names.size(); ++i) {
    if (name == method_names[i]) return static_cast<Method>(i);
    known += (i == 0 ? "" : ", ") + std::string(method_names[i]);
  }
  throw OptionError("unknown method \"" + std::string(name) + "\"; known are " + known);
}

}  // namespace driftline
