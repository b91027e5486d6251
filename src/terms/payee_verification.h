#pragma once

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

/// The words of Confirmation of Payee, by which the payee's bank says whether an account is held under a name (Pay.UK,
/// Confirmation of Payee rules). Values are stored: do not change or reuse them.
namespace remit::terms {

/// Whose account the payer believes it to be.
enum class PayeeAccountType : std::uint8_t { Personal = 1, Business = 2 };
BOOST_DESCRIBE_ENUM(PayeeAccountType, Personal, Business)

/// What the payee's bank says in all. Only the first is a yes.
enum class PayeeMatch : std::uint8_t {
  Matched = 1,      ///< Name and type are the account's.
  CloseMatch = 2,   ///< Nearly: another spelling, or the other type of account.
  NoMatch = 3,      ///< Another name, or no such account.
  CannotCheck = 4,  ///< The bank does not answer for this account; it may well be right.
  Unavailable = 5,  ///< No answer that may be believed came.
};
BOOST_DESCRIBE_ENUM(PayeeMatch, Matched, CloseMatch, NoMatch, CannotCheck, Unavailable)

/// Why it is no match, by the four letters of the scheme.
enum class PayeeReason : std::uint8_t {
  Annm = 1,   ///< The name is another.
  Mbam = 2,   ///< The name is nearly the account's.
  Bamm = 3,   ///< Nearly, and it is a business account where a personal one was asked for.
  Pamm = 4,   ///< Nearly, and it is a personal account where a business one was asked for.
  Banm = 5,   ///< The name is right, but it is a business account.
  Panm = 6,   ///< The name is right, but it is a personal account.
  Ac01 = 7,   ///< No such account.
  Ivcr = 8,   ///< The secondary reference, such as a roll number, is wrong or missing.
  Acns = 9,   ///< Accounts of this type are not checked.
  Opto = 10,  ///< Its holder has opted out.
  Cass = 11,  ///< It was switched to another bank.
  Scns = 12,  ///< The sort code is not this bank's.
};
BOOST_DESCRIBE_ENUM(PayeeReason, Annm, Mbam, Bamm, Pamm, Banm, Panm, Ac01, Ivcr, Acns, Opto, Cass,
                    Scns)

/// "MBAM".
std::string_view payee_reason_code(PayeeReason reason);
/// From the four letters; nullopt for any others.
std::optional<PayeeReason> parse_payee_reason(std::string_view code);
/// What an answer with this reason says in all: never Matched or Unavailable.
PayeeMatch match_of(PayeeReason reason);
/// The bank tells the account's own name with it: MBAM, BAMM, PAMM.
bool tells_name(PayeeReason reason);
/// The type of account that the reason contradicts is this one: BAMM and BANM personal, PAMM and PANM business.
std::optional<PayeeAccountType> contradicted_type(PayeeReason reason);
/// A sentence for people.
std::string_view explain(PayeeReason reason);

}  // namespace remit::terms
