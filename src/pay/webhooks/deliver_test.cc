#include "kit/base/hash.h"
#include "pay/webhooks/enabled_flows.h"
#include "pay/webhooks/limits.h"
#include "pay/webhooks/webhooks_world_test.h"

#include <gmock/gmock.h>

namespace remit::webhooks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

using Deliveries = WebhooksWorld;

TEST_F(Deliveries, EveryEventIsPostedOnceInOrderAndSigned) {
  const TypeId endpoint = open_endpoint();
  const TypeId counter = world.id("ctr");
  change(counter, 3);
  run();
  ASSERT_THAT(receivers.posted, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    const Posted& one = receivers.posted[i];
    EXPECT_EQ(one.url, "https://shop.example/hook");
    EXPECT_THAT(one.body, HasSubstr(fmt::format(R"("data":{{"value":{})", i + 1)));
    EXPECT_THAT(one.body, HasSubstr(fmt::format(R"("id":"{}")", one.id)));
    const auto secret = *from_base64(secret_of(endpoint).substr(6));
    const std::string text = fmt::format("{}.{}.{}", one.id, one.timestamp, one.body);
    EXPECT_EQ(one.signatures, "v1," + to_base64(view_of(hmac_sha256(secret, as_bytes(text)))));
    EXPECT_EQ(delivery(endpoint, one.id).status, DeliveryStatus::Delivered);
    EXPECT_EQ(delivery(endpoint, one.id).attempts, 1u);
  }
}

TEST_F(Deliveries, OnlyWhatHappensAfterItsCreationAndWhatItAskedFor) {
  const TypeId counter = world.id("ctr");
  change(counter);
  run();
  open_endpoint("https://all.example/");
  open_endpoint("https://some.example/", {"counter.*"});
  open_endpoint("https://none.example/", {"payment.*"});
  change(counter);
  run();
  ASSERT_THAT(receivers.posted, SizeIs(2));
  EXPECT_NE(receivers.posted[0].url, receivers.posted[1].url);
  EXPECT_EQ(receivers.posted[0].id, receivers.posted[1].id);
}

TEST_F(Deliveries, OfOneClientNeverReachAnother) {
  open_endpoint();
  client = world.id("cli");
  open_endpoint("https://other.example/");
  change(world.id("ctr"));
  run();
  ASSERT_THAT(receivers.posted, SizeIs(1));
  EXPECT_EQ(receivers.posted[0].url, "https://other.example/");
}

TEST_F(Deliveries, AFailureHoldsItsSubjectAndNothingElse) {
  open_endpoint();
  const TypeId troubled = world.id("ctr");
  const TypeId healthy = world.id("ctr");
  receivers.answer = [&](const Posted& one) {
    return status(one.body.find(troubled.to_string()) == std::string::npos ? 200 : 500);
  };
  change(troubled, 2);
  change(healthy, 2);
  run();
  const auto first = receivers.posted.front().id;
  EXPECT_THAT(receivers.posted, SizeIs(3));  // One of the troubled counter, two of the other.
  receivers.answer = nullptr;
  receivers.posted.clear();
  run(policy.retry_delays.front() * 2);
  run();
  ASSERT_THAT(receivers.posted, SizeIs(2));
  EXPECT_EQ(receivers.posted[0].id, first);
  EXPECT_THAT(receivers.posted[1].body, HasSubstr(R"("value":2)"));
}

TEST_F(Deliveries, AreTriedForThreeDaysAndThenGivenUp) {
  const TypeId endpoint = open_endpoint();
  const TypeId counter = world.id("ctr");
  receivers.answer = [](const Posted&) { return status(500); };
  change(counter);
  run();
  const Timestamp began = world.host.clock().now();
  const std::string id = receivers.posted.front().id;
  while (delivery(endpoint, id).status == DeliveryStatus::Retrying) {
    ASSERT_LT(world.host.clock().now() - began, policy.retry_for * 2);
    run(std::chrono::minutes(10));
  }
  EXPECT_EQ(delivery(endpoint, id).status, DeliveryStatus::Failed);
  const auto took = world.host.clock().now() - began;
  EXPECT_GE(took, policy.retry_for);
  EXPECT_LT(took, policy.retry_for + std::chrono::hours(1));
  EXPECT_EQ(receivers.posted.size(), policy.retry_delays.size() + 1);
  const auto statuses = dispatcher->statuses();
  ASSERT_THAT(statuses, SizeIs(1));
  EXPECT_EQ(statuses[0].dead_letters, 1u);
  // What comes later is not held for ever.
  receivers.answer = nullptr;
  receivers.posted.clear();
  change(counter);
  run();
  EXPECT_THAT(receivers.posted, SizeIs(1));
}

TEST_F(Deliveries, ADeadLetterIsDeliveredByARedrive) {
  policy.retry_for = {};
  stop();
  start();
  const TypeId endpoint = open_endpoint();
  receivers.answer = [](const Posted&) { return status(500); };
  change(world.id("ctr"));
  run();
  const std::string id = receivers.posted.front().id;
  ASSERT_EQ(delivery(endpoint, id).status, DeliveryStatus::Failed);
  receivers.answer = nullptr;
  const TypeId letter = flow::dead_letter_id(flow_name(endpoint),
                                             flow::Cursor(delivery(endpoint, id).what.position), 1);
  ASSERT_TRUE(ask(flow::RedriveDeadLetter{letter, "mended"}));
  run();
  EXPECT_THAT(receivers.ids(), ElementsAre(id, id));
  EXPECT_EQ(delivery(endpoint, id).status, DeliveryStatus::Delivered);
}

TEST_F(Deliveries, RetryAfterIsHonoured) {
  open_endpoint();
  receivers.answer = [](const Posted&) {
    net::HttpResponse response{.status = 429};
    response.headers.add("Retry-After", "600");
    return response;
  };
  change(world.id("ctr"));
  run(std::chrono::minutes(9));
  EXPECT_THAT(receivers.posted, SizeIs(1));
  run(std::chrono::minutes(2));
  EXPECT_THAT(receivers.posted, SizeIs(2));
}

TEST_F(Deliveries, GoneDisablesTheEndpoint) {
  const TypeId gone = open_endpoint();
  receivers.answer = [](const Posted&) { return status(410); };
  change(world.id("ctr"));
  run();
  EXPECT_EQ(endpoint(gone).status, EndpointStatus::Disabled);
  EXPECT_EQ(endpoint(gone).disabled_because, "gone");
  change(world.id("ctr"));
  run(std::chrono::hours(100));
  EXPECT_THAT(receivers.posted, SizeIs(1));
  EXPECT_TRUE(dispatcher->statuses().empty());
}

TEST_F(Deliveries, AnEndpointThatIsEnabledAgainHearsWhatHappensFromThenOn) {
  const TypeId id = open_endpoint();
  ASSERT_TRUE(ask(UpdateEndpoint{.id = id, .enabled = false}));
  run();
  const TypeId counter = world.id("ctr");
  change(counter);
  run();
  ASSERT_TRUE(ask(UpdateEndpoint{.id = id, .enabled = true}));
  run();
  change(counter);
  run();
  ASSERT_THAT(receivers.posted, SizeIs(1));
  EXPECT_THAT(receivers.posted[0].body, HasSubstr(R"("value":2)"));
}

TEST_F(Deliveries, ACrashBeforeTheJournalRepeatsAndAfterItDoesNot) {
  const TypeId endpoint = open_endpoint();
  receivers.held = true;
  change(world.id("ctr"));
  run();
  ASSERT_THAT(receivers.waiting, SizeIs(1));
  crash();  // The receiver has it, and nobody wrote that down.
  ASSERT_THAT(receivers.posted, SizeIs(2));
  EXPECT_EQ(receivers.posted[0].id, receivers.posted[1].id);
  receivers.answer_held(200);
  run();
  EXPECT_EQ(delivery(endpoint, receivers.posted[0].id).attempts, 1u);
  receivers.held = false;
  stop();
  ASSERT_TRUE(checkpoints.save(flow_name(endpoint), {}));  // As if it had never been saved.
  world.restart();
  start();
  run();
  EXPECT_THAT(receivers.posted, SizeIs(2));
}

/// Those with very many subjects.
using DeliveriesSlow = Deliveries;

TEST_F(DeliveriesSlow, AnEndpointThatIsDownHoldsUpNoOther) {
  open_endpoint("https://down.example/");
  open_endpoint("https://up.example/");
  receivers.answer = [](const Posted& one) -> ScriptedReceivers::Answer {
    if (one.url == "https://up.example/") return status(200);
    return fail(ErrorCode::Unavailable, "not_connected", "Nobody is there.");
  };
  // More subjects than may be in trouble at once.
  for (std::size_t i = 0; i < kSubjectsInTroubleMax + 50; ++i) change(world.id("ctr"));
  run(std::chrono::seconds(2));
  std::size_t up = 0;
  for (const Posted& one : receivers.posted) up += one.url == "https://up.example/" ? 1 : 0;
  EXPECT_EQ(up, kSubjectsInTroubleMax + 50);
  // It is asked often enough to be found back soon, and then hears everything.
  run(std::chrono::hours(10));
  receivers.posted.clear();
  receivers.answer = nullptr;
  run(kDownDelayMax * 3);
  EXPECT_THAT(receivers.posted, SizeIs(kSubjectsInTroubleMax + 50));
}

TEST_F(Deliveries, AResendGoesOutUnderTheSameId) {
  const TypeId endpoint = open_endpoint();
  change(world.id("ctr"));
  run();
  const std::string id = receivers.posted.front().id;
  const auto resent = ask(ResendEvents{endpoint, {delivery(endpoint, id).what}});
  ASSERT_TRUE(resent) << resent.error().describe();
  EXPECT_EQ(resent->events, 1u);
  run();
  EXPECT_THAT(receivers.ids(), ElementsAre(id, id));
  EXPECT_EQ(delivery(endpoint, id).round, 2u);
  EXPECT_EQ(delivery(endpoint, id).attempts, 2u);
  crash();
  EXPECT_THAT(receivers.posted, SizeIs(2));
}

TEST_F(Deliveries, AResendTakesThePlaceOfTheRetryThatIsDue) {
  const TypeId endpoint = open_endpoint();
  receivers.answer = [](const Posted&) { return status(500); };
  change(world.id("ctr"));
  run();
  const std::string id = receivers.posted.front().id;
  ASSERT_TRUE(ask(ResendEvents{endpoint, {delivery(endpoint, id).what}}));
  receivers.answer = nullptr;
  run(std::chrono::hours(1));
  EXPECT_THAT(receivers.ids(), ElementsAre(id, id));
  EXPECT_EQ(delivery(endpoint, id).status, DeliveryStatus::Delivered);
}

TEST_F(Deliveries, BothSecretsSignUntilTheOldOneEnds) {
  const TypeId endpoint_id = open_endpoint();
  const std::string old_secret = secret_of(endpoint_id);
  const auto rotated = ask(RotateSecret{endpoint_id, key(), std::chrono::hours(1)});
  ASSERT_TRUE(rotated) << rotated.error().describe();
  change(world.id("ctr"));
  run();
  const Posted& one = receivers.posted.back();
  EXPECT_EQ(std::ranges::count(one.signatures, ' '), 1);
  const std::string text = fmt::format("{}.{}.{}", one.id, one.timestamp, one.body);
  const auto by = [&](const std::string& secret) {
    return "v1," + to_base64(view_of(hmac_sha256(*from_base64(secret.substr(6)), as_bytes(text))));
  };
  EXPECT_EQ(one.signatures, by(secret_of(endpoint_id)) + " " + by(old_secret));
  run(std::chrono::hours(1));
  change(world.id("ctr"));
  run();
  EXPECT_EQ(std::ranges::count(receivers.posted.back().signatures, ' '), 0);
}

TEST_F(Deliveries, AReadModelThatIsMadeAnewDeliversNothingTwice) {
  open_endpoint();
  change(world.id("ctr"), 3);
  run();
  read_flow->rebuild();
  run(std::chrono::seconds(1));
  EXPECT_THAT(receivers.posted, SizeIs(3));
  change(world.id("ctr"));
  run();
  EXPECT_THAT(receivers.posted, SizeIs(4));
}

TEST_F(Deliveries, APausedFlowDeliversWhenItIsResumed) {
  const TypeId endpoint = open_endpoint();
  dispatcher->set_paused(flow_name(endpoint), true);
  run();
  change(world.id("ctr"));
  run();
  EXPECT_TRUE(receivers.posted.empty());
  dispatcher->set_paused(flow_name(endpoint), false);
  run();
  EXPECT_THAT(receivers.posted, SizeIs(1));
}

TEST_F(Deliveries, BeginASecondAfterTheirCheckpointCanBeWrittenAgain) {
  checkpoints.refuses = [](std::string_view) { return true; };
  open_endpoint();
  change(world.id("ctr"));
  run();
  EXPECT_THAT(receivers.posted, IsEmpty());
  world.host.advance(std::chrono::minutes(1));
  ASSERT_THAT(dispatcher->statuses(), SizeIs(1));
  EXPECT_THAT(dispatcher->statuses()[0].trouble, HasSubstr("ENOSPC"));
  EXPECT_GE(dispatcher->statuses()[0].lag, std::chrono::minutes(1));
  checkpoints.refuses = nullptr;
  world.host.advance(std::chrono::seconds(2));
  EXPECT_EQ(dispatcher->statuses()[0].trouble, "");
  EXPECT_THAT(receivers.posted, SizeIs(1)) << "though nothing new happened";
}

TEST_F(Deliveries, OfOneEndpointThatCannotBeginHoldUpNoOther) {
  checkpoints.refuses = [](std::string_view) { return true; };
  const TypeId first = open_endpoint("https://first.example/");
  checkpoints.refuses = [first](std::string_view flow) { return flow == flow_name(first); };
  open_endpoint("https://second.example/");
  change(world.id("ctr"));
  run();
  ASSERT_THAT(receivers.posted, SizeIs(1));
  EXPECT_EQ(receivers.posted[0].url, "https://second.example/");
}

TEST_F(Deliveries, BeginASecondAfterTheRowsCanBeReadAgain) {
  open_endpoint();
  dispatcher.reset();
  auto rows = *sqlite::Database::open(rows_file(), {});
  ASSERT_TRUE(rows.prepare("ALTER TABLE webhook_endpoints RENAME TO hidden")->run());
  start_dispatcher();
  change(world.id("ctr"));
  run();
  EXPECT_THAT(receivers.posted, IsEmpty());
  ASSERT_TRUE(rows.prepare("ALTER TABLE hidden RENAME TO webhook_endpoints")->run());
  world.host.advance(std::chrono::seconds(2));
  EXPECT_THAT(receivers.posted, SizeIs(1)) << "though nothing new happened";
}

TEST_F(Deliveries, TheJournalNamesTheFlowsOfEnabledEndpoints) {
  const auto names = [&] { return *enabled_flows(world.journal, engine::World::kPartition); };
  EXPECT_THAT(names(), IsEmpty());
  const TypeId on = open_endpoint();
  const TypeId off = open_endpoint();
  const TypeId deleted = open_endpoint();
  const TypeId on_again = open_endpoint();
  ASSERT_TRUE(ask(UpdateEndpoint{.id = off, .enabled = false}));
  ASSERT_TRUE(ask(DeleteEndpoint{deleted}));
  ASSERT_TRUE(ask(UpdateEndpoint{.id = on_again, .enabled = false}));
  ASSERT_TRUE(ask(UpdateEndpoint{.id = on_again, .enabled = true}));
  EXPECT_THAT(names(), UnorderedElementsAre(flow_name(on), flow_name(on_again)));
}

}  // namespace
}  // namespace remit::webhooks
