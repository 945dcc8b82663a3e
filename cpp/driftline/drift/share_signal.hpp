// A signal about shares of rows.
#pragma once

#include <cmath>
#include <string>
#include <utility>

#include "driftline/drift/evidence.hpp"
#include "driftline/drift/proportions.hpp"

namespace driftline {

/// Both shares and their rows; value and law are for the caller.
inline Signal share_signal(std::string name, Share reference, Share current) {
  Signal signal;
  signal.name = std::move(name);
  signal.reference = reference.value();
  signal.current = current.value();
  signal.n_reference = reference.rows;
  signal.n_current = current.rows;
  return signal;
}

/// constant: one side has a single value that the other side does not hold alone. `reference` and `current` count the
/// rows of that value; "current" became constant, "reference" was.
inline Signal constant_signal(const char* side, Share reference, Share current) {
  Signal signal = share_signal("constant", reference, current);
  signal.value = std::abs(current.value() - reference.value());
  signal.law = share_difference_law(reference, current);
  signal.texts.emplace_back("side", side);
  return signal;
}

}  // namespace driftline
