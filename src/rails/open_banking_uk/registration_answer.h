#pragma once

#include "kit/net/http.h"
#include "rails/open_banking_uk/registration_request.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remit::rails::open_banking_uk {

/// Characters of a client_id; the standard has 36, some banks longer ones.
inline constexpr std::size_t kClientIdCharactersMax = 256;

/// A registration as the bank tells it.
struct Registration {
  std::string client_id;
  std::string client_uri;  ///< RFC 7592 `registration_client_uri`; empty where the bank gives none.
  std::string access_token;  ///< RFC 7592 `registration_access_token`, a secret; empty likewise.
  std::string metadata;      ///< All that the bank said, as a JSON object, without secrets.
  /// What the bank narrowed or left unsaid, in sentences. Payments work all the same.
  std::vector<std::string> remarks;
  /// Why it must not be used although it exists: it is weaker than what was asked for, or lacks what payments need.
  std::optional<Error> unfit;
};

/// Reads the bank's answer to POST, GET or PUT and holds it against the terms. Fails with OutcomeUnknown when it says nothing
/// that can be used: `registration_unreadable`, `registration_client_id_missing` or `registration_client_id_unfit`.
/// Registration::unfit is FailedPrecondition with one of: `registration_client_id_differs` (from `client_id`, unless that is
/// empty), `registration_redirect_uri_missing`, `registration_redirect_uri_foreign`, `registration_auth_method`,
/// `registration_auth_algorithm`, `registration_subject`, `registration_id_token_algorithm`, `registration_id_token_encrypted`,
/// `registration_request_object_algorithm`, `registration_response_types`, `registration_grant_types`, `registration_scope`,
/// `registration_application_type`, `registration_software_id`, `registration_software_statement`, or
/// `registration_client_uri_foreign`.
Result<Registration> read_registration(const net::HttpResponse& response,
                                       const RegistrationTerms& terms, std::string_view client_id,
                                       std::string_view endpoint);

/// Why the bank did not do it, or what is known of it: RFC 7591 section 3.2.2 names four codes of 400. OutcomeUnknown
/// `registration_failed` when it may have been done all the same.
Error registration_refusal(const net::HttpResponse& response);

}  // namespace remit::rails::open_banking_uk
