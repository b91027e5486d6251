#include "rails/open_banking_uk/event_token.h"

#include "rails/open_banking_uk/scripted_bank_test.h"
#include "rails/open_banking_uk/scripted_event_test.h"

namespace remit::rails::open_banking_uk {
namespace {

class EventToken : public testing::Test {
 protected:
  Result<BankEvent> check(const std::string& token) {
    return check_event_token(token, bank_keys(), test_options(), now_);
  }
  /// Why it is refused, or "".
  std::string reason(const std::string& token) {
    const auto event = check(token);
    return event ? "" : event.error().reason;
  }
  /// Of one that is right but for this claim; "" leaves it out.
  std::string without(const std::string& claim, const std::string& json = {}) {
    return reason(ScriptedEvent{.now = now_}.with(claim, json).token());
  }
  std::string with_header(const std::string& name, const std::string& json) {
    ScriptedEvent event{.now = now_};
    event.header = {{name, json}};
    return reason(event.token());
  }

  Timestamp now_ = ManualHost::kStart;
};

TEST_F(EventToken, SaysWhichPaymentItIsAbout) {
  const auto event = check(ScriptedEvent{.now = now_}.token());
  ASSERT_TRUE(event) << event.error().describe();
  EXPECT_EQ(event->id, "event-1");
  EXPECT_EQ(event->bank_payment_id, "dp-1");
  EXPECT_EQ(event->type, "urn:uk:org:openbanking:events:resource-update");
  EXPECT_EQ(event->happened_at, now_ - std::chrono::seconds(2));
}

TEST_F(EventToken, EachClaimHasToBeThereAndFit) {
  EXPECT_EQ(without("iss"), "event_issuer");
  EXPECT_EQ(without("iss", R"("https://other")"), "event_issuer");
  EXPECT_EQ(without("aud"), "event_audience");
  EXPECT_EQ(without("aud", R"("client-2")"), "event_audience");
  EXPECT_EQ(without("aud", R"(["client-2","client-1"])"), "");
  EXPECT_EQ(without("jti"), "event_id");
  EXPECT_EQ(without("jti", '"' + std::string(129, 'x') + '"'), "event_id");
  EXPECT_EQ(without("iat"), "event_issued_at");
  EXPECT_EQ(without("iat", std::to_string(seconds_of(now_) + 120)), "event_issued_at");
  EXPECT_EQ(without("toe"), "event_time");
  EXPECT_EQ(without("toe", std::to_string(seconds_of(now_) + 120)), "event_time");
  EXPECT_EQ(without("toe", "-1"), "event_time");
  EXPECT_EQ(without("txn"), "event_transaction");
  EXPECT_EQ(without("sub"), "event_subject");
  EXPECT_EQ(without("events"), "event_missing");
  EXPECT_EQ(without("events", "{}"), "event_missing");
  EXPECT_EQ(without("events", R"(["urn:uk:org:openbanking:events:resource-update"])"),
            "event_missing");
  EXPECT_EQ(without("events", R"({"urn:uk:org:openbanking:events:resource-update":{}})"),
            "event_resource");
}

TEST_F(EventToken, AnOldOneIsStillAHint) {
  const std::string old = std::to_string(seconds_of(now_) - 7 * 24 * 3600);
  EXPECT_EQ(reason(ScriptedEvent{.now = now_}.with("iat", old).with("toe", old).token()), "");
}

TEST_F(EventToken, OfOtherTypesAndResourcesIsOfNoPayment) {
  const auto revoked = check(
      ScriptedEvent{.now = now_}
          .with("events",
                R"({"urn:uk:org:openbanking:events:consent-authorization-revoked":{"subject":{}}})")
          .token());
  ASSERT_TRUE(revoked) << revoked.error().describe();
  EXPECT_EQ(revoked->bank_payment_id, "");
  EXPECT_EQ(revoked->type, "urn:uk:org:openbanking:events:consent-authorization-revoked");
  const auto consent =
      check(ScriptedEvent{.type = "domestic-payment-consent", .now = now_}.token());
  ASSERT_TRUE(consent) << consent.error().describe();
  EXPECT_EQ(consent->bank_payment_id, "");
}

TEST_F(EventToken, ItsHeaderIsOfAnEventAndOfTheBank) {
  EXPECT_EQ(with_header("typ", R"("JOSE")"), "");
  EXPECT_EQ(with_header("typ", R"("application/secevent+jwt")"), "");
  EXPECT_EQ(with_header("typ", R"("at+jwt")"), "event_type");
  EXPECT_EQ(with_header("http://openbanking.org.uk/iss", R"("bank-org")"), "");
  EXPECT_EQ(with_header("http://openbanking.org.uk/iss", R"("other-org")"), "event_issuer");
  EXPECT_EQ(with_header("http://openbanking.org.uk/tan", R"("other.org")"), "event_issuer");
  EXPECT_EQ(with_header("http://openbanking.org.uk/iat", "1"), "");
  EXPECT_EQ(with_header("http://openbanking.org.uk/iat", R"("soon")"), "event_issued_at");
  EXPECT_EQ(with_header("crit", R"(["exp"])"), "event_critical");
}

TEST_F(EventToken, TheMembersOfTheBanksOtherSignaturesMayBeCritical) {
  ScriptedEvent event{.now = now_};
  event.header = {{"http://openbanking.org.uk/iat", std::to_string(seconds_of(now_))},
                  {"http://openbanking.org.uk/iss", R"("bank-org")"},
                  {"http://openbanking.org.uk/tan", R"("openbanking.org.uk")"},
                  {"crit", R"(["http://openbanking.org.uk/iat","http://openbanking.org.uk/iss",)"
                           R"("http://openbanking.org.uk/tan"])"}};
  EXPECT_EQ(reason(event.token()), "");
}

TEST_F(EventToken, IsSignedWithAKeyOfTheBanks) {
  const std::string good = ScriptedEvent{.now = now_}.token();
  EXPECT_EQ(reason("nonsense"), "event_malformed");
  EXPECT_EQ(reason(good.substr(0, good.size() - 4) + "AAAA"), "event_signature");
  ScriptedEvent strange{.now = now_};
  strange.signer = our_key().signer.get();
  const auto unknown = check(strange.token());
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().reason, "event_key_unknown");
  EXPECT_EQ(unknown.error().code, ErrorCode::Unavailable);
  const std::size_t dot = good.find('.');
  const std::string bare =
      to_base64url(as_bytes(R"({"alg":"none"})")) + good.substr(dot, good.rfind('.') + 1 - dot);
  EXPECT_EQ(reason(bare + "AA"), "event_unsigned");
}

TEST_F(EventToken, NamesItsIssuerBeforeItIsBelieved) {
  EXPECT_EQ(unverified_event_issuer(ScriptedEvent{.now = now_}.token()), "https://bank");
  EXPECT_EQ(unverified_event_issuer("a.b.c"), "");
  EXPECT_EQ(unverified_event_issuer(""), "");
  EXPECT_EQ(unverified_event_issuer(std::string(100'000, '.')), "");
}

}  // namespace
}  // namespace remit::rails::open_banking_uk
