#pragma once

#include "kit/base/result.h"
#include "rails/rail.h"
#include "terms/payee_verification.h"

#include <string>
#include <variant>

namespace remit::rails {

/// Characters of a payee's name, asked or told.
inline constexpr std::size_t kPayeeNameCharactersMax = 140;
/// Characters of a secondary reference, as payments carry it (SecondaryIdentification, Max34Text).
inline constexpr std::size_t kSecondaryReferenceCharactersMax = 34;

/// Whether an account is held under a name. Personal data: never in a log.
struct PayeeQuestion {
  std::string identification;  ///< Sort code and account number, 14 digits.
  std::string name;            ///< 1 to kPayeeNameCharactersMax characters.
  terms::PayeeAccountType account_type = terms::PayeeAccountType::Personal;
  /// A roll or card number, where the account is found by it; else empty.
  std::string secondary_reference;
};

/// Name and type are the account's.
struct PayeeMatched {};
/// MBAM, BAMM, PAMM with the account's name; BANM and PANM without, since it is the one that was asked.
struct PayeeCloseMatch {
  terms::PayeeReason reason;
  std::string name;
};
/// ANNM, AC01, IVCR.
struct PayeeNoMatch {
  terms::PayeeReason reason;
};
/// ACNS, OPTO, CASS, SCNS: nothing is said against the payee.
struct PayeeCannotCheck {
  terms::PayeeReason reason;
};
/// Nobody answered in time, or what came is not to be believed. The error's reason says which; it is for whoever runs the
/// server, and asking again does no harm.
struct PayeeUnavailable {
  Error error;
};
using PayeeVerdict =
    std::variant<PayeeMatched, PayeeCloseMatch, PayeeNoMatch, PayeeCannotCheck, PayeeUnavailable>;

/// The port to whoever answers whose account it is: Confirmation of Payee of the UK. Moves nothing. Asynchronous, thread safe,
/// calls back exactly once.
class PayeeVerifier {
 public:
  virtual ~PayeeVerifier() = default;
  virtual void verify(PayeeQuestion question, Callback<PayeeVerdict> done) = 0;
};

}  // namespace remit::rails
