#pragma once

#include "rails/open_banking_uk/bank.h"
#include "rails/rail.h"

namespace remit::rails::open_banking_uk {

/// What an answer to this submission proves. Rejected only where the bank plainly refused this order;
/// everything that leaves room for an executed payment is Unknown.
SubmissionOutcome outcome_of(const Result<ApiAnswer>& answer, const Submission& submission,
                             const Quirks& quirks);

}  // namespace remit::rails::open_banking_uk
