#pragma once

#include "kit/engine/registry.h"
#include "kit/flow/progress.h"
#include "kit/flow/state.h"
#include "lab/sim/disks.h"
#include "lab/sim/people.h"
#include "lab/sim/world.h"
#include "pay/api/facts.h"
#include "pay/ledger/account.h"
#include "pay/payments/payment.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What must be true, each as a function that says what is wrong or nothing. The bank's own books are the judge of money, the
/// receiver's of what it was told. They look at plain values, so that each can be shown to fail.
namespace remit::lab::sim {

/// What is wrong, for a person.
using Violation = std::optional<std::string>;

/// The server's states at one moment.
struct Snapshot {
  std::map<TypeId, payments::Payment> payments;
  std::map<TypeId, ledger::Account> accounts;
  std::map<TypeId, flow::DeadLetter> letters;
};
/// Of all payments, accounts and dead letters that the journal names; runs the world until it is idle.
Snapshot take_snapshot(World& world);
/// What the read model publishes of the client behind the position from which its endpoint is told.
std::vector<api::PublishedFact> published_facts(World& world, const People& people);

// At any moment.
/// The bank executed each payment once at most, and was never handed one under two keys. `keys` are by end-to-end id.
Violation nothing_executed_twice(const std::vector<Order>& orders,
                                 const std::map<std::string, std::set<std::string>>& keys);
/// The stored checkpoint is equal to a fold of the journal from zero, and its chain holds together.
Violation fold_equals_checkpoint(const engine::Registry& registry, journal::Journal& journal,
                                 engine::CheckpointStore& checkpoints,
                                 journal::PartitionId partition);
/// Per currency the posted balances of all accounts sum to zero, and what is reserved on one side is on the other.
Violation ledger_sums_to_zero(const Snapshot& snapshot);
/// Whether an answer is the last word: nobody need ask again.
bool is_for_good(const Error& error);
/// Nobody is told two different things under one key: what the request hears now agrees with what it heard before, and what
/// is said not to have happened has left no receipt in the journal.
Violation answers_stay_true(const Request& request, const Result<TypeId>& payment,
                            bool has_receipt);
/// What was refused, at a bound or by a rule, was refused before it was accepted: no event has such a command as its cause.
Violation refusals_leave_nothing(const std::set<TypeId>& refused, const std::set<TypeId>& done);
/// Every webhook was signed right, and one id always had one body.
Violation webhooks_are_right(const std::string& objection);

// When the world has healed.
/// Every payment that a client was told of exists, once, with its amount.
Violation acknowledged_payments_exist(const std::vector<Request>& requests,
                                      const Snapshot& snapshot);
/// Every payment has come to an end, and every request to an answer.
Violation nothing_is_lost(const std::vector<Request>& requests, const Snapshot& snapshot);
/// What we call paid the bank has executed, and the other way round.
Violation payments_equal_the_bank(const Snapshot& snapshot, const std::vector<Order>& orders);
/// The ledger owes the client what the bank executed, less what was paid back, and holds nothing back.
Violation ledger_equals_the_bank(const ClientId& client, const Snapshot& snapshot,
                                 const std::vector<Order>& orders);
/// Every flow is at the end of its source and has no key in trouble.
Violation flows_are_done(const std::vector<flow::FlowStatus>& statuses);
/// Every dead letter was redriven, and what it was about went through.
Violation dead_letters_are_closed(const Snapshot& snapshot);
/// Whoever was to be erased has no key any more, so that nothing sealed for them can be opened.
Violation erased_cannot_be_read(Disks& disks, codec::Keyring& keyring);
/// The engine's states are equal to a fold of the journal from zero.
Violation fold_equals_state(World& world);
/// The read model in the file is equal to one that is made anew from the journal.
Violation projection_equals_fold(const engine::Registry& registry, Disks& disks,
                                 const std::string& file);
/// What is published was taken in by the receiver, all of it, as it is, and nothing else.
Violation every_event_is_delivered(const std::vector<TakenEvent>& taken,
                                   const std::vector<api::PublishedFact>& facts);
/// The events of each subject were taken in in the order in which they happened. Not asked of subjects of which one was given
/// up: the rest passes it.
Violation webhooks_keep_order(const std::vector<TakenEvent>& taken,
                              const std::vector<api::PublishedFact>& facts,
                              const std::set<std::string>& given_up);

}  // namespace remit::lab::sim
