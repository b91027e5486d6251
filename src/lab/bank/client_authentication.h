#pragma once

#include "lab/bank/client_registry.h"
#include "lab/bank/oauth_error.h"
#include "lab/bank/url.h"

#include <map>
#include <string>
#include <vector>

namespace remit::lab::bank {

/// Knows the clients at the token endpoint by `private_key_jwt` (RFC 7523 section 3, OpenID Connect
/// Core section 9), taking each `jti` once, or by `tls_client_auth` (RFC 8705 section 2.1), as they registered. What it has
/// seen is forgotten with a restart.
class ClientAuthentication {
 public:
  /// `audiences`: the issuer and the token endpoint.
  ClientAuthentication(const ClientRegistry& clients, std::vector<std::string> audiences,
                       Duration skew_max, SignatureAlgorithm algorithm)
      : clients_(clients),
        audiences_(std::move(audiences)),
        skew_max_(skew_max),
        algorithm_(algorithm) {}

  /// `invalid_client` when anything is missing or wrong, the certificate on the connection too.
  OauthAnswer<const RegisteredClient*> authenticate(const Form& form, const net::Peer& peer,
                                                    Timestamp now);

 private:
  OauthAnswer<const RegisteredClient*> by_certificate(const Form& form,
                                                      const net::Peer& peer) const;
  OauthAnswer<void> check_claims(const json::object& claims, std::string_view client_id,
                                 Timestamp now);

  const ClientRegistry& clients_;
  std::vector<std::string> audiences_;
  Duration skew_max_;
  SignatureAlgorithm algorithm_;
  std::map<std::string, std::int64_t, std::less<>> seen_;  ///< Client and jti, until when.
};

}  // namespace remit::lab::bank
