#include "lab/sim/invariants.h"

#include "kit/engine/fold.h"

#include <fmt/format.h>

#include <set>

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

}  // namespace

Snapshot take_snapshot(World& world) {
  std::set<TypeId> payments;
  std::set<TypeId> accounts;
  const auto events =
      world.journal.read(World::kPartition, journal::Position(1), {.events_max = 1'000'000});
  for (const journal::Event& event : *events) {
    if (event.type == "payment.created") payments.insert(event.stream);
    if (event.type == "account.opened") accounts.insert(event.stream);
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
      },
      [](Result<engine::Position>) {});
  world.host.step_until_idle();
  return snapshot;
}

Violation nothing_executed_twice(const ModelRail& rail) {
  std::set<TypeId> executed;
  for (const auto& [key, order] : rail.orders()) {
    if (order.executed && !executed.insert(order.payment).second) {
      return fmt::format("the bank executed {} twice", order.payment.to_string());
    }
  }
  for (const auto& [payment, keys] : rail.keys()) {
    if (keys.size() > 1) {
      return fmt::format("{} was handed over under {} keys", payment.to_string(), keys.size());
    }
  }
  return std::nullopt;
}

Violation fold_equals_checkpoint(World& world) {
  world.checkpoints.set_unavailable(false);
  return difference_of(
      engine::verify_fold(world.registry, world.journal, world.checkpoints, World::kPartition));
}

Violation fold_equals_state(World& world) {
  // It can only be done while no commit is under way.
  Violation found;
  for (int tries = 0; tries < 100; ++tries) {
    found = "the engine did not look";
    bool busy = false;
    world.engine().query(
        [&](engine::ReadView& view) {
          const auto report = engine::verify_fold(world.registry, world.journal, world.checkpoints,
                                                  World::kPartition, {.live = &view});
          busy = !report && report.error().reason == "engine_busy";
          found = difference_of(report);
        },
        [](Result<engine::Position>) {});
    world.host.advance(std::chrono::seconds(1));
    if (!busy) break;
  }
  return found;
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

Violation answers_stay_true(const People& people) {
  if (people.contradiction().empty()) return std::nullopt;
  return people.contradiction();
}

Violation acknowledged_payments_exist(const People& people, const Snapshot& snapshot) {
  std::map<std::string, int> by_reference;
  for (const auto& [id, payment] : snapshot.payments) ++by_reference[payment.reference];
  for (const Request& request : people.requests()) {
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

Violation nothing_is_lost(const People& people, const Snapshot& snapshot) {
  for (const Request& request : people.requests()) {
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

Violation payments_equal_the_bank(const Snapshot& snapshot, const ModelRail& rail) {
  std::map<TypeId, const Order*> executed;
  for (const auto& [key, order] : rail.orders()) {
    if (order.executed) executed[order.payment] = &order;
  }
  for (const auto& [id, payment] : snapshot.payments) {
    const auto found = executed.find(id);
    if (is_paid(payment) != (found != executed.end())) {
      return fmt::format("{} is in state {}, but the bank {} it", id.to_string(),
                         static_cast<int>(payment.state),
                         found == executed.end() ? "did not execute" : "executed");
    }
    if (found != executed.end() && found->second->amount != payment.amount) {
      return fmt::format("{} was executed with another amount", id.to_string());
    }
  }
  for (const auto& [id, order] : executed) {
    if (!snapshot.payments.contains(id)) {
      return fmt::format("the bank executed {}, of which nothing is known", id.to_string());
    }
  }
  return std::nullopt;
}

Violation ledger_equals_the_bank(const ClientId& client, const Snapshot& snapshot,
                                 const ModelRail& rail) {
  std::int64_t executed = 0;
  std::int64_t settled = 0;
  for (const auto& [key, order] : rail.orders()) {
    if (!order.executed) continue;
    executed += order.amount.amount;
    const auto payment = snapshot.payments.find(order.payment);
    if (payment != snapshot.payments.end() && payment->second.state == PaymentState::Settled) {
      settled += order.amount.amount;
    }
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
  const std::int64_t in_transit = balance("payments_in_transit");
  if (reserved != 0) return fmt::format("{} is still reserved", reserved);
  if (owed == executed && held == settled && in_transit == executed - settled) return std::nullopt;
  return fmt::format(
      "the bank executed {} of which {} settled; the ledger owes {}, holds {} and has {} in "
      "transit",
      executed, settled, owed, held, in_transit);
}

Violation flows_are_done(const Process& process) {
  for (const flow::FlowStatus& status : process.statuses()) {
    if (status.lag_records == 0 && status.keys_in_trouble == 0 && status.in_flight == 0) continue;
    return fmt::format("{} lags by {} records with {} keys in trouble, {} in flight: {}",
                       status.name, status.lag_records, status.keys_in_trouble, status.in_flight,
                       status.trouble);
  }
  return std::nullopt;
}

}  // namespace remit::lab::sim
