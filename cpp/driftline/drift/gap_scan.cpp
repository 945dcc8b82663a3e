#include "driftline/drift/gap_scan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace driftline {
namespace {

/// What belongs to (F − G)⁺ and what belongs to (F − G)⁻, computed side by side.
using UpDown [[gnu::vector_size(16)]] = double;

UpDown mirrored(double x) { return UpDown{x, -x}; }

UpDown positive(UpDown x) { return x > 0.0 ? x : UpDown{0.0, 0.0}; }

constexpr std::size_t block_size = 256;

/// What F − G does in the cells of a block, times n·m.
struct Gaps {
  std::array<double, block_size> after;     // at the end of the cell
  std::array<double, block_size> possible;  // the largest size that rows could reach
};

/// Integrates over cells. A value that is passed on, so that a loop over cells keeps it in registers.
///
/// What is 0 is added all the same: the sign of F − G is a coin toss where nothing changed, and a branch on it slow.
struct Integral {
  double n;
  double m;
  double scale;  // 1/(n m)
  double unit;
  double gap = 0.0;       // F − G at the end of the last cell, times n·m
  double last_end = 0.0;  // of the last cell, times unit
  UpDown low{};
  UpDown value{};
  UpDown high{};

  void add(const CommonCell& cell, double& gap_after, double& possible) {
    const double low_end = cell.low * unit;
    const double high_end = cell.high * unit;
    cross(low_end - last_end);
    // Inside the cell all of one side's rows may come before the first of the other's.
    const double highest = gap + static_cast<double>(cell.reference) * m;
    const double rows_down = static_cast<double>(cell.current) * n;
    const double lowest = gap - rows_down;
    const double after = highest - rows_down;
    possible = std::abs(after);
    if (!is_one_value(cell)) {
      possible = std::max(highest, -lowest);
      integrate((high_end - low_end) * scale, lowest, after, highest);
    }
    gap_after = after;
    gap = after;
    last_end = high_end;
  }

 private:
  /// Between two cells F − G is constant.
  void cross(double width) {
    const UpDown area = width * (positive(mirrored(gap)) * scale);
    low += area;
    value += area;
    high += area;
  }

  /// Inside a cell F − G lies between `lowest` and `highest`, and is estimated by a line from `gap` to `after`.
  void integrate(double width, double lowest, double after, double highest) {
    UpDown line = 0.5 * positive(mirrored(gap + after));
    if (gap * after < 0.0) {
      const UpDown top = positive(UpDown{std::max(gap, after), -std::min(gap, after)});
      line = 0.5 * top * top / std::abs(gap - after);
    }
    low += width * positive(UpDown{lowest, -highest});
    value += width * line;
    high += width * positive(UpDown{highest, -lowest});
  }
};

/// Cells wait here until there are enough for loops of their own. The last one waits until the end.
class Scanner {
 public:
  explicit Scanner(const NumericPair& pair)
      : pair_(pair), integral_{pair.n(), pair.m(), 1.0 / (pair.n() * pair.m()), length_unit(pair.low(), pair.high())} {}

  void add(const CommonCell& cell) {
    if (size_ == block_size) flush();
    block_[size_++] = cell;
  }

  GapScan finish() {
    block_[size_ - 1].high = pair_.high();
    flush();
    scan_.unit = integral_.unit;
    scan_.up = {integral_.low[0], integral_.value[0], integral_.high[0]};
    scan_.down = {integral_.low[1], integral_.value[1], integral_.high[1]};
    return scan_;
  }

 private:
  void flush() {
    if (is_first_) block_[0].low = pair_.low();
    is_first_ = false;
    Integral integral = integral_;
    for (std::size_t i = 0; i < size_; ++i) integral.add(block_[i], gaps_.after[i], gaps_.possible[i]);
    integral_ = integral;
    find_largest();
    size_ = 0;
  }

  void find_largest() {
    double largest = std::abs(scan_.largest);
    double possible = scan_.possible;
    for (std::size_t i = 0; i < size_; ++i) {
      possible = std::max(possible, gaps_.possible[i]);
      if (std::abs(gaps_.after[i]) > largest) {
        largest = std::abs(gaps_.after[i]);
        scan_.largest = gaps_.after[i];
        scan_.location = block_[i].high;
      }
    }
    scan_.possible = possible;
  }

  const NumericPair& pair_;
  Integral integral_;
  GapScan scan_;
  bool is_first_ = true;
  std::size_t size_ = 0;
  std::array<CommonCell, block_size> block_;
  Gaps gaps_;
};

}  // namespace

GapScan scan_gaps(const NumericPair& pair) {
  Scanner scanner(pair);
  pair.for_cells([&scanner](const CommonCell& cell) { scanner.add(cell); });
  return scanner.finish();
}

}  // namespace driftline
