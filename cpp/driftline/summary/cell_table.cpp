#include "driftline/summary/cell_table.hpp"

#include <boost/sort/pdqsort/pdqsort.hpp>

namespace driftline {
namespace {

/// Orders the bits of doubles as the doubles are ordered, −0 before +0.
std::uint64_t rank(std::uint64_t bits) {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  return (bits & sign) == 0 ? bits | sign : ~bits;
}

}  // namespace

std::vector<CellTable::Entry> CellTable::sorted() const {
  std::vector<Entry> entries;
  entries.reserve(size_);
  for_each([&entries](const Entry& entry) { entries.push_back(entry); });
  boost::sort::pdqsort_branchless(entries.begin(), entries.end(),
                                  [](const Entry& a, const Entry& b) { return rank(a.key) < rank(b.key); });
  return entries;
}

}  // namespace driftline
