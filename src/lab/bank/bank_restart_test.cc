#include "lab/bank/bank_world_test.h"

#include <fstream>

namespace remit::lab::bank {
namespace {

class BankRestartTest : public BankWorld {
 protected:
  std::string fresh_file(std::string_view name) {
    std::string path = fmt::format("{}/{}", directory_, name);
    std::filesystem::remove(path);
    return path;
  }
  void restart() {
    options_.port = bank_->port();
    bank_.reset();
    start();
  }
};

TEST_F(BankRestartTest, BooksResourcesAndTokensOutliveARestart) {
  bank_.reset();
  options_.log_file = fresh_file("restart.log");
  start();
  const auto [paid_consent, paid_token] = authorised();
  const auto paid = post("/domestic-payments", paid_token, order(paid_consent), "k1");
  const std::string paid_id(find_text(data_of(paid), "DomesticPaymentId").value_or(""));
  line_with(paid_id, "ACSC");
  const auto [consent_id, token] = authorised("1.00");
  const json::object before = control("/sandbox/books");

  options_.in_process_to_completed = std::chrono::hours(1);
  restart();
  EXPECT_EQ(control("/sandbox/books"), before);
  const auto taken = post("/domestic-payments", token, order(consent_id, "1.00"), "k2");
  ASSERT_EQ(taken.status, 201) << taken.body;
  const std::string id(find_text(data_of(taken), "DomesticPaymentId").value_or(""));
  line_with(id, "ACSP");
  // Under way when the bank stops: it goes on afterwards.
  options_.in_process_to_completed = std::chrono::milliseconds(1);
  restart();
  EXPECT_EQ(find_integer(line_with(id, "ACSC"), "executions"), 1);
  EXPECT_EQ(control("/sandbox/books").at("executed_minor").at("GBP").as_int64(), 1350);
  const auto again = post("/domestic-payments", token, order(consent_id, "1.00"), "k2");
  EXPECT_EQ(find_text(data_of(again), "DomesticPaymentId"), id);
  EXPECT_EQ(error_code(post("/domestic-payments", token, order(consent_id, "1.00"), "k3")), "U009");
}

TEST_F(BankRestartTest, ALastLineThatWasCutShortIsDroppedAndADamagedOneIsNot) {
  bank_.reset();
  options_.log_file = fresh_file("cut.log");
  start();
  const std::string consent_id = stage_consent();
  bank_.reset();
  std::ofstream(options_.log_file, std::ios::app) << R"({"kind":"consent","rec)";
  start();
  EXPECT_EQ(get("/domestic-payment-consents/" + consent_id, client_token()).status, 200);
  bank_.reset();
  std::ofstream(options_.log_file, std::ios::app) << "{\"kind\":\"consent\"}\n";
  const auto started = Bank::start(options_, *host_, entropy_);
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().reason, "bank_log_corrupt");
}

TEST_F(BankRestartTest, EveryExchangeIsRecorded) {
  bank_.reset();
  options_.record_file = fresh_file("exchanges.jsonl");
  start();
  const std::string consent_id = stage_consent();
  fail_next("consent_read", "timeout_after");
  EXPECT_EQ(get("/domestic-payment-consents/" + consent_id, client_token()).status, 0);
  std::ifstream file(options_.record_file);
  std::vector<json::object> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(*parse_json_object(line));
  ASSERT_EQ(lines.size(), 4u) << "two tokens, the consent twice";
  EXPECT_EQ(lines[1].at("request").at("method").as_string(), "POST");
  EXPECT_TRUE(lines[1].at("request").at("headers").as_object().contains("x-jws-signature"));
  EXPECT_EQ(lines[1].at("response").at("status").as_int64(), 201);
  EXPECT_TRUE(lines[3].at("response").is_null());
}

}  // namespace
}  // namespace remit::lab::bank
