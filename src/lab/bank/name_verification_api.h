#pragma once

#include "lab/bank/bank_face.h"

#include <string>

namespace remit::lab::bank {

/// Confirmation of Payee: POST /open-banking/v1.0/cop/name-verification, signed both ways, under a token for the scope
/// `name-verification`. It answers for the accounts of payers (personal) and for BankOptions::payees; a sort code that none of
/// them has is not this bank's.
class NameVerificationApi {
 public:
  explicit NameVerificationApi(BankParts parts)
      : parts_(parts), kid_(parts.signing_key.public_key().thumbprint()) {}
  void add_routes(const AddRoute& add);

 private:
  Reply serve(const net::RoutedRequest& routed);
  Answer<json::object> attend(const net::HttpRequest& request, Fault& fault);
  json::object report_on(const json::object& data) const;

  BankParts parts_;
  std::string kid_;
};

}  // namespace remit::lab::bank
