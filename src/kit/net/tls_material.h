#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"
#include "kit/net/http.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace remit::net {

/// What TlsFiles named, as it was read and found fit to be used together: PEM. Whoever holds it is not touched by what becomes
/// of the files.
struct TlsMaterial {
  TlsMaterial() = default;
  /// Clears the key.
  ~TlsMaterial();
  TlsMaterial(const TlsMaterial&) = delete;
  TlsMaterial& operator=(const TlsMaterial&) = delete;

  std::string certificate_chain;
  std::string private_key;
  std::string trusted_authorities;
  /// When the first certificate of the chain ends, which are the first in it and those that vouch for it.
  std::optional<Timestamp> certificate_expires_at;
  /// When the next of the trusted authorities ends; when the last one did, if all have ended.
  std::optional<Timestamp> authorities_expire_at;
};
using TlsMaterialPtr = std::shared_ptr<const TlsMaterial>;

/// Reads the files. Fails with InvalidArgument `tls_file_unusable`: one cannot be read or holds no PEM of its kind, or the key
/// is not the certificate's. `now` decides which authorities have ended.
Result<TlsMaterialPtr> load_tls(const TlsFiles& files, Timestamp now);

}  // namespace remit::net
