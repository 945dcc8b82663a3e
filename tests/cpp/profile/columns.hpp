// Columns in memory, for tests.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "driftline/column/column_view.hpp"
#include "driftline/profile/profiler.hpp"

namespace driftline::test {

inline std::vector<std::uint8_t> bitmap(const std::vector<bool>& present) {
  std::vector<std::uint8_t> bits(present.size() / 8 + 1, 0);
  for (std::size_t i = 0; i < present.size(); ++i) {
    if (present[i]) bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | 1u << (i % 8));
  }
  return bits;
}

/// Fixed-width values; nullopt is a null.
template <class Value>
ColumnView fixed_width(const std::vector<std::optional<Value>>& rows, Storage storage, const char* type_name) {
  struct Memory {
    std::vector<Value> values;
    std::vector<std::uint8_t> bits;
  };
  auto memory = std::make_shared<Memory>();
  std::vector<bool> present;
  for (const auto& row : rows) {
    memory->values.push_back(row.value_or(Value{}));
    present.push_back(row.has_value());
  }
  memory->bits = bitmap(present);
  ColumnView view;
  view.storage = storage;
  view.logical = Logical::number;
  view.type_name = type_name;
  view.length = static_cast<std::int64_t>(rows.size());
  view.validity = memory->bits.data();
  view.values = reinterpret_cast<const std::uint8_t*>(memory->values.data());
  view.stride = sizeof(Value);
  view.owner = memory;
  return view;
}

inline ColumnView doubles(const std::vector<std::optional<double>>& rows) {
  return fixed_width<double>(rows, Storage::float64, "float64");
}

inline ColumnView integers(const std::vector<std::optional<std::int64_t>>& rows) {
  return fixed_width<std::int64_t>(rows, Storage::int64, "int64");
}

inline ColumnView unsigned_integers(const std::vector<std::optional<std::uint64_t>>& rows) {
  return fixed_width<std::uint64_t>(rows, Storage::uint64, "uint64");
}

inline ColumnView strings(const std::vector<std::optional<std::string>>& rows) {
  struct Memory {
    std::vector<std::int32_t> offsets{0};
    std::string data;
    std::vector<std::uint8_t> bits;
  };
  auto memory = std::make_shared<Memory>();
  std::vector<bool> present;
  for (const auto& row : rows) {
    memory->data += row.value_or("");
    memory->offsets.push_back(static_cast<std::int32_t>(memory->data.size()));
    present.push_back(row.has_value());
  }
  memory->bits = bitmap(present);
  ColumnView view;
  view.storage = Storage::bytes32;
  view.logical = Logical::text;
  view.type_name = "string";
  view.length = static_cast<std::int64_t>(rows.size());
  view.validity = memory->bits.data();
  view.values = reinterpret_cast<const std::uint8_t*>(memory->offsets.data());
  view.data = reinterpret_cast<const std::uint8_t*>(memory->data.data());
  view.data_size = static_cast<std::int64_t>(memory->data.size());
  view.owner = memory;
  return view;
}

/// Text whose offsets leave the buffer: every reader must refuse it.
inline ColumnView broken_strings(std::int64_t n_rows) {
  ColumnView view = strings(std::vector<std::optional<std::string>>(static_cast<std::size_t>(n_rows), "abc"));
  view.data_size = 1;
  return view;
}

inline ColumnView nulls(std::int64_t n_rows) {
  ColumnView view;
  view.type_name = "null";
  view.length = n_rows;
  return view;
}

inline BatchColumn column(std::string name, Kind kind, ColumnView view) {
  return {std::move(name), kind, "feature", "", {std::move(view)}};
}

inline void no_checkpoint() {}

/// One batch, profiled.
inline Profile profile_of(std::int64_t n_rows, const std::vector<BatchColumn>& columns, ProfileOptions options = {},
                          int threads = 1) {
  Profiler profiler(options, 0, threads);
  profiler.add(n_rows, columns, no_checkpoint);
  return profiler.finish();
}

}  // namespace driftline::test
