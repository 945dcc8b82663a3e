#include "driftline/summary/label_table.hpp"

#include <limits>
#include <utility>

#include "driftline/base/error.hpp"

namespace driftline {
namespace {

constexpr std::size_t first_capacity = 256;

}  // namespace

LabelTable::LabelTable() : mask_(first_capacity - 1), slots_(first_capacity, Slot{0, 0}) {}

void LabelTable::insert(std::size_t slot, const Label& label, const QuickKey& key, std::uint64_t count,
                        std::uint64_t hash) {
  if (label.payload.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw InputError("a label of " + std::to_string(label.payload.size()) +
                     " bytes cannot be kept; the limit is 4 GiB");
  }
  const auto size = static_cast<std::uint32_t>(label.payload.size());
  entries_.push_back({key.head, key.tail, count, hash, payloads_.size(), size, label.tag});
  payloads_ += label.payload;
  slots_[slot] = {key.hash, static_cast<std::uint32_t>(entries_.size())};
  if (2 * entries_.size() > slots_.size()) grow();
}

void LabelTable::grow() {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(2 * slots_.size(), Slot{0, 0}));
  mask_ = slots_.size() - 1;
  for (const Slot slot : old) {
    if (slot.number != 0) occupy(slot);
  }
}

void LabelTable::occupy(Slot slot) {
  std::size_t place = slot.hash & mask_;
  while (slots_[place].number != 0) place = (place + 1) & mask_;
  slots_[place] = slot;
}

void LabelTable::keep_only(const std::vector<std::uint32_t>& indices) {
  const std::vector<Entry> old_entries = std::exchange(entries_, {});
  const std::string old_payloads = std::exchange(payloads_, {});
  slots_.assign(slots_.size(), Slot{0, 0});
  for (const std::uint32_t index : indices) {
    Entry entry = old_entries[index];
    const auto payload = std::string_view(old_payloads).substr(entry.begin, entry.size);
    entry.begin = payloads_.size();
    payloads_ += payload;
    entries_.push_back(entry);
    occupy({key_of({entry.tag, payload}).hash, static_cast<std::uint32_t>(entries_.size())});
  }
}

}  // namespace driftline
