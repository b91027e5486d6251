#include "lab/bank/json.h"

#include <gtest/gtest.h>

namespace remit::lab::bank {
namespace {

TEST(Json, RefusesWhatTwoReadersCouldReadDifferently) {
  EXPECT_EQ(parse_json_object(R"({"a":1,"b":{"a":[{"a":2},{"a":3}]}})")->size(), 2u);
  EXPECT_EQ(parse_json(R"({"a":1,"a":2})").error().reason, "json_duplicate_member");
  EXPECT_EQ(parse_json(R"({"x":[{"a":1,"\u0061":2}]})").error().reason, "json_duplicate_member");
  for (const std::string_view text : {"", "{", "{}{}", "{} x", "{'a':1}", "{\"a\":01}",
                                      "{\"a\":\"\xFF\"}", "{\"a\":1,}", "[1]"}) {
    EXPECT_FALSE(parse_json_object(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_json(std::string(40, '[') + std::string(40, ']')).has_value());
  EXPECT_EQ(parse_json(std::string(kJsonBytesMax + 1, ' ')).error().reason, "json_too_large");
}

TEST(Json, NamesTheFirstDifference) {
  const auto difference = [](std::string_view left, std::string_view right) {
    return first_difference(*parse_json(left), *parse_json(right), "R").value_or("none");
  };
  EXPECT_EQ(difference(R"({"a":1,"b":2})", R"({"b":2,"a":1})"), "none");
  EXPECT_EQ(difference(R"({"a":{"b":"1.00"}})", R"({"a":{"b":"1.0"}})"), "R.a.b");
  EXPECT_EQ(difference(R"({"a":1})", R"({"a":1,"b":{}})"), "R.b");
  EXPECT_EQ(difference(R"({"a":1,"b":0})", R"({"a":1})"), "R.b");
  EXPECT_EQ(difference(R"({"a":["x","y"]})", R"({"a":["x","z"]})"), "R.a[1]");
  EXPECT_EQ(difference(R"({"a":["x"]})", R"({"a":["x","z"]})"), "R.a");
}

}  // namespace
}  // namespace remit::lab::bank
