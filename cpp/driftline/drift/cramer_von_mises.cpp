#include "driftline/drift/cramer_von_mises.hpp"

#include <algorithm>
#include <cmath>

#include "driftline/drift/squared_noise.hpp"
#include "driftline/drift/squared_norm_law.hpp"

namespace driftline {
namespace {

struct Bounded {
  double low = 0.0;
  double value = 0.0;
  double high = 0.0;
};

double cube(double x) { return x * x * x; }

// Differences F − G are kept times n·m: whole numbers, exact up to 2^53, so equal shares give a distance of exactly 0.

/// Six times ∫ (F − G)² dH over all cells, times (n·m)³.
Bounded integrate(const PairCells& common, double n, double m) {
  Bounded sum;
  double before = 0.0;
  for (const CommonCell& cell : common.cells) {
    const double up = static_cast<double>(cell.reference) * m;
    const double down = static_cast<double>(cell.current) * n;
    const double after = before + up - down;
    const double straight = (up + down) * (before * before + before * after + after * after);
    sum.value += straight;
    if (is_one_value(cell)) {
      sum.low += straight;
      sum.high += straight;
    } else {
      // Nearest to the diagonal the path follows it; furthest, all rows of one side come first.
      const double ends = cube(std::abs(before)) + cube(std::abs(after));
      const double away = std::max({0.0, before - down, -before - up});
      const double reference_first = 2.0 * cube(before + up) - cube(before) - cube(after);
      const double current_first = 2.0 * cube(down - before) + cube(before) + cube(after);
      sum.low += std::min(straight, std::max(0.0, ends - 2.0 * cube(away)));
      sum.high += std::max({straight, reference_first, current_first});
    }
    before = after;
  }
  return sum;
}

/// The largest share of a side that rounding to the narrower width may carry over an end of a cell.
double blurred_share(const PairCells& common, double n, double m) {
  double largest = 0.0;
  Blur here;
  for (std::size_t i = 0; i <= common.blurs.size(); ++i) {
    const Blur next = i < common.blurs.size() ? common.blurs[i] : Blur{};
    largest = std::max({largest, std::max(here.reference_above, next.reference_below) / n,
                        std::max(here.current_above, next.current_below) / m});
    here = next;
  }
  return largest;
}

/// Mean squares of the noise, times n for the reference and times m for the current side.
struct NoiseSquares {
  double reference = 0.0;
  double current = 0.0;
};

/// F and G are off by δF and δG, and H with them, so the gap at a given share t = H is off by G'(t)·δF − F'(t)·δG. The
/// slopes are those over groups of cells with enough rows to know them.
NoiseSquares noise_squares(const PairCells& common, double n, double m) {
  const double least_share = std::max(1.0 / 64.0, 5.0 / std::min(n, m));
  NoiseSquares squares;
  double f = 0.0, g = 0.0;  // up to the group
  double in_f = 0.0, in_g = 0.0;
  const auto simpson = [](double from, double step) {
    const auto variance = [](double share) { return std::max(0.0, share * (1.0 - share)); };
    return (variance(from) + 4.0 * variance(from + 0.5 * step) + variance(from + step)) / 6.0;
  };
  for (std::size_t i = 0; i < common.cells.size(); ++i) {
    in_f += static_cast<double>(common.cells[i].reference) / n;
    in_g += static_cast<double>(common.cells[i].current) / m;
    const double share = 0.5 * (in_f + in_g);
    if (share < least_share && i + 1 < common.cells.size()) continue;
    squares.reference += in_g * in_g / share * simpson(f, in_f);
    squares.current += in_f * in_f / share * simpson(g, in_g);
    f += in_f;
    g += in_g;
    in_f = in_g = 0.0;
  }
  return squares;
}

/// T of cramervonmises_2samp in SciPy, with midranks, from ω²: U less its large terms.
double statistic(const PairCells& common, double omega2, double n, double m) {
  double ties = -(n - m) * (n - m);
  for (const CommonCell& cell : common.cells) {
    const auto r = static_cast<double>(cell.reference);
    const auto c = static_cast<double>(cell.current);
    ties += (r * r - c * c) * (n * r - m * c);
  }
  return (n * m * omega2 + ties / (12.0 * n * m)) / (n + m);
}

}  // namespace

Evidence cramer_von_mises(const NumericPair& pair, const PairCells& common) {
  const double n = pair.n();
  const double m = pair.m();
  const Bounded sum = integrate(common, n, m);
  const double scale = n * m;
  const auto omega2 = [scale](double total) { return std::min(1.0 / 3.0, total / scale / scale / scale / 6.0); };
  Evidence evidence;
  evidence.method = Method::cramer_von_mises;
  evidence.value = omega2(sum.value);
  evidence.certified_low = omega2(sum.low);
  evidence.certified_high = omega2(sum.high);
  // A share ε that moves on one side moves the gap at every share of H by at most 2ε.
  if (const double moved = 2.0 * blurred_share(common, n, m); moved > 0.0) {
    const double low = std::max(0.0, std::sqrt(*evidence.certified_low) - moved);
    const double high = std::sqrt(*evidence.certified_high) + moved;
    evidence.certified_low = low * low;
    evidence.certified_high = std::min(1.0 / 3.0, high * high);
  }
  const NoiseSquares noise = noise_squares(common, n, m);
  SquaredNorm norm{};
  norm.low = std::sqrt(*evidence.certified_low);
  norm.high = std::sqrt(*evidence.certified_high);
  norm.largest = std::sqrt(1.0 / 3.0);
  norm.n = pair.effective_n();
  norm.m = pair.effective_m();
  norm.reference_noise = noise.reference;
  norm.current_noise = noise.current;
  norm.null_above = cramer_von_mises_above;
  norm.squared = true;
  evidence.law = squared_norm_law("cramer_von_mises", norm);
  const bool exact = std::all_of(common.cells.begin(), common.cells.end(), is_one_value);
  std::optional<double> classical;
  if (exact) classical = statistic(common, *evidence.value, n, m);
  evidence.details = CramerVonMisesDetails{classical};
  return evidence;
}

}  // namespace driftline
