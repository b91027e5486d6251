#include "lab/bank/message_signature.h"

#include "lab/bank/jws.h"

#include <algorithm>
#include <set>

namespace remit::lab::bank {
namespace {

constexpr std::string_view kHeader = "x-jws-signature";
constexpr std::string_view kIssuedAt = "http://openbanking.org.uk/iat";
constexpr std::string_view kIssuer = "http://openbanking.org.uk/iss";
constexpr std::string_view kTrustAnchor = "http://openbanking.org.uk/tan";

std::unexpected<Refusal> refuse_signature(std::string code, std::string message) {
  return refuse(std::move(code), std::move(message), std::string(kHeader));
}

std::string signing_input(std::string_view header, std::string_view body,
                          PayloadEncoding encoding) {
  std::string input(header);
  input += '.';
  input +=
      encoding == PayloadEncoding::Unencoded ? std::string(body) : to_base64url(as_bytes(body));
  return input;
}

std::set<std::string_view> critical_claims(PayloadEncoding encoding) {
  std::set<std::string_view> claims{kIssuedAt, kIssuer, kTrustAnchor};
  if (encoding == PayloadEncoding::Unencoded) claims.insert("b64");
  return claims;
}

Answer<void> check_crit(const json::object& header, PayloadEncoding encoding) {
  const json::value* listed = header.if_contains("crit");
  if (listed == nullptr) return refuse_signature("U017", "crit is missing.");
  std::set<std::string_view> names;
  if (listed->is_array()) {
    for (const json::value& name : listed->get_array()) {
      if (name.is_string()) names.insert(std::string_view(name.get_string()));
    }
  }
  if (!listed->is_array() || names != critical_claims(encoding) ||
      names.size() != listed->get_array().size()) {
    return refuse_signature("U016", "crit does not list what it must.");
  }
  const json::value* encoded = header.if_contains("b64");
  const bool raw = encoding == PayloadEncoding::Unencoded;
  if (raw != (encoded != nullptr) || (raw && *encoded != json::value(false))) {
    return refuse_signature("U016", "b64 is not as this bank wants it.");
  }
  return {};
}

Answer<void> check_header(const json::object& header, const MessageParty& signer, Timestamp now,
                          Duration skew_max) {
  for (const auto& [name, value] : header) {
    const std::string_view text = name;
    const bool known = text == "alg" || text == "kid" || text == "typ" || text == "cty" ||
                       text == "crit" || critical_claims(signer.encoding).contains(text);
    if (!known) return refuse_signature("U016", fmt::format("{} is not expected.", text));
  }
  for (const std::string_view name :
       {std::string_view("alg"), std::string_view("kid"), kIssuedAt, kIssuer, kTrustAnchor}) {
    if (!header.contains(name))
      return refuse_signature("U017", fmt::format("{} is missing.", name));
  }
  if (auto checked = check_crit(header, signer.encoding); !checked) return checked;
  if (find_text(header, "alg") != algorithm_name(signer.algorithm)) {
    return refuse_signature("U016",
                            fmt::format("alg must be {}.", algorithm_name(signer.algorithm)));
  }
  if (header.contains("typ") && find_text(header, "typ") != "JOSE") {
    return refuse_signature("U016", "typ must be JOSE.");
  }
  const auto content = find_text(header, "cty");
  if (header.contains("cty") && content != "json" && content != "application/json") {
    return refuse_signature("U016", "cty must be json or application/json.");
  }
  const auto issued = find_integer(header, kIssuedAt);
  if (!issued || *issued > numeric_date(now + skew_max)) {
    return refuse_signature("U016", "iat must be a number of seconds, and in the past.");
  }
  if (find_text(header, kIssuer) != signer.issuer) {
    return refuse_signature("U016", "iss is not who sends the message.");
  }
  if (find_text(header, kTrustAnchor) != signer.trust_anchor) {
    return refuse_signature("U016", "tan is not trusted.");
  }
  return {};
}

}  // namespace

std::string sign_message(std::string_view body, const PrivateKey& key, std::string_view kid,
                         const MessageParty& signer, Timestamp now) {
  json::array critical;
  for (const std::string_view name : critical_claims(signer.encoding)) critical.emplace_back(name);
  const SignatureAlgorithm algorithm = key.public_key().algorithm();
  json::object header{{"alg", algorithm_name(algorithm)},
                      {"kid", kid},
                      {"typ", "JOSE"},
                      {"cty", "application/json"},
                      {kIssuedAt, numeric_date(now)},
                      {kIssuer, signer.issuer},
                      {kTrustAnchor, signer.trust_anchor},
                      {"crit", std::move(critical)}};
  if (signer.time_as_text) header[kIssuedAt] = fmt::to_string(numeric_date(now));
  if (signer.encoding == PayloadEncoding::Unencoded) header["b64"] = false;
  const std::string protected_header = to_base64url(as_bytes(json::serialize(header)));
  const std::string input = signing_input(protected_header, body, signer.encoding);
  return protected_header + ".." + to_base64url(key.sign(algorithm, as_bytes(input)));
}

Answer<void> verify_message(std::optional<std::string_view> signature, std::string_view body,
                            const KeySet& keys, const MessageParty& signer, Timestamp now,
                            Duration skew_max) {
  if (!signature) return refuse_signature("U019", "The message must be signed.");
  const auto jws = parse_compact_jws(*signature);
  if (!jws || !jws->payload.empty()) {
    return refuse_signature("U018", "The signature is not a detached JWS in compact form.");
  }
  if (auto checked = check_header(jws->header, signer, now, skew_max); !checked) return checked;
  const PublicKey* key = keys.find(find_text(jws->header, "kid").value_or(""));
  if (key == nullptr) return refuse_signature("U016", "kid names no key of the sender.");
  const std::string_view header = signature->substr(0, signature->find('.'));
  const std::string input = signing_input(header, body, signer.encoding);
  if (!key->verify(signer.algorithm, as_bytes(input), jws->signature)) {
    return refuse_signature("U015", "The signature does not verify.");
  }
  return {};
}

}  // namespace remit::lab::bank
