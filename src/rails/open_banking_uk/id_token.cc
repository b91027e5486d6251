#include "rails/open_banking_uk/id_token.h"

#include "kit/base/hash.h"
#include "kit/base/planted.h"
#include "rails/open_banking_uk/json.h"

#include <fmt/format.h>

namespace remit::rails::open_banking_uk {
namespace {

constexpr auto kSkew = std::chrono::seconds(60);
/// An id_token is used within the minutes in which the payer comes back.
constexpr auto kAgeMax = std::chrono::hours(1);

std::int64_t seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::unexpected<Error> refuse(std::string reason, std::string message) {
  return fail(ErrorCode::PermissionDenied, std::move(reason), std::move(message));
}

struct RequiredClaim {
  std::string_view name;
  std::string_view reason;
};

constexpr RequiredClaim kRequired[] = {
    {"iss", "id_token_issuer_missing"},  {"aud", "id_token_audience_missing"},
    {"exp", "id_token_expiry_missing"},  {"iat", "id_token_issued_at_missing"},
    {"nonce", "id_token_nonce_missing"}, {"acr", "id_token_acr_missing"},
    {"sub", "id_token_subject_missing"}};
constexpr RequiredClaim kStateHash{"s_hash", "id_token_state_hash_missing"};
constexpr RequiredClaim kCodeHash{"c_hash", "id_token_code_hash_missing"};
constexpr RequiredClaim kIntent{"openbanking_intent_id", "id_token_intent_missing"};

Result<void> check_present(const codec::JsonDocument& claims, const RequiredClaim& claim) {
  if (find(claims, {claim.name}) != nullptr) return {};
  return refuse(std::string(claim.reason), fmt::format("The id_token lacks {}.", claim.name));
}

Result<void> check_all_present(const codec::JsonDocument& claims, const Expected& expected) {
  for (const RequiredClaim& claim : kRequired) TRY(check_present(claims, claim));
  const bool front = expected.channel == Channel::Front;
  if (front && !expected.quirks.no_state_hash) TRY(check_present(claims, kStateHash));
  if (front) TRY(check_present(claims, kCodeHash));
  if (front || !expected.quirks.no_intent_in_token_answer) TRY(check_present(claims, kIntent));
  return {};
}

Result<void> check_times(const codec::JsonDocument& claims, Timestamp now) {
  const std::optional<std::int64_t> expires = number(claims, {"exp"});
  if (!expires || *expires <= seconds(now - kSkew)) {
    return refuse("id_token_expired", "The bank's id_token has expired.");
  }
  const std::optional<std::int64_t> issued = number(claims, {"iat"});
  if (!issued || *issued > seconds(now + kSkew) || *issued < seconds(now - kAgeMax)) {
    return refuse("id_token_issued_at", "The bank's id_token was not issued just now.");
  }
  return {};
}

Result<void> check_parties(const codec::JsonDocument& claims, const Expected& expected) {
  if (text(claims, {"iss"}) != expected.issuer) {
    return refuse("id_token_issuer",
                  fmt::format("The id_token is by '{}'.", text(claims, {"iss"})));
  }
  const codec::JsonNode* audience = find(claims, {"aud"});
  if (!is_or_contains(audience, expected.client_id)) {
    return refuse("id_token_audience", "The id_token is for somebody else.");
  }
  const std::string authorised = text(claims, {"azp"});
  const bool several = audience->kind == codec::JsonKind::Array && audience->count > 1;
  if ((several && authorised.empty()) ||
      (!authorised.empty() && authorised != expected.client_id)) {
    return refuse("id_token_authorised_party", "The id_token's azp is not us.");
  }
  return {};
}

Result<void> check_bindings(const codec::JsonDocument& claims, const Expected& expected) {
  const bool answers_us =
      !expected.nonce.empty() &&
      equal_in_constant_time(as_bytes(text(claims, {"nonce"})), as_bytes(expected.nonce));
  if (!answers_us && !planted(Bug::NonceUnchecked)) {
    return refuse("id_token_nonce", "The id_token answers another request.");
  }
  if (expected.channel == Channel::Front) {
    const bool left_out = expected.quirks.no_state_hash && find(claims, {"s_hash"}) == nullptr;
    if (expected.state.empty() ||
        (!left_out && text(claims, {"s_hash"}) != half_hash(expected.state))) {
      return refuse("id_token_state_hash", "The id_token belongs to another state.");
    }
    if (expected.code.empty() || text(claims, {"c_hash"}) != half_hash(expected.code)) {
      return refuse("id_token_code_hash", "The id_token belongs to another code.");
    }
  } else if (find(claims, {"at_hash"}) != nullptr &&
             text(claims, {"at_hash"}) != half_hash(expected.access_token)) {
    return refuse("id_token_access_hash", "The id_token belongs to another access token.");
  }
  const bool left_out = expected.quirks.no_intent_in_token_answer &&
                        expected.channel == Channel::Token &&
                        find(claims, {"openbanking_intent_id"}) == nullptr;
  const std::string intent = expected.quirks.intent_prefix + std::string(expected.consent_id);
  if (expected.consent_id.empty() ||
      (!left_out && text(claims, {"openbanking_intent_id"}) != intent)) {
    return refuse("id_token_intent", "The id_token is for another consent.");
  }
  const std::string acr = text(claims, {"acr"});
  if (acr != "urn:openbanking:psd2:sca" && acr != "urn:openbanking:psd2:ca") {
    return refuse("id_token_acr", "The id_token does not say how the payer was authenticated.");
  }
  return {};
}

}  // namespace

std::string half_hash(std::string_view text) {
  const Hash256 hash = sha256(as_bytes(text));
  return to_base64url(view_of(hash).first(hash.size() / 2));
}

Result<std::string> check_id_token(std::string_view id_token, const jose::KeySet& keys,
                                   const Expected& expected) {
  Result<jose::Verified> verified = jose::verify_compact(id_token, keys);
  if (!verified) {
    return refuse(reason_in(verified.error().reason, "id_token"), verified.error().message);
  }
  // FAPI 1 Advanced allows ES256 as well; the UK profile does not.
  if (text(verified->header, {"alg"}) != jose::algorithm_name(expected.algorithm)) {
    return refuse("id_token_algorithm", "The id_token is not signed with the bank's algorithm.");
  }
  const Result<codec::JsonDocument> claims = parse(verified->payload);
  if (!claims || claims->root().kind != codec::JsonKind::Object) {
    return refuse("id_token_unreadable", "The id_token's claims are not a JSON object.");
  }
  TRY(check_all_present(*claims, expected));
  TRY(check_parties(*claims, expected));
  TRY(check_times(*claims, expected.now));
  TRY(check_bindings(*claims, expected));
  std::string subject = text(*claims, {"sub"});
  if (subject.empty())
    return refuse("id_token_subject", "The id_token does not say who the payer is.");
  return subject;
}

}  // namespace remit::rails::open_banking_uk
