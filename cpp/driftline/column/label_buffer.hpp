// What readers of labels write to.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>

#include "driftline/column/column_view.hpp"

namespace driftline {

/// Gathers labels into blocks.
class LabelBuffer {
 public:
  static constexpr std::int64_t capacity = 256;

  explicit LabelBuffer(const std::function<void(const LabelBlock&)>& sink) : sink_(sink) {}

  /// Every label added from now on stands for so many rows.
  void set_weight(std::uint64_t weight) { weight_ = weight; }
  std::uint64_t weight() const { return weight_; }

  /// The payload must stay where it is until the block is delivered.
  void add(LabelTag tag, std::string_view payload) {
    if (size_ == capacity) deliver();
    labels_[size_] = {tag, payload};
    counts_[size_] = weight_;
    ++size_;
  }
  /// Copies the payload.
  template <class Value>
  void add_value(LabelTag tag, Value value) {
    static_assert(sizeof value <= sizeof(std::uint64_t));
    if (size_ == capacity) deliver();
    std::memcpy(&values_[size_], &value, sizeof value);
    add(tag, {reinterpret_cast<const char*>(&values_[size_]), sizeof value});
  }
  /// Calls `label_at(k)` for k < n ≤ capacity, and keeps what it returns where `present[k]` is 1.
  template <class LabelAt>
  void add_present(LabelTag tag, std::int64_t n, const std::uint8_t* present, const LabelAt& label_at) {
    if (size_ + n > capacity) deliver();
    // Nulls come at random, so no branch depends on them.
    for (std::int64_t k = 0; k < n; ++k) {
      labels_[size_] = {tag, label_at(k)};
      counts_[size_] = weight_;
      size_ += present[k];
    }
  }
  void deliver() {
    const auto n = static_cast<std::size_t>(size_);
    if (n > 0) sink_({{labels_, n}, {counts_, n}});
    size_ = 0;
  }

 private:
  const std::function<void(const LabelBlock&)>& sink_;
  std::uint64_t weight_ = 1;
  std::int64_t size_ = 0;
  Label labels_[capacity + 1];  // one more, for the null behind the last label
  std::uint64_t counts_[capacity + 1];
  std::uint64_t values_[capacity];
};

}  // namespace driftline
