#include "kit/base/codec/golden_test.h"
#include "kit/base/durable_file.h"
#include "pay/payments/commands.h"

#include <gtest/gtest.h>

namespace remit::payments {
namespace {

const ClientId kClient("cli", {1, 2});
const TypeId kPayment("pay", {3});
const TypeId kVerification("pvf", {4});
const TypeId kPayer("payer", {3, 1});
constexpr Timestamp kTime{std::chrono::microseconds(1'787'218'200'123'456)};
const Money kAmount{1250, Currency::of("GBP")};

template <class T>
codec::Sealed<T> sealed() {
  return codec::Sealed<T>(codec::SealedBox{kClient, 3, {}, to_bytes("ciphertext")});
}

template <class V>
void expect_event(const V& event) {
  codec::expect_golden(fmt::format("payments/{}.{}.hex", V::kType.name, V::kType.schema),
                       codec::encode(event));
}

/// What payments put into journals, as every version must be able to read it.
TEST(PaymentsGolden, events) {
  expect_event(PaymentCreated{kClient, kAmount, sealed<Parties>(), "INVOICE 7", "order-1", "i-1",
                              "e-1", "open_banking_uk", SettlementBasis::CreditConfirmation, kTime,
                              PaymentKind::Refund, kPayment, kVerification, true, kPayer});
  expect_event(PaymentConsentCreated{{"c-1", "https://bank/authorise", "state", "nonce", kTime}});
  expect_event(PaymentAuthorisationReceived{sealed<AuthorisationCode>()});
  expect_event(PaymentAuthorised{sealed<std::string>(), kTime, sealed<std::string>()});
  expect_event(PaymentTokenRefreshed{sealed<std::string>(), kTime, sealed<std::string>()});
  expect_event(PaymentSubmissionStarted{1, "i-1-1"});
  expect_event(PaymentNotSent{1, {"bank_busy", "Later."}, true});
  expect_event(PaymentOutcomeUnknown{1, {"timeout", "No answer."}, true});
  expect_event(PaymentReplayStarted{1});
  expect_event(PaymentReplayRefused{1, {"authorisation_expired", "401."}});
  expect_event(PaymentResolutionDue{1, 4});
  expect_event(PaymentOperatorNeeded{{"status_silent", "Nothing."}});
  expect_event(PaymentSubmitted{"bank-1", "status_query"});
  expect_event(PaymentStatusReported{terms::PaymentStatus::Acsc, "ACSC", {"AM04", "Funds."}});
  expect_event(PaymentStatusDue{7, "event-1"});
  expect_event(PaymentExecuted{"status"});
  expect_event(PaymentSettled{SettlementBasis::ExecutionIsFinal});
  expect_event(PaymentRejected{{"access_denied", "The payer said no."}});
  expect_event(PaymentCancelled{});
  expect_event(PaymentExpired{});
  expect_event(PaymentRefundPartyTold{sealed<RefundParty>()});
  expect_event(PaymentRefundStarted{kPayment, 500});
  expect_event(PaymentRefundEnded{kPayment, 500, true});
}

Bytes golden(const std::string& name) {
  const std::string file = std::string(kSourceDir) + "/tests/golden/payments/" + name + ".hex";
  std::string hex(as_text(read_file(file, 4096).value()));
  std::erase(hex, '\n');
  return from_hex(hex).value();
}

TEST(PaymentsGolden, journals_of_before_do_not_say_what_the_bank_answered) {
  const auto not_sent = codec::decode<PaymentNotSent>(golden("payment.not_sent.1.before_answered"));
  ASSERT_TRUE(not_sent) << not_sent.error().describe();
  EXPECT_EQ(not_sent->reason.code, "bank_busy");
  EXPECT_FALSE(not_sent->answered);
  const auto unknown =
      codec::decode<PaymentOutcomeUnknown>(golden("payment.outcome_unknown.1.before_refused"));
  ASSERT_TRUE(unknown) << unknown.error().describe();
  EXPECT_EQ(unknown->reason.code, "timeout");
  EXPECT_FALSE(unknown->refused);
}

/// Before there were payers, everything was sealed for the client.
TEST(PaymentsGolden, a_payment_of_before_has_no_payer) {
  const auto created = codec::decode<PaymentCreated>(golden("payment.created.1.before_payers"));
  ASSERT_TRUE(created) << created.error().describe();
  EXPECT_TRUE(created->payer.empty());
  EXPECT_TRUE(created->payee_acknowledged);
  Payment payment;
  payment.client = created->client;
  payment.payer = created->payer;
  EXPECT_EQ(payment.sealing_owner(), kClient);
}

/// Before banks told of events, the field was not there.
TEST(PaymentsGolden, a_status_query_of_before_is_one_by_the_clock) {
  const auto due = codec::decode<PaymentStatusDue>(*from_hex("0107"));
  ASSERT_TRUE(due) << due.error().describe();
  EXPECT_EQ(due->number, 7U);
  EXPECT_EQ(due->bank_event, "");
}

/// Before payees were verified, the fields were not there.
TEST(PaymentsGolden, a_payment_of_before_rests_on_no_verification) {
  const auto created = codec::decode<PaymentCreated>(
      *from_hex("900103636c690102000000000000000000000000000005c413474250012c0363"
                "6c6901020000000000000000000000000000030000000000000000000000000a"
                "6369706865727465787409494e564f4943452037076f726465722d3103692d31"
                "03652d310f6f70656e5f62616e6b696e675f756b0280e1a29fe5ddac06030370"
                "617903000000000000000000000000000000"));
  ASSERT_TRUE(created) << created.error().describe();
  EXPECT_EQ(created->refund_of, kPayment);
  EXPECT_TRUE(created->payee_verification.empty());
  EXPECT_FALSE(created->payee_acknowledged);
}

/// Commands that wait in timers, perhaps for days and over an upgrade; and ids that must stay what they are.
TEST(PaymentsGolden, commands_of_timers_and_derived_ids) {
  codec::expect_golden("payments/expire.hex", codec::encode(ExpirePayment{kPayment}));
  codec::expect_golden("payments/announce_resolution.hex",
                       codec::encode(AnnounceResolution{kPayment, 1}));
  codec::expect_golden("payments/announce_status_query.hex",
                       codec::encode(AnnounceStatusQuery{kPayment}));
  codec::expect_golden_text("payments/ids.txt",
                            client_reference_id(kClient, "order-1").to_string() + "\n" +
                                consent_state_id("state").to_string() + "\n");
}

}  // namespace
}  // namespace remit::payments
