#pragma once

#include "kit/base/bytes.h"
#include "kit/base/hash.h"

#include <string_view>

struct bignum_st;
struct evp_pkey_st;

namespace remit::lab::bank {

/// ECDSA on P-256 over the digest, r then s in 64 bytes (RFC 7518 section 3.4), with the nonce of RFC 6979: the same message
/// has the same signature, so that a simulated world can be repeated byte by byte. For keys that guard nothing.
Bytes sign_p256(const bignum_st& private_key, const Hash256& digest);

/// A key pair on P-256 that follows from the text, owned by the caller. For keys that guard nothing.
evp_pkey_st* p256_key_of(std::string_view text);

}  // namespace remit::lab::bank
