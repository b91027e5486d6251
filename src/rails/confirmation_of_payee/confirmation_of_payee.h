#pragma once

#include "rails/open_banking_uk/bank.h"
#include "rails/payee_verification.h"

namespace remit::rails::confirmation_of_payee {

/// A responder's name-verification API in the Open Banking style: mutual TLS, a token of client credentials for the scope
/// `name-verification`, POST <api_url>/name-verification, messages signed both ways unless the quirk `unsigned_answers` is on.
/// One that answers for all sort codes, as an aggregator or one's own bank does.
class ConfirmationOfPayee final : public PayeeVerifier {
 public:
  /// Of the options only those of a client and its signatures are used.
  ConfirmationOfPayee(open_banking_uk::Options options, open_banking_uk::Ports ports);
  void verify(PayeeQuestion question, Callback<PayeeVerdict> done) override;

 private:
  open_banking_uk::Bank responder_;
};

}  // namespace remit::rails::confirmation_of_payee
