// The p-value of another tool, and nothing else.
#pragma once

#include <functional>
#include <memory>

#include "driftline/drift/sampling_law.hpp"

namespace driftline {

/// Answers `p_value` by `compute`, when asked; claims nothing about tolerances and has no interval. `name` lives for
/// ever.
std::shared_ptr<const SamplingLaw> foreign_law(const char* name, std::function<double()> compute);

}  // namespace driftline
