#include "driftline/profile/type_name.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace driftline {
namespace {

constexpr std::array<std::string_view, 13> time_units = {"Y",  "M",  "W",  "D",  "h",  "m", "s",
                                                         "ms", "us", "ns", "ps", "fs", "as"};

enum class Sort { unsigned_, signed_, real };

struct NumberType {
  Sort sort;
  int bits;
};

constexpr std::array<std::pair<std::string_view, Sort>, 3> number_prefixes = {
    {{"uint", Sort::unsigned_}, {"int", Sort::signed_}, {"float", Sort::real}}};

std::optional<NumberType> number_type(std::string_view name) {
  for (const auto& [prefix, sort] : number_prefixes) {
    if (!name.starts_with(prefix)) continue;
    const std::string_view width = name.substr(prefix.size());
    const int smallest = sort == Sort::real ? 16 : 8;
    for (int bits = smallest; bits <= 64; bits *= 2) {
      if (width == std::to_string(bits)) return NumberType{sort, bits};
    }
  }
  return std::nullopt;
}

std::string name_of(NumberType type) {
  const auto* prefix = std::find_if(number_prefixes.begin(), number_prefixes.end(),
                                    [type](const auto& known) { return known.second == type.sort; });
  return std::string(prefix->first) + std::to_string(type.bits);
}

/// The least upper bound where uintN ≤ int2N, and every integer type ≤ float64.
NumberType join(NumberType a, NumberType b) {
  if (a.sort == b.sort) return {a.sort, std::max(a.bits, b.bits)};
  if (a.sort > b.sort) std::swap(a, b);
  if (b.sort == Sort::signed_ && a.bits <= 32) return {Sort::signed_, std::max(2 * a.bits, b.bits)};
  return {Sort::real, 64};
}

/// "timestamp[us, UTC]" is of the family "timestamp[, UTC]", unit 8.
struct TimeType {
  std::string family;
  std::ptrdiff_t unit;
};

std::optional<TimeType> time_type(std::string_view name) {
  const std::size_t open = name.find('[');
  if (open == std::string_view::npos) return std::nullopt;
  const std::size_t end = name.find_first_of(",]", open);
  if (end == std::string_view::npos) return std::nullopt;
  const auto* unit = std::find(time_units.begin(), time_units.end(), name.substr(open + 1, end - open - 1));
  if (unit == time_units.end()) return std::nullopt;
  return TimeType{std::string(name.substr(0, open + 1)) + std::string(name.substr(end)), unit - time_units.begin()};
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  return begin == std::string_view::npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// One least common type for each family of types that have one.
class Alternatives {
 public:
  void add(std::string_view names) {
    while (!names.empty()) {
      const std::size_t end = names.find('|');
      add_one(trimmed(names.substr(0, end)));
      names.remove_prefix(end == std::string_view::npos ? names.size() : end + 1);
    }
  }

  std::string text() const {
    std::vector<std::string_view> names;
    for (const auto& [family, name] : by_family_) names.push_back(name);
    if (names.size() > 1) std::erase(names, "null");
    std::sort(names.begin(), names.end());
    std::string joined;
    for (const std::string_view name : names) joined.append(joined.empty() ? "" : " | ").append(name);
    return joined;
  }

 private:
  void add_one(std::string_view name) {
    if (name.empty()) return;
    if (const auto number = number_type(name)) {
      std::string& known = by_family_["numbers"];
      known = known.empty() ? std::string(name) : name_of(join(number_type(known).value(), *number));
    } else if (const auto time = time_type(name)) {
      std::string& known = by_family_["times " + time->family];
      if (known.empty() || time_type(known).value().unit < time->unit) known = name;
    } else {
      by_family_["type " + std::string(name)] = name;
    }
  }

  std::map<std::string, std::string> by_family_;
};

}  // namespace

std::string common_type(std::string_view a, std::string_view b) {
  Alternatives alternatives;
  alternatives.add(a);
  alternatives.add(b);
  return alternatives.text();
}

}  // namespace driftline
