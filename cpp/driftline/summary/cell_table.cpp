#include "driftline/summary/cell_table.hpp"

#include <bit>
#include <boost/sort/pdqsort/pdqsort.hpp>

namespace driftline {

std::vector<CellTable::Entry> CellTable::sorted() const {
  std::vector<Entry> entries;
  entries.reserve(size_);
  for_each([&entries](const Entry& entry) { entries.push_back(entry); });
  boost::sort::pdqsort_branchless(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::bit_cast<double>(a.key) < std::bit_cast<double>(b.key);
  });
  return entries;
}

}  // namespace driftline
