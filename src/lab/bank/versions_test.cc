#include "lab/bank/bank_world_test.h"

namespace remit::lab::bank {
namespace {

constexpr std::string_view kOlder = "/open-banking/v3.1/pisp";

class VersionsTest : public BankWorld {
 protected:
  static std::string status_of(const net::HttpResponse& answer) {
    return std::string(find_text(data_of(answer), "Status").value_or(""));
  }
  static json::object with_reference(json::object body, json::object remittance) {
    body["Data"].as_object()["Initiation"].as_object()["RemittanceInformation"] =
        std::move(remittance);
    return body;
  }
};

TEST_F(VersionsTest, ThePaymentOfAnOlderVersionSpeaksItsWordsAndIsReadInBoth) {
  pisp_ = kOlder;
  const json::object remittance{{"Reference", "INV 1"}, {"Unstructured", "Thanks"}};
  const auto staged_answer = post("/domestic-payment-consents", client_token(),
                                  with_reference(staged(), remittance), "key-1");
  EXPECT_EQ(status_of(staged_answer), "AwaitingAuthorisation") << staged_answer.body;
  const std::string consent_id(find_text(data_of(staged_answer), "ConsentId").value_or(""));
  const std::string token = text_in(exchange(authorise_consent(consent_id)), "access_token");
  const auto answer =
      post("/domestic-payments", token, with_reference(order(consent_id), remittance), "key-2");
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(status_of(answer), "Pending");
  const std::string id(find_text(data_of(answer), "DomesticPaymentId").value_or(""));
  line_with(id, "ACSC");
  const auto older = get("/domestic-payments/" + id, client_token());
  EXPECT_EQ(status_of(older), "AcceptedSettlementCompleted");
  EXPECT_FALSE(data_of(older).contains("StatusReason"));
  pisp_ = kPisp;
  const auto newer = get("/domestic-payments/" + id, client_token());
  EXPECT_EQ(status_of(newer), "ACSC");
  const json::value shown = data_of(newer).at("Initiation").at("RemittanceInformation");
  EXPECT_EQ(shown.at("Unstructured").at(0).as_string(), "Thanks");
  EXPECT_EQ(
      shown.at("Structured").at(0).at("CreditorReferenceInformation").at("Reference").as_string(),
      "INV 1");
}

TEST_F(VersionsTest, AConsentIsUsedInItsOwnVersionOnly) {
  pisp_ = kOlder;
  const auto [older, older_token] = authorised();
  pisp_ = kPisp;
  EXPECT_EQ(error_code(post("/domestic-payments", older_token, order(older), "k")), "U009");
  EXPECT_EQ(
      error_code(get("/domestic-payment-consents/" + older + "/funds-confirmation", older_token)),
      "U009");
  const auto [newer, newer_token] = authorised();
  pisp_ = kOlder;
  EXPECT_EQ(error_code(post("/domestic-payments", newer_token, order(newer), "k2")),
            "UK.OBIE.Resource.InvalidConsentStatus");
  const auto unseen = get("/domestic-payment-consents/" + newer, client_token());
  EXPECT_EQ(error_code(unseen), "UK.OBIE.Resource.NotFound");
  EXPECT_EQ(text_in(unseen, "Code"), "400");
}

TEST_F(VersionsTest, EachVersionRefusesTheOthersForm) {
  const json::object lists{{"Unstructured", json::array{"Thanks"}}};
  const json::object text{{"Unstructured", "Thanks"}};
  const auto refused = [&](std::string_view path, const json::object& remittance) {
    pisp_ = path;
    return error_code(post("/domestic-payment-consents", client_token(),
                           with_reference(staged(), remittance), make_uuid(entropy_)));
  };
  EXPECT_EQ(refused(kPisp, lists), "");
  EXPECT_EQ(refused(kPisp, text), "U010");
  EXPECT_EQ(refused(kOlder, text), "");
  EXPECT_EQ(refused(kOlder, lists), "UK.OBIE.Resource.InvalidFormat");
}

TEST_F(VersionsTest, FundsAreConfirmedToTheTokenOfTheConsentOnceItIsAuthorised) {
  const auto [consent_id, token] = authorised("100000.00");
  const auto [other_id, other_token] = authorised("100000.01");
  const auto ask = [&](const std::string& id, const std::string& with) {
    return get("/domestic-payment-consents/" + id + "/funds-confirmation", with);
  };
  const auto available = [&](const net::HttpResponse& answer) {
    return data_of(answer).at("FundsAvailableResult").at("FundsAvailable").as_bool();
  };
  EXPECT_TRUE(available(ask(consent_id, token)));
  EXPECT_FALSE(available(ask(other_id, other_token)));
  EXPECT_EQ(ask(consent_id, other_token).status, 403);
  EXPECT_EQ(ask(consent_id, client_token()).status, 403);
  fail_next("funds_confirmation", "insufficient_funds");
  EXPECT_FALSE(available(ask(consent_id, token)));
  EXPECT_EQ(post("/domestic-payments", token, order(consent_id, "100000.00"), "k").status, 201);
  EXPECT_EQ(error_code(ask(consent_id, token)), "U009");
}

}  // namespace
}  // namespace remit::lab::bank
