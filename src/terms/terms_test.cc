#include "terms/account.h"
#include "terms/bic.h"
#include "terms/creditor_reference.h"
#include "terms/iban.h"
#include "terms/payment_status.h"
#include "terms/reference.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace remit::terms {
namespace {

TEST(UkAccount, TakesTheWaysInWhichPeopleWriteIt) {
  const auto account = validate({AccountScheme::SortCodeAccountNumber, "20-00-00 5577 9911"});
  ASSERT_TRUE(account);
  EXPECT_EQ(account->identification, "20000055779911");
  EXPECT_EQ(masked(*account), "20-00-00 ****9911");
}

TEST(UkAccount, RefusesAnythingButFourteenDigits) {
  for (const char* text : {"", "2000005577991", "200000557799111", "20000O55779911",
                           "20.000055779911", "99999999999999999999999999999999"}) {
    const auto account = validate({AccountScheme::SortCodeAccountNumber, text});
    ASSERT_FALSE(account) << text;
    EXPECT_EQ(account.error().reason, "account_invalid");
  }
}

TEST(Iban, AcceptsExamplesOfManyCountries) {
  for (const char* text :
       {"GB29 NWBK 6016 1331 9268 19", "gb29nwbk60161331926819", "DE89370400440532013000",
        "FR1420041010050500013M02606", "NL91ABNA0417164300", "ES9121000418450200051332",
        "IE29AIBK93115212345678", "MT84MALT011000012345MTLCAST001S", "NO9386011117947",
        "CH9300762011623852957", "PL61109010140000071219812874"}) {
    EXPECT_TRUE(validate_iban(text)) << text;
  }
  EXPECT_EQ(masked(*validate({AccountScheme::Iban, "GB29 NWBK 6016 1331 9268 19"})),
            "GB29 **** 6819");
}

TEST(Iban, RefusesWrongCheckDigitsFormatsAndCountries) {
  for (const char* text :
       {"", "GB", "GB29", "GB28NWBK60161331926819", "GB29NWBK6016133192681",
        "GB29NWBK601613319268190", "GB29NWBK6016133192681A", "GB291WBK60161331926819",
        "XX29NWBK60161331926819", "US29NWBK60161331926819", "GB2XNWBK60161331926819",
        "GB29-NWBK-6016-1331-9268-19", "0000000000000000000000000000000000000000000000000000000"}) {
    const auto iban = validate_iban(text);
    ASSERT_FALSE(iban) << text;
    EXPECT_EQ(iban.error().reason, "iban_invalid");
  }
}

RC_GTEST_PROP(IbanProperties, OneWrongDigitIsAlwaysFound, (unsigned at, unsigned by)) {
  std::string iban = "DE89370400440532013000";
  char& digit = iban[2 + at % (iban.size() - 2)];
  const char other =
      static_cast<char>('0' + (static_cast<unsigned>(digit - '0') + 1 + by % 9) % 10);
  digit = other;
  RC_ASSERT(!validate_iban(iban));
}

RC_GTEST_PROP(IbanProperties, TwoSwappedNeighboursAreAlwaysFound, (unsigned at)) {
  std::string iban = "DE89370400440532013000";
  const std::size_t i = 4 + at % (iban.size() - 5);
  RC_PRE(iban[i] != iban[i + 1]);
  std::swap(iban[i], iban[i + 1]);
  RC_ASSERT(!validate_iban(iban));
}

TEST(CreditorReference, TakesWhatInvoicesPrint) {
  EXPECT_EQ(*validate_creditor_reference("RF18 5390 0754 7034"), "RF18539007547034");
  EXPECT_EQ(*validate_creditor_reference("rf471234567890"), "RF471234567890");
  EXPECT_TRUE(validate_creditor_reference("RF45G72UUR"));
  EXPECT_TRUE(validate_creditor_reference("RF6518K5"));
}

TEST(CreditorReference, RefusesWhatIsNone) {
  for (const char* text : {"", "RF", "RF18", "RF19539007547034", "RF18539007547043",
                           "18539007547034", "GB18539007547034", "RF1853900754703-",
                           "RFXX539007547034", "RF18000000000000000000000000000", "RF\xC3\xA9"}) {
    const auto reference = validate_creditor_reference(text);
    ASSERT_FALSE(reference) << text;
    EXPECT_EQ(reference.error().reason, "creditor_reference_invalid");
  }
}

RC_GTEST_PROP(CreditorReferenceProperties, EveryChangedDigitIsFound, (unsigned at, unsigned by)) {
  std::string reference = "RF18539007547034";
  char& digit = reference[4 + at % 12];
  digit = static_cast<char>('0' + (static_cast<unsigned>(digit - '0') + 1 + by % 9) % 10);
  RC_ASSERT(!validate_creditor_reference(reference));
}

TEST(Bic, AcceptsBothLengths) {
  EXPECT_EQ(*validate_bic("barcgb22"), "BARCGB22");
  EXPECT_EQ(*validate_bic("DEUTDEFF500"), "DEUTDEFF500");
  for (const char* text : {"", "BARCGB2", "BARCGB22X", "BARC1B22", "BARCGB22-XX", "BARCGB2212"}) {
    EXPECT_FALSE(validate_bic(text)) << text;
  }
}

TEST(Reference, HoldsWhatEveryBankPassesOn) {
  EXPECT_TRUE(validate_reference("INV 2026/11-0042"));
  EXPECT_TRUE(validate_reference("123456789012345678"));
  for (const char* text : {"", "   ", "1234567890123456789", "caf\xC3\xA9", "a&b", "a\nb", "a_b"}) {
    EXPECT_FALSE(validate_reference(text)) << text;
  }
}

TEST(PaymentStatus, KnowsBothVersionsOfTheStandard) {
  EXPECT_EQ(parse_payment_status("ACSC"), PaymentStatus::Acsc);
  EXPECT_EQ(parse_payment_status("AcceptedSettlementCompleted"), PaymentStatus::Acsc);
  EXPECT_EQ(parse_payment_status("AcceptedCreditSettlementCompleted"), PaymentStatus::Accc);
  EXPECT_FALSE(parse_payment_status(""));
  EXPECT_FALSE(parse_payment_status("acsc"));
  EXPECT_FALSE(parse_payment_status("DONE"));
  EXPECT_EQ(status_code(PaymentStatus::Rjct), "RJCT");
}

TEST(PaymentStatus, RanksAlongTheWay) {
  EXPECT_LT(rank(PaymentStatus::Rcvd), rank(PaymentStatus::Pdng));
  EXPECT_LT(rank(PaymentStatus::Pdng), rank(PaymentStatus::Acsp));
  EXPECT_LT(rank(PaymentStatus::Acsp), rank(PaymentStatus::Rjct));
  EXPECT_LT(rank(PaymentStatus::Rjct), rank(PaymentStatus::Acsc));
  EXPECT_LT(rank(PaymentStatus::Acsc), rank(PaymentStatus::Accc));
  EXPECT_TRUE(is_executed(PaymentStatus::Acwp));
  EXPECT_FALSE(is_executed(PaymentStatus::Acsp));
  EXPECT_TRUE(is_settled(PaymentStatus::Accc));
  EXPECT_FALSE(is_settled(PaymentStatus::Acsc));
  EXPECT_TRUE(is_refused(PaymentStatus::Blck));
}

TEST(Account, NumbersArePutOutOfWhatOthersSay) {
  EXPECT_EQ(without_account_numbers("Account 20451410000001 is closed"), "Account **** is closed");
  EXPECT_EQ(without_account_numbers("GB29NWBK60161331926819"), "GB29NWBK****");
  EXPECT_EQ(without_account_numbers("20-45-14 10000001; 123456"), "20-45-14 ****; ****");
  EXPECT_EQ(without_account_numbers("The bank answered 400; U021 (12345)"),
            "The bank answered 400; U021 (12345)");
  EXPECT_EQ(without_account_numbers(""), "");
}

}  // namespace
}  // namespace remit::terms
