#pragma once

#include "lab/bank/authorisation_api.h"
#include "lab/bank/event_outbox.h"

namespace remit::lab::bank {

/// What the sandbox's plain port serves, to tests and scripts on the same machine, in JSON:
///
/// GET /sandbox/books: `{"payments_total", "executed", "settled", "rejected", "pending",
/// "executed_minor": {"GBP": n}, "settled_minor", "rejected_minor", "accounts": [{"id", "holder",
/// "identification", "balance_minor", "available_minor"}], "credits_minor": {identification: n},
/// "payments": [{"domestic_payment_id", "consent_id", "end_to_end_id", "instruction_id",
/// "account_id", "creditor_account", "amount_minor", "currency", "status", "created", "executions"}]}`.
/// Executed: the payer was debited. Settled: the final status of a payment that was not rejected is
/// reached (ACCC, or ACSC where the bank ends there). `?payments=none` leaves out the list.
///
/// GET and POST /sandbox/faults: see Faults::configure.
///
/// GET and POST /sandbox/payer: `{"automatic": true, "refuse_per_mille": 0, "account_id": ""}`; absent
/// members stay as they are.
///
/// GET and POST /sandbox/quirks: see Quirks::configure.
///
/// GET /sandbox/clients: who is known here, what a bank's service desk would say.
///
/// GET /sandbox/events: see EventOutbox::to_json.
///
/// GET /sandbox/payees: `{"payees": [{"identification", "name", "account_type", "secondary_reference", "check"}]}`, the
/// accounts whose names can be verified beside those of payers.
///
/// POSTs want `Content-Type: application/json`, which keeps other sites' pages in a browser out.
class ControlApi {
 public:
  ControlApi(BankParts parts, AuthorisationApi& authorisation, const EventOutbox& events)
      : parts_(parts), authorisation_(authorisation), events_(events) {}
  void add_routes(const AddRoute& add);

 private:
  Reply books(const net::RoutedRequest& routed) const;
  Reply clients() const;
  Reply faults() const;
  Reply set_faults(const net::RoutedRequest& routed);
  Reply set_quirks(const net::RoutedRequest& routed);
  Reply payees() const;
  Reply payer() const;
  Reply set_payer(const net::RoutedRequest& routed);

  BankParts parts_;
  AuthorisationApi& authorisation_;
  const EventOutbox& events_;
};

}  // namespace remit::lab::bank
