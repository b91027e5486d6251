#pragma once

#include "lab/bank/bank_options.h"
#include "lab/bank/oauth_error.h"
#include "lab/bank/url.h"

#include <map>
#include <string>
#include <vector>

namespace remit::lab::bank {

/// Knows the clients at the token endpoint by `private_key_jwt` (RFC 7523 section 3, OpenID Connect
/// Core section 9) and takes each `jti` once. What it has seen is forgotten with a restart.
class ClientAuthentication {
 public:
  /// `audiences`: the issuer and the token endpoint.
  ClientAuthentication(const std::vector<RegisteredClient>& clients,
                       std::vector<std::string> audiences, Duration skew_max)
      : clients_(clients), audiences_(std::move(audiences)), skew_max_(skew_max) {}

  /// `invalid_client` when anything is missing or wrong, the certificate on the connection too.
  OauthAnswer<const RegisteredClient*> authenticate(const Form& form,
                                                    const std::string& certificate_thumbprint,
                                                    Timestamp now);

 private:
  OauthAnswer<void> check_claims(const json::object& claims, std::string_view client_id,
                                 Timestamp now);

  const std::vector<RegisteredClient>& clients_;
  std::vector<std::string> audiences_;
  Duration skew_max_;
  std::map<std::string, std::int64_t, std::less<>> seen_;  ///< Client and jti, until when.
};

const RegisteredClient* find_client(const std::vector<RegisteredClient>& clients,
                                    std::string_view client_id);

}  // namespace remit::lab::bank
