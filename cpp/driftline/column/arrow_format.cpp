#include "driftline/column/arrow_format.hpp"

#include <array>
#include <charconv>
#include <string>
#include <system_error>

#include "driftline/base/error.hpp"

namespace driftline {
namespace {

struct NamedType {
  std::string_view format;
  std::string_view name;
  Storage storage;
  Logical logical;
  std::int64_t stride;
};

constexpr std::array simple_types = {
    NamedType{"n", "null", Storage::none, Logical::null, 0},
    NamedType{"b", "bool", Storage::bits, Logical::boolean, 0},
    NamedType{"c", "int8", Storage::int8, Logical::number, 1},
    NamedType{"s", "int16", Storage::int16, Logical::number, 2},
    NamedType{"i", "int32", Storage::int32, Logical::number, 4},
    NamedType{"l", "int64", Storage::int64, Logical::number, 8},
    NamedType{"C", "uint8", Storage::uint8, Logical::number, 1},
    NamedType{"S", "uint16", Storage::uint16, Logical::number, 2},
    NamedType{"I", "uint32", Storage::uint32, Logical::number, 4},
    NamedType{"L", "uint64", Storage::uint64, Logical::number, 8},
    NamedType{"e", "float16", Storage::float16, Logical::number, 2},
    NamedType{"f", "float32", Storage::float32, Logical::number, 4},
    NamedType{"g", "float64", Storage::float64, Logical::number, 8},
    NamedType{"u", "string", Storage::bytes32, Logical::text, 0},
    NamedType{"U", "large_string", Storage::bytes64, Logical::text, 0},
    NamedType{"vu", "string_view", Storage::bytes_view, Logical::text, 0},
    NamedType{"z", "binary", Storage::bytes32, Logical::binary, 0},
    NamedType{"Z", "large_binary", Storage::bytes64, Logical::binary, 0},
    NamedType{"vz", "binary_view", Storage::bytes_view, Logical::binary, 0},
};

struct TimeType {
  std::string_view format;
  std::string_view name;
  Storage storage;
  Logical logical;
  std::int64_t seconds_per_tick;
  std::int64_t ticks_per_second;
};

// A time of day is a duration: the seconds since midnight.
constexpr std::array time_types = {
    TimeType{"tdD", "date32", Storage::int32, Logical::datetime, 86400, 1},
    TimeType{"tdm", "date64", Storage::int64, Logical::datetime, 1, 1000},
    TimeType{"tts", "time32[s]", Storage::int32, Logical::duration, 1, 1},
    TimeType{"ttm", "time32[ms]", Storage::int32, Logical::duration, 1, 1000},
    TimeType{"ttu", "time64[us]", Storage::int64, Logical::duration, 1, 1'000'000},
    TimeType{"ttn", "time64[ns]", Storage::int64, Logical::duration, 1, 1'000'000'000},
    TimeType{"tDs", "duration[s]", Storage::int64, Logical::duration, 1, 1},
    TimeType{"tDm", "duration[ms]", Storage::int64, Logical::duration, 1, 1000},
    TimeType{"tDu", "duration[us]", Storage::int64, Logical::duration, 1, 1'000'000},
    TimeType{"tDn", "duration[ns]", Storage::int64, Logical::duration, 1, 1'000'000'000},
    TimeType{"tss:", "timestamp[s", Storage::int64, Logical::datetime, 1, 1},
    TimeType{"tsm:", "timestamp[ms", Storage::int64, Logical::datetime, 1, 1000},
    TimeType{"tsu:", "timestamp[us", Storage::int64, Logical::datetime, 1, 1'000'000},
    TimeType{"tsn:", "timestamp[ns", Storage::int64, Logical::datetime, 1, 1'000'000'000},
};

struct NestedType {
  std::string_view prefix;
  std::string_view name;
};

// Longer prefixes before shorter ones.
constexpr std::array nested_types = {
    NestedType{"+vl", "list_view"},
    NestedType{"+vL", "large_list_view"},
    NestedType{"+l", "list"},
    NestedType{"+L", "large_list"},
    NestedType{"+w", "fixed_size_list"},
    NestedType{"+s", "struct"},
    NestedType{"+m", "map"},
    NestedType{"+u", "union"},
    NestedType{"+r", "run_end_encoded"},
    NestedType{"ti", "interval"},
};

[[noreturn]] void refuse_format(std::string_view format, const char* expected) {
  throw InputError("the Arrow format \"" + std::string(format) + "\" is malformed; expected " + expected);
}

ColumnView make_view(Storage storage, Logical logical, std::string name) {
  ColumnView view;
  view.storage = storage;
  view.logical = logical;
  view.type_name = std::move(name);
  return view;
}

// Takes one integer off the front of `text`, and the comma behind it.
bool take_integer(std::string_view& text, std::int32_t& value) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  if (text.empty()) return true;
  if (text.front() != ',' || text.size() == 1) return false;
  text.remove_prefix(1);
  return true;
}

ColumnView decimal_view(std::string_view format) {
  constexpr const char* expected = "d:precision,scale or d:precision,scale,bits with 32, 64, 128 or 256 bits";
  std::string_view rest = format.substr(2);
  std::int32_t precision = 0;
  std::int32_t scale = 0;
  std::int32_t n_bits = 128;
  if (!take_integer(rest, precision) || rest.empty() || !take_integer(rest, scale)) refuse_format(format, expected);
  if (!rest.empty() && (!take_integer(rest, n_bits) || !rest.empty())) refuse_format(format, expected);
  Storage storage = Storage::none;
  switch (n_bits) {
    case 32:
      storage = Storage::decimal32;
      break;
    case 64:
      storage = Storage::decimal64;
      break;
    case 128:
      storage = Storage::decimal128;
      break;
    case 256:
      storage = Storage::decimal256;
      break;
    default:
      refuse_format(format, expected);
  }
  ColumnView view = make_view(
      storage, Logical::number,
      "decimal" + std::to_string(n_bits) + "(" + std::to_string(precision) + ", " + std::to_string(scale) + ")");
  view.decimal_scale = scale;
  view.stride = n_bits / 8;
  return view;
}

ColumnView fixed_bytes_view(std::string_view format) {
  std::string_view rest = format.substr(2);
  std::int32_t width = 0;
  if (!take_integer(rest, width) || !rest.empty() || width < 0) refuse_format(format, "w:number of bytes");
  ColumnView view =
      make_view(Storage::bytes_fixed, Logical::binary, "fixed_size_binary[" + std::to_string(width) + "]");
  view.stride = width;
  return view;
}

ColumnView time_view(const TimeType& type, std::string_view format) {
  std::string name(type.name);
  if (type.format.ends_with(':')) {
    const std::string_view zone = format.substr(type.format.size());
    name += zone.empty() ? "]" : ", " + std::string(zone) + "]";
  }
  ColumnView view = make_view(type.storage, type.logical, std::move(name));
  view.stride = type.storage == Storage::int32 ? 4 : 8;
  view.unit_numerator = type.seconds_per_tick;
  view.unit_denominator = type.ticks_per_second;
  return view;
}

}  // namespace

ColumnView view_of_format(std::string_view format) {
  for (const NamedType& type : simple_types) {
    if (format != type.format) continue;
    ColumnView view = make_view(type.storage, type.logical, std::string(type.name));
    view.stride = type.stride;
    return view;
  }
  if (format.starts_with("d:")) return decimal_view(format);
  if (format.starts_with("w:")) return fixed_bytes_view(format);
  for (const TimeType& type : time_types) {
    const bool zoned = type.format.ends_with(':');
    if (zoned ? format.starts_with(type.format) : format == type.format) return time_view(type, format);
  }
  for (const NestedType& type : nested_types) {
    if (format.starts_with(type.prefix)) return make_view(Storage::none, Logical::unsupported, std::string(type.name));
  }
  return make_view(Storage::none, Logical::unsupported, "arrow format " + std::string(format));
}

bool has_validity(std::string_view format) {
  return format != "n" && !format.starts_with("+u") && !format.starts_with("+r");
}

}  // namespace driftline
