#include "driftline/profile/type_name.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace driftline {
namespace {

const std::vector<std::string> names = {"",
                                        "null",
                                        "int8",
                                        "int16",
                                        "int32",
                                        "int64",
                                        "uint8",
                                        "uint16",
                                        "uint32",
                                        "uint64",
                                        "float16",
                                        "float32",
                                        "float64",
                                        "string",
                                        "large_string",
                                        "timestamp[ms]",
                                        "timestamp[ns]",
                                        "timestamp[s, UTC]",
                                        "timestamp[us, UTC]",
                                        "duration[s]",
                                        "date32",
                                        "dictionary<string>",
                                        "decimal128(5, 2)",
                                        "int64 | string",
                                        "numbers",
                                        "timestamp[]",
                                        "odd | | name |",
                                        " padded "};

TEST(CommonType, IsCommutativeIdempotentAndHasAnIdentity) {
  for (const std::string& a : names) {
    const std::string canonical = common_type(a, "");
    EXPECT_EQ(common_type(a, a), canonical);
    EXPECT_EQ(common_type(canonical, ""), canonical);
    for (const std::string& b : names) {
      EXPECT_EQ(common_type(a, b), common_type(b, a));
      EXPECT_EQ(common_type(common_type(a, b), a), common_type(a, b));
    }
  }
}

TEST(CommonType, IsAssociative) {
  for (const std::string& a : names) {
    for (const std::string& b : names) {
      for (const std::string& c : names) {
        ASSERT_EQ(common_type(common_type(a, b), c), common_type(a, common_type(b, c))) << a << ", " << b << ", " << c;
      }
    }
  }
}

TEST(CommonType, NumbersWiden) {
  EXPECT_EQ(common_type("int32", "int64"), "int64");
  EXPECT_EQ(common_type("int8", "uint8"), "int16");
  EXPECT_EQ(common_type("int64", "uint32"), "int64");
  EXPECT_EQ(common_type("int8", "uint64"), "float64");
  EXPECT_EQ(common_type("int8", "float32"), "float64");
  EXPECT_EQ(common_type("float16", "float32"), "float32");
}

TEST(CommonType, TimesOfOneZoneTakeTheFinerUnit) {
  EXPECT_EQ(common_type("timestamp[ns]", "timestamp[ms]"), "timestamp[ns]");
  EXPECT_EQ(common_type("timestamp[s, UTC]", "timestamp[us, UTC]"), "timestamp[us, UTC]");
  EXPECT_EQ(common_type("timestamp[s]", "timestamp[s, UTC]"), "timestamp[s, UTC] | timestamp[s]");
}

TEST(CommonType, UnlikeTypesStandSideBySideInOrder) {
  EXPECT_EQ(common_type("string", "int8"), "int8 | string");
  EXPECT_EQ(common_type("int8 | string", "int16"), "int16 | string");
  EXPECT_EQ(common_type("null", "string"), "string");
  EXPECT_EQ(common_type("null", ""), "null");
}

}  // namespace
}  // namespace driftline
