#pragma once

#include "kit/base/codec/json_document.h"
#include "kit/base/result.h"
#include "rails/open_banking_uk/options.h"

#include <string>
#include <string_view>
#include <vector>

namespace remit::rails::open_banking_uk {

/// The oldest statement that is sent: the Directory's have no end of their own, and banks take fresh ones.
inline constexpr Duration kSoftwareStatementAgeMax = std::chrono::hours(24 * 180);

/// A software statement assertion (SSA): what the directory vouches for about our software, a JWT that it signed. Its
/// signature is the bank's to verify; what is read here is what a bank would find wrong with it.
struct SoftwareStatement {
  std::string token;  ///< As it is sent.
  std::string software_id;
  std::string organisation_id;  ///< Empty in statements of other directories than Open Banking's.
  std::vector<std::string> redirect_uris;
  codec::JsonDocument claims;
};

/// Reads the text of the directory's file, white space around it aside. Fails with InvalidArgument
/// `software_statement_malformed`, or `software_statement_incomplete` without software_id.
Result<SoftwareStatement> read_software_statement(std::string_view text);

/// Whether it is fit to be sent for us. Fails with FailedPrecondition and one of: `software_statement_expired`,
/// `software_statement_stale` (no iat, or older than kSoftwareStatementAgeMax), `software_statement_time` (of the future),
/// `software_statement_of_another` (not the organisation and software of options.signature_issuer),
/// `software_statement_inactive`, `software_statement_role` (not for payments), `software_statement_redirect_uri` (ours is not
/// among its), or `software_statement_key` (it carries keys, and what the signer signs does not verify with them).
Result<void> check_software_statement(const SoftwareStatement& statement, const Options& options,
                                      jose::Signer& signer, Timestamp now);

}  // namespace remit::rails::open_banking_uk
