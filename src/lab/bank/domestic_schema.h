#pragma once

#include "lab/bank/schema.h"
#include "lab/bank/standard_version.h"

namespace remit::lab::bank {

/// OBWriteDomesticConsent4 of the Payment Initiation API.
const Schema& domestic_consent_schema(StandardVersion version);
/// OBWriteDomestic2 of the same.
const Schema& domestic_payment_schema(StandardVersion version);

/// Those of v3.1.11; see domestic_schema_v3.cc.
const Schema& domestic_consent_schema_v3();
const Schema& domestic_payment_schema_v3();

}  // namespace remit::lab::bank
