#include "driftline/summary/histogram_accumulator.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/sort/pdqsort/pdqsort.hpp>
#include <limits>
#include <tuple>
#include <utility>

namespace driftline {
namespace {

constexpr std::uint64_t mantissa_mask = (std::uint64_t{1} << mantissa_bits) - 1;
constexpr std::uint64_t anchored_top_bits = 1022;  // sign 0, exponent of [0.5, 1)
constexpr std::uint32_t anchored_offset = 4096 - 970;
constexpr std::uint32_t unused_cells = 4;  // of counts_: where zeros and the like are counted

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

void append(std::uint32_t page, int level, std::uint64_t prefix, std::uint64_t count, LogLinearHistogram& out) {
  const auto size = static_cast<std::uint32_t>(out.prefixes.size());
  if (out.pages.empty() || out.pages.back().id != page) {
    out.pages.push_back({page, static_cast<std::uint8_t>(level), size, size});
  }
  out.prefixes.push_back(prefix);
  out.counts.push_back(count);
  out.pages.back().end = size + 1;
}

std::vector<CellTable::Entry> sorted_by_rank(const CellTable& table) {
  std::vector<CellTable::Entry> entries;
  entries.reserve(table.size());
  table.for_each([&entries](const CellTable::Entry& entry) { entries.push_back({rank(entry.key), entry.count}); });
  boost::sort::pdqsort_branchless(entries.begin(), entries.end(),
                                  [](const auto& a, const auto& b) { return a.key < b.key; });
  return entries;
}

}  // namespace

HistogramAccumulator::HistogramAccumulator(std::uint32_t resolution, const NumericKernels& kernels)
    : kernels_(&kernels),
      resolution_(resolution),
      // A histogram of more values than both caps is not exact: all pages together keep at most 64·128 cells of their
      // own. Some thousand more values make levels that fit the next rows, too.
      table_(std::max<std::size_t>(resolution, 64 * 128) + 4096) {
  settled_.resolution = resolution;
}

std::size_t HistogramAccumulator::add_exactly(std::span<const double> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!table_.add(std::bit_cast<std::uint64_t>(values[i]), 1)) return i;
    ++n_recent_;
  }
  return values.size();
}

void HistogramAccumulator::add_coarsely(std::span<const double> values) {
  constexpr std::size_t most_in_table = 4096;
  std::array<std::uint16_t, kernel_rows> outside;
  while (!values.empty()) {
    const std::span<const double> part = values.first(std::min(values.size(), kernel_rows));
    const std::size_t n_outside =
        kernels_->count(part.data(), part.size(), binades_.data(), counts_.data(), outside.data());
    n_recent_ += part.size();
    n_outside_ += n_outside;
    count_one_by_one(part, std::span(outside).first(n_outside));
    // Arrays follow the data: when rows have grown fourfold, and when much lies beside the arrays.
    const std::uint64_t most_outside = std::max<std::uint64_t>(4096, n_before_ / 16);
    const std::uint64_t most_recent =
        std::min<std::uint64_t>(3 * n_before_, std::numeric_limits<std::uint32_t>::max() - kernel_rows);
    if (n_outside_ > most_outside || table_.size() > most_in_table || n_recent_ >= most_recent) coarsen();
    values = values.subspan(part.size());
  }
}

/// Counts the values at `positions` in the table. Cells of arrays may not come: the table lies beside the arrays.
void HistogramAccumulator::count_one_by_one(std::span<const double> values, std::span<const std::uint16_t> positions) {
  for (std::size_t k = 0; k < positions.size(); ++k) {
    const auto bits = std::bit_cast<std::uint64_t>(values[positions[k]]);
    if (table_.add(key(bits, level_of(binades_[binade_of(bits)])), 1)) continue;
    coarsen();
    std::vector<double> rest;
    for (const std::uint16_t i : positions.subspan(k)) rest.push_back(values[i]);
    n_recent_ -= rest.size();
    return add_coarsely(rest);
  }
}

/// Moves what the tables hold to `settled_`.
void HistogramAccumulator::settle() {
  settled_ = uncut();
  n_before_ += n_recent_;
  n_recent_ = 0;
  n_outside_ = 0;
  n_zero_ = 0;
  table_.clear();
  std::fill(counts_.begin(), counts_.end(), 0);
}

void HistogramAccumulator::coarsen() {
  settle();
  settled_ = canonical(std::move(settled_));
  pages_.clear();
  counts_.assign(unused_cells, 0);
  binades_.assign(n_binades, {});
  binades_[discard_binade].size = unused_cells;
  for (const Page& page : settled_.pages) {
    if (page.id != zero_page) lay_out(page);
  }
}

/// Gives a page an array over its cells, and over some beside them, unless most of it would stay empty.
void HistogramAccumulator::lay_out(const Page& page) {
  const std::uint64_t last = (std::uint64_t{1} << (mantissa_bits - page.level)) - 1;
  std::uint64_t low = settled_.prefixes[page.begin];
  std::uint64_t high = settled_.prefixes[page.end - 1];
  if (mirrored(page.id)) std::tie(low, high) = std::pair(last - high, last - low);
  BinadeCells& binade = binades_[binade_of_page(page.id)];
  binade.first_and_level = page.level;
  const std::uint64_t room = 4 * std::uint64_t{page.end - page.begin} + 16384 / settled_.pages.size();
  if (high - low >= room) return;
  const std::uint64_t slack = (room - 1 - (high - low)) / 2;
  low -= std::min(low, slack);
  high += std::min(last - high, slack);
  binade.first_and_level |= low << 8;
  binade.array = static_cast<std::uint32_t>(counts_.size());
  binade.size = static_cast<std::uint32_t>(high - low + 1);
  counts_.resize(counts_.size() + binade.size, 0);
  pages_.push_back(page.id);
}

/// What came since the last coarsening, zeros included.
LogLinearHistogram HistogramAccumulator::recent() const {
  LogLinearHistogram result;
  result.resolution = resolution_;
  result.global_level = settled_.global_level;
  const std::vector<CellTable::Entry> sorted = sorted_by_rank(table_);
  auto entry = sorted.begin();
  auto array_page = pages_.begin();
  const auto next_in_table = [&] {
    return entry == sorted.end() ? PagePosition{n_pages, 0} : position_of_corner(key_of_rank(entry->key));
  };
  bool zeros_due = n_zero_ > 0;
  while (true) {
    const std::uint32_t next_array = array_page == pages_.end() ? n_pages : *array_page;
    const std::uint32_t id = std::min({next_in_table().page, next_array, zeros_due ? zero_page : n_pages});
    if (id == n_pages) return result;
    if (id == zero_page) {
      append(zero_page, 0, 0, n_zero_, result);
      zeros_due = false;
      continue;
    }
    const BinadeCells binade = exact() ? BinadeCells{} : binades_[binade_of_page(id)];
    const auto append_from_table = [&](std::uint64_t below) {
      for (PagePosition next = next_in_table(); next.page == id; next = next_in_table()) {
        const std::uint64_t prefix = next.mantissa >> level_of(binade);
        if (prefix >= below) return;
        append(id, level_of(binade), prefix, entry->count, result);
        ++entry;
      }
    };
    if (id == next_array) {
      append_from_table(first_prefix(id, binade));
      append_array(id, binade, result);
      ++array_page;
    }
    append_from_table(std::numeric_limits<std::uint64_t>::max());
  }
}

/// The lowest prefix of the cells of an array, as the page has it.
std::uint64_t HistogramAccumulator::first_prefix(std::uint32_t page, const BinadeCells& binade) {
  const std::uint64_t last = (std::uint64_t{1} << (mantissa_bits - level_of(binade))) - 1;
  return mirrored(page) ? last - (first_of(binade) + binade.size - 1) : first_of(binade);
}

void HistogramAccumulator::append_array(std::uint32_t page, const BinadeCells& binade, LogLinearHistogram& out) const {
  const std::uint64_t first = first_prefix(page, binade);
  const std::span<const std::uint32_t> array = std::span(counts_).subspan(binade.array, binade.size);
  for (std::size_t i = 0; i < array.size(); ++i) {
    const std::uint32_t count = mirrored(page) ? array[array.size() - 1 - i] : array[i];
    if (count > 0) append(page, level_of(binade), first + i, count, out);
  }
}

LogLinearHistogram HistogramAccumulator::uncut() const {
  if (n_before_ == 0) return recent();
  if (n_recent_ == 0 && n_zero_ == 0) return settled_;
  return merge(settled_, recent());
}

LogLinearHistogram HistogramAccumulator::finish() const { return exact() ? canonical(uncut()) : uncut(); }

}  // namespace driftline
