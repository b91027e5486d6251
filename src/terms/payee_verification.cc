#include "terms/payee_verification.h"

#include "kit/base/check.h"

#include <algorithm>

namespace remit::terms {
namespace {

struct Known {
  PayeeReason reason;
  std::string_view code;
  PayeeMatch match;
  bool tells_name;
  std::optional<PayeeAccountType> contradicts;
  std::string_view sentence;
};

constexpr auto kPersonal = PayeeAccountType::Personal;
constexpr auto kBusiness = PayeeAccountType::Business;
using enum PayeeReason;

/// The scheme itself has matches, close matches and everything else; what cannot be checked is kept apart from what was found
/// wrong, since it says nothing against the payee.
constexpr Known kKnown[] = {
    {Annm, "ANNM", PayeeMatch::NoMatch, false, {}, "The account is held under another name."},
    {Mbam, "MBAM", PayeeMatch::CloseMatch, true, {}, "The account's name is nearly this one."},
    {Bamm, "BAMM", PayeeMatch::CloseMatch, true, kPersonal,
     "The account's name is nearly this one, and it is a business account."},
    {Pamm, "PAMM", PayeeMatch::CloseMatch, true, kBusiness,
     "The account's name is nearly this one, and it is a personal account."},
    {Banm, "BANM", PayeeMatch::CloseMatch, false, kPersonal,
     "The name is right, but it is a business account."},
    {Panm, "PANM", PayeeMatch::CloseMatch, false, kBusiness,
     "The name is right, but it is a personal account."},
    {Ac01, "AC01", PayeeMatch::NoMatch, false, {}, "The bank has no such account."},
    {Ivcr,
     "IVCR",
     PayeeMatch::NoMatch,
     false,
     {},
     "The secondary reference, such as a roll number, is wrong or missing."},
    {Acns,
     "ACNS",
     PayeeMatch::CannotCheck,
     false,
     {},
     "The bank does not check accounts of this type."},
    {Opto, "OPTO", PayeeMatch::CannotCheck, false, {}, "The account's holder has opted out."},
    {Cass,
     "CASS",
     PayeeMatch::CannotCheck,
     false,
     {},
     "The account was switched to another bank; ask the payee for the new one."},
    {Scns, "SCNS", PayeeMatch::CannotCheck, false, {}, "Nobody answers for this sort code."},
};

const Known& known(PayeeReason reason) {
  const auto* const found = std::ranges::find(kKnown, reason, &Known::reason);
  CHECK(found != std::end(kKnown), "reason {} is unknown", static_cast<int>(reason));
  return *found;
}

}  // namespace

std::string_view payee_reason_code(PayeeReason reason) {
  return known(reason).code;
}

std::optional<PayeeReason> parse_payee_reason(std::string_view code) {
  const auto* const found = std::ranges::find(kKnown, code, &Known::code);
  if (found == std::end(kKnown)) return std::nullopt;
  return found->reason;
}

PayeeMatch match_of(PayeeReason reason) {
  return known(reason).match;
}

bool tells_name(PayeeReason reason) {
  return known(reason).tells_name;
}

std::optional<PayeeAccountType> contradicted_type(PayeeReason reason) {
  return known(reason).contradicts;
}

std::string_view explain(PayeeReason reason) {
  return known(reason).sentence;
}

}  // namespace remit::terms
