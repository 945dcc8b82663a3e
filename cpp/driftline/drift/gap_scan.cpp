#include "driftline/drift/gap_scan.hpp"

#include <algorithm>
#include <cmath>

namespace driftline {
namespace {

/// Integral over a unit interval of the positive part of a line from `a` to `b`.
double positive_part(double a, double b) {
  if (a >= 0.0 && b >= 0.0) return 0.5 * (a + b);
  if (a <= 0.0 && b <= 0.0) return 0.0;
  const double top = std::max(a, b);
  return 0.5 * top * top / std::abs(a - b);
}

/// Ends of cells are multiplied by this where their differences, or shares of them, could leave the range of doubles.
double unit_of(const NumericPair& pair) {
  const double largest = std::max(std::abs(pair.low()), std::abs(pair.high()));
  return largest > 1e300 ? 0x1p-20 : largest < 1e-200 ? 0x1p600 : 1.0;
}

/// Takes the cells one after the other.
class Scanner {
 public:
  Scanner(double n, double m, double unit) : n_(n), m_(m), scale_(1.0 / (n * m)) { scan_.unit = unit; }

  void add(const CommonCell& cell) {
    const double low_end = cell.low * scan_.unit;
    const double high_end = cell.high * scan_.unit;
    if (gap_ != 0.0) cross((low_end - last_end_) * (std::abs(gap_) * scale_));
    // Inside the cell all of one side's rows may come before the first of the other's.
    const double highest = gap_ + static_cast<double>(cell.reference) * m_;
    const double rows_down = static_cast<double>(cell.current) * n_;
    const double lowest = gap_ - rows_down;
    const double after = highest - rows_down;
    double possible = std::abs(after);
    if (possible > std::abs(scan_.largest)) {
      scan_.largest = after;
      scan_.location = cell.high;
    }
    if (!is_one_value(cell)) {
      possible = std::max(highest, -lowest);
      integrate((high_end - low_end) * scale_, lowest, after, highest);
    }
    scan_.possible = std::max(scan_.possible, possible);
    gap_ = after;
    last_end_ = high_end;
  }

  const GapScan& scan() const { return scan_; }

 private:
  /// Between two cells F − G is constant.
  void cross(double area) { (gap_ > 0.0 ? scan_.up : scan_.down).add(area, area, area); }

  void integrate(double width, double lowest, double after, double highest) {
    if (lowest >= 0.0) {
      scan_.up.add(width * lowest, width * 0.5 * (gap_ + after), width * highest);
    } else if (highest <= 0.0) {
      scan_.down.add(width * -highest, width * -0.5 * (gap_ + after), width * -lowest);
    } else {
      // F − G may change its sign inside the cell, so both parts may be anything from 0.
      scan_.up.add(0.0, width * positive_part(gap_, after), width * highest);
      scan_.down.add(0.0, width * positive_part(-gap_, -after), width * -lowest);
    }
  }

  double n_;
  double m_;
  double scale_;
  double gap_ = 0.0;       // F − G at the end of the last cell, times n·m
  double last_end_ = 0.0;  // of the last cell
  GapScan scan_;
};

}  // namespace

GapScan scan_gaps(const NumericPair& pair) {
  Scanner scanner(pair.n(), pair.m(), unit_of(pair));
  pair.for_cells([&scanner](const CommonCell& cell) { scanner.add(cell); });
  return scanner.scan();
}

}  // namespace driftline
