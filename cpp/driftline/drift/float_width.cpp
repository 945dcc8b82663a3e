#include "driftline/drift/float_width.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace driftline {
namespace {

struct Format {
  int fraction_bits;
  int lowest_exponent;
  double largest;
};

Format format_of(FloatWidth width) {
  if (width == FloatWidth::half) return {10, -14, 65504.0};
  return {23, -126, 0x1.fffffep127};
}

FloatWidth width_of_word(std::string_view word) {
  if (word == "float16") return FloatWidth::half;
  if (word == "float32") return FloatWidth::single;
  return FloatWidth::full;
}

/// A cell before it is known at which level its page can be kept.
struct LooseCell {
  std::uint32_t page;
  std::uint8_t level;
  std::uint64_t mantissa;  ///< of the first value
  std::uint64_t count;
};

std::vector<LooseCell> rounded_cells(const LogLinearHistogram& histogram, FloatWidth width) {
  std::vector<LooseCell> result;
  result.reserve(histogram.prefixes.size());
  for (const Page& page : histogram.pages) {
    for (std::uint32_t i = page.begin; i < page.end; ++i) {
      const auto [low, high] = cell_range(page.id, page.level, histogram.prefixes[i]);
      const double rounded = round_to_width(low, width);
      if (rounded == round_to_width(high, width)) {
        const PagePosition position = locate(rounded);
        result.push_back({position.page, 0, position.mantissa, histogram.counts[i]});
      } else {
        result.push_back({page.id, page.level, histogram.prefixes[i] << page.level, histogram.counts[i]});
      }
    }
  }
  return result;
}

}  // namespace

FloatWidth float_width(std::string_view type_name) {
  std::optional<FloatWidth> widest;
  std::string word;
  const auto take_word = [&] {
    if (!word.empty()) widest = std::max(widest.value_or(FloatWidth::half), width_of_word(word));
    word.clear();
  };
  for (const char c : type_name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else {
      take_word();
    }
  }
  take_word();
  return widest.value_or(FloatWidth::full);
}

double round_to_width(double x, FloatWidth width) {
  if (width == FloatWidth::full || x == 0.0) return x;
  const Format format = format_of(width);
  const int exponent = std::max(std::ilogb(x), format.lowest_exponent) - format.fraction_bits;
  // Both scalings are by powers of two, hence exact; nearbyint rounds ties to even.
  const double rounded = std::scalbn(std::nearbyint(std::scalbn(x, -exponent)), exponent);
  return std::abs(rounded) <= format.largest ? rounded + 0.0 : x;
}

LogLinearHistogram round_cells(const LogLinearHistogram& histogram, FloatWidth width) {
  const std::vector<LooseCell> loose = rounded_cells(histogram, width);
  LogLinearHistogram result;
  result.resolution = histogram.resolution;
  result.global_level = histogram.global_level;
  for (std::size_t first = 0; first < loose.size();) {
    std::size_t end = first;
    std::uint8_t level = 0;
    for (; end < loose.size() && loose[end].page == loose[first].page; ++end) level = std::max(level, loose[end].level);
    const auto begin = static_cast<std::uint32_t>(result.prefixes.size());
    for (std::size_t i = first; i < end; ++i) {
      const std::uint64_t prefix = loose[i].mantissa >> level;
      if (result.prefixes.size() > begin && result.prefixes.back() == prefix) {
        result.counts.back() += loose[i].count;
      } else {
        result.prefixes.push_back(prefix);
        result.counts.push_back(loose[i].count);
      }
    }
    result.pages.push_back({loose[first].page, level, begin, static_cast<std::uint32_t>(result.prefixes.size())});
    first = end;
  }
  return result;
}

}  // namespace driftline
