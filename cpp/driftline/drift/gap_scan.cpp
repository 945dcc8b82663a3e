#include "driftline/drift/gap_scan.hpp"

#include <algorithm>
#include <array>
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

/// Adds cells to a scan. A value that is passed on, so that a loop over cells keeps it in registers.
struct Walk {
  double n;
  double m;
  double scale;
  GapScan scan;
  double gap = 0.0;       // F − G at the end of the last cell, times n·m
  double last_end = 0.0;  // of the last cell, times unit

  void add(const CommonCell& cell) {
    const double low_end = cell.low * scan.unit;
    const double high_end = cell.high * scan.unit;
    if (gap != 0.0) cross((low_end - last_end) * (std::abs(gap) * scale));
    // Inside the cell all of one side's rows may come before the first of the other's.
    const double highest = gap + static_cast<double>(cell.reference) * m;
    const double rows_down = static_cast<double>(cell.current) * n;
    const double lowest = gap - rows_down;
    const double after = highest - rows_down;
    double possible = std::abs(after);
    if (possible > std::abs(scan.largest)) {
      scan.largest = after;
      scan.location = cell.high;
    }
    if (!is_one_value(cell)) {
      possible = std::max(highest, -lowest);
      integrate((high_end - low_end) * scale, lowest, after, highest);
    }
    scan.possible = std::max(scan.possible, possible);
    gap = after;
    last_end = high_end;
  }

 private:
  /// Between two cells F − G is constant.
  void cross(double area) { gap > 0.0 ? scan.up.add(area, area, area) : scan.down.add(area, area, area); }

  void integrate(double width, double lowest, double after, double highest) {
    if (lowest >= 0.0) {
      scan.up.add(width * lowest, width * 0.5 * (gap + after), width * highest);
    } else if (highest <= 0.0) {
      scan.down.add(width * -highest, width * -0.5 * (gap + after), width * -lowest);
    } else {
      // F − G may change its sign inside the cell, so both parts may be anything from 0.
      scan.up.add(0.0, width * positive_part(gap, after), width * highest);
      scan.down.add(0.0, width * positive_part(-gap, -after), width * -lowest);
    }
  }
};

/// Cells wait here until there are enough for a loop of their own.
class Scanner {
 public:
  Scanner(double n, double m, double unit) : walk_{n, m, 1.0 / (n * m), {}} { walk_.scan.unit = unit; }

  void add(const CommonCell& cell) {
    block_[size_++] = cell;
    if (size_ == block_.size()) flush();
  }

  GapScan finish() {
    flush();
    return walk_.scan;
  }

 private:
  void flush() {
    Walk walk = walk_;
    for (std::size_t i = 0; i < size_; ++i) walk.add(block_[i]);
    walk_ = walk;
    size_ = 0;
  }

  Walk walk_;
  std::size_t size_ = 0;
  std::array<CommonCell, 256> block_;
};

}  // namespace

GapScan scan_gaps(const NumericPair& pair) {
  Scanner scanner(pair.n(), pair.m(), unit_of(pair));
  pair.for_cells([&scanner](const CommonCell& cell) { scanner.add(cell); });
  return scanner.finish();
}

}  // namespace driftline
