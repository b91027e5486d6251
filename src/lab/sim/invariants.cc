#include "lab/sim/invariants.h"

#include "kit/engine/fold.h"
#include "pay/payers/payer.h"

#include <fmt/format.h>

#include <set>

/// The invariants of money and of the engine. Those of what is read and told are in told_invariants.cc.
namespace remit::lab::sim {
namespace {

using payments::PaymentState;

Violation difference_of(const Result<engine::FoldReport>& report) {
  if (!report) return report.error().describe();
  if (!report->difference) return std::nullopt;
  return fmt::format("{} folds to {} but is {}", report->difference->entity.to_string(),
                     report->difference->folded, report->difference->found);
}

bool is_paid(const payments::Payment& payment) {
  return payment.state == PaymentState::Executed || payment.state == PaymentState::Settled;
}

std::map<std::string, const payments::Payment*> by_end_to_end_id(const Snapshot& snapshot) {
  std::map<std::string, const payments::Payment*> payments;
  for (const auto& [id, payment] : snapshot.payments) payments[payment.end_to_end_id] = &payment;
  return payments;
}

}  // namespace

Snapshot take_snapshot(World& world) {
  std::set<TypeId> payments;
  std::set<TypeId> accounts;
  std::set<TypeId> letters;
  // A read ends at a bound of bytes, which a long history is beyond.
  for (journal::Position from(1);;) {
    const auto events = world.disks->journal().read(World::kPartition, from, {});
    CHECK(events.has_value(), "{}", events.error().describe());
    if (events->empty()) break;
    from = events->back().position.next();
    for (const journal::Event& event : *events) {
      if (event.type == "payment.created") payments.insert(event.stream);
      if (event.type == "account.opened") accounts.insert(event.stream);
      if (event.type == "deadletter.created") letters.insert(event.stream);
    }
  }
  Snapshot snapshot;
  world.engine().query(
      [&](engine::ReadView& view) {
        for (const TypeId& id : payments) {
          if (const auto* payment = view.find<payments::Payment>(id)) {
            snapshot.payments[id] = *payment;
          }
        }
        for (const TypeId& id : accounts) {
          if (const auto* account = view.find<ledger::Account>(id))
            snapshot.accounts[id] = *account;
        }
        for (const TypeId& id : letters) {
          if (const auto* letter = view.find<flow::DeadLetter>(id)) snapshot.letters[id] = *letter;
        }
      },
      [](Result<engine::Position>) {});
  world.host.step_until_idle();
  return snapshot;
}

Violation nothing_executed_twice(const std::vector<Order>& orders,
                                 const std::map<std::string, std::set<std::string>>& keys) {
  std::map<std::string, std::uint64_t> executions;
  for (const Order& order : orders) executions[order.end_to_end_id] += order.executions;
  for (const auto& [payment, count] : executions) {
    if (count > 1) return fmt::format("the bank executed {} {} times", payment, count);
  }
  for (const auto& [payment, used] : keys) {
    if (used.size() > 1) {
      return fmt::format("{} was handed over under {} keys", payment, used.size());
    }
  }
  return std::nullopt;
}

Violation fold_equals_checkpoint(const engine::Registry& registry, journal::Journal& journal,
                                 engine::CheckpointStore& checkpoints,
                                 journal::PartitionId partition) {
  return difference_of(engine::verify_fold(registry, journal, checkpoints, partition));
}

Violation fold_equals_state(World& world) {
  // It can only be done while no commit is under way.
  Violation found;
  for (int tries = 0; tries < 100; ++tries) {
    found = "the engine did not look";
    bool busy = false;
    world.engine().query(
        [&](engine::ReadView& view) {
          const auto report =
              engine::verify_fold(world.registry, world.disks->journal(),
                                  world.disks->checkpoints(), World::kPartition, {.live = &view});
          busy = !report && report.error().reason == "engine_busy";
          found = difference_of(report);
        },
        [](Result<engine::Position>) {});
    world.host.advance(std::chrono::seconds(1));
    if (!busy) break;
  }
  return found;
}

Violation erased_cannot_be_read(Disks& disks, codec::Keyring& keyring) {
  for (journal::Position from(1);;) {
    const auto events = disks.journal().read(World::kPartition, from, {});
    CHECK(events.has_value(), "{}", events.error().describe());
    if (events->empty()) return std::nullopt;
    from = events->back().position.next();
    for (const journal::Event& event : *events) {
      if (event.type != payers::PayerErased::kType.name) continue;
      const auto key = keyring.find(event.stream, 1);
      if (!key && key.error().reason == "erased") continue;
      return fmt::format("{} was erased and can be read", event.stream.to_string());
    }
  }
}

Violation ledger_sums_to_zero(const Snapshot& snapshot) {
  std::map<Currency, std::int64_t> posted;
  std::map<Currency, std::int64_t> pending;
  for (const auto& [id, account] : snapshot.accounts) {
    const ledger::Balances& sums = account.balances;
    posted[account.currency] += sums.debits_posted - sums.credits_posted;
    pending[account.currency] += sums.debits_pending - sums.credits_pending;
    if (sums.debits_pending < 0 || sums.credits_pending < 0) {
      return fmt::format("{} has less than nothing reserved", id.to_string());
    }
  }
  for (const auto& [currency, sum] : posted) {
    if (sum != 0) return fmt::format("the books in {} are out by {}", currency.code(), sum);
    if (pending[currency] != 0) {
      return fmt::format("the reservations in {} are out by {}", currency.code(),
                         pending[currency]);
    }
  }
  return std::nullopt;
}

bool is_for_good(const Error& error) {
  return !error.transient() && error.code != ErrorCode::OutcomeUnknown &&
         error.code != ErrorCode::Fenced;
}

Violation answers_stay_true(const Request& request, const Result<TypeId>& payment,
                            bool has_receipt) {
  if (payment) {
    const bool another = !request.acknowledged.empty() && request.acknowledged != *payment;
    if (!another && request.refused.empty()) return std::nullopt;
    return fmt::format("{} is {} after it was {}{}", request.key, payment->to_string(),
                       request.acknowledged.to_string(), request.refused);
  }
  if (payment.error().reason == "append_refused" && has_receipt) {
    return fmt::format("{} was said not to have happened and did", request.key);
  }
  if (!is_for_good(payment.error()) || request.acknowledged.empty()) return std::nullopt;
  return fmt::format("{} was acknowledged and then refused: {}", request.key,
                     payment.error().describe());
}

Violation refusals_leave_nothing(const std::set<TypeId>& refused, const std::set<TypeId>& done) {
  for (const TypeId& command : refused) {
    if (!done.contains(command)) continue;
    return fmt::format("{} was refused and has been done", command.to_string());
  }
  return std::nullopt;
}

Violation acknowledged_payments_exist(const std::vector<Request>& requests,
                                      const Snapshot& snapshot) {
  std::map<std::string, int> by_reference;
  for (const auto& [id, payment] : snapshot.payments) ++by_reference[payment.reference];
  for (const Request& request : requests) {
    if (by_reference[request.key] > 1) {
      return fmt::format("{} made {} payments", request.key, by_reference[request.key]);
    }
    if (request.acknowledged.empty()) continue;
    const auto found = snapshot.payments.find(request.acknowledged);
    if (found == snapshot.payments.end()) {
      return fmt::format("{} was acknowledged and is gone", request.acknowledged.to_string());
    }
    if (found->second.amount.amount != request.pence) {
      return fmt::format("{} has another amount", request.acknowledged.to_string());
    }
  }
  return std::nullopt;
}

Violation nothing_is_lost(const std::vector<Request>& requests, const Snapshot& snapshot) {
  for (const Request& request : requests) {
    if (!request.answered()) return fmt::format("{} was never answered", request.key);
  }
  for (const auto& [id, payment] : snapshot.payments) {
    if (payments::is_final(payment.state)) continue;
    // Its bank ends at ACSC and the client waits for more: executed is as far as it goes.
    if (payment.state == PaymentState::Executed &&
        payment.settles_on == payments::SettlementBasis::CreditConfirmation) {
      continue;
    }
    return fmt::format("{} stands still in state {}", id.to_string(),
                       static_cast<int>(payment.state));
  }
  return std::nullopt;
}

Violation dead_letters_are_closed(const Snapshot& snapshot) {
  for (const auto& [id, letter] : snapshot.letters) {
    if (letter.status != flow::DeadLetterStatus::Open) continue;
    return fmt::format("{} of {} is still a dead letter: {}", letter.key.to_string(), letter.flow,
                       letter.message);
  }
  return std::nullopt;
}

Violation payments_equal_the_bank(const Snapshot& snapshot, const std::vector<Order>& orders) {
  std::map<std::string, const Order*> executed;
  for (const Order& order : orders) {
    if (order.executions > 0) executed[order.end_to_end_id] = &order;
  }
  for (const auto& [id, payment] : snapshot.payments) {
    const auto found = executed.find(payment.end_to_end_id);
    if (is_paid(payment) != (found != executed.end())) {
      return fmt::format("{} is in state {}, but the bank {} it", id.to_string(),
                         static_cast<int>(payment.state),
                         found == executed.end() ? "did not execute" : "executed");
    }
    if (found != executed.end() && found->second->pence != payment.amount.amount) {
      return fmt::format("{} was executed with another amount", id.to_string());
    }
  }
  const auto known = by_end_to_end_id(snapshot);
  for (const auto& [end_to_end_id, order] : executed) {
    if (!known.contains(end_to_end_id)) {
      return fmt::format("the bank executed {}, of which nothing is known", end_to_end_id);
    }
  }
  return std::nullopt;
}

namespace {

/// Sums of one direction, in pence.
struct Flowed {
  std::int64_t executed = 0;
  std::int64_t settled = 0;
  std::int64_t in_transit() const { return executed - settled; }
};

}  // namespace

Violation ledger_equals_the_bank(const ClientId& client, const Snapshot& snapshot,
                                 const std::vector<Order>& orders) {
  Flowed in;
  Flowed out;
  const auto known = by_end_to_end_id(snapshot);
  for (const Order& order : orders) {
    const auto payment = known.find(order.end_to_end_id);
    if (order.executions == 0 || payment == known.end()) continue;
    Flowed& flowed = payment->second->goes_out() ? out : in;
    flowed.executed += order.pence;
    if (payment->second->state == PaymentState::Settled) flowed.settled += order.pence;
  }
  std::int64_t reserved = 0;
  const auto balance = [&](std::string_view name) {
    const auto found =
        snapshot.accounts.find(ledger::account_id(client, name, Currency::of("GBP")));
    if (found == snapshot.accounts.end()) return std::int64_t{0};
    const ledger::Balances& sums = found->second.balances;
    reserved += sums.debits_pending + sums.credits_pending;
    return ledger::posted_balance(found->second);
  };
  const std::int64_t owed = balance("client_funds");
  const std::int64_t held = balance("settlement_bank");
  const std::int64_t coming = balance("payments_in_transit");
  const std::int64_t going = balance("payouts_in_transit");
  if (reserved != 0) return fmt::format("{} is still reserved", reserved);
  if (owed == in.executed - out.executed && held == in.settled - out.settled &&
      coming == in.in_transit() && going == out.in_transit()) {
    return std::nullopt;
  }
  return fmt::format(
      "the bank executed {} of which {} settled, and {} and {} of refunds; the ledger owes {}, "
      "holds "
      "{}, and has {} and {} in transit",
      in.executed, in.settled, out.executed, out.settled, owed, held, coming, going);
}

}  // namespace remit::lab::sim
