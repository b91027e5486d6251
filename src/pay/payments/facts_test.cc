#include "pay/payments/facts.h"

#include "kit/base/codec/golden_test.h"
#include "pay/ledger/facts.h"
#include "pay/payments/payments_world_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <unistd.h>

namespace remit::payments {
namespace {

using enum PaymentState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// The facts of a world of payments, kept in a read model on disk.
class FactsTest : public testing::Test {
 protected:
  FactsTest() {
    path_ = (std::filesystem::temp_directory_path() /
             fmt::format("remit-facts-{}.db", static_cast<long>(::getpid())))
                .string();
    remove_files();
    std::vector<std::unique_ptr<flow::ReadTables>> tables;
    tables.push_back(api::make_fact_tables({facts(), ledger::facts()}));
    auto opened =
        flow::ReadModel::open(world_.registry, {path_, {"pay", "trf", "acc"}}, std::move(tables));
    EXPECT_TRUE(opened) << opened.error().describe();
    model_ = *std::move(opened);
  }
  ~FactsTest() override {
    model_.reset();
    remove_files();
  }
  void remove_files() {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
  }
  void follow(std::size_t batch = 100) {
    flow::JournalSource source(world_.journal, PaymentsWorld::kPartition);
    while (true) {
      const auto records = *source.read(*model_->checkpoint(), {.events_max = batch});
      if (records.empty()) return;
      const auto applied = model_->apply(records, records.back().cursor);
      ASSERT_TRUE(applied) << applied.error().describe();
    }
  }
  api::FactPage list(api::FactFilter filter = {.rows_max = 100}) {
    filter.client = filter.client.empty() ? world_.client : filter.client;
    auto database = *sqlite::Database::open(path_, {.read_only = true});
    const auto page = api::list_facts(database, filter);
    EXPECT_TRUE(page) << page.error().describe();
    return page.value_or(api::FactPage{});
  }
  static std::string type_of(const api::PublishedFact& fact) {
    const std::size_t at = fact.json.find("\"type\":\"") + 8;
    return fact.json.substr(at, fact.json.find('"', at) - at);
  }
  static std::vector<std::string> types(const api::FactPage& page) {
    std::vector<std::string> types;
    for (const auto& fact : page.facts) types.push_back(type_of(fact));
    return types;
  }

  PaymentsWorld world_;
  std::string path_;
  std::unique_ptr<flow::ReadModel> model_;
};

TEST_F(FactsTest, TellTheLifeOfAPaymentInOrder) {
  const TypeId payment = world_.payment_in(Settled);
  follow();
  EXPECT_THAT(
      types(list({.subject = payment, .rows_max = 100})),
      ElementsAre("payment.created.v1", "payment.authorisation_requested.v1",
                  "payment.authorised.v1", "payment.submitted.v1", "payment.status_reported.v1",
                  "payment.status_reported.v1", "payment.executed.v1", "payment.settled.v1"));
}

/// Published for ever: fields are only added.
TEST_F(FactsTest, AreTheGoldenBytes) {
  const TypeId payment = world_.payment_in(Settled);
  follow();
  std::string text;
  for (const api::PublishedFact& fact : list().facts) text += fact.json + "\n";
  codec::expect_golden_text("payments/facts.jsonl", text);
  EXPECT_THAT(text, HasSubstr(payment.to_string()));
}

TEST_F(FactsTest, HoldNothingOfThePartiesAndNothingSealed) {
  world_.payment_in(Settled);
  follow();
  for (const api::PublishedFact& fact : list().facts) {
    EXPECT_THAT(fact.json, Not(HasSubstr("ACME")));
    EXPECT_THAT(fact.json, Not(HasSubstr("55779911")));
    EXPECT_THAT(fact.json, Not(HasSubstr("token")));
    EXPECT_THAT(fact.json, Not(HasSubstr("nonce")));
  }
}

TEST_F(FactsTest, ArePagedWithoutGapsAndFiltered) {
  for (int i = 0; i < 4; ++i) world_.payment_in(Settled);
  follow();
  const api::FactPage whole = list();
  std::vector<std::string> paged;
  api::FactFilter filter{.client = world_.client, .rows_max = 3};
  while (true) {
    const api::FactPage page = list(filter);
    for (const auto& fact : page.facts) paged.push_back(fact.json);
    if (!page.next_cursor) break;
    auto database = *sqlite::Database::open(path_, {.read_only = true});
    filter.after = (*api::find_fact(database, world_.client, page.facts.back().id))->position;
  }
  ASSERT_EQ(paged.size(), whole.facts.size());
  for (std::size_t i = 0; i < paged.size(); ++i) EXPECT_EQ(paged[i], whole.facts[i].json);

  EXPECT_EQ(list({.type = "payment.settled.v1", .rows_max = 100}).facts.size(), 4u);
  EXPECT_EQ(list({.type = "payment.*", .rows_max = 100}).facts.size(), 4u * 8);
  EXPECT_TRUE(list({.client = world_.id("cli"), .rows_max = 100}).facts.empty());
}

TEST_F(FactsTest, KeepTheirIdsWhenTheReadModelIsMadeAnew) {
  world_.payment_in(Settled);
  follow(1);
  const api::FactPage first = list();
  ASSERT_TRUE(model_->reset());
  follow(50);
  const api::FactPage second = list();
  ASSERT_EQ(first.facts.size(), second.facts.size());
  for (std::size_t i = 0; i < first.facts.size(); ++i) {
    EXPECT_EQ(first.facts[i].id, second.facts[i].id);
    EXPECT_EQ(first.facts[i].json, second.facts[i].json);
  }
}

TEST_F(FactsTest, OfSomebodyElseAreNotFoundById) {
  world_.payment_in(Created);
  follow();
  const TypeId id = list().facts.front().id;
  auto database = *sqlite::Database::open(path_, {.read_only = true});
  EXPECT_TRUE((*api::find_fact(database, world_.client, id)).has_value());
  EXPECT_FALSE((*api::find_fact(database, world_.id("cli"), id)).has_value());
}

}  // namespace
}  // namespace remit::payments
