#pragma once

#include "kit/base/result.h"
#include "kit/net/http.h"
#include "lab/bank/json.h"

#include <bitset>
#include <cstdint>
#include <string_view>

namespace remit::lab::bank {

/// How real banks deviate from the standard, each for as long as it is switched on. Values index names: see quirks.cc.
enum class Quirk : std::uint8_t {
  MissingLinks,           ///< Answers without Links.
  MissingMeta,            ///< Answers without Meta.
  MisspeltRisk,           ///< Risk comes back with ContractPresentInidicator.
  LowerCaseStatus,        ///< "acsc".
  UnknownStatus,          ///< A payment's status is a word of the bank's own.
  ShortAmount,            ///< "12.5"
  LongAmount,             ///< "12.50000"
  DatesWithoutZone,       ///< "2025-01-31T10:00:00"
  SpaceBehindIds,         ///< "consent-1 "
  ExtraFields,            ///< Members that no standard has.
  ConsentAhead,           ///< An authorised consent reads as consumed before it is.
  CreatedAs200,           ///< 200 instead of 201.
  NotFoundAs404,          ///< 404 instead of 400 U011.
  HtmlErrors,             ///< A gateway's page instead of an error.
  EmptyErrors,            ///< Errors without a body.
  NoInteractionId,        ///< x-fapi-interaction-id is not echoed.
  UnsignedAnswers,        ///< No x-jws-signature.
  RawPayloadSignatures,   ///< b64=false (RFC 7797) in the bank's own signatures.
  SignatureTimeAsText,    ///< The signature's iat is a string.
  CompressedAnswers,      ///< gzip, although nobody asked for it.
  RetryAfterDate,         ///< Retry-After as an HTTP date.
  IgnoresIdempotencyKey,  ///< The same key is a new request.
  ExpiryAsText,           ///< exp of id tokens is a string.
  AudienceAsList,         ///< aud of id tokens is a list.
  NoStateHash,            ///< The id token of the front channel lacks s_hash.
  NoIntentInTokenAnswer,  ///< The id token of the token endpoint lacks openbanking_intent_id.
  IntentPrefix,           ///< openbanking_intent_id is "urn:model-bank:" and the consent's id.
  LowerCaseTokenType,     ///< "bearer"
  NoExpiresIn,            ///< Token answers lack expires_in.
  NoScope,                ///< Token answers lack scope.
  UnknownKeys,            ///< The key set holds keys of kinds that nobody knows.
  RegistrationTokens,  ///< A registration gives a token of its own (RFC 7592), which alone is good for it.
  RenewedRegistrationTokens,  ///< With RegistrationTokens: each read of a registration gives a new one and spends the old one.
  RegistrationAsJwt,  ///< Registrations come as application/jwt.
};
inline constexpr std::size_t kQuirks = 34;

/// "missing_links", as the sandbox port spells it.
std::string_view quirk_name(Quirk quirk);

/// Which of them are on.
class Quirks {
 public:
  bool has(Quirk quirk) const { return on_[static_cast<std::size_t>(quirk)]; }
  void set(Quirk quirk) { on_.set(static_cast<std::size_t>(quirk)); }
  /// `{"quirks": ["missing_links"]}`: these and no others. Fails with InvalidArgument `quirks_invalid`.
  Result<void> configure(const json::object& document);
  json::object to_json() const;

  /// What they make of a document of the payment API before it is signed.
  void bend(json::object& document) const;
  /// What they make of a whole answer before it is signed.
  void bend(net::HttpResponse& response, Timestamp now) const;

 private:
  std::bitset<kQuirks> on_;
};

}  // namespace remit::lab::bank
