#include "kit/engine/engine_world_test.h"

namespace remit::engine {
namespace {

using tally::Add;
using tally::Give;
using tally::OpenAccount;

TEST(EngineCommands, many_commands_become_one_commit) {
  World world;
  const TypeId counter = world.id("ctr");
  std::vector<HeardPtr> heard;
  for (int i = 0; i < 100; ++i) heard.push_back(world.submit(Add{counter, 1}));
  world.run();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(heard[static_cast<std::size_t>(i)]->ok());
    EXPECT_EQ(heard[static_cast<std::size_t>(i)]->value(), i + 1);
  }
  EXPECT_EQ(world.engine->stats().commits, 1U);
  EXPECT_EQ(world.engine->stats().head.position, Position(100));
}

TEST(EngineCommands, an_answer_waits_until_its_commit_is_durable) {
  World world;
  const TypeId counter = world.id("ctr");
  world.journal.hold();
  const auto heard = world.ask(Add{counter, 1});
  EXPECT_FALSE(heard->answer);
  world.journal.release();
  world.run();
  ASSERT_TRUE(heard->ok());
  EXPECT_EQ((*heard->answer)->position, Position(1));
  EXPECT_FALSE((*heard->answer)->replayed);
}

TEST(EngineCommands, commits_are_pipelined_up_to_the_bound_and_states_run_ahead) {
  auto options = World::small_options();
  options.appends_in_flight_max = 3;
  World world(1, options);
  const TypeId counter = world.id("ctr");
  world.journal.hold();
  std::vector<HeardPtr> heard;
  for (int i = 0; i < 5; ++i) heard.push_back(world.ask(Add{counter, 10}));
  EXPECT_EQ(world.journal.held(), 3U);
  EXPECT_EQ(world.engine->stats().appends_in_flight, 3U);
  EXPECT_EQ(world.engine->stats().commands_waiting, 2U);
  world.journal.release();
  world.run();
  EXPECT_EQ(heard.back()->value(), 50);
  EXPECT_EQ(world.engine->stats().commits, 4U) << "the two that waited share one";
}

TEST(EngineCommands, a_refused_command_leaves_no_trace) {
  World world;
  const TypeId counter = world.id("ctr");
  ASSERT_TRUE(world.ask(Add{counter, 5})->ok());
  const auto refused = world.submit(Add{counter, -2, 3});
  const auto after = world.submit(Add{counter, 1});
  world.run();
  EXPECT_EQ(refused->reason(), "below_zero");
  EXPECT_EQ(after->value(), 6);
  const auto events = world.events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].version, Version(2));
  EXPECT_EQ(events[1].position, Position(2));
}

TEST(EngineCommands, what_a_refused_command_made_does_not_exist) {
  World world;
  const TypeId counter = world.id("ctr");
  EXPECT_EQ(world.ask(Add{counter, -1})->reason(), "below_zero");
  EXPECT_FALSE(world.look<tally::Counter>(counter));
  EXPECT_EQ(world.ask(Add{counter, 4})->value(), 4);
  EXPECT_EQ(world.events().size(), 1U);
}

TEST(EngineCommands, one_event_may_change_entities_of_other_streams) {
  World world;
  const TypeId rich = world.id("acc");
  const TypeId poor = world.id("acc");
  world.submit(OpenAccount{rich, 100});
  world.submit(OpenAccount{poor, 0});
  const TypeId gift = world.id("gft");
  EXPECT_EQ(world.ask(Give{gift, rich, poor, 30})->value(), 70);
  EXPECT_EQ(world.ask(Give{gift, rich, poor, 30})->reason(), "gift_exists");
  EXPECT_EQ(world.ask(Give{world.id("gft"), rich, poor, 71})->reason(), "overdrawn");
  EXPECT_EQ(world.look<tally::Account>(poor)->balance, 30);
  EXPECT_EQ(world.look<tally::Gift>(gift)->amount, 30);
}

TEST(EngineCommands, events_carry_their_cause) {
  World world;
  auto context = world.context();
  context.correlation = world.id("req");
  context.trace.trace_id[0] = 7;
  const auto other = world.context();
  world.submit(context, Add{world.id("ctr"), 1, 2});
  world.submit(other, Add{world.id("ctr"), 1});
  world.run();
  const auto events = world.events();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].cause,
            (journal::Cause{context.command, context.correlation, world.client, context.trace}));
  EXPECT_EQ(events[2].cause.correlation, other.command) << "its own id when the edge gave none";
}

TEST(EngineCommands, journal_time_never_goes_back) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(Add{counter, 1});
  world.host.clock().jump(-std::chrono::hours(1));
  world.ask(Add{counter, 1});
  world.restart();
  world.ask(Add{counter, 1});
  const auto events = world.events();
  EXPECT_EQ(events[0].time, ManualHost::kStart);
  EXPECT_EQ(events[1].time, ManualHost::kStart);
  EXPECT_EQ(events[2].time, ManualHost::kStart);
}

TEST(EngineCommands, a_full_inbox_refuses_before_acceptance) {
  auto options = World::small_options();
  options.inbox_commands_max = 3;
  World world(1, options);
  const TypeId counter = world.id("ctr");
  std::vector<HeardPtr> heard;
  for (int i = 0; i < 4; ++i) heard.push_back(world.submit(Add{counter, 1}));
  EXPECT_EQ(heard[3]->reason(), "overloaded");
  EXPECT_EQ(heard[3]->code(), ErrorCode::Unavailable);
  EXPECT_FALSE(heard[2]->answer);
  world.run();
  EXPECT_EQ(heard[2]->value(), 3);
}

TEST(EngineCommands, batches_close_at_their_bounds) {
  auto options = World::small_options();
  options.batch_commands_max = 10;
  World by_count(1, options);
  for (int i = 0; i < 25; ++i) by_count.submit(Add{by_count.id("ctr"), 1});
  by_count.run();
  EXPECT_EQ(by_count.engine->stats().commits, 3U);

  options = World::small_options();
  options.batch_bytes_max = 1;
  World by_bytes(1, options);
  for (int i = 0; i < 4; ++i) by_bytes.submit(Add{by_bytes.id("ctr"), 1});
  by_bytes.run();
  EXPECT_EQ(by_bytes.engine->stats().commits, 4U);
}

TEST(EngineCommands, a_query_hears_only_when_what_it_saw_is_durable) {
  World world;
  const TypeId counter = world.id("ctr");
  world.ask(Add{counter, 1});
  world.journal.hold();
  world.submit(Add{counter, 1});
  std::int64_t seen = 0;
  std::optional<Result<Position>> heard;
  world.engine->query([&](ReadView& view) { seen = view.find<tally::Counter>(counter)->value; },
                      [&](Result<Position> position) { heard = position; });
  world.run();
  EXPECT_EQ(seen, 2);
  EXPECT_FALSE(heard) << "the second addition is not durable";
  world.journal.release();
  world.run();
  ASSERT_TRUE(heard && *heard);
  EXPECT_EQ(**heard, Position(2));
}

TEST(EngineCommands, a_query_alone_waits_for_commits_under_way) {
  World world;
  const TypeId counter = world.id("ctr");
  world.journal.hold();
  world.ask(Add{counter, 1});
  bool heard = false;
  world.engine->query([](ReadView&) {}, [&](Result<Position>) { heard = true; });
  world.run();
  EXPECT_FALSE(heard);
  world.journal.release();
  world.run();
  EXPECT_TRUE(heard);
}

TEST(EngineCommands, a_refusal_without_a_key_waits_for_what_it_saw) {
  World world;
  const TypeId counter = world.id("ctr");
  world.journal.hold();
  world.ask(Add{counter, 1});
  const auto refused = world.ask(Add{counter, -5});
  EXPECT_FALSE(refused->answer);
  world.journal.release();
  world.run();
  EXPECT_EQ(refused->reason(), "below_zero");
}

TEST(EngineCommands, commands_can_be_submitted_by_name) {
  World world;
  const TypeId counter = world.id("ctr");
  std::vector<std::string> reasons;
  const auto note = [&](Result<Answered> answer) {
    reasons.push_back(answer ? "" : answer.error().reason);
  };
  world.engine->submit(world.context(), encode_command(Add{counter, 2}), note);
  world.run();
  world.engine->submit(world.context(), EncodedCommand{"no.such", {}}, note);
  world.engine->submit(world.context(), EncodedCommand{"counter.add", to_bytes("\xff\xff")}, note);
  EXPECT_EQ(reasons,
            (std::vector<std::string>{"", "unknown_command", "command_payload_unreadable"}));
  EXPECT_EQ(world.value(counter), 2);
}

TEST(EngineCommands, a_state_that_cannot_be_read_is_unavailable_and_changes_nothing) {
  World world;
  const TypeId rich = world.id("acc");
  world.checkpoints.set_unavailable(true);
  EXPECT_EQ(world.ask(OpenAccount{rich, 1})->reason(), "state_unreadable");
  world.journal.set_broken(Error{ErrorCode::Unavailable, "down", "Down.", {}, {}});
  const TypeId counter = world.id("ctr");
  EXPECT_EQ(world.ask(Add{counter, 1})->reason(), "state_unreadable");
  world.checkpoints.set_unavailable(false);
  world.journal.set_broken(std::nullopt);
  EXPECT_TRUE(world.ask(OpenAccount{rich, 1})->ok());
  EXPECT_TRUE(world.ask(Add{counter, 1})->ok());
  EXPECT_EQ(world.events().size(), 2U);
}

TEST(EngineCommands, stop_tells_everybody_something) {
  auto options = World::small_options();
  options.appends_in_flight_max = 1;
  World world(1, options);
  const TypeId counter = world.id("ctr");
  world.journal.hold();
  const auto under_way = world.ask(Add{counter, 1});
  const auto queued = world.ask(Add{counter, 1});
  world.engine->stop();
  EXPECT_EQ(under_way->code(), ErrorCode::OutcomeUnknown);
  EXPECT_EQ(queued->reason(), "engine_stopped");
  EXPECT_EQ(world.submit(Add{counter, 1})->reason(), "engine_stopped");
  world.journal.release();
  world.run();
  EXPECT_EQ(under_way->times, 1);
  world.restart();
  EXPECT_EQ(world.value(counter), 1) << "it turned out durable";
}

TEST(EngineCommands, drain_answers_all_that_was_admitted) {
  World world;
  const TypeId counter = world.id("ctr");
  world.journal.hold();
  const auto first = world.ask(Add{counter, 1});
  const auto second = world.submit(Add{counter, 1});
  bool drained = false;
  world.engine->drain([&] { drained = true; });
  EXPECT_EQ(world.submit(Add{counter, 1})->reason(), "engine_stopped");
  world.run();
  EXPECT_FALSE(drained);
  world.journal.release();
  world.run();
  EXPECT_TRUE(drained);
  EXPECT_EQ(second->value(), 2);
}

/// Names an entity as a client wrote its id.
struct NameAny {
  static constexpr std::string_view kName = "counter.name_any";
  using Answer = tally::Value;
  TypeId id;
};
BOOST_DESCRIBE_STRUCT(NameAny, (), (id))
Result<tally::Value> decide(View&, const NameAny&) {
  return fail(ErrorCode::NotFound, "not_a_counter", "Name a counter.");
}
void touches(const NameAny& command, Touches& ids) {
  ids.add(command.id);
}

TEST(EngineCommands, an_id_of_no_known_kind_is_left_to_the_rules) {
  World world;
  world.registry.command<NameAny>();
  EXPECT_EQ(world.ask(NameAny{world.id("nil")})->reason(), "not_a_counter");
  EXPECT_EQ(world.ask(NameAny{TypeId()})->reason(), "not_a_counter");
}

}  // namespace
}  // namespace remit::engine
