// Writes a LogLinearHistogram cell by cell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "driftline/summary/log_linear_histogram.hpp"

namespace driftline {

/// Appends cells in ascending order to a new histogram.
class CellWriter {
 public:
  /// At most `most` cells that are not empty will come.
  CellWriter(std::uint32_t resolution, std::uint8_t global_level, std::size_t most) {
    out_.resolution = resolution;
    out_.global_level = global_level;
    // One more, because the writer goes on over empty cells.
    out_.prefixes.resize(most + 1);
    out_.counts.resize(most + 1);
  }

  /// The next cells are of this page, until it is called again; the same page may follow itself.
  void enter(std::uint32_t page, int level) {
    if (!out_.pages.empty() && out_.pages.back().id == page) return;
    close();
    const auto begin = static_cast<std::uint32_t>(size_);
    out_.pages.push_back({page, static_cast<std::uint8_t>(level), begin, begin});
  }

  /// A cell without rows leaves no trace.
  void append(std::uint64_t prefix, std::uint64_t count) {
    // Without a branch: which cells of an array are empty is a coin toss.
    out_.prefixes[size_] = prefix;
    out_.counts[size_] = count;
    size_ += static_cast<std::size_t>(count > 0);
  }

  LogLinearHistogram finish() {
    close();
    out_.prefixes.resize(size_);
    out_.counts.resize(size_);
    return std::move(out_);
  }

 private:
  void close() {
    if (out_.pages.empty()) return;
    out_.pages.back().end = static_cast<std::uint32_t>(size_);
    if (out_.pages.back().begin == size_) out_.pages.pop_back();
  }

  LogLinearHistogram out_;
  std::size_t size_ = 0;
};

}  // namespace driftline
