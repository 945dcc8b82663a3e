#include "driftline/column/encode_labels.hpp"

#include <algorithm>
#include <unordered_map>

#include "driftline/base/error.hpp"
#include "driftline/column/read_labels.hpp"
#include "driftline/column/rows.hpp"

namespace driftline {
namespace {

EncodedLabels encode_dictionary(const ColumnView& column) {
  if (column.dictionary == nullptr) throw InputError("a dictionary column has no dictionary");
  EncodedLabels encoded = encode_labels(*column.dictionary);
  const std::vector<std::int32_t> of_entry = std::move(encoded.codes);
  encoded.codes.clear();
  encoded.codes.reserve(static_cast<std::size_t>(column.length));
  std::int64_t codes[block_rows];
  for (std::int64_t row = 0; row < column.length; row += block_rows) {
    const std::int64_t n = std::min(block_rows, column.length - row);
    read_codes(column, row, n, codes);
    for (std::int64_t k = 0; k < n; ++k) {
      encoded.codes.push_back(codes[k] < 0 ? -1 : of_entry[static_cast<std::size_t>(codes[k])]);
    }
  }
  return encoded;
}

}  // namespace

EncodedLabels encode_labels(const ColumnView& column) {
  if (column.storage == Storage::dictionary) return encode_dictionary(column);
  EncodedLabels encoded;
  encoded.codes.assign(static_cast<std::size_t>(column.length), -1);
  if (column.logical == Logical::null) return encoded;
  std::unordered_map<std::string, std::int32_t> known;
  std::string key;
  for (std::int64_t row = 0; row < column.length; ++row) {
    read_labels(column, row, row + 1, [&](const Label& label, std::uint64_t) {
      key.assign(1, static_cast<char>(label.tag)).append(label.payload);
      const auto [entry, is_new] = known.try_emplace(key, static_cast<std::int32_t>(encoded.labels.size()));
      if (is_new) encoded.labels.push_back({label.tag, std::string(label.payload)});
      encoded.codes[static_cast<std::size_t>(row)] = entry->second;
    });
  }
  return encoded;
}

}  // namespace driftline
