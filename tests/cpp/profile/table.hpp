// A random table whose rows can be taken in any order.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "profile/columns.hpp"

namespace driftline::test {

struct Row {
  std::optional<double> number;
  std::optional<std::int64_t> integer;
  std::optional<double> flag;
  std::optional<std::string> label;
};

/// Numbers with nulls, NaN, infinities and ties; integers of all sizes; 0/1; more labels than 64.
inline std::vector<Row> random_table(std::size_t n_rows, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::vector<Row> rows(n_rows);
  for (Row& row : rows) {
    const std::uint64_t choice = random() % 40;
    row.number = normal(random);
    if (choice < 4) row.number = std::round(*row.number);
    if (choice == 5) row.number = std::nullopt;
    if (choice == 6) row.number = std::nan("");
    if (choice == 7) row.number = -infinity;
    if (choice == 8) row.number = infinity;
    if (choice != 9) row.integer = static_cast<std::int64_t>(random()) >> (random() % 64);
    if (choice != 10) row.flag = static_cast<double>(random() % 2);
    if (choice != 11) row.label = "label " + std::to_string(random() % (random() % 500 + 1));
  }
  return rows;
}

template <class Value>
std::vector<std::optional<Value>> pluck(std::span<const Row> rows, std::optional<Value> Row::* member) {
  std::vector<std::optional<Value>> values;
  for (const Row& row : rows) values.push_back(row.*member);
  return values;
}

inline std::vector<BatchColumn> columns_of(std::span<const Row> rows) {
  return {column("number", Kind::numeric, doubles(pluck(rows, &Row::number))),
          column("integer", Kind::numeric, integers(pluck(rows, &Row::integer))),
          column("flag", Kind::boolean, doubles(pluck(rows, &Row::flag))),
          column("label", Kind::categorical, strings(pluck(rows, &Row::label))),
          column("nothing", Kind::null, nulls(static_cast<std::int64_t>(rows.size())))};
}

/// Small caps, so that every summary overflows early.
inline constexpr ProfileOptions small_caps{.resolution = 64, .max_categories = 64};

inline Profile profile_of(std::span<const Row> rows, int threads = 1) {
  return profile_of(static_cast<std::int64_t>(rows.size()), columns_of(rows), small_caps, threads);
}

}  // namespace driftline::test
