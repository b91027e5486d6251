#include "lab/bank/bank_world_test.h"

namespace remit::lab::bank {
namespace {

class BankFaultsTest : public BankWorld {
 protected:
  std::size_t payments() { return control("/sandbox/books").at("payments").as_array().size(); }
};

TEST_F(BankFaultsTest, SilenceBeforeAndAfterTheEffect) {
  const auto [consent_id, token] = authorised();
  fail_next("payment", "timeout_before");
  EXPECT_EQ(post("/domestic-payments", token, order(consent_id), "k").status, 0);
  EXPECT_EQ(payments(), 0u);
  fail_next("payment", "timeout_after");
  EXPECT_EQ(post("/domestic-payments", token, order(consent_id), "k").status, 0);
  EXPECT_EQ(payments(), 1u);
  const auto found = post("/domestic-payments", token, order(consent_id), "k");
  EXPECT_EQ(found.status, 201);
  EXPECT_EQ(payments(), 1u);
  const std::string id(find_text(data_of(found), "DomesticPaymentId").value_or(""));
  EXPECT_EQ(find_integer(line_with(id, "ACSC"), "executions"), 1);
}

TEST_F(BankFaultsTest, ServerErrorsBeforeAndAfterTheEffect) {
  const auto [consent_id, token] = authorised();
  fail_next("payment", "server_error_before");
  const auto before = post("/domestic-payments", token, order(consent_id), "k");
  EXPECT_EQ(before.status, 500);
  EXPECT_EQ(error_code(before), "U000");
  EXPECT_EQ(payments(), 0u);
  fail_next("payment", "server_error_after");
  EXPECT_EQ(post("/domestic-payments", token, order(consent_id), "k").status, 500);
  EXPECT_EQ(payments(), 1u);
}

TEST_F(BankFaultsTest, SlowBusyAndBadlySignedAnswers) {
  const std::string path = "/domestic-payment-consents/" + stage_consent();
  const std::string token = client_token();
  fail_next("consent_read", "too_many_requests");
  const auto busy = get(path, token);
  EXPECT_EQ(busy.status, 429);
  EXPECT_EQ(busy.headers.find("Retry-After"), "1");

  fail_next("consent_read", "slow");
  const Monotonic begin = clock_.monotonic();
  EXPECT_EQ(get(path, token).status, 200);
  EXPECT_GE(clock_.monotonic() - begin, options_.slow_answer);

  const auto keys = KeySet::parse(call(*bare_client_, "GET", bank_->url() + "/jwks").body);
  const auto check = [&](const net::HttpResponse& answer) {
    return verify_message(answer.headers.find("x-jws-signature"), answer.body, *keys,
                          {options_.organisation_id, options_.trust_anchor}, clock_.now(),
                          std::chrono::seconds(5));
  };
  EXPECT_TRUE(check(get(path, token)).has_value());
  fail_next("consent_read", "bad_signature");
  const auto bad = check(get(path, token));
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, "U015");
}

TEST_F(BankFaultsTest, PaymentsAreRejectedAtOnceOrLater) {
  const auto [poor, poor_token] = authorised("100000.01");
  const auto refused = post("/domestic-payments", poor_token, order(poor, "100000.01"), "k1");
  EXPECT_EQ(refused.status, 201);
  EXPECT_EQ(find_text(data_of(refused), "Status"), "RJCT");
  EXPECT_TRUE(refused.body.contains("AM04"));

  const auto [consent_id, token] = authorised();
  fail_next("payment", "rejected");
  const auto taken = post("/domestic-payments", token, order(consent_id), "k2");
  EXPECT_EQ(find_text(data_of(taken), "Status"), "RCVD");
  const std::string id(find_text(data_of(taken), "DomesticPaymentId").value_or(""));
  EXPECT_EQ(find_integer(line_with(id, "RJCT"), "executions"), 0);
  const json::object books = control("/sandbox/books");
  EXPECT_EQ(books.at("rejected").as_int64(), 2);
  for (const json::value& account : books.at("accounts").as_array()) {
    EXPECT_EQ(account.at("balance_minor").as_int64(), 10'000'000);
    EXPECT_EQ(account.at("available_minor").as_int64(), 10'000'000) << "a reservation is left";
  }
}

TEST_F(BankFaultsTest, AStatusCanGoBack) {
  const auto [consent_id, token] = authorised();
  const auto taken = post("/domestic-payments", token, order(consent_id), "k");
  const std::string id(find_text(data_of(taken), "DomesticPaymentId").value_or(""));
  line_with(id, "ACSC");
  fail_next("payment_read", "wrong_status");
  const std::string reader = client_token();
  EXPECT_EQ(find_text(data_of(get("/domestic-payments/" + id, reader)), "Status"), "RCVD");
  EXPECT_EQ(find_text(data_of(get("/domestic-payments/" + id, reader)), "Status"), "ACSC");
}

}  // namespace
}  // namespace remit::lab::bank
