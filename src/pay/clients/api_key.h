#pragma once

#include "kit/base/hash.h"
#include "kit/base/random.h"
#include "kit/base/type_id.h"

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace remit::clients {

/// Whether a key moves real money. Values are stored: do not change or reuse them.
enum class KeyMode : std::uint8_t { Live = 1, Test = 2 };
BOOST_DESCRIBE_ENUM(KeyMode, Live, Test)

/// What an API key's text says: `remit_test_<id without its prefix>_<secret in base64url>`. The fixed beginning lets secret
/// scanners find it where it does not belong.
struct ApiKeyText {
  static constexpr std::size_t kSecretBytes = 32;
  KeyMode mode = KeyMode::Test;
  TypeId id;  ///< Prefix "key".
  Bytes secret;
};

/// A new secret for the key of that id. The text is shown once and kept nowhere.
ApiKeyText make_api_key(KeyMode mode, const TypeId& id, Entropy& entropy);
std::string print_api_key(const ApiKeyText& key);
/// Strict: nullopt for anything that `print_api_key` does not print.
std::optional<ApiKeyText> parse_api_key(std::string_view text);

/// What is stored of a secret: plain SHA-256. Slow, salted hashes make up for passwords that can be guessed; 256 random
/// bits cannot be, and a slow hash on every request would only help whoever wants to exhaust the server.
Hash256 hash_api_key(const ApiKeyText& key);

}  // namespace remit::clients
