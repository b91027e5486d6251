#include "lab/bank/bank_world_test.h"

namespace remit::lab::bank {
namespace {

class PaymentsApiTest : public BankWorld {
 protected:
  /// The answer to a consent like `staged()` with one member of `Initiation` changed, or taken away.
  net::HttpResponse stage_with(std::string_view member, const json::value& value) {
    json::object body = staged();
    json::object& changed = body["Data"].as_object()["Initiation"].as_object();
    if (value.is_null()) {
      changed.erase(member);
    } else {
      changed[member] = value;
    }
    return post("/domestic-payment-consents", client_token(), body, make_uuid(entropy_));
  }
  static json::object amount(std::string_view number, std::string_view currency) {
    return {{"Amount", number}, {"Currency", currency}};
  }
};

TEST_F(PaymentsApiTest, RefusesConsentsThatTheStandardOrTheBankDoesNotTake) {
  const json::object elsewhere{{"SchemeName", "UK.OBIE.SortCodeAccountNumber"},
                               {"Identification", "10203012345678"}};
  const json::object iban{
      {"SchemeName", "UK.OBIE.IBAN"}, {"Identification", "GB1"}, {"Name", "Shop"}};
  const std::tuple<std::string_view, json::value, std::string_view> wrongs[] = {
      {"EndToEndIdentification", nullptr, "U004"},
      {"EndToEndIdentification", json::string(36, 'x'), "U002"},
      {"EndToEndIdentification", 5, "U010"},
      {"Unknown", "x", "U005"},
      {"InstructedAmount", amount("12.50", "EUR"), "U023"},
      {"InstructedAmount", amount("0.00", "GBP"), "U002"},
      {"InstructedAmount", amount("12.505", "GBP"), "U002"},
      {"InstructedAmount", amount("1000000.01", "GBP"), "U002"},
      {"InstructedAmount", amount("-1", "GBP"), "U002"},
      {"CreditorAccount", iban, "U027"},
      {"DebtorAccount", elsewhere, "U021"},
      {"LocalInstrument", "UK.OBIE.CHAPS", "U026"},
  };
  for (const auto& [member, value, code] : wrongs) {
    const auto answer = stage_with(member, value);
    EXPECT_EQ(answer.status, 400) << member;
    EXPECT_EQ(error_code(answer), code) << member << ' ' << answer.body;
  }
  EXPECT_EQ(stage_with("LocalInstrument", "UK.OBIE.FPS").status, 201);
}

TEST_F(PaymentsApiTest, HoldsHeadersToTheStandard) {
  const std::string token = client_token();
  const auto with_key = [&](const std::string& key) {
    return error_code(post("/domestic-payment-consents", token, staged(), key));
  };
  EXPECT_EQ(with_key(std::string(40, 'k')), "");
  EXPECT_EQ(with_key(std::string(41, 'k')), "U006");

  const std::string url =
      fmt::format("{}{}/domestic-payment-consents/{}", bank_->url(), kPisp, stage_consent());
  const auto with = [&](std::string_view name, std::string value) {
    net::Headers headers = headers_for(token);
    headers.set(name, std::move(value));
    return call(*client_, "GET", url, headers);
  };
  EXPECT_EQ(with("Accept", "text/html").status, 406);
  EXPECT_EQ(error_code(with("x-fapi-interaction-id", "no uuid")), "U006");
  EXPECT_EQ(error_code(with("x-jws-signature", "a..b")), "U020");
  EXPECT_EQ(with("Authorization", "Bearer unknown").status, 401);
  EXPECT_EQ(call(*client_, "DELETE", url, headers_for(token)).status, 405);
  EXPECT_EQ(
      call(*client_, "POST", fmt::format("{}{}/domestic-payment-consents", bank_->url(), kPisp),
           headers_for(token), "{}")
          .status,
      415);
  EXPECT_EQ(error_code(get("/domestic-payment-consents/unknown", token)), "U011");
}

TEST_F(PaymentsApiTest, TheNamedDebtorPays) {
  json::object debtor{{"SchemeName", "UK.OBIE.SortCodeAccountNumber"},
                      {"Identification", options_.accounts[7].identification}};
  const auto answer = stage_with("DebtorAccount", debtor);
  ASSERT_EQ(answer.status, 201) << answer.body;
  const std::string consent_id(find_text(data_of(answer), "ConsentId").value_or(""));
  authorise_consent(consent_id);
  const auto consent = get("/domestic-payment-consents/" + consent_id, client_token());
  const json::object data = data_of(consent);
  ASSERT_NE(find_object(data, "Debtor"), nullptr) << consent.body;
  EXPECT_EQ(find_text(*find_object(data, "Debtor"), "Identification"),
            options_.accounts[7].identification);
}

}  // namespace
}  // namespace remit::lab::bank
