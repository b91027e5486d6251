#include "lab/sim/invariants.h"

#include "lab/sim/journal_watch.h"
#include "pay/ledger/transfer.h"
#include "pay/payers/payer.h"

#include <gtest/gtest.h>

namespace remit::lab::sim {
namespace {

using payments::PaymentState;

// Each invariant is shown to hold, and then to fail when the one thing is spoiled that it watches over.

const ClientId kClient("cli", {1});

TypeId id_of(std::string_view prefix, std::string_view name) {
  return TypeId::derive(prefix, as_bytes(name), "");
}

payments::Payment paid(std::string_view name, std::int64_t pence) {
  payments::Payment payment;
  payment.id = id_of("pay", name);
  payment.client = kClient;
  payment.amount = {pence, Currency::of("GBP")};
  payment.reference = name;
  payment.end_to_end_id = name;
  payment.state = PaymentState::Settled;
  return payment;
}

ledger::Account account(std::string_view name, const ledger::Balances& balances) {
  const Currency gbp = Currency::of("GBP");
  const bool owed = name == "client_funds" || name == "payouts_in_transit";
  return {.id = ledger::account_id(kClient, name, gbp),
          .client = kClient,
          .name = std::string(name),
          .type = owed ? ledger::AccountType::Liability : ledger::AccountType::Asset,
          .currency = gbp,
          .balances = balances};
}

/// A payment of 100 that was settled, and a refund of 30 that was.
class Books : public testing::Test {
 protected:
  Books() {
    add(paid("k0", 100));
    payments::Payment refund = paid("k1", 30);
    refund.kind = payments::PaymentKind::Refund;
    add(refund);
    add(account("client_funds", {.debits_posted = 30, .credits_posted = 100}));
    add(account("settlement_bank", {.debits_posted = 100, .credits_posted = 30}));
    add(account("payments_in_transit", {.debits_posted = 100, .credits_posted = 100}));
    add(account("payouts_in_transit", {.debits_posted = 30, .credits_posted = 30}));
  }
  void add(const payments::Payment& payment) {
    snapshot.payments[payment.id] = payment;
    orders.push_back({.end_to_end_id = payment.end_to_end_id,
                      .bank_payment_id = "bank " + payment.end_to_end_id,
                      .pence = payment.amount.amount,
                      .executions = 1});
    requests.push_back(
        {.key = payment.reference, .pence = payment.amount.amount, .acknowledged = payment.id});
  }
  void add(const ledger::Account& one) { snapshot.accounts[one.id] = one; }
  payments::Payment& first() { return snapshot.payments.at(id_of("pay", "k0")); }
  ledger::Account& books_of(std::string_view name) {
    return snapshot.accounts.at(ledger::account_id(kClient, name, Currency::of("GBP")));
  }

  Snapshot snapshot;
  std::vector<Order> orders;
  std::vector<Request> requests;
};

TEST_F(Books, nothing_executed_twice_sees_two_executions_and_two_keys) {
  std::map<std::string, std::set<std::string>> keys{{"k0", {"k0-1"}}, {"k1", {"k1-1"}}};
  EXPECT_EQ(nothing_executed_twice(orders, keys), std::nullopt);
  keys["k1"].insert("k1-2");
  EXPECT_NE(nothing_executed_twice(orders, keys), std::nullopt);
  orders.push_back(orders.front());
  EXPECT_NE(nothing_executed_twice(orders, {}), std::nullopt);
}

TEST_F(Books, ledger_sums_to_zero_sees_a_lost_penny_and_a_lost_reservation) {
  EXPECT_EQ(ledger_sums_to_zero(snapshot), std::nullopt);
  books_of("settlement_bank").balances.debits_posted += 1;
  EXPECT_NE(ledger_sums_to_zero(snapshot), std::nullopt);
  books_of("settlement_bank").balances.debits_posted -= 1;
  books_of("settlement_bank").balances.debits_pending += 1;
  EXPECT_NE(ledger_sums_to_zero(snapshot), std::nullopt);
  books_of("client_funds").balances.credits_pending += 1;
  EXPECT_EQ(ledger_sums_to_zero(snapshot), std::nullopt) << "reserved on both sides";
  books_of("client_funds").balances.debits_pending -= 1;
  EXPECT_NE(ledger_sums_to_zero(snapshot), std::nullopt);
}

TEST_F(Books, acknowledged_payments_exist_sees_one_gone_one_doubled_and_one_changed) {
  EXPECT_EQ(acknowledged_payments_exist(requests, snapshot), std::nullopt);
  first().amount.amount = 99;
  EXPECT_NE(acknowledged_payments_exist(requests, snapshot), std::nullopt);
  first().amount.amount = 100;
  payments::Payment again = paid("another", 100);
  again.reference = "k0";
  snapshot.payments[again.id] = again;
  EXPECT_NE(acknowledged_payments_exist(requests, snapshot), std::nullopt);
  snapshot.payments.erase(again.id);
  snapshot.payments.erase(first().id);
  EXPECT_NE(acknowledged_payments_exist(requests, snapshot), std::nullopt);
}

TEST_F(Books, nothing_is_lost_sees_a_request_without_answer_and_a_payment_without_end) {
  EXPECT_EQ(nothing_is_lost(requests, snapshot), std::nullopt);
  first().state = PaymentState::Executed;
  EXPECT_NE(nothing_is_lost(requests, snapshot), std::nullopt);
  first().settles_on = payments::SettlementBasis::CreditConfirmation;
  EXPECT_EQ(nothing_is_lost(requests, snapshot), std::nullopt) << "as far as its bank goes";
  first().state = PaymentState::OutcomeUnknown;
  EXPECT_NE(nothing_is_lost(requests, snapshot), std::nullopt);
  first().state = PaymentState::Settled;
  requests.push_back({.key = "k2"});
  EXPECT_NE(nothing_is_lost(requests, snapshot), std::nullopt);
}

TEST_F(Books, payments_equal_the_bank_sees_what_only_one_of_the_two_calls_paid) {
  EXPECT_EQ(payments_equal_the_bank(snapshot, orders), std::nullopt);
  first().state = PaymentState::Rejected;
  EXPECT_NE(payments_equal_the_bank(snapshot, orders), std::nullopt) << "the bank executed it";
  first().state = PaymentState::Settled;
  orders.front().executions = 0;
  EXPECT_NE(payments_equal_the_bank(snapshot, orders), std::nullopt) << "the bank did not";
  orders.front().executions = 1;
  orders.front().pence = 1;
  EXPECT_NE(payments_equal_the_bank(snapshot, orders), std::nullopt) << "another amount";
  orders.front().pence = 100;
  orders.push_back({.end_to_end_id = "nobody's", .pence = 1, .executions = 1});
  EXPECT_NE(payments_equal_the_bank(snapshot, orders), std::nullopt) << "nobody asked for it";
}

TEST_F(Books, ledger_equals_the_bank_sees_each_account_that_is_out) {
  EXPECT_EQ(ledger_equals_the_bank(kClient, snapshot, orders), std::nullopt);
  for (const char* name :
       {"client_funds", "settlement_bank", "payments_in_transit", "payouts_in_transit"}) {
    books_of(name).balances.debits_posted += 1;
    EXPECT_NE(ledger_equals_the_bank(kClient, snapshot, orders), std::nullopt) << name;
    books_of(name).balances.debits_posted -= 1;
    books_of(name).balances.debits_pending += 1;
    EXPECT_NE(ledger_equals_the_bank(kClient, snapshot, orders), std::nullopt) << name;
    books_of(name).balances.debits_pending -= 1;
  }
}

TEST(Invariants, answers_stay_true_sees_each_answer_that_is_not_the_one_before) {
  const auto error = [](ErrorCode code, const char* reason) {
    return Result<TypeId>(std::unexpected(Error{code, reason, "", {}, nullptr}));
  };
  const auto refused_now = error(ErrorCode::InvalidArgument, "iban_invalid");
  const auto later = error(ErrorCode::Unavailable, "overloaded");
  const auto not_written = error(ErrorCode::Unavailable, "append_refused");
  const Request open{.key = "k"};
  const Request told{.key = "k", .acknowledged = id_of("pay", "a")};
  const Request refused{.key = "k", .refused = "iban_invalid"};

  EXPECT_EQ(answers_stay_true(open, id_of("pay", "a"), false), std::nullopt);
  EXPECT_EQ(answers_stay_true(told, id_of("pay", "a"), false), std::nullopt) << "again";
  EXPECT_NE(answers_stay_true(told, id_of("pay", "b"), false), std::nullopt) << "another";
  EXPECT_NE(answers_stay_true(refused, id_of("pay", "a"), false), std::nullopt);

  EXPECT_EQ(answers_stay_true(open, refused_now, false), std::nullopt);
  EXPECT_EQ(answers_stay_true(refused, refused_now, false), std::nullopt);
  EXPECT_NE(answers_stay_true(told, refused_now, false), std::nullopt);
  EXPECT_EQ(answers_stay_true(told, later, false), std::nullopt) << "which says nothing";

  EXPECT_EQ(answers_stay_true(open, not_written, false), std::nullopt);
  EXPECT_NE(answers_stay_true(open, not_written, true), std::nullopt) << "and was";
}

TEST(Invariants, what_somebody_was_posted_is_told_on) {
  EXPECT_EQ(webhooks_are_right(""), std::nullopt);
  EXPECT_EQ(webhooks_are_right("not signed"), "not signed");
}

TEST(Invariants, refusals_leave_nothing_sees_a_command_that_was_refused_and_done) {
  const std::set<TypeId> refused{id_of("cmd", "a"), id_of("cmd", "b")};
  EXPECT_EQ(refusals_leave_nothing(refused, {id_of("cmd", "c")}), std::nullopt);
  EXPECT_NE(refusals_leave_nothing(refused, {id_of("cmd", "b"), id_of("cmd", "c")}), std::nullopt);
}

TEST(Invariants, dead_letters_are_closed_sees_one_that_is_open) {
  Snapshot snapshot;
  flow::DeadLetter letter{.id = id_of("dlq", "one"), .status = flow::DeadLetterStatus::Redriven};
  snapshot.letters[letter.id] = letter;
  EXPECT_EQ(dead_letters_are_closed(snapshot), std::nullopt);
  snapshot.letters[letter.id].status = flow::DeadLetterStatus::Open;
  EXPECT_NE(dead_letters_are_closed(snapshot), std::nullopt);
}

TEST(Invariants, flows_are_done_sees_lag_trouble_and_what_is_under_way) {
  const flow::FlowStatus done{.name = "submit_payments"};
  EXPECT_EQ(flows_are_done({done}), std::nullopt);
  flow::FlowStatus lags = done;
  lags.lag_records = 1;
  flow::FlowStatus busy = done;
  busy.in_flight = 1;
  flow::FlowStatus troubled = done;
  troubled.keys_in_trouble = 1;
  for (const flow::FlowStatus& status : {lags, busy, troubled}) {
    EXPECT_NE(flows_are_done({done, status}), std::nullopt);
  }
}

api::PublishedFact fact(std::string_view name, std::string_view subject, std::uint64_t position) {
  return {.id = id_of("evt", name),
          .position = position,
          .type = "payment.settled.v1",
          .subject = id_of("pay", subject),
          .json = std::string(name)};
}
TakenEvent taken(std::string_view name) {
  return {id_of("evt", name).to_string(), std::string(name)};
}

TEST(Invariants, every_event_is_delivered_sees_one_missing_one_made_up_and_one_changed) {
  const std::vector facts{fact("a", "one", 1), fact("b", "one", 2)};
  EXPECT_EQ(every_event_is_delivered({taken("b"), taken("a")}, facts), std::nullopt);
  EXPECT_NE(every_event_is_delivered({taken("a")}, facts), std::nullopt);
  EXPECT_NE(every_event_is_delivered({taken("a"), taken("b"), taken("c")}, facts), std::nullopt);
  TakenEvent changed = taken("b");
  changed.body = "something else";
  EXPECT_NE(every_event_is_delivered({taken("a"), changed}, facts), std::nullopt);
}

TEST(Invariants, webhooks_keep_order_sees_a_later_event_of_one_subject_first) {
  const std::vector facts{fact("a", "one", 1), fact("b", "one", 2), fact("c", "two", 3)};
  EXPECT_EQ(webhooks_keep_order({taken("c"), taken("a"), taken("b")}, facts, {}), std::nullopt)
      << "others may pass";
  const std::vector wrong{taken("b"), taken("a"), taken("c")};
  EXPECT_NE(webhooks_keep_order(wrong, facts, {}), std::nullopt);
  EXPECT_EQ(webhooks_keep_order(wrong, facts, {id_of("pay", "one").to_string()}), std::nullopt)
      << "one was given up";
}

/// A short life in which nothing goes wrong.
class QuietWorld : public testing::Test {
 protected:
  QuietWorld() {
    for (int turn = 0; turn < 150; ++turn) {
      people.act();
      world.turn();
      people.observe();
    }
    world.engine().checkpoint([](const Result<engine::Position>&) {});
    world.host.advance(std::chrono::seconds(10));
  }
  static FaultMask everything() { return FaultMask().set(); }

  Violation fold_of_checkpoint() {
    return fold_equals_checkpoint(world.registry, world.disks->journal(),
                                  world.disks->checkpoints(), World::kPartition);
  }

  World world{3, everything()};
  People people{world, 5};
};

TEST_F(QuietWorld, journal_holds_and_books_balance_in_a_quiet_world) {
  journal::InvariantWatch watch = watch_journal();
  EXPECT_EQ(journal_holds(world.disks->journal(), World::kPartition, watch), std::nullopt);
  EXPECT_EQ(books_balance(world), std::nullopt);
}

TEST_F(QuietWorld, journal_holds_and_books_balance_see_what_is_booked_twice) {
  journal::Journal& journal = world.disks->journal();
  const auto commits =
      journal.read_commits(World::kPartition, journal::Sequence(1), {.events_max = 100'000});
  ASSERT_TRUE(commits);
  const auto booked = std::ranges::find_if(*commits, [](const journal::StoredCommit& stored) {
    return std::ranges::any_of(stored.commit.events, [](const journal::NewEvent& event) {
      return event.type == ledger::TransferCreated::kType.name;
    });
  });
  ASSERT_NE(booked, commits->end());
  const journal::Head head = *journal.head(World::kPartition);
  journal::Commit again = booked->commit;
  again.sequence = head.sequence.next();
  again.first_position = head.position.next();
  again.time = commits->back().commit.time;
  bool appended = false;
  journal.append(World::kPartition, head.epoch, std::move(again), [&](const auto& outcome) {
    appended = std::holds_alternative<journal::Appended>(outcome);
  });
  world.host.advance(std::chrono::seconds(10));
  ASSERT_TRUE(appended);
  journal::InvariantWatch watch = watch_journal();
  EXPECT_NE(journal_holds(journal, World::kPartition, watch), std::nullopt);
  EXPECT_NE(books_balance(world), std::nullopt);
}

TEST_F(QuietWorld, refusals_leave_nothing_where_the_inbox_is_full) {
  const std::set<TypeId> before = people.refused();
  for (std::size_t i = 0; i < engine::EngineOptions().inbox_commands_max; ++i) {
    engine::CommandContext context;
    context.command = world.id("cmd");
    context.client = people.client();
    world.engine().submit(context, payments::CancelPayment{id_of("pay", "nobody's")}, [](auto) {});
  }
  for (int acts = 0; acts < 50; ++acts) people.act();
  EXPECT_GT(people.refused().size(), before.size());
  world.host.advance(std::chrono::seconds(10));
  people.observe();
  EXPECT_EQ(refusals_leave_nothing(people.refused(), people.done()), std::nullopt);
  // Had one of them been done all the same, it would be seen.
  std::set<TypeId> done = people.done();
  for (const TypeId& command : people.refused()) {
    if (!before.contains(command)) done.insert(command);
  }
  EXPECT_NE(refusals_leave_nothing(people.refused(), done), std::nullopt);
  // And so would one of those that the journal names.
  const auto events = world.disks->journal().read(World::kPartition, journal::Position(1), {});
  ASSERT_TRUE(events && !events->empty());
  EXPECT_NE(refusals_leave_nothing({events->front().cause.command}, people.done()), std::nullopt);
}

TEST_F(QuietWorld, fold_equals_checkpoint_sees_a_state_that_no_event_made) {
  EXPECT_EQ(fold_of_checkpoint(), std::nullopt);
  engine::CheckpointStore& store = world.disks->checkpoints();
  auto stored = store.scan(World::kPartition, "acc", TypeId(), 1);
  ASSERT_TRUE(stored && !stored->empty());
  auto spoiled = *codec::decode<ledger::Account>(*stored->front().state);
  spoiled.balances.debits_posted += 1;
  stored->front().state = codec::encode(spoiled);
  ASSERT_TRUE(store.save(World::kPartition, *store.latest(World::kPartition), *stored));
  EXPECT_NE(fold_of_checkpoint(), std::nullopt);
}

TEST_F(QuietWorld, chain_is_whole_and_fold_equals_state_see_a_journal_that_is_not_what_it_was) {
  EXPECT_EQ(chain_is_whole(world.disks->journal(), World::kPartition), std::nullopt);
  EXPECT_EQ(fold_equals_state(world), std::nullopt);
  auto& journal = dynamic_cast<journal::MemoryJournal&>(world.disks->journal());
  // Where a byte is of a state, the fold sees it too; not every byte is.
  const std::size_t size =
      journal.read_commits(World::kPartition, journal::Sequence(1), {.events_max = 1})
          ->front()
          .stored.size();
  bool fold_saw_one = false;
  for (std::size_t offset = 0; offset < size && !fold_saw_one; ++offset) {
    journal.flip_byte(World::kPartition, journal::Sequence(1), offset);
    EXPECT_NE(chain_is_whole(world.disks->journal(), World::kPartition), std::nullopt) << offset;
    fold_saw_one = fold_equals_state(world).has_value();
    journal.flip_byte(World::kPartition, journal::Sequence(1), offset);
  }
  EXPECT_TRUE(fold_saw_one);
}

TEST_F(QuietWorld, erased_cannot_be_read_sees_a_key_that_is_still_there) {
  const TypeId payer = *world.sealer.make_owner(payers::Payer::kPrefix, people.client());
  EXPECT_EQ(erased_cannot_be_read(*world.disks, world.keyring), std::nullopt);
  engine::CommandContext context;
  context.command = world.id("cmd");
  context.client = people.client();
  payments::CreatePayment command{
      .id = world.id("pay"),
      .amount = {100, Currency::of("GBP")},
      .parties = *world.sealer.seal(payer, payments::Parties{.creditor_name = "ACME"}),
      .reference = "INVOICE",
      .rail = "model",
      .expires_at = world.host.clock().now() + std::chrono::minutes(5),
      .payer = payer};
  const TypeId payment = command.id;
  world.engine().submit(context, std::move(command), [](auto) {});
  context.command = world.id("cmd");
  world.engine().submit(context, payments::CancelPayment{payment}, [](auto) {});
  context.command = world.id("cmd");
  world.engine().submit(context, payers::ErasePayer{payer}, [](auto) {});
  world.host.step_until_idle();
  // The event alone, with keys of a time before the flow had acted on it.
  codec::MemoryKeyring old_keys(world.entropy);
  EXPECT_NE(erased_cannot_be_read(*world.disks, old_keys), std::nullopt);
  world.host.advance(std::chrono::seconds(10));
  EXPECT_EQ(erased_cannot_be_read(*world.disks, world.keyring), std::nullopt);
  EXPECT_EQ(world.sealer.open(*world.sealer.seal(people.client(), std::string("kept"))).value(),
            "kept");
}

TEST_F(QuietWorld, projection_equals_fold_sees_a_row_that_is_gone) {
  const std::string& file = world.process().read_model_file();
  EXPECT_EQ(projection_equals_fold(world.registry, *world.disks, file), std::nullopt);
  auto rows = sqlite::Database::open(file, {});
  ASSERT_TRUE(rows);
  ASSERT_TRUE(rows->execute("DELETE FROM states WHERE id = (SELECT min(id) FROM states)"));
  EXPECT_NE(projection_equals_fold(world.registry, *world.disks, file), std::nullopt);
}

}  // namespace
}  // namespace remit::lab::sim
