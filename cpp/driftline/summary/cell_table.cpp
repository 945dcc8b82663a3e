#include "driftline/summary/cell_table.hpp"

#include <boost/sort/pdqsort/pdqsort.hpp>

namespace driftline {
namespace {

constexpr std::uint64_t sign = std::uint64_t{1} << 63;

/// Orders the bits of doubles as the doubles are ordered.
std::uint64_t rank(std::uint64_t key) { return (key & sign) == 0 ? key | sign : ~key; }
std::uint64_t key_of_rank(std::uint64_t rank) { return (rank & sign) == 0 ? ~rank : rank & ~sign; }

}  // namespace

std::vector<CellTable::Entry> CellTable::sorted() const {
  std::vector<Entry> entries;
  entries.reserve(size_);
  for_each([&entries](const Entry& entry) { entries.push_back({rank(entry.key), entry.count}); });
  boost::sort::pdqsort_branchless(entries.begin(), entries.end(),
                                  [](const Entry& a, const Entry& b) { return a.key < b.key; });
  for (Entry& entry : entries) entry.key = key_of_rank(entry.key);
  return entries;
}

}  // namespace driftline
