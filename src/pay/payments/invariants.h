#pragma once

#include "kit/journal/invariant.h"

#include <memory>
#include <vector>

/// What is true of payments by their events alone. The steps are listed here a second time, apart from the rules, so that a
/// wrong rule cannot vouch for itself.
namespace remit::payments {

/// A payment goes through the listed steps only, and nothing follows an end.
std::unique_ptr<journal::Invariant> payments_take_listed_steps();
/// However often a payment is handed over, it is one attempt under one key, and no other payment has that key.
std::unique_ptr<journal::Invariant> payments_have_one_key();
/// Of what the bank reports nothing replaces something newer.
std::unique_ptr<journal::Invariant> statuses_never_fall();
/// No more is paid back, or on its way back, than was paid; each refund is spoken for once and ends once.
std::unique_ptr<journal::Invariant> refunds_stay_within_payments();
/// Whoever was erased had no open payment, and gets none any more; and what is sealed in a payment is sealed for its payer,
/// without whom an erasure would miss it.
std::unique_ptr<journal::Invariant> erased_payers_rest();

/// What a partition of clients is held to: engine::partition_invariants() and what is true of its transfers and payments.
std::vector<std::unique_ptr<journal::Invariant>> client_invariants();

}  // namespace remit::payments
