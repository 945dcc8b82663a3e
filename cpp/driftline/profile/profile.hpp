// Profiles: what is kept of a table. A value; holds no rows.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "driftline/summary/category_counts.hpp"
#include "driftline/summary/numeric_summary.hpp"

namespace driftline {

/// How a column is summarised and judged. The numbers are part of the file format.
///
/// The kind of a column without one valid value (finite number or label) is null, whatever its type.
enum class Kind : std::uint8_t { null = 0, numeric = 1, categorical = 2, boolean = 3, datetime = 4, unsupported = 5 };

/// "numeric", "categorical", ... and back. kind_from_name throws OptionError for unknown names.
const char* kind_name(Kind kind);
Kind kind_from_name(std::string_view name);

using ColumnSummary = std::variant<std::monostate, NumericSummary, CategorySummary>;

/// One column: counts, and one summary that fits the kind.
///
/// numeric, boolean (0 and 1) and datetime (seconds) have a NumericSummary, categorical has a CategorySummary, null and
/// unsupported have neither. n_rows = valid + n_null + n_nan + n_pos_inf + n_neg_inf + n_absent. The counts of NaN and
/// infinities in a NumericSummary equal those of the column.
struct ColumnProfile {
  std::string name;  ///< UTF-8
  Kind kind = Kind::null;
  std::string type_name;  ///< type as the producer said it; the least common type after a merge
  std::string role;       ///< "feature", "prediction", "target", "timestamp", "id", "weight"
  std::string reason;     ///< why the column could not be read; empty: it could
  std::uint64_t n_rows = 0;
  std::uint64_t n_null = 0;
  std::uint64_t n_absent = 0;  ///< rows of batches that had no such column
  std::uint64_t n_nan = 0;     ///< NaN, +inf, −inf of numeric and of categorical columns
  std::uint64_t n_pos_inf = 0;
  std::uint64_t n_neg_inf = 0;
  ColumnSummary summary;

  std::uint64_t n_valid() const;
  bool operator==(const ColumnProfile&) const = default;
};

/// `column` without its summary: rows that are neither null nor absent count as valid but unread.
ColumnProfile as_unsupported(ColumnProfile column, std::string reason);

/// The reason of a column that could not be read on either side: the least of both.
std::string joined_reason(const std::string& a, const std::string& b);

inline constexpr std::uint32_t min_option = 64;
inline constexpr std::uint32_t max_option = 1u << 20;

/// What shapes the bytes of a profile. Profiles merge only if all of it is equal.
struct ProfileOptions {
  std::uint32_t resolution = 8192;       ///< min_option to max_option
  std::uint32_t max_categories = 16384;  ///< min_option to max_option
  bool hash_labels = false;
  std::uint64_t salt_check = 0;  ///< tells whether two salts are equal; the salt itself is not kept

  bool operator==(const ProfileOptions&) const = default;
};

/// The summary of both sides' rows; std::monostate stands for no rows. Both must be of one sort.
ColumnSummary merge(const ColumnSummary& a, const ColumnSummary& b, const ProfileOptions& options);

struct Profile {
  ProfileOptions options;
  std::uint64_t n_rows = 0;
  std::map<std::string, ColumnProfile> columns;  ///< by UTF-8 name

  bool operator==(const Profile&) const = default;
};

/// The profile of both tables' rows: union of the columns, rows of a side without the column counted as absent.
///
/// A null column merges with any kind, and so does an unsupported one, which makes the result unsupported. Throws
/// SchemaError, naming the column, when two real kinds or two roles meet, and OptionError, naming the option, when
/// options differ. A profile without columns and rows is the identity. Associative, commutative.
Profile merge(const Profile& a, const Profile& b);

/// Canonical bytes, format version 1: equal profiles have equal bytes (codec.cpp describes the layout).
std::string to_bytes(const Profile& profile);
/// The part of them that the profile alone decides: without format and driftline version, and without the checksum.
/// Throws FormatError for bytes whose header or checksum is wrong.
std::string_view content_of(std::string_view bytes);
/// Reads them back. Every length is checked before memory is taken. Throws FormatError.
Profile from_bytes(std::string_view bytes);

}  // namespace driftline
