#include "lab/bank/access.h"

#include "kit/base/hash.h"

namespace remit::lab::bank {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::uint64_t kSweepEvery = 1024;
/// How long an expired token or code is still known for what it was.
constexpr auto kRemembered = std::chrono::hours(1);

}  // namespace

json::object to_json(const AccessToken& token) {
  return {{"client_id", token.client_id},
          {"certificate_thumbprint", token.certificate_thumbprint},
          {"scope", token.scope},
          {"consent_id", token.consent_id},
          {"expires", to_rfc3339(token.expires)}};
}

std::optional<AccessToken> access_token_from_json(const json::object& record) {
  const auto text = [&](std::string_view name) {
    return std::string(find_text(record, name).value_or(""));
  };
  const auto expires = from_rfc3339(text("expires"));
  if (!expires || text("client_id").empty()) return std::nullopt;
  return AccessToken{text("client_id"), text("certificate_thumbprint"), text("scope"),
                     text("consent_id"), *expires};
}

std::string Access::make_secret() {
  return to_base64url(entropy_.bytes(kSecretBytes));
}

std::string Access::hash_of(std::string_view secret) {
  return to_hex(view_of(sha256(as_bytes(secret))));
}

void Access::keep_token(const std::string& hash, AccessToken token, Timestamp now) {
  if (++kept_ % kSweepEvery == 0) {
    std::erase_if(tokens_,
                  [&](const auto& item) { return item.second.expires + kRemembered < now; });
  }
  tokens_[hash] = std::move(token);
}

const AccessToken* Access::find_token(std::string_view secret) const {
  const auto found = tokens_.find(hash_of(secret));
  return found == tokens_.end() ? nullptr : &found->second;
}

std::string Access::keep_refresh_token(RefreshGrant grant) {
  std::string secret = make_secret();
  refresh_[hash_of(secret)] = std::move(grant);
  return secret;
}

std::optional<RefreshGrant> Access::find_refresh_token(std::string_view secret) const {
  const auto found = refresh_.find(hash_of(secret));
  return found == refresh_.end() ? std::nullopt : std::optional(found->second);
}

void Access::keep_code(std::string_view code, AuthorisationCode details, Timestamp now) {
  if (++kept_ % kSweepEvery == 0) {
    std::erase_if(
        codes_, [&](const auto& item) { return item.second.details.expires + kRemembered < now; });
  }
  codes_[hash_of(code)] = {std::move(details), false, {}};
}

std::optional<AuthorisationCode> Access::use_code(std::string_view code) {
  const auto found = codes_.find(hash_of(code));
  if (found == codes_.end()) return std::nullopt;
  if (found->second.used) {
    tokens_.erase(found->second.token_hash);
    return std::nullopt;
  }
  found->second.used = true;
  return found->second.details;
}

void Access::note_token_of_code(std::string_view code, const std::string& token_hash) {
  const auto found = codes_.find(hash_of(code));
  if (found != codes_.end()) found->second.token_hash = token_hash;
}

}  // namespace remit::lab::bank
