#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "driftline/profile/histogram_checks.hpp"
#include "driftline/profile/summary_codec.hpp"
#include "driftline/summary/common_cells.hpp"
#include "driftline/summary/sum_bounds.hpp"

namespace driftline {
namespace {

enum class SampleForm : std::uint8_t { none = 0, from_cells = 1, stored = 2 };

constexpr double largest_exact_integer = 0x1p53;
constexpr std::uint64_t max_mantissa = (std::uint64_t{1} << mantissa_bits) - 1;
constexpr std::uint32_t cells_at_a_time = 256;
// 2^64 doubles of 2098 bits, and their squares of 4196 bits.
constexpr std::size_t max_sum_limbs = 34;
constexpr std::size_t max_square_limbs = 67;

/// Sorts the integers with the smallest hash to the front and drops the others.
void keep_first(std::vector<IntegerCount>& integers) {
  const auto precedes = [](const IntegerCount& x, const IntegerCount& y) {
    return x.hash != y.hash ? x.hash < y.hash : x.value < y.value;
  };
  if (integers.size() > IntegerSample::capacity) {
    const auto end = integers.begin() + IntegerSample::capacity;
    std::nth_element(integers.begin(), end, integers.end(), precedes);
    integers.erase(end, integers.end());
  }
  std::sort(integers.begin(), integers.end(), precedes);
}

/// The sample of integers that the cells determine; nullopt if they do not.
std::optional<IntegerSample> sample_from_cells(const LogLinearHistogram& histogram) {
  if (!histogram.exact()) return std::nullopt;
  std::vector<IntegerCount> integers;
  for (const Page& page : histogram.pages) {
    const CellRanges ranges(page.id, page.level);
    for (std::uint32_t i = page.begin; i < page.end; ++i) {
      const double x = ranges.of(histogram.prefixes[i]).first;
      if (std::fabs(x) > largest_exact_integer || x != std::trunc(x)) return std::nullopt;
      const auto value = static_cast<std::int64_t>(x);
      integers.push_back({integer_hash(value, false), false, value, histogram.counts[i]});
    }
  }
  const bool overflowed = integers.size() > IntegerSample::capacity;
  keep_first(integers);
  return IntegerSample{{integers.begin(), integers.end()}, overflowed};
}

void write_sum(ByteWriter& out, const ExactSum& sum) {
  const auto first = std::find_if(sum.limbs.begin(), sum.limbs.end(), [](std::uint64_t limb) { return limb != 0; });
  out.fixed(static_cast<std::uint8_t>(sum.negative));
  out.varint(static_cast<std::uint64_t>(first - sum.limbs.begin()));
  out.varint(static_cast<std::uint64_t>(sum.limbs.end() - first));
  for (auto limb = first; limb != sum.limbs.end(); ++limb) out.fixed(*limb);
}

ExactSum read_sum(ByteReader& in, std::size_t max_limbs) {
  ExactSum sum;
  const auto negative = in.fixed<std::uint8_t>();
  const std::uint64_t n_zero = in.varint();
  const std::size_t n_limbs = in.count(sizeof(std::uint64_t));
  in.require(negative <= 1 && n_zero <= max_limbs && n_limbs <= max_limbs - n_zero, "has an impossible sum");
  sum.negative = negative == 1;
  sum.limbs.resize(n_zero + n_limbs);
  for (std::size_t i = n_zero; i < sum.limbs.size(); ++i) sum.limbs[i] = in.fixed<std::uint64_t>();
  const bool is_canonical =
      sum.limbs.empty() ? !sum.negative : n_limbs > 0 && sum.limbs[n_zero] != 0 && sum.limbs.back() != 0;
  in.require(is_canonical, "has a sum that is not in its canonical form");
  return sum;
}

void write_histogram(ByteWriter& out, const LogLinearHistogram& histogram) {
  out.fixed(histogram.global_level);
  out.varint(histogram.pages.size());
  std::uint64_t next_id = 0;
  for (const Page& page : histogram.pages) {
    out.varint(page.id - next_id);
    next_id = page.id + 1;
    out.fixed(page.level);
    out.varint(page.end - page.begin);
    std::uint64_t next_prefix = 0;
    for (std::uint32_t begin = page.begin; begin < page.end; begin += cells_at_a_time) {
      char bytes[2 * ByteWriter::longest_varint * cells_at_a_time];
      char* at = bytes;
      for (std::uint32_t i = begin; i < std::min(begin + cells_at_a_time, page.end); ++i) {
        at = ByteWriter::put_varint(at, histogram.prefixes[i] - next_prefix);
        at = ByteWriter::put_varint(at, histogram.counts[i] - 1);
        next_prefix = histogram.prefixes[i] + 1;
      }
      out.raw({bytes, static_cast<std::size_t>(at - bytes)});
    }
  }
}

void read_cells(ByteReader& in, LogLinearHistogram& histogram, Page& page, std::uint64_t& rows_left) {
  const std::size_t n_cells = in.count(2);
  in.require(n_cells > 0, "has a page without cells");
  const OccupiableCells occupiable(page.id, page.level);
  const std::uint64_t last_prefix = max_mantissa >> page.level;
  std::uint64_t next_prefix = 0;
  for (std::size_t i = 0; i < n_cells; ++i) {
    const std::uint64_t skipped = in.varint();
    in.require(skipped <= max_mantissa, "has a cell outside its page");
    const std::uint64_t prefix = next_prefix + skipped;
    in.require(prefix <= last_prefix && occupiable.contain(prefix), "has a cell outside its page");
    const std::uint64_t count_less_one = in.varint();
    in.require(count_less_one < rows_left, "has more rows in its cells than valid rows");
    rows_left -= count_less_one + 1;
    histogram.prefixes.push_back(prefix);
    histogram.counts.push_back(count_less_one + 1);
    next_prefix = prefix + 1;
  }
  page.end = static_cast<std::uint32_t>(histogram.prefixes.size());
}

LogLinearHistogram read_histogram(ByteReader& in, std::uint64_t n_valid, std::uint32_t resolution) {
  LogLinearHistogram histogram;
  histogram.resolution = resolution;
  histogram.global_level = in.fixed<std::uint8_t>();
  in.require(histogram.global_level <= mantissa_bits, "has a level above 52");
  const std::size_t n_page = in.count(5);
  std::uint64_t next_id = 0;
  std::uint64_t rows_left = n_valid;
  for (std::size_t i = 0; i < n_page; ++i) {
    const std::uint64_t skipped = in.varint();
    in.require(next_id < n_pages && skipped < n_pages - next_id, "has a page that does not exist");
    Page page;
    page.id = static_cast<std::uint32_t>(next_id + skipped);
    page.level = in.fixed<std::uint8_t>();
    in.require(page.level <= histogram.global_level, "has a page level above the global level");
    page.begin = static_cast<std::uint32_t>(histogram.prefixes.size());
    read_cells(in, histogram, page, rows_left);
    histogram.pages.push_back(page);
    next_id = page.id + std::uint64_t{1};
  }
  in.require(rows_left == 0, "has fewer rows in its cells than valid rows");
  in.require(has_canonical_levels(histogram), "has a histogram with more cells than its resolution allows");
  // A level was raised because more distinct values than `resolution` came.
  in.require(histogram.global_level == 0 || n_valid > resolution, "has a histogram coarser than its rows ask for");
  return histogram;
}

void write_sample(ByteWriter& out, const NumericSummary& summary) {
  if (!summary.integers) return out.fixed(static_cast<std::uint8_t>(SampleForm::none));
  if (sample_from_cells(summary.histogram) == summary.integers) {
    return out.fixed(static_cast<std::uint8_t>(SampleForm::from_cells));
  }
  out.fixed(static_cast<std::uint8_t>(SampleForm::stored));
  out.fixed(static_cast<std::uint8_t>(summary.integers->overflowed));
  out.varint(summary.integers->kept.size());
  for (const IntegerCount& integer : summary.integers->kept) {
    out.fixed(static_cast<std::uint8_t>(integer.is_unsigned));
    out.fixed(integer.value);
    out.varint(integer.count);
  }
}

IntegerSample read_stored_sample(ByteReader& in, std::uint64_t n_valid) {
  IntegerSample sample;
  const auto overflowed = in.fixed<std::uint8_t>();
  const std::size_t n_kept = in.count(10);
  in.require(overflowed <= 1 && n_kept <= IntegerSample::capacity, "has too large a sample of integers");
  in.require(overflowed == 0 || n_kept == IntegerSample::capacity, "has too small a sample of integers");
  sample.overflowed = overflowed == 1;
  std::uint64_t rows_left = n_valid;
  for (std::size_t i = 0; i < n_kept; ++i) {
    IntegerCount integer;
    const auto is_unsigned = in.fixed<std::uint8_t>();
    integer.is_unsigned = is_unsigned == 1;
    integer.value = in.fixed<std::int64_t>();
    integer.count = in.varint();
    in.require(is_unsigned <= 1 && (!integer.is_unsigned || integer.value < 0), "has an integer of the wrong sign");
    in.require(integer.count > 0 && integer.count <= rows_left, "counts more integers than valid rows");
    rows_left -= integer.count;
    integer.hash = integer_hash(integer.value, integer.is_unsigned);
    const auto order = [](const IntegerCount& x) { return std::tie(x.hash, x.is_unsigned, x.value); };
    in.require(sample.kept.empty() || order(sample.kept.back()) < order(integer), "has integers out of order");
    sample.kept.push_back(integer);
  }
  in.require(sample.overflowed == (rows_left > 0), "counts other integers than valid rows");
  return sample;
}

std::optional<IntegerSample> read_sample(ByteReader& in, const LogLinearHistogram& histogram, std::uint64_t n_valid) {
  const auto form = in.fixed<std::uint8_t>();
  in.require(form <= static_cast<std::uint8_t>(SampleForm::stored), "has a sample of integers of an unknown form");
  const std::optional<IntegerSample> sample = sample_from_cells(histogram);
  if (form == static_cast<std::uint8_t>(SampleForm::stored)) {
    IntegerSample stored = read_stored_sample(in, n_valid);
    in.require(stored != sample, "is not in its canonical form: it stores a sample of integers that its cells hold");
    return stored;
  }
  const bool is_present = form == static_cast<std::uint8_t>(SampleForm::from_cells);
  in.require(is_present == sample.has_value(), "has a sample of integers that its cells contradict");
  return sample;
}

void read_range(ByteReader& in, NumericSummary& summary) {
  const LogLinearHistogram& histogram = summary.histogram;
  const auto range_of = [&histogram](const Page& page, std::uint32_t i) {
    return cell_range(page.id, page.level, histogram.prefixes[i]);
  };
  const auto first = range_of(histogram.pages.front(), 0);
  const auto last = range_of(histogram.pages.back(), histogram.pages.back().end - 1);
  const auto is_inside = [](double x, const std::pair<double, double>& cell) {
    const bool is_negative_zero = x == 0.0 && std::signbit(x);
    return cell.first <= x && x <= cell.second && !is_negative_zero;
  };
  summary.min = in.fixed<double>();
  summary.max = in.fixed<double>();
  in.require(is_inside(summary.min, first) && is_inside(summary.max, last) && summary.min <= summary.max,
             "has a minimum or maximum outside its cells");
}

}  // namespace

void write_summary(ByteWriter& out, const NumericSummary& summary) {
  write_histogram(out, summary.histogram);
  out.fixed(summary.min);
  out.fixed(summary.max);
  write_sum(out, summary.sum);
  write_sum(out, summary.sum_of_squares);
  write_sample(out, summary);
}

NumericSummary read_numeric_summary(ByteReader& in, std::uint64_t n_valid, const ProfileOptions& options) {
  NumericSummary summary;
  summary.n_valid = n_valid;
  summary.histogram = read_histogram(in, n_valid, options.resolution);
  for (const Page& page : summary.histogram.pages) {
    const auto* counts = summary.histogram.counts.data();
    const std::uint64_t rows = std::accumulate(counts + page.begin, counts + page.end, std::uint64_t{0});
    if (page.id == zero_page) summary.n_zero = rows;
    if (page.id < zero_page) summary.n_negative += rows;
  }
  read_range(in, summary);
  summary.sum = read_sum(in, max_sum_limbs);
  summary.sum_of_squares = read_sum(in, max_square_limbs);
  in.require(!summary.sum_of_squares.negative &&
                 are_possible_sums(summary.sum, summary.sum_of_squares, n_valid, summary.min, summary.max),
             "has sums that its minimum and maximum contradict");
  summary.integers = read_sample(in, summary.histogram, n_valid);
  return summary;
}

}  // namespace driftline
