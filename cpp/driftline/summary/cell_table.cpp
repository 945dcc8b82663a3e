#include "driftline/summary/cell_table.hpp"

#include "driftline/summary/radix_sort.hpp"

namespace driftline {

std::vector<CellTable::Entry> CellTable::sorted() const {
  std::vector<Entry> entries;
  entries.reserve(size_);
  for_each([&entries](const Entry& entry) { entries.push_back(entry); });
  radix_sort(entries, [](const Entry& entry) { return rank_of_bits(entry.key); });
  return entries;
}

}  // namespace driftline
