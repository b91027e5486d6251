#include "lab/bank/bank_face.h"

#include "lab/bank/uuid.h"

namespace remit::lab::bank {
namespace {

constexpr std::string_view kRetryAfterSeconds = "1";

std::unexpected<Refusal> refuse_token() {
  Refusal refusal{401, {}, {}, {}, {}};
  refusal.headers.set("WWW-Authenticate", "Bearer error=\"invalid_token\"");
  return std::unexpected(std::move(refusal));
}

std::string interaction_id(const BankParts& parts, const net::HttpRequest& request) {
  const auto given = request.headers.find("x-fapi-interaction-id");
  return given && is_uuid(*given) ? std::string(*given) : make_uuid(parts.entropy);
}

}  // namespace

Answer<Caller> authorise(const BankParts& parts, const net::HttpRequest& request, Grant grant,
                         std::string_view scope) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view header = request.headers.find("Authorization").value_or("");
  if (!header.starts_with(kScheme)) return refuse_token();
  const AccessToken* token = parts.access.find_token(header.substr(kScheme.size()));
  if (token == nullptr || token->expires <= parts.clock.now() ||
      token->certificate_thumbprint != request.peer.certificate_thumbprint) {
    return refuse_token();
  }
  const RegisteredClient* client = parts.clients.find(token->client_id);
  if (client == nullptr) return refuse_token();
  if ((grant == Grant::Payer) == token->consent_id.empty()) return refuse_bare(403);
  const bool for_registration = token->scope == kRegistrationScope;
  if (for_registration && grant != Grant::Registration) return refuse_bare(403);
  if (!for_registration && grant == Grant::Registration &&
      parts.quirks.has(Quirk::RegistrationTokens)) {
    return refuse_token();
  }
  if (grant == Grant::Client && token->scope != scope) return refuse_bare(403);
  return Caller{client, token};
}

bool accepts_json(const net::HttpRequest& request) {
  const std::string_view accept = request.headers.find("Accept").value_or("*/*");
  return accept.contains("application/json") || accept.contains("*/*") ||
         accept.contains("application/*");
}

bool has_json(const net::HttpRequest& request) {
  const std::string_view type = request.headers.find("Content-Type").value_or("");
  return type.substr(0, type.find(';')) == "application/json";
}

Answer<void> before_operation(Fault fault) {
  if (fault == Fault::TimeoutBefore) return refuse_bare(504);
  if (fault == Fault::ServerErrorBefore) return refuse_with(500, "U000", "Out of order.");
  if (fault == Fault::OutOfService) return refuse_with(503, "U000", "Out of service.");
  if (fault != Fault::TooManyRequests) return {};
  Refusal refusal{429, {}, {}, {}, {}};
  refusal.headers.set("Retry-After", std::string(kRetryAfterSeconds));
  return std::unexpected(std::move(refusal));
}

void finish_answer(const BankParts& parts, const net::HttpRequest& request,
                   net::HttpResponse& response) {
  parts.quirks.bend(response, parts.clock.now());
  if (parts.quirks.has(Quirk::NoInteractionId)) return;
  response.headers.set("x-fapi-interaction-id", interaction_id(parts, request));
}

void sign_answer(const BankParts& parts, std::string_view kid, Fault fault,
                 net::HttpResponse& response) {
  if (parts.quirks.has(Quirk::UnsignedAnswers)) return;
  // v4.0 declares the signature on every 403, with a body or without.
  if (response.body.empty() && response.status != 403) return;
  MessageParty bank{parts.options.organisation_id, parts.options.trust_anchor,
                    parts.options.payload_encoding, parts.quirks.has(Quirk::SignatureTimeAsText)};
  if (parts.quirks.has(Quirk::RawPayloadSignatures)) bank.encoding = PayloadEncoding::Unencoded;
  // A signature over other bytes is well formed and of our key, and still does not verify.
  const std::string signed_body =
      fault == Fault::BadSignature ? response.body + ' ' : response.body;
  response.headers.set("x-jws-signature",
                       sign_message(signed_body, parts.signing_key, kid, bank, parts.clock.now()));
}

}  // namespace remit::lab::bank
