#pragma once

#include "kit/base/bytes.h"

#include <array>
#include <optional>

namespace remit::codec {

using SecretKey = std::array<std::byte, 32>;
using Nonce = std::array<std::byte, 12>;

/// AES-256-GCM (NIST SP 800-38D). The result is the ciphertext and its tag of 16 bytes. A nonce must
/// never be used twice under one key; random ones are good for 2^32 messages (section 8.3).
Bytes seal_aead(const SecretKey& key, const Nonce& nonce, ByteView associated, ByteView plain);

/// The plain bytes; nullopt when key, nonce, associated data or ciphertext is not what it was.
std::optional<Bytes> open_aead(const SecretKey& key, const Nonce& nonce, ByteView associated,
                               ByteView sealed);

}  // namespace remit::codec
