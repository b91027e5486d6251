#pragma once

#include "app/demo/webhook_receiver.h"
#include "app/world/world.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace remit::app {

/// Payments and their sum, in pence.
struct Tally {
  std::uint64_t count = 0;
  std::int64_t pence = 0;
  bool operator==(const Tally&) const = default;
};

/// The bank's own books beside what the server says, payment by payment (by end-to-end id) and in sum.
struct Comparison {
  Tally bank_executed;
  Tally payments_executed;                 ///< By the API.
  Tally facts_executed;                    ///< By the events that were published.
  std::int64_t ledger_executed_pence = 0;  ///< Moved in the client's funds, in and out.
  Tally bank_settled;
  Tally payments_settled;
  Tally facts_settled;
  std::int64_t ledger_settled_pence = 0;  ///< Moved in the settlement account, in and out.
  Tally bank_refunded;                    ///< Of what was executed, what went back.
  Tally payments_refunded;  ///< Refunds executed, and what payments say was paid back.
  Tally facts_refunded;
  std::int64_t ledger_refunded_pence = 0;       ///< Taken out of the client's funds.
  std::int64_t ledger_pending_pence = 0;        ///< Still expected: zero when all have ended.
  std::uint64_t events = 0;                     ///< Published.
  WebhookTally webhooks;                        ///< What the shop's endpoint heard of them.
  std::map<std::string, std::uint64_t> states;  ///< Of the API's payments.
  std::uint64_t total = 0;                      ///< Payers' payments.
  std::uint64_t doubled = 0;                    ///< Executed twice at the bank.
  std::uint64_t lost = 0;             ///< Executed at one side only, or with another amount.
  std::uint64_t unresolved = 0;       ///< Not in a final state, or for an operator.
  std::vector<std::string> findings;  ///< What is behind the three numbers.

  bool holds() const;
};

/// Payments that are not in a final state yet.
Result<std::uint64_t> count_open(World& world);
Result<Comparison> compare(World& world, const WebhookReceiver& receiver);

std::string to_table(const Comparison& comparison);
std::string to_json(const Comparison& comparison);

}  // namespace remit::app
