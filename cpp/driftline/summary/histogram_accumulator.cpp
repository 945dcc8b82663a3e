#include "driftline/summary/histogram_accumulator.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/sort/pdqsort/pdqsort.hpp>
#include <iterator>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

namespace driftline {
namespace {

constexpr std::uint64_t mantissa_mask = (std::uint64_t{1} << mantissa_bits) - 1;
constexpr std::uint64_t anchored_top_bits = 1022;  // sign 0, exponent of [0.5, 1)
constexpr std::uint32_t anchored_offset = 4096 - 970;
constexpr std::size_t most_own_cells = 64 * 128;   // that all pages together keep below the global level
constexpr std::size_t first_rows = 4096;           // that tell whether most values differ
constexpr std::uint64_t most_outside_windows = 8;  // one of so many: from there on windows do not pay

/// A value as the pages see it: on [0.5, 1) the bits of 1 − x, elsewhere its own.
std::uint64_t reflected(std::uint64_t x) {
  return x >> mantissa_bits == anchored_top_bits ? std::bit_cast<std::uint64_t>(1.0 - std::bit_cast<double>(x)) : x;
}

std::uint32_t binade_of(std::uint64_t x) {
  const bool anchored = x >> mantissa_bits == anchored_top_bits;
  return static_cast<std::uint32_t>(reflected(x) >> mantissa_bits) + (anchored ? anchored_offset : 0);
}

/// Bits of the corner of the cell of x: the last `level` bits cleared, and reflected back.
std::uint64_t key(std::uint64_t x, int level) {
  const std::uint64_t cleared = reflected(x) & (~std::uint64_t{0} << level);
  const bool anchored = x >> mantissa_bits == anchored_top_bits;
  return anchored ? std::bit_cast<std::uint64_t>(1.0 - std::bit_cast<double>(cleared)) : cleared;
}

/// Orders keys as the values are ordered.
std::uint64_t rank(std::uint64_t key) { return key >> 63 == 0 ? key | std::uint64_t{1} << 63 : ~key; }
std::uint64_t key_of_rank(std::uint64_t rank) { return rank >> 63 == 0 ? ~rank : rank & ~(std::uint64_t{1} << 63); }

PagePosition position_of_corner(std::uint64_t key) {
  // The corner +0 stands for the lowest cell of the positive subnormals, −0 for the highest of the negative ones.
  if (key == 0) return {zero_page + 1, 0};
  if (key == std::uint64_t{1} << 63) return {zero_page - 1, mantissa_mask};
  return locate(std::bit_cast<double>(key));
}

int level_of(const BinadeCells& binade) { return static_cast<int>(binade.first_and_level & 0xFF); }
std::uint64_t first_of(const BinadeCells& binade) { return binade.first_and_level >> 8; }

/// The binade whose values a page holds.
std::uint32_t binade_of_page(std::uint32_t page) {
  return binade_of(std::bit_cast<std::uint64_t>(cell_range(page, mantissa_bits, 0).first));
}

/// The lowest prefix of the cells of an array, as the page has it.
std::uint64_t first_prefix(std::uint32_t page, const BinadeCells& binade) {
  const std::uint64_t last = (std::uint64_t{1} << (mantissa_bits - level_of(binade))) - 1;
  return mirrored(page) ? last - (first_of(binade) + binade.size - 1) : first_of(binade);
}

/// Appends cells in ascending order to a histogram.
class CellWriter {
 public:
  /// At most `most` cells, none of them empty, will come.
  CellWriter(LogLinearHistogram& out, std::size_t most) : out_(out) {
    // One more, because the writer goes on over empty cells.
    out_.prefixes.resize(most + 1);
    out_.counts.resize(most + 1);
  }

  void append(std::uint32_t page, int level, std::uint64_t prefix, std::uint64_t count) {
    enter(page, level);
    write(prefix, count);
  }

  /// The cells of an array.
  void append(std::uint32_t page, const BinadeCells& binade, std::span<const std::uint32_t> counts) {
    const std::uint64_t first = first_prefix(page, binade);
    const std::span<const std::uint32_t> array = counts.subspan(binade.array, binade.size);
    enter(page, level_of(binade));
    for (std::size_t i = 0; i < array.size(); ++i) {
      write(first + i, mirrored(page) ? array[array.size() - 1 - i] : array[i]);
    }
  }

  LogLinearHistogram finish() {
    close();
    out_.prefixes.resize(size_);
    out_.counts.resize(size_);
    return std::move(out_);
  }

 private:
  void write(std::uint64_t prefix, std::uint64_t count) {
    // Without a branch: which cells of an array are empty is a coin toss.
    out_.prefixes[size_] = prefix;
    out_.counts[size_] = count;
    size_ += static_cast<std::size_t>(count > 0);
  }
  void enter(std::uint32_t page, int level) {
    if (!out_.pages.empty() && out_.pages.back().id == page) return;
    close();
    const auto begin = static_cast<std::uint32_t>(size_);
    out_.pages.push_back({page, static_cast<std::uint8_t>(level), begin, begin});
  }
  void close() {
    if (out_.pages.empty()) return;
    out_.pages.back().end = static_cast<std::uint32_t>(size_);
    if (out_.pages.back().begin == size_) out_.pages.pop_back();
  }

  LogLinearHistogram& out_;
  std::size_t size_ = 0;
};

/// How many distinct values other than zero an exact histogram may have, and some more: levels of those fit the next
/// rows, too.
std::size_t most_exact(std::uint32_t resolution) { return std::max<std::size_t>(resolution, most_own_cells) * 5 / 4; }

std::vector<CellTable::Entry> sorted_by_rank(const CellTable& table) {
  std::vector<CellTable::Entry> entries;
  entries.reserve(table.size());
  table.for_each([&entries](const CellTable::Entry& entry) { entries.push_back({rank(entry.key), entry.count}); });
  boost::sort::pdqsort_branchless(entries.begin(), entries.end(),
                                  [](const auto& a, const auto& b) { return a.key < b.key; });
  return entries;
}

std::vector<Cell> cells_of(std::vector<double> values) {
  boost::sort::pdqsort_branchless(values.begin(), values.end());
  std::vector<Cell> result(values.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    size += static_cast<std::size_t>(i == 0 || values[i] != values[i - 1]);
    Cell& cell = result[size - 1];
    cell.low = cell.high = values[i];
    ++cell.count;
  }
  result.resize(size);
  return result;
}

std::vector<Cell> cells_of(const CellTable& table) {
  std::vector<Cell> result;
  result.reserve(table.size() + 1);
  for (const auto& [of_value, count] : sorted_by_rank(table)) {
    const auto x = std::bit_cast<double>(key_of_rank(of_value));
    result.push_back({x, x, count});
  }
  return result;
}

LogLinearHistogram exact_histogram(std::vector<Cell> nonzero, std::uint64_t n_zero, std::uint32_t resolution) {
  if (n_zero > 0) {
    const auto place = std::find_if(nonzero.begin(), nonzero.end(), [](const Cell& cell) { return cell.low > 0.0; });
    nonzero.insert(place, {0.0, 0.0, n_zero});
  }
  return exact_histogram(nonzero, resolution);
}

std::size_t n_distinct(std::span<const double> sorted) {
  std::size_t n = sorted.empty() ? 0 : 1;
  for (std::size_t i = 1; i < sorted.size(); ++i) n += static_cast<std::size_t>(sorted[i] != sorted[i - 1]);
  return n;
}

}  // namespace

HistogramAccumulator::HistogramAccumulator(std::uint32_t resolution, const NumericKernels& kernels)
    : kernels_(&kernels),
      resolution_(resolution),
      // A canonical histogram has at most so many cells; some thousand more can come before the next one is made.
      table_(resolution + most_own_cells + 4096) {
  settled_.resolution = resolution;
}

/// Takes values from the first one on as long as the histogram stays exact, and returns how many.
std::size_t HistogramAccumulator::add_exactly(std::span<const double> values) {
  std::size_t n = waiting_.empty() ? 0 : let_wait(values);
  if (!waiting_.empty()) return n;
  for (; n < values.size() && table_.size() < most_exact(resolution_); ++n, ++n_counted_) {
    table_.add(std::bit_cast<std::uint64_t>(values[n]), 1);
  }
  if (may_wait_ && n_counted_ >= first_rows) {
    may_wait_ = false;
    if (2 * table_.size() < n_counted_) return n;
    most_waiting_ = most_exact(resolution_);
    waiting_.reserve(most_waiting_);
    table_.for_each([this](const CellTable::Entry& entry) {
      waiting_.insert(waiting_.end(), entry.count, std::bit_cast<double>(entry.key));
    });
    table_.clear();
  }
  return n;
}

/// The same where values wait. When there are many and too few of them differ, they go to the table.
std::size_t HistogramAccumulator::let_wait(std::span<const double> values) {
  const std::size_t n = std::min(values.size(), most_waiting_ - std::min(most_waiting_, waiting_.size()));
  waiting_.insert(waiting_.end(), values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n));
  n_counted_ += n;
  if (waiting_.size() < most_waiting_) return n;
  boost::sort::pdqsort_branchless(waiting_.begin(), waiting_.end());
  const std::size_t n_cells = n_distinct(waiting_);
  if (n_cells > std::max<std::size_t>(resolution_, most_own_cells)) return n;
  if (2 * n_cells > waiting_.size() && waiting_.size() < 4 * most_exact(resolution_)) {
    most_waiting_ *= 2;
    return n + let_wait(values.subspan(n));
  }
  for (const double x : waiting_) table_.add(std::bit_cast<std::uint64_t>(x), 1);
  waiting_ = {};
  return n;
}

void HistogramAccumulator::add_coarsely(std::span<const double> values) {
  std::array<std::uint16_t, kernel_rows> outside;
  std::array<double, kernel_rows> rest;
  while (!values.empty()) {
    std::span<const double> part = values.first(std::min(values.size(), kernel_rows));
    values = values.subspan(part.size());
    n_counted_ += part.size();
    if (way_ != Way::binades) {
      const std::size_t n = count_in_windows(part, outside.data());
      for (std::size_t k = 0; k < n; ++k) rest[k] = part[outside[k]];
      if (most_outside_windows * n > part.size()) way_ = Way::binades;  // until the next coarsening
      part = std::span(rest).first(n);
    }
    count_by_binade(part);
    if (n_counted_ >= next_coarsening_ || n_outside_ > most_outside_ || table_.size() > most_in_table_)
      coarsen(uncut());
  }
}

/// Returns how many lie outside.
std::size_t HistogramAccumulator::count_in_windows(std::span<const double> values, std::uint16_t* outside) {
  return way_ == Way::main_window
             ? kernels_->count_side(values.data(), values.size(), main_.level, &main_.window, counts_.data(), outside)
             : kernels_->count_sides(values.data(), values.size(), &windows_, counts_.data(), outside);
}

void HistogramAccumulator::count_by_binade(std::span<const double> values) {
  if (values.empty()) return;
  std::array<std::uint16_t, kernel_rows> outside;
  const std::size_t n =
      kernels_->count_by_binade(values.data(), values.size(), binades_.data(), counts_.data(), outside.data());
  n_outside_ += n;
  count_one_by_one(values, std::span(outside).first(n));
}

/// Counts the values at `positions` in the table. Cells of arrays may not come: the table lies beside the arrays.
void HistogramAccumulator::count_one_by_one(std::span<const double> values, std::span<const std::uint16_t> positions) {
  for (std::size_t k = 0; k < positions.size(); ++k) {
    const auto bits = std::bit_cast<std::uint64_t>(values[positions[k]]);
    if (table_.add(key(bits, level_of(binades_[binade_of(bits)])), 1)) continue;
    coarsen(uncut());
    std::vector<double> rest;
    for (const std::uint16_t i : positions.subspan(k)) rest.push_back(values[i]);
    n_counted_ -= rest.size();
    return add_coarsely(rest);
  }
}

/// Makes the cells, which are all there are, canonical, and arrays for them.
void HistogramAccumulator::coarsen(LogLinearHistogram cells) {
  cells = canonical(std::move(cells));
  global_level_ = cells.global_level;
  waiting_ = {};
  table_.clear();
  lay_out(cells);
  constexpr std::uint64_t most_counted = std::numeric_limits<std::uint32_t>::max() - kernel_rows;
  if (n_counted_ <= most_counted / 2) {
    load(cells);
    next_coarsening_ = std::min(8 * n_counted_, most_counted);
  } else {
    settled_ = std::move(cells);
    n_zero_ = 0;
    n_counted_ = 0;
    next_coarsening_ = most_counted;
  }
  n_outside_ = 0;
  most_outside_ = std::max<std::uint64_t>(4096, n_counted_ / 16);
  most_in_table_ = table_.size() + 4096;
}

/// A page by binade, where mantissas are those of |x| or of 1 − x.
struct HistogramAccumulator::BinadeOfPage {
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
    const std::uint64_t top = binade < 4096 ? binade : binade - anchored_offset;
    return top << (mantissa_bits - level);
  }
  Side side() const { return binade >= 4096 ? anchored_side : binade >= 2048 ? negative_side : positive_side; }
  /// Can cells of this and of the next page follow each other in one array?
  bool goes_on(const BinadeOfPage& next) const {
    const bool beside_anchor = binade == anchored_top_bits - 1 && next.binade == anchored_top_bits + 1;
    return level == next.level && side() == next.side() && (next.binade == binade + 1 || beside_anchor);
  }
};

std::uint64_t HistogramAccumulator::rows_of(std::span<const BinadeOfPage> pages) {
  return std::accumulate(pages.begin(), pages.end(), std::uint64_t{0},
                         [](std::uint64_t n, const BinadeOfPage& page) { return n + page.rows; });
}

/// Gives pages arrays over their cells, and over some beside them, unless most of it would stay empty.
void HistogramAccumulator::lay_out(const LogLinearHistogram& cells) {
  pages_.clear();
  counts_.assign(no_cell + 1, 0);
  binades_.assign(n_binades, {});
  windows_ = {.level = global_level_, .side = {}};
  std::fill(std::begin(rows_in_window_), std::end(rows_in_window_), 0);
  main_ = {};
  std::vector<BinadeOfPage> all;
  for (const Page& page : cells.pages) {
    if (page.id != zero_page) all.emplace_back(cells, page);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.binade < b.binade; });
  const std::uint64_t slack = all.empty() ? 0 : 16384 / all.size();
  for (auto begin = all.begin(), end = begin; begin != all.end(); begin = end) {
    for (end = begin + 1; end != all.end() && end[-1].goes_on(*end);) ++end;
    if (lay_out({begin, end}, slack)) continue;
    for (auto page = begin; page != end; ++page) lay_out({page, page + 1}, slack);
  }
  choose_way(rows_of(all));
  std::sort(pages_.begin(), pages_.end());
}

/// One array for some pages whose cells follow each other; false when most of it would stay empty.
bool HistogramAccumulator::lay_out(std::span<const BinadeOfPage> run, std::uint64_t slack_per_page) {
  const BinadeOfPage& first = run.front();
  const BinadeOfPage& last = run.back();
  for (const BinadeOfPage& page : run) {
    binades_[page.binade] = {.first_and_level = static_cast<std::uint64_t>(page.level), .array = no_cell, .size = 0};
  }
  std::uint64_t room = 0;
  for (const BinadeOfPage& page : run) room += 4 * page.n_cells + slack_per_page;
  const std::uint64_t span = last.prefix_of_binade() + last.high - (first.prefix_of_binade() + first.low);
  if (span >= room) return false;
  const std::uint64_t slack = (room - 1 - span) / 2;
  const std::uint64_t low = first.low - std::min(first.low, slack);
  const std::uint64_t high = last.high + std::min(last.last_prefix() - last.high, slack);
  const Window window{.first = first.prefix_of_binade() + low,
                      .array = static_cast<std::uint32_t>(counts_.size()),
                      .size = static_cast<std::uint32_t>(last.prefix_of_binade() + high - window.first + 1)};
  for (const BinadeOfPage& page : run) {
    const std::uint64_t from = &page == &first ? low : 0;
    const std::uint64_t to = &page == &last ? high : page.last_prefix();
    binades_[page.binade] = {
        .first_and_level = from << 8 | static_cast<std::uint64_t>(page.level),
        .array = window.array + static_cast<std::uint32_t>(page.prefix_of_binade() + from - window.first),
        .size = static_cast<std::uint32_t>(to - from + 1)};
    pages_.push_back(page.page);
  }
  counts_.resize(counts_.size() + window.size, 0);
  offer_window(run, window);
  return true;
}

void HistogramAccumulator::offer_window(std::span<const BinadeOfPage> run, const Window& window) {
  const Side side = run.front().side();
  const std::uint64_t rows = rows_of(run);
  if (run.front().level == windows_.level && rows > rows_in_window_[side]) {
    rows_in_window_[side] = rows;
    windows_.side[side] = window;
  }
  if (side == anchored_side) return;
  // Values of [0.5, 1) must not find cells in a main window.
  const auto above =
      std::find_if(run.begin(), run.end(), [](const BinadeOfPage& page) { return page.binade > anchored_top_bits; });
  const auto n_below = side == positive_side ? static_cast<std::size_t>(above - run.begin()) : 0;
  offer_main_window(run.first(n_below));
  offer_main_window(run.subspan(n_below));
}

void HistogramAccumulator::offer_main_window(std::span<const BinadeOfPage> run) {
  if (run.empty() || rows_of(run) <= main_.rows) return;
  const BinadeCells& first = binades_[run.front().binade];
  const BinadeCells& last = binades_[run.back().binade];
  main_ = {.level = run.front().level,
           .window = {.first = run.front().prefix_of_binade() + first_of(first),
                      .array = first.array,
                      .size = last.array + last.size - first.array},
           .rows = rows_of(run)};
}

void HistogramAccumulator::choose_way(std::uint64_t rows) {
  const std::uint64_t in_windows =
      std::accumulate(std::begin(rows_in_window_), std::end(rows_in_window_), std::uint64_t{0});
  const auto takes_most = [rows](std::uint64_t inside) { return most_outside_windows * (rows - inside) <= rows; };
  way_ = takes_most(main_.rows) ? Way::main_window : takes_most(in_windows) ? Way::windows : Way::binades;
}

/// Puts cells into the arrays, and the others into the table.
void HistogramAccumulator::load(const LogLinearHistogram& cells) {
  for (const Page& page : cells.pages) {
    if (page.id == zero_page) continue;
    const BinadeCells& binade = binades_[binade_of_page(page.id)];
    const std::uint64_t flip = mirrored(page.id) ? (std::uint64_t{1} << (mantissa_bits - page.level)) - 1 : 0;
    for (std::uint32_t i = page.begin; i < page.end; ++i) {
      const std::uint64_t cell = (cells.prefixes[i] ^ flip) - first_of(binade);
      if (cell < binade.size) {
        counts_[binade.array + cell] = static_cast<std::uint32_t>(cells.counts[i]);
      } else {
        const double x = cell_range(page.id, page.level, cells.prefixes[i]).first;
        table_.add(key(std::bit_cast<std::uint64_t>(x), page.level), cells.counts[i]);
      }
    }
  }
}

/// The zeros and the table of an exact histogram.
LogLinearHistogram HistogramAccumulator::tabled() const {
  return exact_histogram(cells_of(table_), n_zero_, resolution_);
}

/// What came since the counters last had no more room.
LogLinearHistogram HistogramAccumulator::recent() const {
  if (exact()) return waiting_.empty() ? tabled() : exact_histogram(cells_of(waiting_), n_zero_, resolution_);
  LogLinearHistogram result;
  result.resolution = resolution_;
  result.global_level = global_level_;
  const std::vector<CellTable::Entry> sorted = sorted_by_rank(table_);
  const auto in_arrays = counts_.size() - static_cast<std::size_t>(std::count(counts_.begin(), counts_.end(), 0u));
  CellWriter out(result, in_arrays + sorted.size() + 1);
  auto entry = sorted.begin();
  auto array_page = pages_.begin();
  const auto next_in_table = [&] {
    return entry == sorted.end() ? PagePosition{n_pages, 0} : position_of_corner(key_of_rank(entry->key));
  };
  bool zeros_due = n_zero_ > 0;
  while (true) {
    const std::uint32_t next_array = array_page == pages_.end() ? n_pages : *array_page;
    const std::uint32_t id = std::min({next_in_table().page, next_array, zeros_due ? zero_page : n_pages});
    if (id == n_pages) break;
    if (id == zero_page) {
      out.append(zero_page, 0, 0, n_zero_);
      zeros_due = false;
      continue;
    }
    const BinadeCells& binade = binades_[binade_of_page(id)];
    const auto append_from_table = [&](std::uint64_t below) {
      for (PagePosition next = next_in_table(); next.page == id; next = next_in_table()) {
        const std::uint64_t prefix = next.mantissa >> level_of(binade);
        if (prefix >= below) return;
        out.append(id, level_of(binade), prefix, entry->count);
        ++entry;
      }
    };
    if (id == next_array) {
      append_from_table(first_prefix(id, binade));
      out.append(id, binade, counts_);
      ++array_page;
    }
    append_from_table(std::numeric_limits<std::uint64_t>::max());
  }
  return out.finish();
}

LogLinearHistogram HistogramAccumulator::uncut() const {
  return settled_.pages.empty() ? recent() : merge(settled_, recent());
}

LogLinearHistogram HistogramAccumulator::finish() const { return canonical(uncut()); }

}  // namespace driftline
