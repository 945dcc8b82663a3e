// What the readers deliver, gathered for comparison.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "driftline/column/read_labels.hpp"
#include "driftline/column/read_numbers.hpp"

namespace driftline::testing {

struct Numbers {
  std::vector<double> values;
  std::vector<std::int64_t> integers;
  std::int64_t n_null = 0;
};

inline Numbers numbers_of(const ColumnView& column, std::int64_t begin, std::int64_t end) {
  Numbers all;
  all.n_null = read_numbers(column, begin, end, [&](const NumberBlock& block) {
    all.values.insert(all.values.end(), block.values.begin(), block.values.end());
    all.integers.insert(all.integers.end(), block.integers.begin(), block.integers.end());
  });
  return all;
}

inline Numbers numbers_of(const ColumnView& column) { return numbers_of(column, 0, column.length); }

using LabelKey = std::pair<LabelTag, std::string>;

struct Labels {
  std::map<LabelKey, std::uint64_t> counts;
  NonLabels rest;
  std::int64_t n_calls = 0;
};

inline Labels labels_of(const ColumnView& column, std::int64_t begin, std::int64_t end) {
  Labels all;
  all.rest = read_labels(column, begin, end, [&](const Label& label, std::uint64_t count) {
    all.counts[{label.tag, std::string(label.payload)}] += count;
    ++all.n_calls;
  });
  return all;
}

inline Labels labels_of(const ColumnView& column) { return labels_of(column, 0, column.length); }

template <class T>
std::string raw(const T& value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

inline LabelKey text(std::string value) { return {LabelTag::text, std::move(value)}; }
inline LabelKey binary(std::string value) { return {LabelTag::binary, std::move(value)}; }
inline LabelKey integer(std::int64_t value) { return {LabelTag::integer, raw(value)}; }
inline LabelKey unsigned_integer(std::uint64_t value) { return {LabelTag::unsigned_, raw(value)}; }
inline LabelKey real(double value) { return {LabelTag::real, raw(value)}; }
inline LabelKey seconds(double value) { return {LabelTag::seconds, raw(value)}; }
inline LabelKey boolean(bool value) { return {LabelTag::boolean, raw(static_cast<std::uint8_t>(value))}; }

/// A view of a vector's memory, which must outlive it.
template <class T>
ColumnView view_of(const std::vector<T>& values, Storage storage, Logical logical = Logical::number) {
  ColumnView view;
  view.storage = storage;
  view.logical = logical;
  view.type_name = "test";
  view.length = static_cast<std::int64_t>(values.size());
  view.values = reinterpret_cast<const std::uint8_t*>(values.data());
  view.stride = sizeof(T);
  return view;
}

}  // namespace driftline::testing
