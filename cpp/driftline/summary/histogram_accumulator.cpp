#include "driftline/summary/histogram_accumulator.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

namespace driftline {
namespace {

constexpr std::uint64_t mantissa_mask = (std::uint64_t{1} << mantissa_bits) - 1;
constexpr std::uint64_t anchored_top_bits = 1022;  // sign 0, exponent of [0.5, 1)
constexpr std::uint64_t anchored_offset = 4096 - 970;

/// `a` where the mask is all ones, `b` where it is zero. Scores cross 0.5 at random, so a branch would be mispredicted.
std::uint64_t select(std::uint64_t mask, std::uint64_t a, std::uint64_t b) { return b ^ ((a ^ b) & mask); }

/// A value as the pages see it: on [0.5, 1) the bits of 1 − x and `anchored` all ones, elsewhere its own bits.
struct Reflected {
  explicit Reflected(std::uint64_t x)
      : anchored(-static_cast<std::uint64_t>(x >> mantissa_bits == anchored_top_bits)), bits(reflect(x)) {}

  std::uint64_t reflect(std::uint64_t x) const {
    return select(anchored, std::bit_cast<std::uint64_t>(1.0 - std::bit_cast<double>(x)), x);
  }
  std::size_t binade() const { return (bits >> mantissa_bits) + (anchored & anchored_offset); }
  std::uint64_t prefix(int level) const { return (bits & mantissa_mask) >> level; }
  /// Bits of the cell's corner: the last `level` bits cleared, and reflected back.
  std::uint64_t key(int level) const { return reflect(bits & (~std::uint64_t{0} << level)); }

  std::uint64_t anchored;
  std::uint64_t bits;
};

/// Orders keys as the values are ordered.
std::uint64_t rank(std::uint64_t key) { return key >> 63 == 0 ? key | std::uint64_t{1} << 63 : ~key; }

PagePosition position_of_corner(std::uint64_t key) {
  // The corner +0 stands for the lowest cell of the positive subnormals, −0 for the highest of the negative ones.
  if (key == 0) return {zero_page + 1, 0};
  if (key == std::uint64_t{1} << 63) return {zero_page - 1, mantissa_mask};
  return locate(std::bit_cast<double>(key));
}

void append(const PagePosition& position, std::uint8_t level, std::uint64_t count, LogLinearHistogram& out) {
  const auto size = static_cast<std::uint32_t>(out.prefixes.size());
  if (out.pages.empty() || out.pages.back().id != position.page)
    out.pages.push_back({position.page, level, size, size});
  out.prefixes.push_back(position.mantissa >> level);
  out.counts.push_back(count);
  out.pages.back().end = size + 1;
}

}  // namespace

HistogramAccumulator::HistogramAccumulator(std::uint32_t resolution)
    : resolution_(resolution),
      // A canonical histogram has at most resolution + 64·128 cells; twice that leaves room to work.
      table_(std::bit_ceil(2 * (std::size_t{resolution} + 64 * 128))) {}

std::size_t HistogramAccumulator::add_until_full(std::span<const double> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Reflected value(std::bit_cast<std::uint64_t>(values[i]));
    const Binade binade = binades_[value.binade()];
    if (binade.array != no_array) {
      ++arrays_[binade.array + value.prefix(binade.level)];
    } else if (!table_.add(value.key(binade.level), 1)) {
      return i;
    }
  }
  return values.size();
}

LogLinearHistogram HistogramAccumulator::finish() const { return canonical(uncut()); }

void HistogramAccumulator::coarsen() {
  const LogLinearHistogram histogram = finish();
  global_level_ = histogram.global_level;
  exact_ = histogram.exact();
  binades_.fill({});
  table_.clear();
  arrays_.clear();
  array_pages_.clear();
  for (const Page& page : histogram.pages) {
    if (page.id != zero_page) load_page(histogram, page);
  }
}

void HistogramAccumulator::load_page(const LogLinearHistogram& histogram, const Page& page) {
  const auto value_of = [&](std::uint32_t i) {
    // Any value of the cell will do.
    return Reflected(std::bit_cast<std::uint64_t>(cell_range(page.id, page.level, histogram.prefixes[i]).first));
  };
  const std::size_t binade = value_of(page.begin).binade();
  binades_[binade].level = page.level;
  const std::uint64_t cells_in_page = std::uint64_t{1} << (mantissa_bits - page.level);
  constexpr std::uint64_t thinnest = 4;  // an array of which less than a quarter is used wastes cache
  if (cells_in_page > thinnest * (page.end - page.begin)) {
    for (std::uint32_t i = page.begin; i < page.end; ++i) {
      table_.add(value_of(i).key(page.level), histogram.counts[i]);
    }
    return;
  }
  binades_[binade].array = static_cast<std::uint32_t>(arrays_.size());
  array_pages_.push_back({page.id, static_cast<std::uint32_t>(binade)});
  arrays_.resize(arrays_.size() + cells_in_page, 0);
  for (std::uint32_t i = page.begin; i < page.end; ++i) {
    arrays_[binades_[binade].array + value_of(i).prefix(page.level)] = histogram.counts[i];
  }
}

LogLinearHistogram HistogramAccumulator::uncut() const {
  std::vector<CellTable::Entry> sorted;
  sorted.reserve(table_.size());
  table_.for_each([&sorted](const CellTable::Entry& entry) { sorted.push_back(entry); });
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return rank(a.key) < rank(b.key); });

  LogLinearHistogram result;
  result.resolution = resolution_;
  result.global_level = global_level_;
  auto array_page = array_pages_.begin();
  const auto append_arrays_below = [&](std::uint32_t page) {
    for (; array_page != array_pages_.end() && array_page->page < page; ++array_page) append_array(*array_page, result);
  };
  bool zeros_due = n_zero_ > 0;
  const auto append_all_below = [&](std::uint32_t page) {
    if (zeros_due && page > zero_page) {
      append_arrays_below(zero_page);
      append({zero_page, 0}, 0, n_zero_, result);
      zeros_due = false;
    }
    append_arrays_below(page);
  };
  for (const CellTable::Entry& entry : sorted) {
    const PagePosition position = position_of_corner(entry.key);
    append_all_below(position.page);
    append(position, binades_[Reflected(entry.key).binade()].level, entry.count, result);
  }
  append_all_below(n_pages);
  return result;
}

void HistogramAccumulator::append_array(const ArrayPage& page, LogLinearHistogram& out) const {
  const Binade binade = binades_[page.binade];
  const std::uint32_t last = (std::uint32_t{1} << (mantissa_bits - binade.level)) - 1;
  for (std::uint32_t i = 0; i <= last; ++i) {
    const std::uint32_t prefix = mirrored(page.page) ? last - i : i;
    const std::uint64_t count = arrays_[binade.array + prefix];
    if (count > 0) append({page.page, std::uint64_t{i} << binade.level}, binade.level, count, out);
  }
}

}  // namespace driftline
