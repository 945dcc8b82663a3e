#include "driftline/profile/profile.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "driftline/base/error.hpp"
#include "driftline/profile/type_name.hpp"

namespace driftline {
namespace {

constexpr std::array<const char*, 6> kind_names = {"null",    "numeric",  "categorical",
                                                   "boolean", "datetime", "unsupported"};

[[noreturn]] void refuse(const std::string& column, const char* what, const std::string& a, const std::string& b,
                         const char* remedy) {
  throw SchemaError("column \"" + column + "\" has the " + what + " " + a + " on one side and " + b +
                    " on the other; " + remedy);
}

Kind joined_kind(const ColumnProfile& a, const ColumnProfile& b) {
  if (a.kind == b.kind || b.kind == Kind::null) return a.kind;
  if (a.kind == Kind::null) return b.kind;
  if (a.kind == Kind::unsupported || b.kind == Kind::unsupported) return Kind::unsupported;
  refuse(a.name, "kind", kind_name(a.kind), kind_name(b.kind),
         "profile both with a schema that says which it is, or leave the column out");
}

std::string joined_role(const ColumnProfile& a, const ColumnProfile& b) {
  if (a.role != b.role && !a.role.empty() && !b.role.empty()) {
    refuse(a.name, "role", a.role, b.role, "profile both with the same schema");
  }
  return std::max(a.role, b.role);
}

ColumnProfile merge_columns(const ColumnProfile& a, const ColumnProfile& b, const ProfileOptions& options) {
  ColumnProfile result;
  result.name = a.name;
  result.kind = joined_kind(a, b);
  result.type_name = common_type(a.type_name, b.type_name);
  result.role = joined_role(a, b);
  result.n_rows = a.n_rows + b.n_rows;
  result.n_null = a.n_null + b.n_null;
  result.n_absent = a.n_absent + b.n_absent;
  result.n_nan = a.n_nan + b.n_nan;
  result.n_pos_inf = a.n_pos_inf + b.n_pos_inf;
  result.n_neg_inf = a.n_neg_inf + b.n_neg_inf;
  if (result.kind == Kind::unsupported) return as_unsupported(std::move(result), joined_reason(a.reason, b.reason));
  result.summary = merge(a.summary, b.summary, options);
  if (auto* numbers = std::get_if<NumericSummary>(&result.summary)) {
    numbers->n_nan = result.n_nan;
    numbers->n_pos_inf = result.n_pos_inf;
    numbers->n_neg_inf = result.n_neg_inf;
  }
  return result;
}

bool is_identity(const Profile& profile) { return profile.n_rows == 0 && profile.columns.empty(); }

template <class Value>
void require_equal(const char* option, const Value& a, const Value& b) {
  if (a == b) return;
  throw OptionError(std::string("profiles made with ") + option + "=" + std::to_string(a) + " and " + option + "=" +
                    std::to_string(b) + " cannot be merged; profile both with the same value");
}

void require_equal(const ProfileOptions& a, const ProfileOptions& b) {
  require_equal("resolution", a.resolution, b.resolution);
  require_equal("max_categories", a.max_categories, b.max_categories);
  require_equal("hash_labels", a.hash_labels, b.hash_labels);
  if (a.salt_check != b.salt_check) {
    throw OptionError(
        "profiles whose labels were hashed with different values of salt cannot be merged; profile both "
        "with the same salt");
  }
}

void add_absent_rows(ColumnProfile& column, std::uint64_t n) {
  column.n_rows += n;
  column.n_absent += n;
}

}  // namespace

const char* kind_name(Kind kind) { return kind_names.at(static_cast<std::size_t>(kind)); }

Kind kind_from_name(std::string_view name) {
  const auto* found = std::find(kind_names.begin(), kind_names.end(), name);
  if (found != kind_names.end()) return static_cast<Kind>(found - kind_names.begin());
  std::string message = "unknown column kind \"" + std::string(name) + "\"; the kinds are";
  for (const char* known : kind_names) message.append(" ").append(known);
  throw OptionError(message);
}

std::uint64_t ColumnProfile::n_valid() const { return n_rows - n_null - n_absent - n_nan - n_pos_inf - n_neg_inf; }

ColumnProfile as_unsupported(ColumnProfile column, std::string reason) {
  column.kind = Kind::unsupported;
  column.reason = std::move(reason);
  column.n_nan = column.n_pos_inf = column.n_neg_inf = 0;
  column.summary = std::monostate{};
  return column;
}

std::string joined_reason(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a + b;
  return std::min(a, b);
}

ColumnSummary merge(const ColumnSummary& a, const ColumnSummary& b, const ProfileOptions& options) {
  if (std::holds_alternative<std::monostate>(a)) return b;
  if (std::holds_alternative<std::monostate>(b)) return a;
  if (const auto* numbers = std::get_if<NumericSummary>(&a)) return merge(*numbers, std::get<NumericSummary>(b));
  return merge(std::get<CategorySummary>(a), std::get<CategorySummary>(b), options.max_categories);
}

Profile merge(const Profile& a, const Profile& b) {
  if (is_identity(a) && !is_identity(b)) return b;
  if (is_identity(b) && !is_identity(a)) return a;
  require_equal(a.options, b.options);
  Profile result;
  result.options = a.options;
  result.n_rows = a.n_rows + b.n_rows;
  for (const auto& [name, column] : a.columns) {
    const auto other = b.columns.find(name);
    if (other != b.columns.end()) {
      result.columns.emplace(name, merge_columns(column, other->second, a.options));
    } else {
      add_absent_rows(result.columns.emplace(name, column).first->second, b.n_rows);
    }
  }
  for (const auto& [name, column] : b.columns) {
    const auto [added, is_new] = result.columns.emplace(name, column);
    if (is_new) add_absent_rows(added->second, a.n_rows);
  }
  return result;
}

}  // namespace driftline
