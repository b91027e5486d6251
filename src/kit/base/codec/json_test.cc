#include "kit/base/codec/json.h"

#include "kit/base/codec/codec.h"
#include "kit/base/codec/golden_test.h"
#include "kit/base/codec/sample_test.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace remit::codec {
namespace {

using sample::Account;
using sample::Everything;

struct Item {
  std::uint8_t amount = 0;
  std::optional<sample::State> state;
  bool operator==(const Item&) const = default;
};
BOOST_DESCRIBE_STRUCT(Item, (), (amount, state))

struct Order {
  std::string reference;
  std::vector<Item> items;
  std::map<std::string, Item> named;
  std::uint32_t limit = 20;
  bool operator==(const Order&) const = default;
};
BOOST_DESCRIBE_STRUCT(Order, (), (reference, items, named, limit))

struct Initiation {
  std::string instruction_identification;
  std::string sca_support;
  RawJson supplementary_data;
};
BOOST_DESCRIBE_STRUCT(Initiation, (), (instruction_identification, sca_support, supplementary_data))

enum class Code : std::uint8_t { Acsc = 1, Accc = 2 };
BOOST_DESCRIBE_ENUM(Code, Acsc, Accc)

struct Even {
  std::uint32_t half = 0;
};
struct Holder {
  std::vector<Even> evens;
  std::vector<Code> codes;
};
BOOST_DESCRIBE_STRUCT(Holder, (), (evens, codes))

}  // namespace

template <>
struct JsonFields<Order> {
  static constexpr std::string_view kMayBeAbsent[] = {"limit"};
};
template <>
struct JsonNames<Initiation> {
  static constexpr NameStyle kStyle = NameStyle::PascalCase;
  static constexpr JsonRename kRenamed[] = {{"sca_support", "SCASupportData"}};
};
template <>
struct JsonNames<Code> {
  static constexpr NameStyle kStyle = NameStyle::UpperCase;
};
template <>
struct Custom<Even> {
  static std::uint32_t to(const Even& even) { return even.half * 2; }
  static Result<Even> from(std::uint32_t number) {
    if (number % 2 != 0) return fail(ErrorCode::InvalidArgument, "odd", "Send an even number.");
    return Even{number / 2};
  }
};

namespace {

/// "reason at field" of the refusal, or what was read.
template <class T>
std::string outcome(std::string_view text, const JsonOptions& options = {}) {
  const auto value = from_json<T>(text, options);
  if (value) return to_json(*value);
  EXPECT_FALSE(value.error().message.empty());
  return value.error().reason + " at " + value.error().field;
}

constexpr JsonOptions kForeign{.unknown_members = UnknownMembers::Ignore,
                               .absent_members = AbsentMembers::Default,
                               .limits = {}};

TEST(Json, GivesBackEveryKindOfField) {
  const Everything all = sample::sample_everything();
  EXPECT_EQ(from_json<Everything>(to_json(all)).value(), all);
}

TEST(Json, GoldenText) {
  expect_golden_text("codec/everything.json", to_json(sample::sample_everything()));
}

TEST(Json, OptionalWithoutValueIsLeftOut) {
  EXPECT_EQ(to_json(Item{1, {}}), R"({"amount":1})");
  EXPECT_EQ(outcome<Item>(R"({"amount":1,"state":null})"), R"({"amount":1})");
  EXPECT_EQ(outcome<Item>(R"({"amount":1,"state":"outcome_unknown"})"),
            R"({"amount":1,"state":"outcome_unknown"})");
}

TEST(Json, OptionalsVectorsAndMapsMayBeAbsentAndSoMayWhatTheTraitSays) {
  EXPECT_EQ(from_json<Order>(R"({"reference":"r"})").value(), (Order{"r", {}, {}, 20}));
  EXPECT_EQ(outcome<Order>("{}"), "json_missing_field at reference");
  EXPECT_EQ(outcome<Order>(R"({"reference":"r","items":[{"amount":1},{}]})"),
            "json_missing_field at items[1].amount");
  EXPECT_EQ(from_json<Order>("{}", kForeign).value(), Order{});
}

TEST(Json, UnknownMembersAreRefusedUnlessTheyAreIgnored) {
  constexpr std::string_view text = R"({"reference":"r","items":[{"amount":1,"amout":2}]})";
  EXPECT_EQ(outcome<Order>(text), "json_unknown_field at items[0].amout");
  EXPECT_EQ(from_json<Order>(text, kForeign).value().items.size(), 1u);
  EXPECT_EQ(outcome<sample::Empty>(R"({"a":1})"), "json_unknown_field at a");
}

TEST(Json, DuplicateNamesAreRefusedEverywhere) {
  EXPECT_EQ(outcome<Item>(R"({"amount":1,"amount":1})"), "json_duplicate_key at amount");
  EXPECT_EQ(outcome<RawJson>(R"({"a":[0,{"b":1,"c":2,"b":3}]})"), "json_duplicate_key at a[1].b");
  EXPECT_EQ(outcome<RawJson>(R"({"a":1,"\u0061":2})"), "json_duplicate_key at a");
  EXPECT_EQ(outcome<Item>(R"({"amount":1,"x":{"y":1,"y":2}})", kForeign),
            "json_duplicate_key at x.y");
}

TEST(Json, NumbersAreExactOrRefused) {
  EXPECT_EQ(outcome<std::int64_t>("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(outcome<std::int64_t>("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(outcome<std::int64_t>("9223372036854775808"), "json_number_range at ");
  EXPECT_EQ(outcome<std::int64_t>("-9223372036854775809"), "json_number_range at ");
  EXPECT_EQ(outcome<std::uint64_t>("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(outcome<std::uint64_t>("18446744073709551616"), "json_number_range at ");
  EXPECT_EQ(outcome<std::uint64_t>("-1"), "json_number_range at ");
  EXPECT_EQ(outcome<std::int8_t>("-129"), "json_number_range at ");
  EXPECT_EQ(outcome<std::int64_t>("1.0"), "json_wrong_type at ");
  EXPECT_EQ(outcome<std::int64_t>("1e3"), "json_wrong_type at ");
  EXPECT_EQ(outcome<Order>(R"({"reference":"r","items":[{"amount":1.5}]})"),
            "json_wrong_type at items[0].amount");
  EXPECT_EQ(outcome<Order>(R"({"reference":"r","named":{"x":{"amount":256}}})"),
            "json_number_range at named.x.amount");
}

TEST(Json, WrongTypesAreRefused) {
  EXPECT_EQ(outcome<Order>("[]"), "json_wrong_type at ");
  EXPECT_EQ(outcome<Order>(R"({"reference":1})"), "json_wrong_type at reference");
  EXPECT_EQ(outcome<Order>(R"({"reference":null})"), "json_wrong_type at reference");
  EXPECT_EQ(outcome<Order>(R"({"reference":"r","items":{}})"), "json_wrong_type at items");
  EXPECT_EQ(outcome<bool>("1"), "json_wrong_type at ");
  EXPECT_EQ(outcome<sample::State>(R"("Settled")"), "json_unknown_value at ");
  EXPECT_EQ(outcome<Bytes>(R"("AQ")"), "json_wrong_format at ");
  EXPECT_EQ((outcome<std::array<std::byte, 4>>(R"("AQ==")")), "json_wrong_format at ");
  EXPECT_EQ(outcome<Timestamp>(R"("yesterday")"), "json_wrong_format at ");
  EXPECT_EQ(outcome<TypeId>(R"("pay_1")"), "json_wrong_format at ");
}

TEST(Json, MalformedTextIsRefused) {
  for (const std::string_view text : {"", " ", "{", "[1,]", "nul", "{}x", "{} {}", "'a'", "// c\n1",
                                      "\"\xff\"", "\"\\ud800\"", "01", "\"\n\""}) {
    EXPECT_EQ(outcome<RawJson>(text), "json_malformed at ") << text;
  }
  EXPECT_EQ(outcome<RawJson>(" [ 1 , 2.50 , \"\\u00e9\" ] \n"), "[1,2.50,\"\xC3\xA9\"]");
}

TEST(Json, LimitsAreKept) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(outcome<RawJson>(nested(64)), nested(64));
  EXPECT_EQ(outcome<RawJson>(nested(65)), "json_too_deep at ");
  JsonOptions small;
  small.limits = {.bytes_max = 12, .depth_max = 64, .members_max = 3};
  EXPECT_EQ(outcome<RawJson>("[1,2,3]", small), "[1,2,3]");
  EXPECT_EQ(outcome<RawJson>("[1,2,3,4]", small), "json_too_large at [3]");
  EXPECT_EQ(outcome<RawJson>("[1,       2,3]", small), "json_too_large at ");
}

TEST(Json, NamesFollowTheTrait) {
  const Initiation initiation{"id", "sca", {R"({"a":1.10})"}};
  const std::string text =
      R"({"InstructionIdentification":"id","SCASupportData":"sca","SupplementaryData":{"a":1.10}})";
  EXPECT_EQ(to_json(initiation), text);
  EXPECT_EQ(outcome<Initiation>(text), text);
  EXPECT_EQ(decode<Initiation>(encode(initiation)).value().supplementary_data.text,
            R"({"a":1.10})");
  EXPECT_EQ(outcome<Code>(R"("ACSC")"), R"("ACSC")");
}

TEST(Json, StylesOfNames) {
  const auto styled = [](std::string_view name, NameStyle style) {
    return std::string(detail::styled(name, style).view());
  };
  EXPECT_EQ(styled("OutcomeUnknown", NameStyle::SnakeCase), "outcome_unknown");
  EXPECT_EQ(styled("outcome_unknown", NameStyle::PascalCase), "OutcomeUnknown");
  EXPECT_EQ(styled("outcome_unknown", NameStyle::CamelCase), "outcomeUnknown");
  EXPECT_EQ(styled("Acsc", NameStyle::UpperCase), "ACSC");
  EXPECT_EQ(styled("IBAN", NameStyle::SnakeCase), "iban");
  EXPECT_EQ(styled("Sha256Hash", NameStyle::SnakeCase), "sha256_hash");
}

TEST(Json, CustomTypesReportTheirOwnReason) {
  EXPECT_EQ(outcome<Holder>(R"({"evens":[2],"codes":["ACSC"]})"),
            R"({"evens":[2],"codes":["ACSC"]})");
  EXPECT_EQ(outcome<Holder>(R"({"evens":[2,3]})"), "odd at evens[1]");
}

TEST(Json, MoneyIsMinorUnitsAndCurrency) {
  const std::string text = R"({"amount":1250,"currency":"GBP"})";
  EXPECT_EQ(to_json(Money{1250, Currency::of("GBP")}), text);
  EXPECT_EQ(outcome<Money>(text), text);
  EXPECT_EQ(outcome<Money>(R"({"amount":1250,"currency":"gbp"})"), "currency_unknown at currency");
  EXPECT_EQ(outcome<Money>(R"({"amount":12.5,"currency":"GBP"})"), "json_wrong_type at amount");
  EXPECT_EQ(outcome<Money>(R"({"amount":"1250","currency":"GBP"})"), "json_wrong_type at amount");
}

TEST(Json, VariantsAreTaggedByTheirType) {
  using Choice = std::variant<sample::Empty, Account>;
  EXPECT_EQ(to_json(Choice(Account{"n", 1})), R"({"account":{"name":"n","number":1}})");
  EXPECT_EQ(outcome<Choice>(R"({"account":{"name":"n"}})"), "json_missing_field at account.number");
  EXPECT_EQ(outcome<Choice>(R"({"other":{}})"), "json_unknown_field at other");
  EXPECT_EQ(outcome<Choice>(R"({"empty":{},"account":{"name":"n","number":1}})"),
            "json_wrong_type at ");
}

TEST(Json, TimesThatRfc3339CannotSayBecomeTheNearest) {
  EXPECT_EQ(to_json(Timestamp::max()), R"("9999-12-31T23:59:59.999999Z")");
  EXPECT_EQ(to_json(Timestamp::min()), R"("0000-01-01T00:00:00Z")");
}

TEST(Json, WritesValidTextFromAnyString) {
  EXPECT_EQ(to_json(std::string("a\"\\\n\x01\x7F\xC3\xA9\xFFz")),
            "\"a\\\"\\\\\\n\\u0001\\u007f\xC3\xA9\xEF\xBF\xBDz\"");
}

RC_GTEST_PROP(JsonProperty, AnyStringIsReadBackOrMended, (const std::string& text)) {
  const auto read = from_json<std::string>(to_json(text));
  RC_ASSERT(read.has_value());
  const auto again = from_json<std::string>(to_json(*read));
  RC_ASSERT(*again == *read);
}

RC_GTEST_PROP(JsonProperty, DamagedTextIsReadOrRefused, (std::size_t where, char what)) {
  std::string text = to_json(sample::sample_everything());
  text[where % text.size()] = what;
  const auto read = from_json<Everything>(text);
  RC_ASSERT(read || !read.error().reason.empty());
  text.resize(where % text.size());
  RC_ASSERT(!from_json<Everything>(text));
}

}  // namespace
}  // namespace remit::codec
