#include "terms/modulus_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace remit::terms {
namespace {

using enum ModulusVerdict;

/// Rules of our own, one range for each exception of the publication: its tables are not ours to give.
constexpr std::string_view kWeights = R"(
100000 100999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1
110000 110999 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1
120000 120999 DBLAL 2 1 2 1 2 1 2 1 2 1 2 1 2 1
130000 130999 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1
130000 130999 DBLAL 2 1 2 1 2 1 2 1 2 1 2 1 2 1
200001 200001 DBLAL 1 2 1 2 1 2 1 2 1 2 1 2 1 2 1
200002 200002 MOD11 0 0 1 2 5 3 6 4 8 7 10 9 3 1 2
200002 200002 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1 9
200003 200003 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1
200003 200003 DBLAL 2 1 2 1 2 1 2 1 2 1 2 1 2 1 3
200004 200004 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 0 0 4
200005 200006 MOD11 7 6 5 4 3 2 7 6 5 4 3 2 0 0 5
200005 200006 DBLAL 2 1 2 1 2 1 2 1 2 1 2 1 2 0 5
200016 200016 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1 6
200016 200016 DBLAL 2 1 2 1 2 1 2 1 2 1 2 1 2 1 6
200007 200007 MOD11 1 2 3 4 5 6 7 8 9 10 1 2 3 1 7
200008 200008 MOD11 1 2 3 4 5 6 7 8 9 10 1 2 3 1 8
200010 200010 MOD11 1 2 3 4 5 6 7 8 9 10 1 2 3 1 10
200010 200010 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1 11
200012 200012 MOD11 1 2 3 4 5 6 7 8 9 10 1 2 3 1 12
200012 200012 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1 13
200014 200014 MOD11 0 0 0 0 0 0 8 7 6 5 4 3 2 1 14
)";
constexpr std::string_view kSubstitutions = "200006 200123\r\n";

struct Case {
  std::string_view sort_code;
  std::string_view account_number;
  ModulusVerdict verdict;
  std::string_view why;
};

/// Found with a second implementation, written apart from this one in another language after the publication's text.
constexpr Case kCases[] = {
    {"100500", "62177023", Valid, "MOD10"},
    {"100500", "81895024", Invalid, "MOD10"},
    {"110000", "62778722", Valid, "MOD11"},
    {"110000", "33413767", Invalid, "MOD11"},
    {"120999", "10604089", Valid, "DBLAL"},
    {"120999", "10517615", Invalid, "DBLAL"},
    {"130001", "05376300", Valid, "both pass"},
    {"130001", "09953817", Invalid, "only the first passes"},
    {"130001", "19011653", Invalid, "only the second passes"},
    {"200001", "72577307", Valid, "1"},
    {"200001", "70746075", Invalid, "1: would pass without 27"},
    {"200002", "00913818", Valid, "2: a is 0"},
    {"200002", "53451130", Valid, "2: a is not 0, g not 9"},
    {"200002", "58535197", Valid, "2: g is 9"},
    {"200002", "22546847", Valid, "9: only with the second"},
    {"200002", "54383690", Invalid, "2 and 9"},
    {"200003", "18680852", Valid, "3: c is 6"},
    {"200003", "85920584", Valid, "3: c is 9"},
    {"200003", "55517439", Invalid, "3: c is 5"},
    {"200003", "00168297", Valid, "3: both"},
    {"200004", "36158306", Valid, "4"},
    {"200004", "67559310", Valid, "4: remainder 10"},
    {"200004", "41064815", Invalid, "4"},
    {"200005", "71489075", Valid, "5: as it is"},
    {"200005", "17488131", Invalid, "5"},
    {"200006", "15331455", Valid, "5: substituted"},
    {"200006", "90039124", Invalid, "5: would pass without the substitution"},
    {"200005", "62390704", Valid, "5: g is 0"},
    {"200005", "57012420", Valid, "5: h is 0"},
    {"200016", "43182133", Valid, "6: foreign currency"},
    {"200016", "37097988", Invalid, "6: a is 3"},
    {"200016", "19134665", Valid, "6: both checks"},
    {"200007", "57916490", Valid, "7: g is 9"},
    {"200007", "53557011", Valid, "7: g is 1"},
    {"200007", "20438891", Invalid, "7: g is 9"},
    {"200008", "33710391", Valid, "8"},
    {"200008", "20861391", Invalid, "8: would pass with its own sort code"},
    {"200010", "09716497", Valid, "10: ab is 09"},
    {"200010", "99951292", Valid, "10: ab is 99"},
    {"200010", "32471505", Valid, "11: only the second"},
    {"200010", "30860683", Invalid, "10 and 11"},
    {"200010", "19100490", Invalid, "10: ab is 19"},
    {"200012", "72293732", Valid, "12: only the first"},
    {"200012", "33593911", Valid, "13: only the second"},
    {"200012", "80365076", Invalid, "12 and 13"},
    {"200014", "72002212", Valid, "14: at once"},
    {"200014", "54362650", Valid, "14: seven digits"},
    {"200014", "79030495", Invalid, "14: h is 5"},
    {"200014", "00838800", Invalid, "14: neither"},
    {"999999", "98291411", NotCheckable, "in no rule"},
};

TEST(ModulusTable, AgreesWithASecondImplementationOnEveryException) {
  const auto table = ModulusTable::parse(kWeights, kSubstitutions);
  ASSERT_TRUE(table) << table.error().describe();
  EXPECT_EQ(table->size(), 22U);
  for (const Case& one : kCases) {
    EXPECT_EQ(table->check(one.sort_code, one.account_number), one.verdict)
        << one.sort_code << " " << one.account_number << " " << one.why;
  }
}

/// MOD10, MOD11 and DBLAL of one number, added up by hand: 7*1+1*2+3*3+7*4+1*5+3*6+7*7+1*2 = 120, and so on.
TEST(ModulusTable, AddsUpAsTheMethodSays) {
  const auto verdict = [](std::string_view method, std::string_view weights,
                          std::string_view number) {
    const auto table =
        ModulusTable::parse(fmt::format("000000 999999 {} 0 0 0 0 0 0 {}", method, weights), "");
    return table->check("123456", number);
  };
  EXPECT_EQ(verdict("MOD10", "7 1 3 7 1 3 7 1", "12345672"), Valid);
  EXPECT_EQ(verdict("MOD10", "7 1 3 7 1 3 7 1", "12345673"), Invalid);
  EXPECT_EQ(verdict("MOD11", "8 7 6 5 4 3 2 1", "12345670"), Invalid);
  EXPECT_EQ(verdict("MOD11", "8 7 6 5 4 3 2 1", "12345679"), Valid);
  EXPECT_EQ(verdict("DBLAL", "2 1 2 1 2 1 2 1", "12345674"), Valid);
  EXPECT_EQ(verdict("DBLAL", "2 1 2 1 2 1 2 1", "12345675"), Invalid);
}

TEST(ModulusTable, RefusesWhatIsNoAccount) {
  const auto table = ModulusTable::parse(kWeights, kSubstitutions);
  for (const auto& [sort_code, number] :
       {std::pair{"10000", "12345678"}, {"100000", "1234567"}, {"100000", "1234567x"}, {"", ""}}) {
    EXPECT_EQ(table->check(sort_code, number), Invalid) << sort_code << " " << number;
  }
}

TEST(ModulusTable, ANumberThatCannotBeIsRefusedAtItsField) {
  const auto table = ModulusTable::parse("100000 100999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1", "");
  EXPECT_TRUE(check_number(*table, "10000012345672", "number"));
  EXPECT_TRUE(check_number(*table, "20000012345673", "number")) << "nothing is known against it";
  const auto refused = check_number(*table, "10000012345673", "creditor.account_number");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "account_number_invalid");
  EXPECT_EQ(refused.error().field, "creditor.account_number");
}

TEST(ModulusTable, NamesTheLineThatItCannotRead) {
  const std::string_view good = "100000 100999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1\n";
  EXPECT_TRUE(ModulusTable::parse(good, ""));
  EXPECT_TRUE(ModulusTable::parse("", ""));
  for (const char* bad : {"100000", "100000 100999 MOD9 0 0 0 0 0 0 7 1 3 7 1 3 7 1",
                          "100000 100999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7",
                          "100000 100999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1 15",
                          "100000 100999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1 1 1",
                          "100999 100000 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1",
                          "10000 100999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1",
                          "100000 100999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 -1", "<html>"}) {
    const auto table = ModulusTable::parse(fmt::format("{}\n{}", good, bad), "");
    ASSERT_FALSE(table) << bad;
    EXPECT_EQ(table.error().reason, "modulus_table_invalid");
    EXPECT_NE(table.error().message.find("Line 3 of the weights"), std::string::npos)
        << table.error().message;
  }
  EXPECT_FALSE(ModulusTable::parse(good, "200006"));
  EXPECT_FALSE(ModulusTable::parse(good, "200006 20012x"));
}

}  // namespace
}  // namespace remit::terms
