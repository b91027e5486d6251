#include "lab/bank/jws.h"

#include "kit/base/hash.h"

#include <algorithm>
#include <array>

namespace remit::lab::bank {
namespace {

constexpr std::size_t kTokenBytesMax = 64 * 1024;

std::unexpected<Error> malformed(std::string message) {
  return fail(ErrorCode::InvalidArgument, "jws_malformed", std::move(message));
}

}  // namespace

Result<CompactJws> parse_compact_jws(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == text.npos ? first : text.find('.', first + 1);
  if (second == text.npos || text.find('.', second + 1) != text.npos ||
      text.size() > kTokenBytesMax) {
    return malformed("A compact JWS has three parts.");
  }
  const auto header = from_base64url(text.substr(0, first));
  const auto payload = from_base64url(text.substr(first + 1, second - first - 1));
  auto signature = from_base64url(text.substr(second + 1));
  if (!header || !payload || !signature) return malformed("A part of the JWS is not base64url.");
  auto members = parse_json_object(as_text(*header));
  if (!members) return malformed("The header of the JWS is not a JSON object.");
  return CompactJws{*std::move(members), std::string(as_text(*payload)),
                    std::string(text.substr(0, second)), *std::move(signature)};
}

std::string sign_compact_jws(const json::object& header, std::string_view payload,
                             const PrivateKey& key, SignatureAlgorithm algorithm) {
  const std::string input =
      to_base64url(as_bytes(json::serialize(header))) + '.' + to_base64url(as_bytes(payload));
  return input + '.' + to_base64url(key.sign(algorithm, as_bytes(input)));
}

Result<json::object> verify_jwt(std::string_view text, const KeySet& keys,
                                SignatureAlgorithm algorithm) {
  const CompactJws jws = TRY(parse_compact_jws(text));
  for (const auto& [name, value] : jws.header) {
    constexpr std::array<std::string_view, 5> kKnown{"alg", "kid", "typ", "x5t", "x5t#S256"};
    if (std::ranges::find(kKnown, std::string_view(name)) == kKnown.end()) {
      return malformed(
          fmt::format("The JWT's header member {} is not known.", std::string_view(name)));
    }
  }
  if (find_text(jws.header, "alg") != algorithm_name(algorithm)) {
    return fail(ErrorCode::InvalidArgument, "jws_algorithm",
                fmt::format("Sign with {}.", algorithm_name(algorithm)));
  }
  const PublicKey* key = keys.find(find_text(jws.header, "kid").value_or(""));
  if (key == nullptr) {
    return fail(ErrorCode::InvalidArgument, "jws_unknown_key", "The JWT's kid names no known key.");
  }
  if (!key->verify(algorithm, as_bytes(jws.signing_input), jws.signature)) {
    return fail(ErrorCode::InvalidArgument, "jws_signature",
                "The JWT's signature does not verify.");
  }
  auto claims = parse_json_object(jws.payload);
  if (!claims) return malformed("The JWT's claims are not a JSON object.");
  return claims;
}

std::string sign_jwt(const json::object& claims, const PrivateKey& key, std::string_view kid) {
  const SignatureAlgorithm algorithm = key.public_key().algorithm();
  const json::object header{{"alg", algorithm_name(algorithm)}, {"typ", "JWT"}, {"kid", kid}};
  return sign_compact_jws(header, json::serialize(claims), key, algorithm);
}

std::int64_t numeric_date(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

bool audience_includes(const json::object& claims, std::string_view audience,
                       std::string_view other_audience) {
  const auto matches = [&](const json::value& value) {
    return value.is_string() && (std::string_view(value.get_string()) == audience ||
                                 std::string_view(value.get_string()) == other_audience);
  };
  const json::value* named = claims.if_contains("aud");
  if (named == nullptr) return false;
  if (named->is_array()) return std::ranges::any_of(named->get_array(), matches);
  return matches(*named);
}

std::string half_hash(std::string_view text) {
  return to_base64url(view_of(sha256(as_bytes(text))).first(16));
}

}  // namespace remit::lab::bank
