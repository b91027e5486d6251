#pragma once

#include "kit/base/ed25519.h"

#include <filesystem>

namespace remit::journal {

/// The key that signs heads, from its PEM file (mode 0600), made there unless it exists. Fails with FailedPrecondition
/// `key_exposed` when others may read it, InvalidArgument `key_invalid`, or as reading and writing files do.
Result<Ed25519PrivateKey> open_head_key(const std::filesystem::path& path, Entropy& entropy);

/// The public half of that key in PEM.
Result<Ed25519PublicKey> load_head_public_key(const std::filesystem::path& path);

}  // namespace remit::journal
