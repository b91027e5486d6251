#pragma once

#include "kit/net/http.h"
#include "lab/bank/bank_options.h"
#include "lab/bank/oauth_error.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace remit::lab::bank {

/// A registration request that passed every check but that of its `jti`.
struct RegistrationRequest {
  json::object claims;
  SoftwareStatement statement;
  std::string id;  ///< `jti`, in lower case.
  std::int64_t expires = 0;
};

/// Reads and checks the request (OpenBanking UK Dynamic Client Registration v3.3; RFC 7591): a JWS by the keys of the software
/// statement within, over the transport certificate that the directory issued to the software. Errors are those of RFC 7591
/// section 3.2.2, or `invalid_client` for the certificate.
OauthAnswer<RegistrationRequest> read_registration_request(std::string_view token,
                                                           const net::Peer& peer,
                                                           const BankOptions& options,
                                                           Timestamp now);

/// The client that the request asks for. What the bank does not support of it is narrowed, as the standard allows: refresh
/// tokens.
RegisteredClient client_of(const RegistrationRequest& request, const net::Peer& peer,
                           std::string client_id, Timestamp issued_at);

}  // namespace remit::lab::bank
