#pragma once

#include "kit/base/time.h"
#include "lab/bank/keys.h"
#include "lab/bank/oauth_error.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace remit::lab::bank {

/// A piece of software of a third party, as the directory keeps it.
struct DirectorySoftware {
  KeySet signing_keys;                 ///< What its `software_jwks_endpoint` serves.
  std::string certificate_thumbprint;  ///< `x5t#S256` of the transport certificate issued to it.
};

/// What the bank would read at the directory that vouches for third parties (Open Banking Directory).
struct Directory {
  KeySet signing_keys;                                             ///< Of software statements.
  std::map<std::string, DirectorySoftware, std::less<>> software;  ///< By `software_jwks_endpoint`.
};

/// What a software statement says, once the directory's signature has been verified.
struct SoftwareStatement {
  json::object claims;
  std::string software_id;
  std::string organisation_id;
  std::vector<std::string> redirect_uris;
  const DirectorySoftware* software = nullptr;
};

/// `invalid_software_statement` when it is not the directory's, incomplete, or older than a month;
/// `unapproved_software_statement` when the directory knows no such software or it is not active (RFC 7591 section 3.2.2).
OauthAnswer<SoftwareStatement> read_software_statement(std::string_view token,
                                                       const Directory& directory, Timestamp now,
                                                       Duration skew_max);

/// The member as a list of texts; empty when it is none.
std::vector<std::string> texts_in(const json::object& object, std::string_view name);

}  // namespace remit::lab::bank
