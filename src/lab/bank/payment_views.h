#pragma once

#include "lab/bank/bank_options.h"
#include "lab/bank/consent.h"
#include "lab/bank/payment.h"

#include <string>

namespace remit::lab::bank {

/// The documents that the version asked for gives for resources. `self` is their absolute URL; `account` is the one
/// that the payer chose, nullptr before, and shown only when the consent asked for it. What was made in v3.1 is shown in
/// v4.0 too; never the other way round.

/// OBWriteDomesticConsentResponse5.
json::object consent_document(StandardVersion version, const Consent& consent,
                              const PayerAccount* account, const std::string& self);
/// OBWriteDomesticResponse5, with one of the payment's statuses.
json::object payment_document(StandardVersion version, const Payment& payment,
                              const StatusChange& status, const Consent& consent,
                              const PayerAccount* account, const std::string& self);
/// OBWriteFundsConfirmationResponse1.
json::object funds_document(bool available, Timestamp now, const std::string& self);
/// OBWritePaymentDetailsResponse1: the history, without RCVD, which it has no word for.
json::object payment_details_document(StandardVersion version, const Payment& payment,
                                      const std::string& self);

}  // namespace remit::lab::bank
