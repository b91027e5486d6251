#pragma once

#include "kit/base/codec/codec.h"
#include "kit/base/codec/json.h"
#include "kit/engine/command.h"
#include "kit/engine/entity.h"
#include "kit/engine/registry.h"

#include <boost/describe.hpp>

#include <string>

/// A small domain for the engine's tests: counters that are folded from their streams, and accounts that gifts, events of
/// streams of their own, move money between.
namespace remit::engine::tally {

struct Counter {
  static constexpr std::string_view kPrefix = "ctr";
  static constexpr LoadPolicy kLoadPolicy = LoadPolicy::Fold;
  std::int64_t value = 0;
  std::uint64_t changes = 0;
};
BOOST_DESCRIBE_STRUCT(Counter, (), (value, changes))

struct Account {
  static constexpr std::string_view kPrefix = "acc";
  static constexpr LoadPolicy kLoadPolicy = LoadPolicy::Snapshot;
  std::int64_t balance = 0;
  std::uint64_t gifts = 0;
  Timestamp opened_at;
};
BOOST_DESCRIBE_STRUCT(Account, (), (balance, gifts, opened_at))

struct Gift {
  static constexpr std::string_view kPrefix = "gft";
  static constexpr LoadPolicy kLoadPolicy = LoadPolicy::Fold;
  TypeId from;
  TypeId to;
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(Gift, (), (from, to, amount))

struct CounterChanged {
  static constexpr EventType kType{"counter.changed", 1};
  std::int64_t by = 0;
};
BOOST_DESCRIBE_STRUCT(CounterChanged, (), (by))

struct AccountOpened {
  static constexpr EventType kType{"account.opened", 1};
  std::int64_t balance = 0;
};
BOOST_DESCRIBE_STRUCT(AccountOpened, (), (balance))

struct GiftMade {
  static constexpr EventType kType{"gift.made", 1};
  TypeId from;
  TypeId to;
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(GiftMade, (), (from, to, amount))

inline void evolve(Changes& changes, const CounterChanged& event, const EventContext& context) {
  auto& counter = changes.change<Counter>(context.stream);
  counter.value += event.by;
  ++counter.changes;
  CHECK(counter.changes == context.version.value, "a counter that is not that of its stream");
}
inline void evolve(Changes& changes, const AccountOpened& event, const EventContext& context) {
  auto& account = changes.change<Account>(context.stream);
  account.balance = event.balance;
  account.opened_at = context.time;
}
inline void evolve(Changes& changes, const GiftMade& event, const EventContext& context) {
  changes.change<Gift>(context.stream) = {event.from, event.to, event.amount};
  auto& from = changes.change<Account>(event.from);
  from.balance -= event.amount;
  ++from.gifts;
  changes.change<Account>(event.to).balance += event.amount;
}

struct Value {
  std::int64_t value = 0;
  bool operator==(const Value&) const = default;
};
BOOST_DESCRIBE_STRUCT(Value, (), (value))

/// Adds to a counter in `steps` events; refuses, after it emitted them all, to end below zero.
struct Add {
  static constexpr std::string_view kName = "counter.add";
  using Answer = Value;
  TypeId counter;
  std::int64_t by = 0;
  std::uint32_t steps = 1;
};
BOOST_DESCRIBE_STRUCT(Add, (), (counter, by, steps))

struct OpenAccount {
  static constexpr std::string_view kName = "account.open";
  using Answer = Value;
  TypeId account;
  std::int64_t balance = 0;
};
BOOST_DESCRIBE_STRUCT(OpenAccount, (), (account, balance))

struct Give {
  static constexpr std::string_view kName = "gift.give";
  using Answer = Value;
  TypeId gift;
  TypeId from;
  TypeId to;
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(Give, (), (gift, from, to, amount))

/// Sets a timer that will add to the counter; a `due` of zero cancels it.
struct AddLater {
  static constexpr std::string_view kName = "counter.add_later";
  using Answer = Value;
  TypeId counter;
  std::string label;
  Timestamp due;
  std::int64_t by = 0;
};
BOOST_DESCRIBE_STRUCT(AddLater, (), (counter, label, due, by))

inline Result<Value> decide(View& view, const Add& command) {
  for (std::uint32_t step = 0; step < command.steps; ++step) {
    view.emit(command.counter, CounterChanged{command.by});
  }
  const std::int64_t value = view.get<Counter>(command.counter).value;
  if (value < 0) {
    return fail(ErrorCode::FailedPrecondition, "below_zero", "The counter would be below zero.");
  }
  return Value{value};
}
inline void touches(const Add& command, Touches& ids) {
  ids.add(command.counter);
}

inline Result<Value> decide(View& view, const OpenAccount& command) {
  if (view.find<Account>(command.account) != nullptr) {
    return fail(ErrorCode::Conflict, "account_exists", "The account is open already.");
  }
  view.emit(command.account, AccountOpened{command.balance});
  return Value{command.balance};
}

inline Result<Value> decide(View& view, const Give& command) {
  const auto* from = view.find<Account>(command.from);
  if (from == nullptr || view.find<Account>(command.to) == nullptr) {
    return fail(ErrorCode::NotFound, "account_not_found", "Open the account first.");
  }
  if (view.find<Gift>(command.gift) != nullptr) {
    return fail(ErrorCode::Conflict, "gift_exists", "Use a new id.");
  }
  view.emit(command.gift, GiftMade{command.from, command.to, command.amount});
  if (view.get<Account>(command.from).balance < 0) {
    return fail(ErrorCode::FailedPrecondition, "overdrawn", "The giver has less than that.");
  }
  return Value{view.get<Account>(command.from).balance};
}

inline Result<Value> decide(View& view, const AddLater& command) {
  const TimerKey key{command.counter, command.label};
  if (command.due == Timestamp()) {
    view.cancel_timer(key);
  } else {
    view.set_timer(key, command.due, encode_command(Add{command.counter, command.by}));
  }
  return Value{};
}

inline void register_all(Registry& registry) {
  registry.entity<Counter>();
  registry.entity<Account>();
  registry.entity<Gift>();
  registry.event<CounterChanged>();
  registry.event<AccountOpened>();
  registry.event<GiftMade>();
  registry.command<Add>();
  registry.command<OpenAccount>();
  registry.command<Give>();
  registry.command<AddLater>();
}

}  // namespace remit::engine::tally
