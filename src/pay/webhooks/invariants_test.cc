#include "pay/webhooks/invariants.h"

#include "pay/webhooks/webhooks_world_test.h"

namespace remit::webhooks {
namespace {

using journal::Violation;

/// The invariant over what really happened, and over commits made up for it.
class ToldFactsTest : public WebhooksWorld {
 protected:
  Violation look_at_all() {
    ToldFacts told;
    const auto commits = world.journal.read_commits(engine::World::kPartition, journal::Sequence(1),
                                                    {.events_max = 100'000});
    for (const journal::StoredCommit& stored : *commits) {
      if (Violation found = told.look(stored)) return found;
    }
    for (const flow::FlowState& flow : flows) told.take_flow(flow);
    sqlite::Database rows = *sqlite::Database::open(rows_file(), {.read_only = true});
    const Result<Violation> found = told.compare(rows, checkpoints);
    EXPECT_TRUE(found) << found.error().describe();
    return *found;
  }
  std::vector<flow::FlowState> flows;
};

TEST_F(ToldFactsTest, what_was_told_or_waits_is_right) {
  const TypeId endpoint = open_endpoint();
  change(world.id("ctr"), 3);
  run();
  EXPECT_EQ(receivers.posted.size(), 3U);
  EXPECT_EQ(look_at_all(), Violation());
  receivers.held = true;
  change(world.id("ctr"), 2);
  run();
  EXPECT_EQ(look_at_all(), Violation()) << "they are under way to " << endpoint.to_string();
}

TEST_F(ToldFactsTest, a_fact_that_the_checkpoint_has_passed_untold_is_found_unless_it_is_parked) {
  const TypeId endpoint = open_endpoint();
  receivers.held = true;
  const TypeId counter = world.id("ctr");
  change(counter);
  run();
  ASSERT_TRUE(checkpoints.save(flow_name(endpoint), {.cursor = flow::Cursor(1'000'000)}));
  const Violation found = look_at_all();
  ASSERT_TRUE(found);
  EXPECT_NE(found->find(fmt::format("(counter.changed.v1 of {}) was never told to {}",
                                    counter.to_string(), endpoint.to_string())),
            std::string::npos)
      << *found;
  const std::uint64_t position = world.journal.head(engine::World::kPartition)->position.value;
  flow::Lane lane{.head = flow::Cursor(position)};
  flows.push_back({.name = flow_name(endpoint), .lanes = {{counter.to_string(), lane}}});
  EXPECT_EQ(look_at_all(), Violation());
}

TEST_F(ToldFactsTest, what_an_endpoint_does_not_want_need_not_be_told) {
  const TypeId endpoint = open_endpoint("https://shop.example/hook", {"payment.*"});
  change(world.id("ctr"));
  run();
  ASSERT_TRUE(checkpoints.save(flow_name(endpoint), {.cursor = flow::Cursor(1'000'000)}));
  EXPECT_EQ(look_at_all(), Violation());
}

/// A commit of one attempt.
journal::StoredCommit attempt(std::uint32_t number, DeliveryStatus status,
                              std::uint32_t round = 1) {
  const DeliveryAttempted event{
      .what = {}, .round = round, .attempt = {.number = number}, .status = status};
  journal::StoredCommit stored;
  stored.commit.events.push_back({.stream = TypeId("whd", {1}),
                                  .type = std::string(DeliveryAttempted::kType.name),
                                  .payload = codec::encode(event)});
  return stored;
}

TEST(ToldFacts, an_attempt_after_the_delivery_or_out_of_turn_is_found) {
  ToldFacts told;
  EXPECT_EQ(told.look(attempt(1, DeliveryStatus::Retrying)), Violation());
  EXPECT_EQ(told.look(attempt(2, DeliveryStatus::Delivered)), Violation());
  EXPECT_EQ(told.look(attempt(3, DeliveryStatus::Delivered, 2)), Violation()) << "a resend";
  EXPECT_NE(told.look(attempt(4, DeliveryStatus::Delivered, 2)), Violation());
  ToldFacts other;
  EXPECT_NE(other.look(attempt(2, DeliveryStatus::Retrying)), Violation());
}

}  // namespace
}  // namespace remit::webhooks
