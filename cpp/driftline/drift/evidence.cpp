#include "driftline/drift/evidence.hpp"

#include <array>

#include "driftline/base/error.hpp"

namespace driftline {
namespace {

constexpr std::array<const char*, 12> method_names = {
    "psi", "chi_square",  "jensen_shannon",     "hellinger",        "total_variation", "kl_divergence",
    "ks",  "wasserstein", "wasserstein_scaled", "cramer_von_mises", "energy",          "anderson_darling"};

constexpr std::array<const char*, 4> definition_names = {"driftline", "evidently", "nannyml", "whylogs"};

template <std::size_t size>
std::size_t index_of(std::string_view name, const std::array<const char*, size>& names, const std::string& what) {
  std::string known;
  for (std::size_t i = 0; i < size; ++i) {
    if (name == names[i]) return i;
    known += (i == 0 ? "" : ", ") + std::string(names[i]);
  }
  throw OptionError("unknown " + what + " \"" + std::string(name) + "\"; known are " + known);
}

}  // namespace

const char* method_name(Method method) { return method_names[static_cast<std::size_t>(method)]; }

Method method_from_name(std::string_view name) { return static_cast<Method>(index_of(name, method_names, "method")); }

const char* definition_name(Definition definition) { return definition_names[static_cast<std::size_t>(definition)]; }

Definition definition_from_name(std::string_view name) {
  return static_cast<Definition>(index_of(name, definition_names, "definition"));
}

}  // namespace driftline
