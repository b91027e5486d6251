#pragma once

#include "rails/open_banking_uk/bank.h"
#include "rails/rail.h"

#include <string_view>

namespace remit::rails::open_banking_uk {

/// What an answer to a submission under this consent proves. Rejected only where the bank plainly refused this order;
/// everything that leaves room for an executed payment is Unknown.
SubmissionOutcome outcome_of(const Result<ApiAnswer>& answer, std::string_view consent_id);

}  // namespace remit::rails::open_banking_uk
