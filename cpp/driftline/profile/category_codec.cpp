#include <cmath>
#include <cstring>
#include <numeric>

#include "driftline/profile/summary_codec.hpp"

namespace driftline {
namespace {

template <class Value>
Value payload_as(std::string_view payload) {
  Value value;
  std::memcpy(&value, payload.data(), sizeof value);
  return value;
}

bool is_label(const Label& label) {
  const std::size_t size = label.payload.size();
  switch (label.tag) {
    case LabelTag::boolean:
      return size == 1 && static_cast<std::uint8_t>(label.payload[0]) <= 1;
    case LabelTag::integer:
    case LabelTag::hashed:
      return size == 8;
    case LabelTag::unsigned_:
      return size == 8 && payload_as<std::int64_t>(label.payload) < 0;
    case LabelTag::real:
    case LabelTag::seconds:
      return size == 8 && std::isfinite(payload_as<double>(label.payload));
    case LabelTag::text:
    case LabelTag::binary:
      return true;
  }
  return false;
}

LabelCount read_label(ByteReader& in, bool hash_labels) {
  LabelCount result;
  result.tag = static_cast<LabelTag>(in.fixed<std::uint8_t>());
  const Label label{result.tag, in.text()};
  in.require(is_label(label), "has a label that does not fit its type");
  in.require((label.tag == LabelTag::hashed) == hash_labels, "mixes labels and hashes of labels");
  result.payload = label.payload;
  result.count = in.varint();
  result.hash = label_hash(label);
  return result;
}

/// Counts of all rows, of which `in_kept` are in the kept labels.
std::vector<std::uint64_t> read_buckets(ByteReader& in, const CategorySummary& summary) {
  std::vector<std::uint64_t> in_kept(CategorySummary::n_buckets, 0);
  for (const LabelCount& label : summary.labels) in_kept[label.hash % CategorySummary::n_buckets] += label.count;
  in.require(in.remaining() >= CategorySummary::n_buckets, "ends before its buckets");
  std::vector<std::uint64_t> buckets(CategorySummary::n_buckets, 0);
  std::uint64_t rows_left = summary.n_rows;
  for (std::size_t i = 0; i < CategorySummary::n_buckets; ++i) {
    const std::uint64_t others = in.varint();
    in.require(others <= rows_left && in_kept[i] <= rows_left - others, "has more rows in its buckets than valid rows");
    buckets[i] = in_kept[i] + others;
    rows_left -= buckets[i];
  }
  in.require(rows_left == 0, "has fewer rows in its buckets than valid rows");
  return buckets;
}

}  // namespace

void write_summary(ByteWriter& out, const CategorySummary& summary) {
  out.fixed(static_cast<std::uint8_t>(summary.overflowed));
  out.varint(summary.labels.size());
  std::vector<std::uint64_t> others = summary.buckets;
  for (const LabelCount& label : summary.labels) {
    out.fixed(static_cast<std::uint8_t>(label.tag));
    out.text(label.payload);
    out.varint(label.count);
    if (summary.overflowed) others[label.hash % CategorySummary::n_buckets] -= label.count;
  }
  for (const std::uint64_t count : others) out.varint(count);
}

CategorySummary read_category_summary(ByteReader& in, std::uint64_t n_valid, const ProfileOptions& options) {
  CategorySummary summary;
  summary.n_rows = n_valid;
  const auto overflowed = in.fixed<std::uint8_t>();
  const std::size_t n_labels = in.count(3);
  in.require(overflowed <= 1 && n_labels <= options.max_categories, "has more labels than max_categories");
  in.require(overflowed == 0 || n_labels == options.max_categories, "has dropped labels without need");
  summary.overflowed = overflowed == 1;
  summary.labels.reserve(n_labels);
  std::uint64_t rows_left = n_valid;
  for (std::size_t i = 0; i < n_labels; ++i) {
    LabelCount label = read_label(in, options.hash_labels);
    in.require(label.count > 0 && label.count <= rows_left, "has more rows in its labels than valid rows");
    rows_left -= label.count;
    in.require(summary.labels.empty() || label_order(summary.labels.back(), label) < 0, "has labels out of order");
    summary.labels.push_back(std::move(label));
  }
  in.require(summary.overflowed == (rows_left > 0), "has other rows in its labels than valid rows");
  if (summary.overflowed) summary.buckets = read_buckets(in, summary);
  return summary;
}

}  // namespace driftline
