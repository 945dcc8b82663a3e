// The serialised form of a profile, format version 1.
//
//   bytes    "DRFTLN"
//   u16 u16  format version, major and minor
//   text     version of the driftline that wrote it
//   varint   resolution
//   varint   max_categories
//   u8       hash_labels
//   u64      salt_check
//   varint   rows
//   varint   columns; then, in ascending order of their names, each as a length and
//     text     name, u8 kind, text type, text role, text reason
//     varint   nulls, absent, NaN, +inf, -inf
//     numeric, boolean, datetime:
//       u8 global level, varint pages, then per page
//         varint   page, less the previous one and 1 (the first: as it is)
//         u8       level
//         varint   cells, then per cell: varint prefix, less the previous one and 1; varint count, less 1
//       f64 f64  min, max
//       sum, sum of squares: u8 negative, varint zero limbs, varint other limbs, u64 each of these, lowest first
//       u8       sample of integers: 0 none, 1 determined by the cells, 2 stored: u8 overflowed, varint kept, then each
//                as u8 is_unsigned, i64 value, varint count
//     categorical:
//       u8 overflowed, varint labels, then each as u8 tag, text payload, varint count
//       if overflowed: 4096 varints, the rows of each bucket that are in no kept label
//   u32      CRC-32C of everything before
//
// Fixed-width numbers are little-endian, varint is LEB128, text is a varint length and its bytes. What can be derived
// is not stored: hashes, the counts of valid rows, of zeros and of negatives. There is one way to write a profile: the
// reader refuses all others, such as a varint with more bytes than it needs or a sum with a leading limb of zero.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "driftline/base/crc32c.hpp"
#include "driftline/base/utf8.hpp"
#include "driftline/profile/byte_io.hpp"
#include "driftline/profile/profile.hpp"
#include "driftline/profile/summary_codec.hpp"
#include "driftline/profile/type_name.hpp"

namespace driftline {
namespace {

constexpr std::string_view magic = "DRFTLN";
constexpr std::uint16_t major_version = 1;
constexpr std::uint16_t minor_version = 0;
constexpr std::uint64_t max_rows = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t least_column_size = 11;

std::string column_bytes(const ColumnProfile& column) {
  ByteWriter out;
  out.text(column.name);
  out.fixed(static_cast<std::uint8_t>(column.kind));
  for (const std::string* text : {&column.type_name, &column.role, &column.reason}) out.text(*text);
  for (const std::uint64_t count : {column.n_null, column.n_absent, column.n_nan, column.n_pos_inf, column.n_neg_inf}) {
    out.varint(count);
  }
  if (const auto* numbers = std::get_if<NumericSummary>(&column.summary)) write_summary(out, *numbers);
  if (const auto* labels = std::get_if<CategorySummary>(&column.summary)) write_summary(out, *labels);
  return out.take();
}

std::string read_utf8(ByteReader& in) {
  const std::string_view text = in.text();
  in.require(is_utf8(text), "holds text that is not UTF-8");
  return std::string(text);
}

ProfileOptions read_options(ByteReader& in) {
  ProfileOptions options;
  for (std::uint32_t* option : {&options.resolution, &options.max_categories}) {
    const std::uint64_t value = in.varint();
    in.require(min_option <= value && value <= max_option, "has an option that is out of range");
    *option = static_cast<std::uint32_t>(value);
  }
  const auto hash_labels = in.fixed<std::uint8_t>();
  options.hash_labels = hash_labels == 1;
  options.salt_check = in.fixed<std::uint64_t>();
  in.require(hash_labels <= 1 && (options.hash_labels || options.salt_check == 0), "has contradictory options");
  return options;
}

void read_counts(ByteReader& in, ColumnProfile& column) {
  std::uint64_t rows_left = column.n_rows;
  for (std::uint64_t* count : {&column.n_null, &column.n_absent, &column.n_nan, &column.n_pos_inf, &column.n_neg_inf}) {
    *count = in.varint();
    in.require(*count <= rows_left, "counts more rows than the profile has");
    rows_left -= *count;
  }
}

bool is_zero_or_one(const NumericSummary& numbers) {
  return numbers.integers.has_value() && numbers.min >= 0.0 && numbers.max <= 1.0;
}

NumericSummary read_numbers_of(ByteReader& in, const ColumnProfile& column, const ProfileOptions& options) {
  NumericSummary numbers = read_numeric_summary(in, column.n_valid(), options);
  in.require(column.kind != Kind::boolean || is_zero_or_one(numbers),
             "is boolean and holds other numbers than 0 and 1");
  numbers.n_nan = column.n_nan;
  numbers.n_pos_inf = column.n_pos_inf;
  numbers.n_neg_inf = column.n_neg_inf;
  return numbers;
}

ColumnSummary read_summary(ByteReader& in, const ColumnProfile& column, const ProfileOptions& options) {
  if (column.kind == Kind::null) {
    in.require(column.n_valid() == 0, "has values but no kind");
    return {};
  }
  if (column.kind == Kind::unsupported) {
    in.require(!column.reason.empty() && column.n_nan == 0 && column.n_pos_inf == 0 && column.n_neg_inf == 0,
               "is unsupported without a reason");
    return {};
  }
  in.require(column.n_valid() > 0, "has a kind but no values");
  if (column.kind == Kind::categorical) return read_category_summary(in, column.n_valid(), options);
  return read_numbers_of(in, column, options);
}

ColumnProfile read_column(ByteReader& file, std::size_t position, const Profile& profile) {
  ByteReader in(file.text(), "column " + std::to_string(position + 1));
  ColumnProfile column;
  column.n_rows = profile.n_rows;
  column.name = read_utf8(in);
  const auto kind = in.fixed<std::uint8_t>();
  in.require(kind <= static_cast<std::uint8_t>(Kind::unsupported), "has an unknown kind");
  column.kind = static_cast<Kind>(kind);
  column.type_name = read_utf8(in);
  column.role = read_utf8(in);
  column.reason = read_utf8(in);
  in.require(column.type_name == common_type(column.type_name, ""), "has a type that is not in its canonical form");
  in.require(column.kind == Kind::unsupported || column.reason.empty(), "has a reason although it was read");
  read_counts(in, column);
  column.summary = read_summary(in, column, profile.options);
  in.require_end();
  return column;
}

void require_readable(std::string_view bytes) {
  const std::size_t header_size = magic.size() + 2 * sizeof(std::uint16_t);
  if (bytes.substr(0, magic.size()) != magic.substr(0, std::min(bytes.size(), magic.size()))) {
    throw FormatError("the bytes are not a driftline profile: they do not start with \"DRFTLN\"");
  }
  if (bytes.size() < header_size + sizeof(std::uint32_t)) {
    throw FormatError("the profile is truncated: only " + std::to_string(bytes.size()) + " bytes are there");
  }
  ByteReader header(bytes.substr(magic.size()), "the header");
  const auto major = header.fixed<std::uint16_t>();
  const auto minor = header.fixed<std::uint16_t>();
  if (major != major_version || minor > minor_version) {
    throw FormatError("the profile has format version " + std::to_string(major) + "." + std::to_string(minor) +
                      ", and driftline " DRIFTLINE_VERSION " reads version " + std::to_string(major_version) + "." +
                      std::to_string(minor_version) + "; read it with a newer driftline");
  }
  ByteReader footer(bytes.substr(bytes.size() - sizeof(std::uint32_t)), "the checksum");
  if (footer.fixed<std::uint32_t>() != crc32c(bytes.substr(0, bytes.size() - sizeof(std::uint32_t)))) {
    throw FormatError("the profile is damaged or truncated: its checksum does not match its bytes");
  }
}

}  // namespace

std::string to_bytes(const Profile& profile) {
  ByteWriter out;
  out.raw(magic);
  out.fixed(major_version);
  out.fixed(minor_version);
  out.text(DRIFTLINE_VERSION);
  out.varint(profile.options.resolution);
  out.varint(profile.options.max_categories);
  out.fixed(static_cast<std::uint8_t>(profile.options.hash_labels));
  out.fixed(profile.options.salt_check);
  out.varint(profile.n_rows);
  out.varint(profile.columns.size());
  std::vector<std::string> columns;
  std::size_t size = sizeof(std::uint32_t);
  for (const auto& [name, column] : profile.columns) {
    size += ByteWriter::longest_varint + columns.emplace_back(column_bytes(column)).size();
  }
  out.reserve(size);
  for (const std::string& column : columns) out.text(column);
  out.fixed(crc32c(out.bytes()));
  return out.take();
}

std::string_view content_of(std::string_view bytes) {
  require_readable(bytes);
  const std::size_t header_size = magic.size() + 2 * sizeof(std::uint16_t);
  ByteReader in(bytes.substr(header_size, bytes.size() - header_size - sizeof(std::uint32_t)), "the profile");
  read_utf8(in);  // who wrote it
  return in.raw(in.remaining());
}

Profile from_bytes(std::string_view bytes) {
  ByteReader in(content_of(bytes), "the profile");
  Profile profile;
  profile.options = read_options(in);
  profile.n_rows = in.varint();
  in.require(profile.n_rows <= max_rows, "has too many rows");
  const std::size_t n_columns = in.count(least_column_size);
  for (std::size_t i = 0; i < n_columns; ++i) {
    ColumnProfile column = read_column(in, i, profile);
    in.require(profile.columns.empty() || profile.columns.rbegin()->first < column.name, "has columns out of order");
    std::string name = column.name;
    profile.columns.emplace_hint(profile.columns.end(), std::move(name), std::move(column));
  }
  in.require_end();
  return profile;
}

}  // namespace driftline
