#include "pay/clients/api_key.h"

#include "kit/base/check.h"

#include <fmt/format.h>

namespace remit::clients {
namespace {

constexpr std::string_view kLive = "remit_live_";
constexpr std::string_view kTest = "remit_test_";
constexpr std::string_view kPrefix = "key_";
constexpr std::size_t kIdBytes = 26;
constexpr std::size_t kSecretTextBytes = 43;

}  // namespace

ApiKeyText make_api_key(KeyMode mode, const TypeId& id, Entropy& entropy) {
  CHECK(id.prefix() == "key", "{} is not the id of a key", id.to_string());
  return {mode, id, entropy.bytes(ApiKeyText::kSecretBytes)};
}

std::string print_api_key(const ApiKeyText& key) {
  return fmt::format("{}{}_{}", key.mode == KeyMode::Live ? kLive : kTest,
                     key.id.to_string().substr(kPrefix.size()), to_base64url(key.secret));
}

std::optional<ApiKeyText> parse_api_key(std::string_view text) {
  const bool live = text.starts_with(kLive);
  if (!live && !text.starts_with(kTest)) return std::nullopt;
  text.remove_prefix(kLive.size());
  // By lengths, since base64url may hold the separator.
  if (text.size() != kIdBytes + 1 + kSecretTextBytes || text[kIdBytes] != '_') return std::nullopt;
  const auto id = TypeId::parse(fmt::format("{}{}", kPrefix, text.substr(0, kIdBytes)));
  auto secret = from_base64url(text.substr(kIdBytes + 1));
  if (!id || !secret) return std::nullopt;
  return ApiKeyText{live ? KeyMode::Live : KeyMode::Test, *id, *std::move(secret)};
}

Hash256 hash_api_key(const ApiKeyText& key) {
  return sha256(key.secret);
}

}  // namespace remit::clients
