#include "kit/engine/engine_world_test.h"

namespace remit::engine {
namespace {

using tally::Add;

TEST(EngineReceipts, the_same_key_hears_the_same_answer) {
  World world;
  const TypeId counter = world.id("ctr");
  const auto first = world.submit(world.context("k"), Add{counter, 5});
  world.run();
  const auto again = world.submit(world.context("k"), Add{counter, 5});
  world.run();
  ASSERT_TRUE(again->ok());
  EXPECT_EQ(again->value(), 5);
  EXPECT_TRUE((*again->answer)->replayed);
  EXPECT_EQ((*again->answer)->position, (*first->answer)->position);
  EXPECT_EQ(world.events().size(), 1U);
  EXPECT_EQ(world.engine->stats().receipts_hit, 1U);
}

TEST(EngineReceipts, twice_in_one_batch_the_second_hears_the_first_when_durable) {
  World world;
  const TypeId counter = world.id("ctr");
  world.journal.hold();
  const auto first = world.submit(world.context("k"), Add{counter, 5});
  const auto second = world.submit(world.context("k"), Add{counter, 5});
  world.run();
  EXPECT_FALSE(second->answer);
  const auto third = world.submit(world.context("k"), Add{counter, 5});
  world.run();
  EXPECT_FALSE(third->answer) << "in a later batch it waits for the first one's commit";
  world.journal.release();
  world.run();
  EXPECT_EQ(first->value(), 5);
  EXPECT_EQ(second->value(), 5);
  EXPECT_TRUE((*second->answer)->replayed);
  EXPECT_TRUE((*third->answer)->replayed);
  EXPECT_EQ(world.events().size(), 1U);
}

TEST(EngineReceipts, another_request_under_the_key_is_a_conflict) {
  World world;
  const TypeId counter = world.id("ctr");
  world.submit(world.context("k", "one"), Add{counter, 5});
  const auto other = world.submit(world.context("k", "two"), Add{counter, 6});
  world.run();
  EXPECT_EQ(other->reason(), "idempotency_key_reused");
  EXPECT_EQ(other->code(), ErrorCode::Conflict);
  EXPECT_EQ(world.value(counter), 5);
}

TEST(EngineReceipts, keys_of_different_clients_are_apart) {
  World world;
  const TypeId counter = world.id("ctr");
  world.submit(world.context("k", "one"), Add{counter, 5});
  world.client = ClientId("cli", {2});
  const auto other = world.submit(world.context("k", "two"), Add{counter, 6});
  world.run();
  EXPECT_EQ(other->value(), 11);
}

TEST(EngineReceipts, a_business_refusal_leaves_a_receipt_in_a_commit_of_its_own) {
  World world;
  const TypeId counter = world.id("ctr");
  const auto refused = world.submit(world.context("k"), Add{counter, -1});
  world.run();
  EXPECT_EQ(refused->reason(), "below_zero");
  EXPECT_EQ(world.engine->stats().commits, 1U);
  EXPECT_EQ(world.engine->stats().head.position, Position(0));
  world.ask(Add{counter, 100});
  world.restart();
  const auto again = world.submit(world.context("k"), Add{counter, -1});
  world.run();
  ASSERT_TRUE(again->answer);
  EXPECT_EQ(again->answer->error(), refused->answer->error());
  EXPECT_EQ(world.value(counter), 100);
}

TEST(EngineReceipts, survive_a_restart_and_leaving_memory) {
  auto options = World::small_options();
  options.receipts_recent_max = 1;
  World world(1, options);
  const TypeId counter = world.id("ctr");
  for (int i = 0; i < 10; ++i) {
    world.submit(world.context(fmt::format("k{}", i)), Add{counter, 1});
    world.run();
  }
  const auto old = world.submit(world.context("k0"), Add{counter, 1});
  world.run();
  EXPECT_EQ(old->value(), 1);
  world.restart();
  const auto older = world.submit(world.context("k3"), Add{counter, 1});
  world.run();
  EXPECT_EQ(older->value(), 4);
  EXPECT_EQ(world.value(counter), 10);
}

TEST(EngineReceipts, end_after_their_retention_in_journal_time) {
  auto options = World::small_options();
  options.receipt_retention = std::chrono::hours(1);
  World world(1, options);
  const TypeId counter = world.id("ctr");
  world.submit(world.context("k"), Add{counter, 1});
  world.run();
  world.host.advance(std::chrono::hours(1));
  const auto in_time = world.submit(world.context("k"), Add{counter, 1});
  world.run();
  EXPECT_EQ(in_time->value(), 1);
  world.host.advance(std::chrono::microseconds(1));
  const auto late = world.submit(world.context("k", "other"), Add{counter, 1});
  world.run();
  EXPECT_EQ(late->value(), 2);
  world.restart();
  const auto again = world.submit(world.context("k", "other"), Add{counter, 1});
  world.run();
  EXPECT_EQ(again->value(), 2);
}

TEST(EngineReceipts, nothing_is_kept_of_an_answer_that_was_not_the_rules) {
  World world;
  const TypeId counter = world.id("ctr");
  world.journal.expect({Fate::Refuse});
  const auto refused = world.submit(world.context("k"), Add{counter, 1});
  world.run();
  EXPECT_EQ(refused->reason(), "append_refused");
  const auto again = world.submit(world.context("k"), Add{counter, 1});
  world.run();
  EXPECT_EQ(again->value(), 1);
  EXPECT_FALSE((*again->answer)->replayed);
}

TEST(EngineReceipts, a_key_has_1_to_255_bytes) {
  World world;
  auto context = world.context(std::string(256, 'x'));
  EXPECT_EQ(world.submit(context, Add{world.id("ctr"), 1})->reason(), "idempotency_key_invalid");
  context.idempotency->key.clear();
  EXPECT_EQ(world.submit(context, Add{world.id("ctr"), 1})->reason(), "idempotency_key_invalid");
}

}  // namespace
}  // namespace remit::engine
