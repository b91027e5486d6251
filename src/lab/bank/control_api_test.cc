#include "lab/bank/bank_world_test.h"

namespace remit::lab::bank {
namespace {

using ControlApiTest = BankWorld;

TEST_F(ControlApiTest, TheAutomaticPayerTakesTheAccountThatItIsTold) {
  ASSERT_EQ(set("/sandbox/payer", {{"account_id", "acc-000003"}}).status, 200);
  EXPECT_EQ(
      control("/sandbox/payer"),
      (json::object{{"automatic", true}, {"refuse_per_mille", 0}, {"account_id", "acc-000003"}}));
  const auto [consent_id, token] = authorised();
  const auto taken = post("/domestic-payments", token, order(consent_id), "k");
  const std::string id(find_text(data_of(taken), "DomesticPaymentId").value_or(""));
  EXPECT_EQ(find_text(line_with(id, "ACSC"), "account_id"), "acc-000003");
  const json::object books = control("/sandbox/books");
  EXPECT_EQ(books.at("accounts").at(2).at("balance_minor").as_int64(), 10'000'000 - 1250);
}

TEST_F(ControlApiTest, QuirksAreSwitchedOnAndOffTogether) {
  const json::object two{{"quirks", json::array{"missing_links", "created_as_200"}}};
  ASSERT_EQ(set("/sandbox/quirks", two).status, 200);
  EXPECT_EQ(control("/sandbox/quirks"), two);
  const auto bent = post("/domestic-payment-consents", client_token(), staged(), "k1");
  EXPECT_EQ(bent.status, 200);
  EXPECT_FALSE(parse_json_object(bent.body)->contains("Links"));
  for (const json::object& wrong :
       {json::object{{"quirks", json::array{"missing_link"}}}, json::object{{"quirks", "all"}},
        json::object{}, json::object{{"quirks", json::array{}}, {"other", 1}}}) {
    EXPECT_EQ(set("/sandbox/quirks", wrong).status, 400) << json::serialize(wrong);
  }
  EXPECT_EQ(control("/sandbox/quirks"), two);
  ASSERT_EQ(set("/sandbox/quirks", {{"quirks", json::array{}}}).status, 200);
  const auto straight = post("/domestic-payment-consents", client_token(), staged(), "k2");
  EXPECT_EQ(straight.status, 201);
  EXPECT_TRUE(parse_json_object(straight.body)->contains("Links"));
}

TEST_F(ControlApiTest, WhatIsNotUnderstoodChangesNothing) {
  const json::object payer = control("/sandbox/payer");
  for (const json::object& wrong :
       {json::object{{"account_id", "acc-unknown"}}, json::object{{"refuse_per_mille", 1001}},
        json::object{{"automatic", "yes"}}, json::object{{"automatic", false}, {"other", 1}}}) {
    EXPECT_EQ(set("/sandbox/payer", wrong).status, 400) << json::serialize(wrong);
  }
  EXPECT_EQ(control("/sandbox/payer"), payer);
  const auto plain = call(*bare_client_, "POST", bank_->control_url() + "/sandbox/payer", {},
                          R"({"automatic":false})");
  EXPECT_EQ(plain.status, 400) << "a page elsewhere could send this";
  EXPECT_EQ(set("/sandbox/faults", {{"rates", 5}}).status, 400);
}

TEST_F(ControlApiTest, RatesHitEveryCallOfTheirKind) {
  const json::object rate{
      {"call", "payment"}, {"fault", "insufficient_funds"}, {"per_mille", 1000}};
  ASSERT_EQ(set("/sandbox/faults", {{"seed", 3}, {"rates", json::array{rate}}}).status, 200);
  EXPECT_EQ(control("/sandbox/faults").at("seed").as_int64(), 3);
  const auto [consent_id, token] = authorised();
  const auto refused = post("/domestic-payments", token, order(consent_id), "k");
  EXPECT_EQ(find_text(data_of(refused), "Status"), "RJCT");
  ASSERT_EQ(set("/sandbox/faults", {{"rates", json::array()}}).status, 200);
  const auto [next_id, next_token] = authorised();
  const auto taken = post("/domestic-payments", next_token, order(next_id), "k2");
  EXPECT_EQ(find_text(data_of(taken), "Status"), "RCVD");
}

}  // namespace
}  // namespace remit::lab::bank
