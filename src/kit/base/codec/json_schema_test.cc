#include "kit/base/codec/json_schema.h"

#include "kit/base/codec/golden_test.h"
#include "kit/base/codec/sample_test.h"

#include <gtest/gtest.h>

namespace remit::codec {
namespace other {

struct Account {
  bool open = false;
};
BOOST_DESCRIBE_STRUCT(Account, (), (open))

}  // namespace other

namespace {

struct Page {
  std::uint32_t limit = 20;
  std::optional<Money> above;
  sample::State state = sample::State::Created;
  RawJson metadata;
};
BOOST_DESCRIBE_STRUCT(Page, (), (limit, above, state, metadata))

struct Both {
  sample::Account ours;
  other::Account theirs;
};
BOOST_DESCRIBE_STRUCT(Both, (), (ours, theirs))

}  // namespace

template <>
struct JsonFields<Page> {
  static constexpr std::string_view kMayBeAbsent[] = {"limit"};
  static constexpr JsonDescription kDescriptions[] = {
      {"", "What to list."}, {"limit", "At most \"this\" many."}, {"state", "In this state only."}};
  static constexpr JsonRule kRules[] = {{"limit", R"("examples":[20])"}};
};

namespace {

TEST(JsonSchema, SaysWhatFromJsonTakes) {
  EXPECT_EQ(
      json_schema<Page>(),
      R"({"$schema":"https://json-schema.org/draft/2020-12/schema","$ref":"#/$defs/Page","$defs":{)"
      R"("Money":{"type":"object","properties":{"amount":{"type":"integer","format":"int64"},)"
      R"("currency":{"type":"string","pattern":"^[A-Z]{3}$","description":"ISO 4217 code."}},)"
      R"("required":["amount","currency"],"additionalProperties":false},)"
      R"("Page":{"type":"object","properties":{)"
      R"("limit":{"type":"integer","minimum":0,"maximum":4294967295,"examples":[20],)"
      R"("description":"At most \"this\" many."},)"
      R"("above":{"anyOf":[{"$ref":"#/$defs/Money"},{"type":"null"}]},)"
      R"("state":{"$ref":"#/$defs/State","description":"In this state only."},"metadata":{}},)"
      R"("required":["state","metadata"],"additionalProperties":false,)"
      R"("description":"What to list."},)"
      R"("State":{"type":"string","enum":["created","outcome_unknown","settled"]}}})");
}

TEST(JsonSchema, GoldenText) {
  const std::string schema = json_schema<sample::Everything>();
  EXPECT_TRUE(JsonDocument::parse(schema, {}));
  expect_golden_text("codec/everything.schema.json", schema);
}

TEST(JsonSchema, RecursiveTypesReferToThemselves) {
  EXPECT_NE(json_schema<sample::Tree>().find(
                R"("children":{"type":"array","items":{"$ref":"#/$defs/Tree"}})"),
            std::string::npos);
}

TEST(JsonSchema, TypesOfOneNameAreToldApart) {
  JsonSchemas schemas("#/components/schemas/");
  EXPECT_EQ(schemas.add<Both>(), R"({"$ref":"#/components/schemas/Both"})");
  const std::string definitions = schemas.definitions();
  EXPECT_NE(definitions.find(R"("Account":{)"), std::string::npos);
  EXPECT_NE(definitions.find(R"("remit.codec.other.Account":{)"), std::string::npos);
  EXPECT_NE(
      definitions.find(R"("theirs":{"$ref":"#/components/schemas/remit.codec.other.Account"})"),
      std::string::npos);
}

}  // namespace
}  // namespace remit::codec
