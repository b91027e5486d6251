#include "lab/bank/ecdsa.h"

#include "kit/base/check.h"
#include "lab/bank/openssl_handles.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>

#include <array>

namespace remit::lab::bank {
namespace {

using GroupHandle = std::unique_ptr<EC_GROUP, OpensslFree<EC_GROUP_free>>;
using PointHandle = std::unique_ptr<EC_POINT, OpensslFree<EC_POINT_free>>;
using ScratchHandle = std::unique_ptr<BN_CTX, OpensslFree<BN_CTX_free>>;

constexpr int kScalarBytes = 32;

/// What OpenSSL needs for one computation on the curve.
struct Curve {
  GroupHandle group{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
  ScratchHandle scratch{BN_CTX_new()};
  const BIGNUM* order() const { return EC_GROUP_get0_order(group.get()); }
  /// The x coordinate of the generator times `scalar`, and the point itself where it is asked for.
  PointHandle times_generator(const BIGNUM& scalar) const {
    PointHandle point(EC_POINT_new(group.get()));
    CHECK(EC_POINT_mul(group.get(), point.get(), &scalar, nullptr, nullptr, scratch.get()) == 1,
          "no point on P-256");
    return point;
  }
};

NumberHandle number_of(const Hash256& bytes) {
  return NumberHandle(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                                static_cast<int>(bytes.size()), nullptr));
}

Hash256 octets_of(const BIGNUM& number) {
  Hash256 octets{};
  CHECK(BN_bn2binpad(&number, reinterpret_cast<unsigned char*>(octets.data()), kScalarBytes) ==
            kScalarBytes,
        "a scalar of more than 32 bytes");
  return octets;
}

/// The generator of nonces of RFC 6979 section 3.2, for a digest and an order of 256 bits.
class Nonces {
 public:
  Nonces(const BIGNUM& private_key, const BIGNUM& reduced_digest) {
    value_.fill(std::byte{1});
    for (const std::byte round : {std::byte{0}, std::byte{1}}) {
      Bytes seed = to_bytes(view_of(value_));
      seed.push_back(round);
      for (const BIGNUM* number : {&private_key, &reduced_digest}) {
        const Hash256 octets = octets_of(*number);
        seed.insert(seed.end(), octets.begin(), octets.end());
      }
      key_ = hmac_sha256(view_of(key_), seed);
      value_ = hmac_sha256(view_of(key_), view_of(value_));
    }
  }
  NumberHandle next() {
    if (used_) {
      Bytes seed = to_bytes(view_of(value_));
      seed.push_back(std::byte{0});
      key_ = hmac_sha256(view_of(key_), seed);
      value_ = hmac_sha256(view_of(key_), view_of(value_));
    }
    used_ = true;
    value_ = hmac_sha256(view_of(key_), view_of(value_));
    return number_of(value_);
  }

 private:
  Hash256 key_{};
  Hash256 value_{};
  bool used_ = false;
};

}  // namespace

Bytes sign_p256(const BIGNUM& private_key, const Hash256& digest) {
  const Curve curve;
  const BIGNUM* order = curve.order();
  BN_CTX* scratch = curve.scratch.get();
  const NumberHandle z = number_of(digest);
  CHECK(BN_nnmod(z.get(), z.get(), order, scratch) == 1, "no remainder");
  Nonces nonces(private_key, *z);
  for (;;) {
    const NumberHandle k = nonces.next();
    if (BN_is_zero(k.get()) || BN_cmp(k.get(), order) >= 0) continue;
    const PointHandle point = curve.times_generator(*k);
    const NumberHandle r(BN_new());
    const NumberHandle s(BN_new());
    CHECK(EC_POINT_get_affine_coordinates(curve.group.get(), point.get(), r.get(), nullptr,
                                          scratch) == 1 &&
              BN_nnmod(r.get(), r.get(), order, scratch) == 1 &&
              BN_mod_mul(s.get(), r.get(), &private_key, order, scratch) == 1 &&
              BN_mod_add(s.get(), s.get(), z.get(), order, scratch) == 1,
          "P-256 cannot be reckoned with");
    const NumberHandle inverse(BN_mod_inverse(nullptr, k.get(), order, scratch));
    CHECK(inverse && BN_mod_mul(s.get(), s.get(), inverse.get(), order, scratch) == 1,
          "a nonce without inverse");
    if (BN_is_zero(r.get()) || BN_is_zero(s.get())) continue;
    Bytes signature = to_bytes(view_of(octets_of(*r)));
    const Hash256 second = octets_of(*s);
    signature.insert(signature.end(), second.begin(), second.end());
    return signature;
  }
}

EVP_PKEY* p256_key_of(std::string_view text) {
  const Curve curve;
  const NumberHandle scalar = number_of(sha256(as_bytes(text)));
  CHECK(BN_nnmod(scalar.get(), scalar.get(), curve.order(), curve.scratch.get()) == 1 &&
            !BN_is_zero(scalar.get()),
        "no scalar of '{}'", text);
  const PointHandle point = curve.times_generator(*scalar);
  std::array<unsigned char, 1 + 2 * kScalarBytes> encoded{};
  CHECK(EC_POINT_point2oct(curve.group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED,
                           encoded.data(), encoded.size(), curve.scratch.get()) == encoded.size(),
        "a point without bytes");
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(),
                                   encoded.size());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get());
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  CHECK(context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
            EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) == 1,
        "a scalar that is no key");
  return key;
}

}  // namespace remit::lab::bank
