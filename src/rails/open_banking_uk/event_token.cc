#include "rails/open_banking_uk/event_token.h"

#include "kit/base/bytes.h"
#include "rails/open_banking_uk/json.h"

#include <fmt/format.h>

namespace remit::rails::open_banking_uk {
namespace {

constexpr std::string_view kHeaderIssuedAt = "http://openbanking.org.uk/iat";
constexpr std::string_view kHeaderIssuer = "http://openbanking.org.uk/iss";
constexpr std::string_view kHeaderTrustAnchor = "http://openbanking.org.uk/tan";
constexpr std::string_view kResourceUpdate = "urn:uk:org:openbanking:events:resource-update";
constexpr std::string_view kResourceId = "http://openbanking.org.uk/rid";
constexpr std::string_view kResourceType = "http://openbanking.org.uk/rty";
/// The clocks of two machines.
constexpr auto kSkew = std::chrono::seconds(60);

std::int64_t seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::unexpected<Error> refuse(std::string reason, std::string message) {
  return fail(ErrorCode::PermissionDenied, std::move(reason), std::move(message));
}

/// "JWT" (RFC 7519), "JOSE" (Read/Write API, message signing) or "secevent+jwt" (RFC 8417 section 2.3), each with or without
/// "application/"; or none.
bool is_type_of_events(std::string type) {
  constexpr std::string_view kMedia = "application/";
  if (type.starts_with(kMedia)) type.erase(0, kMedia.size());
  return type.empty() || is_one_of(type, {"JWT", "JOSE", "secevent+jwt"});
}

/// "The approach defined in the R/W API specification" (Event Notification API Profile, message signing): what other
/// signatures of the bank say of themselves, events may say as well.
Result<void> check_header(const codec::JsonDocument& header, const Options& options,
                          Timestamp now) {
  if (text(header, {"alg"}) != jose::algorithm_name(options.bank_algorithm)) {
    return refuse("event_algorithm", "The event is not signed with the bank's algorithm.");
  }
  if (!is_type_of_events(text(header, {"typ"}))) {
    return refuse("event_type", fmt::format("The token is a '{}' and no event.",
                                            text(header, {"typ"}).substr(0, 64)));
  }
  const bool has_time = find(header, {kHeaderIssuedAt}) != nullptr;
  const std::optional<std::int64_t> signed_at = number(header, {kHeaderIssuedAt});
  if (has_time && (!signed_at || *signed_at > seconds(now + kSkew))) {
    return refuse("event_issued_at", "The event was signed in the future.");
  }
  if (find(header, {kHeaderIssuer}) != nullptr &&
      text(header, {kHeaderIssuer}) != options.bank_signature_issuer) {
    return refuse("event_issuer",
                  fmt::format("The event is signed by '{}' instead of '{}'.",
                              text(header, {kHeaderIssuer}), options.bank_signature_issuer));
  }
  if (find(header, {kHeaderTrustAnchor}) != nullptr &&
      text(header, {kHeaderTrustAnchor}) != options.trust_anchor) {
    return refuse("event_issuer", "The event names another trust anchor.");
  }
  return {};
}

Result<void> check_claims(const codec::JsonDocument& claims, const Options& options,
                          Timestamp now) {
  const std::string& issuer =
      options.events_issuer.empty() ? options.issuer : options.events_issuer;
  if (text(claims, {"iss"}) != issuer) {
    return refuse("event_issuer", fmt::format("The event is by '{}' instead of '{}'.",
                                              text(claims, {"iss"}).substr(0, 200), issuer));
  }
  if (!is_or_contains(find(claims, {"aud"}), options.client_id)) {
    return refuse("event_audience", "The event is for somebody else.");
  }
  const std::string id = text(claims, {"jti"});
  if (id.empty() || id.size() > kEventIdCharactersMax) {
    return refuse("event_id", fmt::format("The event has no id, or one of more than {} characters.",
                                          kEventIdCharactersMax));
  }
  // An old one is still a hint: banks tell again for days what nobody acknowledged.
  const std::optional<std::int64_t> issued_at = number(claims, {"iat"});
  if (!issued_at || *issued_at > seconds(now + kSkew)) {
    return refuse("event_issued_at", "The event was not issued in the past.");
  }
  const std::optional<std::int64_t> happened_at = number(claims, {"toe"});
  if (!happened_at || *happened_at < 0 || *happened_at > seconds(now + kSkew)) {
    return refuse("event_time", "The event did not happen in the past.");
  }
  if (text(claims, {"txn"}).empty()) {
    return refuse("event_transaction", "The event names no transaction.");
  }
  if (text(claims, {"sub"}).empty()) {
    return refuse("event_subject", "The event does not say what it is about.");
  }
  return {};
}

/// Of `resource-update` the resource; of all others no more than that they are there.
Result<BankEvent> read_event(const codec::JsonDocument& claims) {
  const codec::JsonNode* events = find(claims, {"events"});
  if (events == nullptr || events->kind != codec::JsonKind::Object || events->count == 0) {
    return refuse("event_missing", "The token names no event.");
  }
  BankEvent event{
      .id = text(claims, {"jti"}),
      .happened_at = Timestamp(std::chrono::seconds(number(claims, {"toe"}).value_or(0))),
      .type = std::string(events->first()->key),
      .bank_payment_id = {}};
  if (find(claims, {"events", kResourceUpdate}) == nullptr) return event;
  event.type = kResourceUpdate;
  const std::string resource = id_text(claims, {"events", kResourceUpdate, "subject", kResourceId});
  const std::string type = text(claims, {"events", kResourceUpdate, "subject", kResourceType});
  if (resource.empty() || resource.size() > kEventIdCharactersMax || type.empty()) {
    return refuse("event_resource", "The event does not say which resource has changed.");
  }
  // The standard writes it in the singular, banks do as their URLs do.
  if (is_one_of(type, {"domestic-payment", "domestic-payments"})) event.bank_payment_id = resource;
  return event;
}

}  // namespace

Result<BankEvent> check_event_token(std::string_view token, const jose::KeySet& keys,
                                    const Options& options, Timestamp now) {
  const Result<jose::Verified> verified = jose::verify_compact(
      token, keys,
      {std::string(kHeaderIssuedAt), std::string(kHeaderIssuer), std::string(kHeaderTrustAnchor)});
  if (!verified) {
    std::string reason = reason_in(verified.error().reason, "event");
    if (reason == "event_key_unknown") {
      return fail(ErrorCode::Unavailable, std::move(reason), verified.error().message);
    }
    return refuse(std::move(reason), verified.error().message);
  }
  TRY(check_header(verified->header, options, now));
  const Result<codec::JsonDocument> claims = parse(verified->payload);
  if (!claims || claims->root().kind != codec::JsonKind::Object) {
    return refuse("event_unreadable", "The event's claims are not a JSON object.");
  }
  TRY(check_claims(*claims, options, now));
  return read_event(*claims);
}

std::string unverified_event_issuer(std::string_view token) {
  const std::size_t from = token.find('.');
  const std::size_t to = token.find('.', from + 1);
  if (token.size() > jose::kJwsBytesMax || from == std::string_view::npos ||
      to == std::string_view::npos) {
    return {};
  }
  const std::optional<Bytes> payload = from_base64url(token.substr(from + 1, to - from - 1));
  if (!payload) return {};
  const Result<codec::JsonDocument> claims = parse(as_text(*payload));
  return claims ? text(*claims, {"iss"}) : std::string();
}

}  // namespace remit::rails::open_banking_uk
