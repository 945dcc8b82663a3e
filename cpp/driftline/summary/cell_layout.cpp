#include "driftline/summary/cell_layout.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <span>
#include <tuple>
#include <utility>

#include "driftline/summary/cell_bits.hpp"

namespace driftline {
namespace {

/// A page by binade, where mantissas are those of |x| or of 1 − x.
struct BinadeOfPage {
  std::uint32_t binade;
  std::uint32_t page;
  int level;
  std::uint64_t low;  // the outermost occupied cells: mantissa >> level
  std::uint64_t high;
  std::uint64_t n_cells;
  std::uint64_t rows;

  BinadeOfPage(const LogLinearHistogram& cells, const Page& of)
      : binade(binade_of_page(of.id)),
        page(of.id),
        level(of.level),
        low(cells.prefixes[of.begin]),
        high(cells.prefixes[of.end - 1]),
        n_cells(of.end - of.begin),
        rows(std::accumulate(cells.counts.begin() + of.begin, cells.counts.begin() + of.end, std::uint64_t{0})) {
    if (mirrored(page)) std::tie(low, high) = std::pair(last_prefix() - high, last_prefix() - low);
  }

  std::uint64_t last_prefix() const { return (std::uint64_t{1} << (mantissa_bits - level)) - 1; }
  /// The bits of a value >> level, up to the mantissa; of 1 − x where the page is of [0.5, 1).
  std::uint64_t prefix_of_binade() const {
    const std::uint64_t top = binade < first_anchored_binade ? binade : binade - anchored_offset;
    return top << (mantissa_bits - level);
  }
  Side side() const {
    constexpr std::uint32_t first_negative = 2048;
    return binade >= first_anchored_binade ? anchored_side : binade >= first_negative ? negative_side : positive_side;
  }
  /// Can cells of this and of the next page follow each other in one array?
  bool goes_on(const BinadeOfPage& next) const {
    const bool beside_anchor = binade == anchored_top_bits - 1 && next.binade == anchored_top_bits + 1;
    return level == next.level && side() == next.side() && (next.binade == binade + 1 || beside_anchor);
  }
};

using Run = std::span<const BinadeOfPage>;

std::uint64_t rows_of(Run pages) {
  return std::accumulate(pages.begin(), pages.end(), std::uint64_t{0},
                         [](std::uint64_t n, const BinadeOfPage& page) { return n + page.rows; });
}

/// The pages other than that of zero, by binade.
std::vector<BinadeOfPage> binades_of(const LogLinearHistogram& cells) {
  std::vector<BinadeOfPage> result;
  result.reserve(cells.pages.size());
  for (const Page& page : cells.pages) {
    if (page.id != zero_page) result.emplace_back(cells, page);
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.binade < b.binade; });
  return result;
}

class Planner {
 public:
  explicit Planner(std::uint8_t global_level) {
    layout_.binades.resize(n_binades);
    layout_.windows.level = global_level;
  }

  CellLayout plan(Run all) {
    const std::uint64_t slack = all.empty() ? 0 : 16384 / all.size();
    for (std::size_t begin = 0, end = 0; begin != all.size(); begin = end) {
      for (end = begin + 1; end != all.size() && all[end - 1].goes_on(all[end]);) ++end;
      const Run run = all.subspan(begin, end - begin);
      if (give_array(run, slack)) continue;
      for (std::size_t page = 0; page < run.size(); ++page) give_array(run.subspan(page, 1), slack);
    }
    layout_.way = way(rows_of(all));
    std::sort(layout_.pages.begin(), layout_.pages.end());
    return std::move(layout_);
  }

 private:
  /// One array for pages whose cells follow each other; false when most of it would stay empty.
  bool give_array(Run run, std::uint64_t slack_per_page) {
    const BinadeOfPage& first = run.front();
    const BinadeOfPage& last = run.back();
    std::uint64_t room = 0;
    for (const BinadeOfPage& page : run) {
      layout_.binades[page.binade].first_and_level = static_cast<std::uint64_t>(page.level);
      room += 6 * page.n_cells + slack_per_page;
    }
    const std::uint64_t span = last.prefix_of_binade() + last.high - (first.prefix_of_binade() + first.low);
    if (span >= room) return false;
    const std::uint64_t slack = (room - 1 - span) / 2;
    const std::uint64_t low = first.low - std::min(first.low, slack);
    const std::uint64_t high = last.high + std::min(last.last_prefix() - last.high, slack);
    const std::uint64_t begin = first.prefix_of_binade() + low;
    const Window window{.first = begin,
                        .array = layout_.size,
                        .size = static_cast<std::uint32_t>(last.prefix_of_binade() + high - begin + 1)};
    for (const BinadeOfPage& page : run) {
      const std::uint64_t from = &page == &first ? low : 0;
      const std::uint64_t to = &page == &last ? high : page.last_prefix();
      layout_.binades[page.binade] = {
          .first_and_level = from << 8 | static_cast<std::uint64_t>(page.level),
          .array = window.array + static_cast<std::uint32_t>(page.prefix_of_binade() + from - begin),
          .size = static_cast<std::uint32_t>(to - from + 1)};
      layout_.pages.push_back(page.page);
    }
    layout_.size += window.size;
    offer(run, window);
    return true;
  }

  void offer(Run run, const Window& window) {
    const Side side = run.front().side();
    const std::uint64_t rows = rows_of(run);
    if (run.front().level == layout_.windows.level && rows > rows_of_side_[side]) {
      rows_of_side_[side] = rows;
      layout_.windows.side[side] = window;
    }
    if (side == anchored_side) return;
    // Values of [0.5, 1) must not find cells in a main window.
    const auto above =
        std::find_if(run.begin(), run.end(), [](const BinadeOfPage& page) { return page.binade > anchored_top_bits; });
    const auto n_below = side == positive_side ? static_cast<std::size_t>(above - run.begin()) : 0;
    offer_main(run.first(n_below));
    offer_main(run.subspan(n_below));
  }

  void offer_main(Run run) {
    if (run.empty() || rows_of(run) <= rows_of_main_) return;
    const BinadeCells& first = layout_.binades[run.front().binade];
    const BinadeCells& last = layout_.binades[run.back().binade];
    rows_of_main_ = rows_of(run);
    layout_.main_level = run.front().level;
    layout_.main_window = {.first = run.front().prefix_of_binade() + first_of(first),
                           .array = first.array,
                           .size = last.array + last.size - first.array};
  }

  CountingWay way(std::uint64_t rows) const {
    const auto takes_most = [rows](std::uint64_t inside) { return most_outside_way * (rows - inside) <= rows; };
    if (takes_most(rows_of_main_)) return CountingWay::main_window;
    const std::uint64_t inside = std::accumulate(std::begin(rows_of_side_), std::end(rows_of_side_), std::uint64_t{0});
    return takes_most(inside) ? CountingWay::windows : CountingWay::binades;
  }

  CellLayout layout_;
  std::uint64_t rows_of_side_[3] = {};
  std::uint64_t rows_of_main_ = 0;
};

}  // namespace

CellLayout lay_out(const LogLinearHistogram& cells) { return Planner(cells.global_level).plan(binades_of(cells)); }

}  // namespace driftline
