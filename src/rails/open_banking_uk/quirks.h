#pragma once

#include <boost/describe.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace remit::rails::open_banking_uk {

/// In what a bank deviates from the standard beyond what the rail takes silently: [banks.quirks]. Everything is off, and
/// whatever weakens a check is told by `relaxations`. Taken without a switch, since nothing rests on it: missing Links or
/// Meta, unknown members, 200 for 201, 404 for U011, errors without a body or in HTML, an interaction id that is not echoed,
/// statuses in another case, amounts with more or fewer decimals, spaces behind ids, numbers of tokens and signatures as
/// text, `aud` as a list, "bearer", a token answer without scope, both payload encodings of signatures, unknown keys, dates
/// in Retry-After.
struct Quirks {
  bool unsigned_answers = false;
  bool no_state_hash = false;
  bool no_intent_in_token_answer = false;
  bool token_without_expiry = false;
  bool ignores_idempotency_key = false;
  bool unknown_status_is_pending = false;
  bool registration_as_jwt = false;
  std::string intent_prefix;

  static std::string_view describe(std::string_view key) {
    if (key == "unsigned_answers")
      return "RELAXES: answers without x-jws-signature are believed; TLS alone vouches for them.";
    if (key == "no_state_hash")
      return "RELAXES: the id token of the redirect may lack s_hash; state is compared all the "
             "same.";
    if (key == "no_intent_in_token_answer")
      return "RELAXES: the id token of the token endpoint may lack openbanking_intent_id; that of "
             "the redirect may not.";
    if (key == "token_without_expiry")
      return "Token answers lack expires_in: five minutes are assumed.";
    if (key == "ignores_idempotency_key")
      return "Nothing is ever sent again and no replay is evidence: unknown outcomes wait for the "
             "consent's state or for a person.";
    if (key == "unknown_status_is_pending")
      return "A payment's status that no standard has counts as PDNG; the word is kept.";
    if (key == "registration_as_jwt")
      return "Registration requests go out as application/jwt instead of application/jose.";
    return "What stands before the consent's id in openbanking_intent_id.";
  }
  bool operator==(const Quirks&) const = default;
};
BOOST_DESCRIBE_STRUCT(Quirks, (),
                      (unsigned_answers, no_state_hash, no_intent_in_token_answer,
                       token_without_expiry, ignores_idempotency_key, unknown_status_is_pending,
                       registration_as_jwt, intent_prefix))

/// The names of those in force that weaken a check; `remit doctor` tells them.
inline std::vector<std::string_view> relaxations(const Quirks& quirks) {
  std::vector<std::string_view> names;
  if (quirks.unsigned_answers) names.emplace_back("unsigned_answers");
  if (quirks.no_state_hash) names.emplace_back("no_state_hash");
  if (quirks.no_intent_in_token_answer) names.emplace_back("no_intent_in_token_answer");
  return names;
}

}  // namespace remit::rails::open_banking_uk
