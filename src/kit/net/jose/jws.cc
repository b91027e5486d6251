#include "kit/net/jose/jws.h"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace remit::jose {
namespace {

constexpr codec::JsonLimits kHeaderLimits{.bytes_max = 8 * 1024, .depth_max = 4, .members_max = 64};

std::unexpected<Error> refuse(std::string reason, std::string message) {
  return fail(ErrorCode::Unauthenticated, std::move(reason), std::move(message));
}

std::string to_json_object(const std::vector<Member>& members) {
  std::string json = "{";
  for (const Member& member : members) {
    if (json.size() > 1) json += ',';
    json += json_string(member.name) + ":" + member.json;
  }
  return json + "}";
}

std::vector<Member> with_key(const Signer& signer, const std::vector<Member>& header) {
  std::vector<Member> all{{"alg", json_string(algorithm_name(signer.algorithm()))},
                          {"kid", json_string(signer.key_id())}};
  all.insert(all.end(), header.begin(), header.end());
  return all;
}

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
};

Result<Parts> split(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  const bool three =
      second != std::string_view::npos && token.find('.', second + 1) == std::string_view::npos;
  if (!three || token.size() > kJwsBytesMax) {
    return refuse("jws_malformed", "The signature is not a JWS in compact form.");
  }
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
               token.substr(second + 1)};
}

Result<codec::JsonDocument> read_header(std::string_view encoded) {
  const std::optional<Bytes> json = from_base64url(encoded);
  if (json) {
    auto document = codec::JsonDocument::parse(as_text(*json), kHeaderLimits);
    if (document && document->root().kind == codec::JsonKind::Object) return std::move(*document);
  }
  return refuse("jws_malformed", "The header of the JWS is not a JSON object.");
}

std::string_view text_of(const codec::JsonDocument& header, std::string_view name) {
  const codec::JsonNode* member = header.root().find(name);
  return member != nullptr && member->kind == codec::JsonKind::String ? member->text
                                                                      : std::string_view();
}

/// `crit` (RFC 7515 section 4.1.11): a list of members that are there, each understood.
Result<void> check_critical(const codec::JsonDocument& header,
                            const std::vector<std::string>& understood) {
  const codec::JsonNode* critical = header.root().find("crit");
  if (critical == nullptr) return {};
  bool fine = critical->kind == codec::JsonKind::Array && critical->count > 0;
  const codec::JsonNode* name = critical->first();
  for (std::uint32_t i = 0; fine && i < critical->count; ++i, name = name->next()) {
    fine = name->kind == codec::JsonKind::String &&
           std::ranges::find(understood, name->text) != understood.end() &&
           header.root().find(name->text) != nullptr;
  }
  if (fine) return {};
  return refuse("jws_critical", "The JWS has critical members that are not understood here.");
}

/// Before the key is looked for: which attack it is, if it is one, should be told whatever else is wrong.
Result<void> check_algorithm(std::string_view algorithm) {
  if (algorithm.empty() || algorithm == "none") {
    return refuse("jws_unsigned", "The JWS is not signed: its alg is none.");
  }
  if (algorithm.starts_with("HS")) {
    return refuse("jws_symmetric",
                  "The JWS is signed with a shared secret, which a public key must never be.");
  }
  if (algorithm != algorithm_name(Algorithm::Ps256) &&
      algorithm != algorithm_name(Algorithm::Es256)) {
    return refuse("jws_algorithm", "The JWS is signed with neither PS256 nor ES256.");
  }
  return {};
}

Result<void> check_signature(const codec::JsonDocument& header, std::string_view signing_input,
                             std::string_view encoded_signature, const KeySet& keys) {
  const std::string_view algorithm = text_of(header, "alg");
  TRY(check_algorithm(algorithm));
  const std::string_view key_id = text_of(header, "kid");
  const PublicKey* key = keys.find(key_id);
  if (key == nullptr) {
    return refuse("jws_key_unknown",
                  fmt::format("No key '{}' is known of the signer.", key_id.substr(0, 64)));
  }
  if (algorithm != algorithm_name(key->algorithm())) {
    return refuse("jws_algorithm", fmt::format("The JWS must be signed with {}, as its key is.",
                                               algorithm_name(key->algorithm())));
  }
  const std::optional<Bytes> signature = from_base64url(encoded_signature);
  if (!signature || !key->verify(as_bytes(signing_input), *signature)) {
    return refuse("jws_signature", "The signature does not verify.");
  }
  return {};
}

}  // namespace

std::string json_string(std::string_view text) {
  return boost::json::serialize(
      boost::json::value(boost::json::string_view(text.data(), text.size())));
}

Result<std::string> sign_compact(Signer& signer, const std::vector<Member>& header,
                                 std::string_view payload) {
  const std::shared_ptr<Signer> pinned = signer.pin();
  const std::string input = to_base64url(as_bytes(to_json_object(with_key(*pinned, header)))) +
                            "." + to_base64url(as_bytes(payload));
  return input + "." + to_base64url(TRY(pinned->sign(as_bytes(input))));
}

Result<std::string> sign_jwt(Signer& signer, const std::vector<Member>& claims) {
  return sign_compact(signer, {{"typ", json_string("JWT")}}, to_json_object(claims));
}

Result<std::string> sign_detached(Signer& signer, std::vector<Member> header,
                                  std::vector<std::string> critical, std::string_view payload,
                                  PayloadEncoding encoding) {
  if (encoding == PayloadEncoding::Raw) {
    header.push_back({"b64", "false"});
    critical.emplace_back("b64");
  }
  if (!critical.empty()) {
    std::vector<std::string> names;
    names.reserve(critical.size());
    for (const std::string& name : critical) names.push_back(json_string(name));
    header.push_back({"crit", fmt::format("[{}]", fmt::join(names, ","))});
  }
  const std::shared_ptr<Signer> pinned = signer.pin();
  const std::string encoded = to_base64url(as_bytes(to_json_object(with_key(*pinned, header))));
  const std::string input =
      encoded + "." +
      (encoding == PayloadEncoding::Raw ? std::string(payload) : to_base64url(as_bytes(payload)));
  return encoded + ".." + to_base64url(TRY(pinned->sign(as_bytes(input))));
}

Result<Verified> verify_compact(std::string_view token, const KeySet& keys,
                                const std::vector<std::string>& understood) {
  const Parts parts = TRY(split(token));
  codec::JsonDocument header = TRY(read_header(parts.header));
  TRY(check_critical(header, understood));
  const std::string_view input = token.substr(0, parts.header.size() + 1 + parts.payload.size());
  TRY(check_signature(header, input, parts.signature, keys));
  const std::optional<Bytes> payload = from_base64url(parts.payload);
  if (!payload) return refuse("jws_malformed", "The payload of the JWS is not base64url.");
  return Verified{std::move(header), std::string(as_text(*payload))};
}

Result<Verified> verify_detached(std::string_view token, std::string_view payload,
                                 const KeySet& keys, const std::vector<std::string>& understood) {
  const Parts parts = TRY(split(token));
  if (!parts.payload.empty()) {
    return refuse("jws_malformed", "The signature carries a payload and should be detached.");
  }
  codec::JsonDocument header = TRY(read_header(parts.header));
  std::vector<std::string> all = understood;
  all.emplace_back("b64");
  TRY(check_critical(header, all));
  const codec::JsonNode* b64 = header.root().find("b64");
  if (b64 != nullptr && b64->kind != codec::JsonKind::Bool) {
    return refuse("jws_malformed", "b64 of the JWS is neither true nor false.");
  }
  // RFC 7797 section 6: b64 counts only where it is critical; anywhere else somebody slipped it in.
  const bool critical_b64 = [&] {
    const codec::JsonNode* critical = header.root().find("crit");
    if (critical == nullptr) return false;
    const codec::JsonNode* name = critical->first();
    for (std::uint32_t i = 0; i < critical->count; ++i, name = name->next()) {
      if (name->text == "b64") return true;
    }
    return false;
  }();
  if ((b64 != nullptr) != critical_b64) {
    return refuse("jws_critical", "b64 of the JWS is given and not critical.");
  }
  const bool raw = b64 != nullptr && b64->bits == 0;
  const std::string input = std::string(parts.header) + "." +
                            (raw ? std::string(payload) : to_base64url(as_bytes(payload)));
  TRY(check_signature(header, input, parts.signature, keys));
  return Verified{std::move(header), std::string(payload)};
}

std::string unverified_key_id(std::string_view token) {
  const Result<Parts> parts = split(token);
  if (!parts) return {};
  const Result<codec::JsonDocument> header = read_header(parts->header);
  return header ? std::string(text_of(*header, "kid")) : std::string();
}

}  // namespace remit::jose
