// A read-only view of one column of a batch, whatever container it came from.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace driftline {

/// How the values lie in memory.
enum class Storage : std::uint8_t {
  none,  ///< no values: the null type, or a type that is only counted (Logical::unsupported)
  bits,  ///< one bit per row, least significant first (Arrow bool)
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float16,
  float32,
  float64,
  /// two's complement little-endian, value = integer / 10^decimal_scale
  decimal32,
  decimal64,
  decimal128,
  decimal256,
  bytes32,      ///< variable-length bytes with 32-bit offsets (utf8, binary)
  bytes64,      ///< variable-length bytes with 64-bit offsets (large_utf8, large_binary)
  bytes_view,   ///< 16-byte views (utf8_view, binary_view)
  bytes_fixed,  ///< `stride` bytes per row (fixed_size_binary)
  /// integer codes (`code_storage`) into `dictionary`; a code outside it is an InputError, the code `nat` is a null
  dictionary,
  objects,  ///< `objects`: one typed value per row (lists, object arrays)
};

/// What the values mean.
enum class Logical : std::uint8_t { null, number, boolean, datetime, duration, text, binary, unsupported };

/// The type of one label of a categorical column. Part of the label's identity: the text "1" is not the integer 1.
/// The numbers are part of the file format.
enum class LabelTag : std::uint8_t {
  boolean = 1,    ///< payload: one byte, 0 or 1
  integer = 2,    ///< payload: int64, little-endian. Integral floats are integers
  unsigned_ = 3,  ///< payload: uint64 above the range of int64, little-endian
  real = 4,       ///< payload: IEEE double, little-endian (not integral; never NaN or infinite)
  text = 5,       ///< payload: the bytes as found, UTF-8 where the producer kept its promise
  binary = 6,     ///< payload: the bytes
  seconds = 7,    ///< payload: IEEE double, little-endian: seconds since 1970 (or of a duration)
  hashed = 8,     ///< payload: 8 bytes, the salted hash of a label
};

/// One typed value. `payload` borrows memory.
struct Label {
  LabelTag tag;
  std::string_view payload;
};

/// Labels and how many rows hold each; the same label may come many times. Borrows memory.
struct LabelBlock {
  std::span<const Label> labels;
  std::span<const std::uint64_t> counts;  ///< as many
};

/// One cell of an `objects` column.
struct ObjectValue {
  enum class Kind : std::uint8_t {
    null,
    nan,
    pos_inf,
    neg_inf,
    boolean,
    integer,
    unsigned_,
    real,
    text,
    binary,
    seconds
  };
  Kind kind = Kind::null;
  std::int64_t integer = 0;    ///< boolean, integer; bit pattern of the uint64 for unsigned_; seconds: 1 if zoned
  double real = 0.0;           ///< real, seconds
  std::string_view text = {};  ///< text, binary: memory kept alive by the view's owner
};

/// A column of a batch: typed memory, which rows are null, and who keeps it alive.
///
/// Copying a view copies no data. Views are immutable and may be read by many threads at once.
struct ColumnView {
  Storage storage = Storage::none;
  Logical logical = Logical::null;
  std::string type_name;    ///< as the producer says it: "int64", "timestamp[us, UTC]", "string"
  std::int64_t length = 0;  ///< rows
  std::int64_t offset = 0;  ///< rows to skip in `values`, `validity` and offsets (Arrow slices)

  const std::uint8_t* validity = nullptr;  ///< Arrow bitmap, 1 = present; nullptr: no nulls. Indexed with `offset`
  const std::uint8_t* null_mask =
      nullptr;  ///< one byte per row, nonzero = null (pandas masks); not shifted by `offset`

  const std::uint8_t* values = nullptr;  ///< first element before `offset`
  std::int64_t stride = 0;               ///< bytes between rows of fixed-width values; negative strides are allowed
  const std::uint8_t* data = nullptr;    ///< bytes32/bytes64: the character buffer; `values` holds the offsets
  std::int64_t data_size = 0;            ///< size of `data` in bytes where known, else -1
  std::vector<std::pair<const std::uint8_t*, std::int64_t>> view_buffers;  ///< bytes_view: buffer and size

  Storage code_storage = Storage::none;          ///< dictionary
  std::shared_ptr<const ColumnView> dictionary;  ///< dictionary
  const ObjectValue* objects = nullptr;          ///< objects; indexed with `offset`

  std::int64_t unit_numerator = 1;  ///< datetime, duration: seconds per tick, as a fraction
  std::int64_t unit_denominator = 1;
  std::int32_t decimal_scale = 0;
  std::int64_t nat = 0;  ///< the tick that means "not a time", or the code that means "no category"
  bool has_nat = false;  ///< NumPy datetime64, timedelta64 and codes: `nat` marks a null

  std::shared_ptr<const void> owner;  ///< keeps the memory alive; may be empty for borrowed memory

  /// Is row `i` (0 ≤ i < length) marked null by the bitmap or the mask?
  bool is_null(std::int64_t i) const {
    if (null_mask != nullptr && null_mask[i] != 0) return true;
    if (validity == nullptr) return false;
    const auto bit = static_cast<std::uint64_t>(i + offset);
    return (validity[bit >> 3] >> (bit & 7) & 1) == 0;
  }
};

}  // namespace driftline
