#pragma once

#include "lab/bank/client_registry.h"
#include "lab/bank/domestic_payments.h"
#include "lab/bank/message_signature.h"
#include "lab/bank/quirks.h"
#include "lab/bank/reply.h"

#include <string>
#include <string_view>

namespace remit::lab::bank {

/// The parts that the bank's HTTP faces share. All outlive them.
struct BankParts {
  const BankOptions& options;  ///< With the issuer filled in.
  const PrivateKey& signing_key;
  DomesticPayments& payments;
  ClientRegistry& clients;
  Access& access;
  Faults& faults;
  Quirks& quirks;
  Clock& clock;
  Entropy& entropy;
};

/// Who calls, by the token and the certificate shown with it.
struct Caller {
  const RegisteredClient* client = nullptr;
  const AccessToken* token = nullptr;
};
/// Whose word a call needs.
enum class Grant : std::uint8_t {
  Client,
  Payer,
  Registration,  ///< The client's, or the token that its registration gave (RFC 7592), where the bank gives such.
};
/// Of a token that is good for nothing but the registration that gave it.
inline constexpr std::string_view kRegistrationScope = "registration";

/// What the bank's APIs share. 401 without a good token on its own certificate, 403 for one of the other grant, or
/// of client credentials for another scope.
Answer<Caller> authorise(const BankParts& parts, const net::HttpRequest& request, Grant grant,
                         std::string_view scope = "payments");
bool accepts_json(const net::HttpRequest& request);
bool has_json(const net::HttpRequest& request);
/// What a fault answers instead of the operation.
Answer<void> before_operation(Fault fault);
/// Quirks, and the interaction id of the request, or a new one.
void finish_answer(const BankParts& parts, const net::HttpRequest& request,
                   net::HttpResponse& response);
/// Adds `x-jws-signature` where there is something to sign.
void sign_answer(const BankParts& parts, std::string_view kid, Fault fault,
                 net::HttpResponse& response);

}  // namespace remit::lab::bank
