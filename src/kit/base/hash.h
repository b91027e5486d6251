#pragma once

#include "kit/base/bytes.h"

#include <array>
#include <cstddef>
#include <memory>

namespace remit {

/// A SHA-256 digest (FIPS 180-4).
using Hash256 = std::array<std::byte, 32>;

inline ByteView view_of(const Hash256& hash) {
  return {hash.data(), hash.size()};
}

/// SHA-256 over parts in turn. The EVP fetch and context are made once per object and reused; one
/// thread at a time.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  Sha256& update(ByteView bytes);
  /// The digest of what was given since the last finish; the object is then ready for the next.
  Hash256 finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

Hash256 sha256(ByteView bytes);
/// HMAC-SHA-256 (RFC 2104).
Hash256 hmac_sha256(ByteView key, ByteView bytes);
/// Compares without leaking where the first difference is.
bool equal_in_constant_time(ByteView left, ByteView right);

}  // namespace remit
