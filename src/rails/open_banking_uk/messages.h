#pragma once

#include "rails/open_banking_uk/bank.h"
#include "rails/rail.h"

#include <string>

namespace remit::rails::open_banking_uk {

/// The bodies of a consent and of the order under it. Initiation and Risk are the same bytes in both and whenever the
/// instruction is the same, which idempotency and the bank's comparison rest on.
std::string consent_body(const Instruction& instruction, const Options& options);
std::string order_body(const Submission& submission, const Options& options);

/// What the bank says of an order, or OutcomeUnknown `answer_unreadable` or `status_unknown`.
Result<StatusReport> read_order(const codec::JsonDocument& body, const Quirks& quirks);
/// False when the answer repeats the order with another amount or payee. Decimals are compared by value, accounts by their
/// letters and digits.
bool agrees(const codec::JsonDocument& body, const Instruction& instruction);
/// The bank's own words for a refusal: "U008 Resource.ConsentMismatch ... (Data.Initiation...)".
std::string describe_errors(const ApiAnswer& answer);
/// True when the body is an error of the standard: at least one ErrorCode.
bool has_any_error(const ApiAnswer& answer);
/// True when one of its errors has that code, in the spelling of v4.0 or v3.1.
bool has_error(const ApiAnswer& answer, std::string_view v4, std::string_view v3);
/// True when one of its errors depends on when a copy of the message came or on what was done to the token meanwhile, and not on
/// the message alone: the signature's (U015 to U020; Signature.*), AfterCutOffDateTime (U012) and Reauthenticate (U028).
bool has_error_of_its_moment(const ApiAnswer& answer);

}  // namespace remit::rails::open_banking_uk
