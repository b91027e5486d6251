#pragma once

#include "rails/open_banking_uk/bank.h"
#include "rails/open_banking_uk/software_statement.h"

#include <string>
#include <string_view>
#include <vector>

namespace remit::rails::open_banking_uk {

/// What a registration asks of the bank (OpenBanking UK Dynamic Client Registration v3.3, OBClientRegistrationRequest1), and
/// what its answer is held against.
struct RegistrationTerms {
  std::string audience;  ///< The bank: its issuer, or its id at the directory.
  std::string redirect_uri;
  ClientAuthentication client_authentication = ClientAuthentication::PrivateKeyJwt;
  std::string certificate_subject;  ///< RFC 4514, of the transport certificate; for TlsClientAuth.
  std::vector<std::string> grant_types;
  std::string software_id;
  std::string software_statement;  ///< Empty: whichever one the bank has is right.
  /// All that the statement names: a bank may register more of them than were asked for.
  std::vector<std::string> statement_redirect_uris;
};

/// How long a request is good: a bank takes none that comes later (claim `exp`), so that one whose answer was lost cannot
/// arrive after it.
inline constexpr Duration kRegistrationRequestLifetime = std::chrono::minutes(5);

/// One request, signed. No two have the same id.
struct RegistrationRequest {
  std::string id;  ///< `jti`, a UUID.
  Timestamp issued_at;
  Timestamp expires_at;
  std::string claims;  ///< JSON, for people.
  std::string token;   ///< What is sent: a JWS in compact form.
};

/// The scope that is asked for.
inline constexpr std::string_view kRegistrationScope = "openid payments";

/// The word of the standard: "private_key_jwt", "tls_client_auth".
std::string_view authentication_method(ClientAuthentication authentication);

/// The terms at this bank. Fails with FailedPrecondition `registration_redirect_uri_unfit` (not https, or localhost: the standard
/// takes neither), `registration_value_unsupported` (discovery says that the bank cannot do what we need), or
/// `registration_subject_missing`.
Result<RegistrationTerms> terms_at(const Metadata& metadata, const Options& options,
                                   const SoftwareStatement& statement, std::string audience,
                                   std::string certificate_subject);

/// `client_id` is empty for a new registration, and names the one that is changed (RFC 7592 section 2.2). Fails as the signer
/// does, or with FailedPrecondition `registration_algorithm` when its key is not for PS256.
Result<RegistrationRequest> make_registration_request(const RegistrationTerms& terms,
                                                      const std::string& client_id,
                                                      jose::Signer& signer, Entropy& entropy,
                                                      Timestamp now);

/// Of the first certificate in the PEM text, in the form of RFC 4514. Fails with InvalidArgument `certificate_unreadable`.
Result<std::string> certificate_subject(std::string_view pem);

}  // namespace remit::rails::open_banking_uk
