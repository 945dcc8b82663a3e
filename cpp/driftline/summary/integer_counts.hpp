// Counts of integers that lie close together, one counter each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace driftline {

/// One increment a row, whatever is to be told of the rows in the end. At most 256 KiB; not thread-safe.
class IntegerCounts {
 public:
  /// Takes nothing.
  static IntegerCounts closed() {
    IntegerCounts counts;
    counts.closed_ = true;
    return counts;
  }

  /// Adds values from the first one on and returns how many: all, as long as all that ever came lie within 65,536 of
  /// each other and within ±(2^53 − 65,536), and are fewer than 2^32. After the first time that it was not all, it
  /// takes nothing. `are_unsigned`: bit patterns of uint64.
  std::size_t add(std::span<const std::int64_t> values, bool are_unsigned);

  std::uint64_t n_rows() const { return n_rows_; }
  /// Calls `visit(value, count)` for every value that was added, ascending.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] > 0) visit(first_ + static_cast<std::int64_t>(i), std::uint64_t{counts_[i]});
    }
  }

 private:
  bool make_room(std::span<const std::int64_t> values, bool are_unsigned);

  std::int64_t first_ = 0;
  std::vector<std::uint32_t> counts_;
  std::uint64_t n_rows_ = 0;
  bool closed_ = false;
};

}  // namespace driftline
