#include "driftline/summary/cell_arrays.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "driftline/summary/cell_bits.hpp"
#include "driftline/summary/cell_writer.hpp"
#include "driftline/summary/common_cells.hpp"

namespace driftline {
namespace {

/// The lowest prefix of the cells of an array, as the page has it.
std::uint64_t first_prefix(std::uint32_t page, const BinadeCells& binade) {
  const std::uint64_t last = (std::uint64_t{1} << (mantissa_bits - level_of(binade))) - 1;
  return mirrored(page) ? last - (first_of(binade) + binade.size - 1) : first_of(binade);
}

void append_array(CellWriter& out, std::uint64_t first, std::span<const std::uint32_t> array, bool mirrored) {
  for (std::size_t i = 0; i < array.size(); ++i) out.append(first + i, array[mirrored ? array.size() - 1 - i : i]);
}

/// The cells of the table in ascending order.
class TableReader {
 public:
  explicit TableReader(const CellTable& table) : entries_(table.sorted()) {}

  std::size_t size() const { return entries_.size(); }
  std::uint32_t page() const { return at().page; }

  /// Appends the cells of a page whose prefix is below `end`.
  void append_to(CellWriter& out, std::uint32_t page, int level, std::uint64_t end) {
    for (PagePosition next = at(); next.page == page && next.mantissa >> level < end; next = at()) {
      out.append(next.mantissa >> level, entries_[next_++].count);
    }
  }

 private:
  PagePosition at() const {
    return next_ == entries_.size() ? PagePosition{n_pages, 0} : position_of_corner(entries_[next_].key);
  }

  std::vector<CellTable::Entry> entries_;
  std::size_t next_ = 0;
};

}  // namespace

CellArrays::CellArrays(const LogLinearHistogram& cells, const NumericKernels& kernels)
    : kernels_(&kernels),
      resolution_(cells.resolution),
      layout_(lay_out(cells)),
      counts_(layout_.size, 0),
      // A canonical histogram has at most so many cells; then come as many as crowd it, and one block.
      table_(cells.resolution + most_own_cells + 2 * kernel_rows) {}

void CellArrays::load(const LogLinearHistogram& cells) {
  std::uint64_t n = 0;
  for (const Page& page : cells.pages) {
    if (page.id == zero_page) continue;
    const BinadeCells& binade = layout_.binades[binade_of_page(page.id)];
    const CellRanges ranges(page.id, page.level);
    const std::uint64_t flip = mirrored(page.id) ? (std::uint64_t{1} << (mantissa_bits - page.level)) - 1 : 0;
    for (std::uint32_t i = page.begin; i < page.end; ++i) {
      n += cells.counts[i];
      const std::uint64_t cell = (cells.prefixes[i] ^ flip) - first_of(binade);
      if (cell < binade.size) {
        counts_[binade.array + cell] = static_cast<std::uint32_t>(cells.counts[i]);
      } else {
        const double x = ranges.of(cells.prefixes[i]).first;
        table_.add(corner(std::bit_cast<std::uint64_t>(x), page.level), cells.counts[i]);
      }
    }
  }
  most_outside_ = std::max<std::uint64_t>(most_outside_, n / 16);
  most_in_table_ = table_.size() + kernel_rows;
}

void CellArrays::add(std::span<const double> values) {
  if (layout_.way == CountingWay::binades) return count_by_binade(values);
  std::array<std::uint16_t, kernel_rows> outside;
  const std::size_t n = count_in_windows(values, outside.data());
  if (most_outside_way * n > values.size()) layout_.way = CountingWay::binades;
  std::array<double, kernel_rows> rest;
  for (std::size_t k = 0; k < n; ++k) rest[k] = values[outside[k]];
  if (n > 0) count_by_binade(std::span(rest).first(n));
}

/// Returns how many lie outside.
std::size_t CellArrays::count_in_windows(std::span<const double> values, std::uint16_t* outside) {
  const double* first = values.data();
  const std::size_t n = values.size();
  return layout_.way == CountingWay::main_window
             ? kernels_->count_side(first, n, layout_.main_level, &layout_.main_window, counts_.data(), outside)
             : kernels_->count_sides(first, n, &layout_.windows, counts_.data(), outside);
}

void CellArrays::count_by_binade(std::span<const double> values) {
  std::array<std::uint16_t, kernel_rows> outside;
  const std::size_t n =
      kernels_->count_by_binade(values.data(), values.size(), layout_.binades.data(), counts_.data(), outside.data());
  n_outside_ += n;
  for (const std::uint16_t i : std::span(outside).first(n)) {
    const auto bits = std::bit_cast<std::uint64_t>(values[i]);
    table_.add(corner(bits, level_of(layout_.binades[binade_of(bits)])), 1);
  }
}

bool CellArrays::crowded() const { return n_outside_ > most_outside_ || table_.size() > most_in_table_; }

LogLinearHistogram CellArrays::histogram(std::uint64_t n_zero) const {
  TableReader table(table_);
  const auto in_arrays = counts_.size() - static_cast<std::size_t>(std::count(counts_.begin(), counts_.end(), 0u));
  CellWriter out(resolution_, layout_.global_level(), in_arrays + table.size() + 1);
  auto array_page = layout_.pages.begin();
  bool zeros_due = n_zero > 0;
  while (true) {
    const std::uint32_t next_array = array_page == layout_.pages.end() ? n_pages : *array_page;
    const std::uint32_t page = std::min({table.page(), next_array, zeros_due ? zero_page : n_pages});
    if (page == n_pages) return out.finish();
    if (page == zero_page) {
      out.enter(zero_page, 0);
      out.append(0, n_zero);
      zeros_due = false;
      continue;
    }
    const BinadeCells& binade = layout_.binades[binade_of_page(page)];
    out.enter(page, level_of(binade));
    if (page == next_array) {
      const std::uint64_t first = first_prefix(page, binade);
      table.append_to(out, page, level_of(binade), first);
      append_array(out, first, std::span(counts_).subspan(binade.array, binade.size), mirrored(page));
      ++array_page;
    }
    table.append_to(out, page, level_of(binade), std::numeric_limits<std::uint64_t>::max());
  }
}

}  // namespace driftline
