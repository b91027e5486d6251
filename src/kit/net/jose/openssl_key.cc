#include "kit/net/jose/openssl_key.h"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

namespace remit::jose {
namespace {

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;
constexpr int kPssSaltBytes = 32;

}  // namespace

std::string_view algorithm_name(Algorithm algorithm) {
  return algorithm == Algorithm::Ps256 ? "PS256" : "ES256";
}

std::unexpected<Error> key_invalid(std::string_view why) {
  return fail(ErrorCode::InvalidArgument, "key_invalid",
              fmt::format("The key cannot be used: {}. Use RSA of at least {} bits, or P-256.", why,
                          kRsaBitsMin));
}

Result<Algorithm> algorithm_of(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1) {
    const int bits = EVP_PKEY_get_bits(key);
    if (bits < kRsaBitsMin || bits > kRsaBitsMax) {
      return key_invalid(fmt::format("it has {} bits", bits));
    }
    return Algorithm::Ps256;
  }
  char group[32] = {};
  std::size_t size = 0;
  if (EVP_PKEY_is_a(key, "EC") == 1 &&
      EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1 &&
      std::string_view(group, size) == "prime256v1") {
    return Algorithm::Es256;
  }
  return key_invalid("it is of another kind");
}

bool set_padding(EVP_PKEY_CTX* context, Algorithm algorithm) {
  if (algorithm != Algorithm::Ps256) return true;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, kPssSaltBytes) == 1;
}

}  // namespace remit::jose
