// Decimals of any width as doubles and as integers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace driftline {

/// An integer beyond int64 only where `is_unsigned`: then `bits` is a uint64.
struct WholeNumber {
  std::int64_t bits = 0;
  bool is_unsigned = false;
};

/// A decimal: `integer / 10^scale`, the integer in `n_bytes` (4, 8, 16 or 32) bytes, two's complement, little-endian.
struct Decimal {
  const std::uint8_t* bytes = nullptr;
  int n_bytes = 0;
  std::int32_t scale = 0;
};

/// The nearest double (ties to even); ±infinity beyond the largest double.
double to_double(const Decimal& decimal);

/// The value if it is an integer in the range of int64 or uint64.
std::optional<WholeNumber> to_whole_number(const Decimal& decimal);

}  // namespace driftline
