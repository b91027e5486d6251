#pragma once

#include "kit/base/result.h"
#include "kit/net/jose/algorithm.h"

#include <openssl/evp.h>

#include <memory>
#include <string_view>

/// What signers and key sets share of OpenSSL. Only they include this.
namespace remit::jose {

template <auto F>
struct FreeBy {
  template <class T>
  void operator()(T* object) const {
    F(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, FreeBy<EVP_MD_CTX_free>>;

std::unexpected<Error> key_invalid(std::string_view why);
/// Which algorithm the key is for. Fails with `key_invalid` for every other kind and for weak ones.
Result<Algorithm> algorithm_of(EVP_PKEY* key);
/// Sets PSS with SHA-256 and a salt of 32 bytes, where the algorithm is PS256.
bool set_padding(EVP_PKEY_CTX* context, Algorithm algorithm);

}  // namespace remit::jose
