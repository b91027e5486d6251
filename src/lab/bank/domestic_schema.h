#pragma once

#include "lab/bank/schema.h"

namespace remit::lab::bank {

/// OBWriteDomesticConsent4 of the Payment Initiation API v4.0.
const Schema& domestic_consent_schema();
/// OBWriteDomestic2 of the same.
const Schema& domestic_payment_schema();

}  // namespace remit::lab::bank
