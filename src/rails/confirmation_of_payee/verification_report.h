#pragma once

#include "rails/open_banking_uk/bank.h"
#include "rails/payee_verification.h"

#include <string>

/// The messages of POST /name-verification.
namespace remit::rails::confirmation_of_payee {

/// Data.{SchemeName, AccountType, Identification, Name, SecondaryIdentification}
std::string request_body(const PayeeQuestion& question);

/// What Data.VerificationReport.{Matched, ReasonCode, Name} says. A yes is believed only when nothing else of the answer
/// speaks against it; whatever is unsigned, malformed or contradicts itself or the question is PayeeUnavailable:
///   `responder_busy` (429), `responder_failed` (5xx), `responder_refused` (any other status than 200 and 201), the reasons of
///   signatures, `report_unreadable` (no JSON, or Matched or ReasonCode is missing or of another type), `report_reason_unknown`,
///   `report_contradictory`, `report_name_missing`, `report_name_too_long`.
PayeeVerdict read_answer(const open_banking_uk::ApiAnswer& answer, const PayeeQuestion& question);

}  // namespace remit::rails::confirmation_of_payee
