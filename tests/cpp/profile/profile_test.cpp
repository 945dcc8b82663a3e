#include "driftline/profile/profile.hpp"

#include <gtest/gtest.h>

#include "driftline/base/error.hpp"
#include "profile/columns.hpp"
#include "profile/table.hpp"

namespace driftline {
namespace {

using namespace test;

template <class ErrorKind, class Function>
std::string message_of(const Function& function) {
  try {
    function();
  } catch (const ErrorKind& error) {
    return error.what();
  }
  return "no error";
}

/// Profiles that differ in columns, kinds and rows, all mergeable with each other.
std::vector<Profile> mergeable_profiles() {
  const std::vector<Row> rows = random_table(700, 4);
  const std::span<const Row> all(rows);
  std::vector<Profile> profiles = {Profile{.options = small_caps, .columns = {}},
                                   profile_of(all.subspan(0, 300)),
                                   profile_of(all.subspan(300, 1)),
                                   profile_of(all.subspan(301)),
                                   profile_of(all.subspan(0, 0)),
                                   profile_of(5, {}, small_caps),
                                   profile_of(2, {column("extra", Kind::numeric, integers({1, 2}))}, small_caps),
                                   profile_of(2, {column("number", Kind::null, nulls(2))}, small_caps),
                                   profile_of(1, {column("label", Kind::categorical, broken_strings(1))}, small_caps),
                                   profile_of(1, {{"label", Kind::unsupported, "", "nested", {}}}, small_caps)};
  return profiles;
}

TEST(Merge, IsCommutativeAndHasAnIdentity) {
  for (const Profile& a : mergeable_profiles()) {
    EXPECT_EQ(merge(a, Profile{.options = small_caps, .columns = {}}), a);
    if (a.n_rows > 0) {
      EXPECT_EQ(merge(Profile{}, a), a);
    }
    for (const Profile& b : mergeable_profiles()) EXPECT_EQ(merge(a, b), merge(b, a));
  }
}

TEST(Merge, IsAssociative) {
  const std::vector<Profile> profiles = mergeable_profiles();
  for (const Profile& a : profiles) {
    for (const Profile& b : profiles) {
      for (const Profile& c : profiles) ASSERT_EQ(merge(merge(a, b), c), merge(a, merge(b, c)));
    }
  }
}

TEST(Merge, RowsOfASideWithoutTheColumnAreAbsent) {
  const Profile a = profile_of(2, {column("x", Kind::numeric, doubles({1.0, std::nullopt}))});
  const Profile merged = merge(a, profile_of(5, {}));
  EXPECT_EQ(merged.n_rows, 7u);
  const ColumnProfile& x = merged.columns.at("x");
  EXPECT_EQ(x.n_rows, 7u);
  EXPECT_EQ(x.n_absent, 5u);
  EXPECT_EQ(x.n_null, 1u);
  EXPECT_EQ(x.n_valid(), 1u);
}

TEST(Merge, NullColumnTakesTheOtherKind) {
  const Profile nothing = profile_of(3, {column("x", Kind::null, nulls(3))});
  const Profile labels = profile_of(1, {column("x", Kind::categorical, strings({"a"}))});
  const ColumnProfile x = merge(nothing, labels).columns.at("x");
  EXPECT_EQ(x.kind, Kind::categorical);
  EXPECT_EQ(x.n_null, 3u);
  EXPECT_EQ(x.type_name, "string");
}

TEST(Merge, NaNOfAColumnWithoutValuesIsNotLost) {
  const Profile nans = profile_of(2, {column("x", Kind::numeric, doubles({std::nan(""), std::nan("")}))});
  const Profile values = profile_of(1, {column("x", Kind::numeric, doubles({1.0}))});
  const Profile merged = merge(nans, values);
  EXPECT_EQ(merged, profile_of(3, {column("x", Kind::numeric, doubles({std::nan(""), 1.0, std::nan("")}))}));
  EXPECT_EQ(std::get<NumericSummary>(merged.columns.at("x").summary).n_nan, 2u);
}

TEST(Merge, TwoRealKindsAreASchemaErrorThatNamesThem) {
  const Profile a = profile_of(1, {column("age", Kind::numeric, doubles({1.0}))});
  const Profile b = profile_of(1, {column("age", Kind::categorical, strings({"1"}))});
  const std::string message = message_of<SchemaError>([&] { merge(a, b); });
  for (const char* part : {"age", "numeric", "categorical"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(Merge, TwoRolesAreASchemaError) {
  const Profile a = profile_of(1, {{"x", Kind::numeric, "feature", "", {doubles({1.0})}}});
  const Profile b = profile_of(1, {{"x", Kind::numeric, "target", "", {doubles({1.0})}}});
  const Profile unsaid = profile_of(1, {{"x", Kind::numeric, "", "", {doubles({1.0})}}});
  EXPECT_NE(message_of<SchemaError>([&] { merge(a, b); }).find("target"), std::string::npos);
  EXPECT_EQ(merge(a, unsaid).columns.at("x").role, "feature");
}

TEST(Merge, EveryOptionMustBeEqualAndTheDifferingOneIsNamed) {
  const auto with = [](ProfileOptions options) { return profile_of(1, {}, options); };
  const Profile plain = with({});
  const auto refusal = [&](ProfileOptions options) {
    return message_of<OptionError>([&] { merge(plain, with(options)); });
  };
  EXPECT_NE(refusal({.resolution = 64}).find("resolution"), std::string::npos);
  EXPECT_NE(refusal({.max_categories = 64}).find("max_categories"), std::string::npos);
  EXPECT_NE(refusal({.hash_labels = true}).find("hash_labels"), std::string::npos);
}

TEST(Merge, UnsupportedSideMakesTheColumnUnsupported) {
  const Profile bad = profile_of(2, {column("x", Kind::categorical, broken_strings(2))});
  const Profile good = profile_of(3, {column("x", Kind::numeric, doubles({1.0, std::nullopt, std::nan("")}))});
  const ColumnProfile x = merge(bad, good).columns.at("x");
  EXPECT_EQ(x.kind, Kind::unsupported);
  EXPECT_EQ(x.reason, bad.columns.at("x").reason);
  EXPECT_EQ(x.n_rows, 5u);
  EXPECT_EQ(x.n_null, 1u);
  EXPECT_EQ(x.n_valid(), 4u);
}

TEST(Kind, NamesGoThereAndBack) {
  for (const Kind kind :
       {Kind::null, Kind::numeric, Kind::categorical, Kind::boolean, Kind::datetime, Kind::unsupported}) {
    EXPECT_EQ(kind_from_name(kind_name(kind)), kind);
  }
  EXPECT_NE(message_of<OptionError>([] { kind_from_name("numerical"); }).find("numeric"), std::string::npos);
}

}  // namespace
}  // namespace driftline
