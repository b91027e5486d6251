#pragma once

#include "lab/sim/people.h"
#include "lab/sim/world.h"
#include "pay/ledger/account.h"
#include "pay/payments/payment.h"

#include <map>
#include <optional>
#include <string>

/// What must be true, each as a function that says what is wrong or nothing. The bank's own books are the judge of money.
namespace remit::lab::sim {

/// What is wrong, for a person.
using Violation = std::optional<std::string>;

/// The server's states at one moment.
struct Snapshot {
  std::map<TypeId, payments::Payment> payments;
  std::map<TypeId, ledger::Account> accounts;
};
/// Of all payments and accounts that the journal names; runs the world until it is idle.
Snapshot take_snapshot(World& world);

// At any moment.
/// The bank executed each payment once at most, and was never handed one under two keys.
Violation nothing_executed_twice(const ModelRail& rail);
/// The stored checkpoint is equal to a fold of the journal from zero, and its chain holds together.
Violation fold_equals_checkpoint(World& world);
/// Per currency the posted balances of all accounts sum to zero, and what is reserved on one side is on the other.
Violation ledger_sums_to_zero(const Snapshot& snapshot);
/// Nobody was told two different things under one key.
Violation answers_stay_true(const People& people);

// When the world has healed.
/// Every payment that a client was told of exists, once, with its amount.
Violation acknowledged_payments_exist(const People& people, const Snapshot& snapshot);
/// Every payment has come to an end, and every request to an answer.
Violation nothing_is_lost(const People& people, const Snapshot& snapshot);
/// What we call paid the bank has executed, and the other way round.
Violation payments_equal_the_bank(const Snapshot& snapshot, const ModelRail& rail);
/// The ledger owes the client what the bank executed, and holds nothing back.
Violation ledger_equals_the_bank(const ClientId& client, const Snapshot& snapshot,
                                 const ModelRail& rail);
/// Every flow is at the end of its source and has no key in trouble.
Violation flows_are_done(const Process& process);
/// The engine's states are equal to a fold of the journal from zero.
Violation fold_equals_state(World& world);

}  // namespace remit::lab::sim
