#pragma once

#include "lab/bank/bank_face.h"
#include "lab/bank/reply.h"
#include "lab/bank/schema.h"

#include <functional>
#include <string>
#include <string_view>

namespace remit::lab::bank {

/// /open-banking/v3.1/pisp or /open-banking/v4.0/pisp: headers, tokens, signatures and idempotency keys by
/// the standard, in front of DomesticPayments.
class PaymentsApi {
 public:
  PaymentsApi(BankParts parts, StandardVersion version);
  void add_routes(const AddRoute& add);

 private:
  /// A request that passed every check but those of its operation.
  struct Admitted {
    const net::RoutedRequest& routed;
    Caller caller;
    json::object body;
    MadeFrom made_from;
    Fault fault = Fault::None;
  };
  struct Endpoint {
    Call call;
    Grant grant;
    const Schema* schema = nullptr;  ///< Of the body; null for GET.
    std::function<Answer<json::object>(const Admitted&)> operation;
  };

  Reply serve(const net::RoutedRequest& routed, const Endpoint& endpoint);
  Answer<json::object> attend(const net::RoutedRequest& routed, const Endpoint& endpoint,
                              Fault& fault);
  Answer<void> read_message(Admitted& admitted, const Schema& schema) const;
  std::string fault_id(const Admitted& admitted, Call call) const;

  Answer<json::object> stage(const Admitted& admitted);
  Answer<json::object> read_consent(const Admitted& admitted);
  Answer<json::object> confirm_funds(const Admitted& admitted);
  Answer<const Consent*> consent_of(const Admitted& admitted) const;
  Answer<const Payment*> payment_of(const Admitted& admitted) const;
  json::object show(const Consent& consent) const;
  Answer<json::object> submit(const Admitted& admitted);
  Answer<json::object> read_payment(const Admitted& admitted);
  Answer<json::object> read_details(const Admitted& admitted);
  json::object show(const Payment& payment, const StatusChange& status) const;
  std::string url_of(std::string_view kind, std::string_view id) const;

  BankParts parts_;
  const StandardVersion version_;
  std::string kid_;
};

}  // namespace remit::lab::bank
