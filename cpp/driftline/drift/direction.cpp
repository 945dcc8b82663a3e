#include "driftline/drift/direction.hpp"

#include <array>
#include <cmath>
#include <compare>

#include "driftline/drift/side_cells.hpp"

namespace driftline {
namespace {

struct Quartiles {
  double low;
  double middle;
  double high;
  double range() const { return 0.5 * high - 0.5 * low; }
};

Quartiles quartiles(const SideCells& cells) {
  return {quantile_of(cells, 0.25), quantile_of(cells, 0.5), quantile_of(cells, 0.75)};
}

int sign(double x) { return x > 0.0 ? 1 : x < 0.0 ? -1 : 0; }

/// Rows by what happened to their label, as shares.
struct Flow {
  double appeared = 0.0;
  double vanished = 0.0;
  double moved = 0.0;  // total variation
};

Flow flow_between(const CategorySummary& reference, const CategorySummary& current) {
  const auto n = static_cast<double>(reference.n_rows);
  const auto m = static_cast<double>(current.n_rows);
  Flow flow;
  auto a = reference.labels.begin();
  auto b = current.labels.begin();
  while (a != reference.labels.end() || b != current.labels.end()) {
    const auto order = a == reference.labels.end() ? std::strong_ordering::greater
                       : b == current.labels.end() ? std::strong_ordering::less
                                                   : label_order(*a, *b);
    const bool in_a = order <= 0;
    const bool in_b = order >= 0;
    const double p = in_a ? static_cast<double>(a->count) / n : 0.0;
    const double q = in_b ? static_cast<double>(b->count) / m : 0.0;
    flow.moved += 0.5 * std::abs(p - q);
    if (!in_a) flow.appeared += q;
    if (!in_b) flow.vanished += p;
    if (in_a) ++a;
    if (in_b) ++b;
  }
  return flow;
}

}  // namespace

std::string numeric_direction(const NumericPair& pair) {
  const Quartiles before = quartiles(pair.counted_reference());
  const Quartiles now = quartiles(pair.counted_current());
  const std::array<int, 3> moves{sign(now.low - before.low), sign(now.middle - before.middle),
                                 sign(now.high - before.high)};
  if (moves[0] == 0 && moves[1] == 0 && moves[2] == 0) {
    const int shift = sign(pair.current_moments().mean - pair.reference_moments().mean);
    return shift > 0 ? "up" : shift < 0 ? "down" : "";
  }
  const bool any_up = moves[0] > 0 || moves[1] > 0 || moves[2] > 0;
  const bool any_down = moves[0] < 0 || moves[1] < 0 || moves[2] < 0;
  const double shift = std::abs(0.5 * now.middle - 0.5 * before.middle);
  const double change = now.range() - before.range();
  if (any_up != any_down || shift > std::abs(change)) {
    if (moves[1] != 0 || any_up != any_down) return (moves[1] != 0 ? moves[1] > 0 : any_up) ? "up" : "down";
  }
  if (change > 0.05 * before.range()) return "wider";
  if (change < -0.05 * before.range()) return "narrower";
  return "";
}

std::string category_direction(const CategorySummary& reference, const CategorySummary& current) {
  if (reference.overflowed || current.overflowed) return reference == current ? "" : "reshuffled";
  const Flow flow = flow_between(reference, current);
  if (flow.moved == 0.0) return "";
  if (flow.appeared > 0.5 * flow.moved && flow.appeared >= flow.vanished) return "new values";
  if (flow.vanished > 0.5 * flow.moved) return "vanished values";
  return "reshuffled";
}

}  // namespace driftline
