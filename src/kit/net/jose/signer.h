#pragma once

#include "kit/base/bytes.h"
#include "kit/base/result.h"
#include "kit/net/jose/algorithm.h"

#include <memory>
#include <mutex>
#include <string>

struct evp_pkey_st;

namespace remit::jose {

/// The port to a private key: in a file, in a hardware module, or a cheap one in simulation. Thread safe.
class Signer {
 public:
  virtual ~Signer() = default;
  virtual Algorithm algorithm() const = 0;
  /// The `kid` under which others find the public key.
  virtual const std::string& key_id() const = 0;
  virtual Result<Bytes> sign(ByteView bytes) = 0;
  /// What signs one message from its header to its signature: the signer itself, or, of one that may be replaced, the one of
  /// now.
  virtual std::shared_ptr<Signer> pin() { return {std::shared_ptr<void>(), this}; }
};

/// A private key from a PEM file: RSA of at least 2048 bits signs PS256, P-256 signs ES256.
class PemSigner final : public Signer {
 public:
  /// Fails with InvalidArgument `key_invalid`.
  static Result<std::unique_ptr<PemSigner>> from_pem(std::string_view pem, std::string key_id);
  /// Fails also as read_file does. The file must not be readable by others: FailedPrecondition `key_exposed`.
  static Result<std::unique_ptr<PemSigner>> load(const std::string& path, std::string key_id);

  Algorithm algorithm() const override { return algorithm_; }
  const std::string& key_id() const override { return key_id_; }
  Result<Bytes> sign(ByteView bytes) override;

 private:
  PemSigner(std::shared_ptr<evp_pkey_st> key, Algorithm algorithm, std::string key_id)
      : key_(std::move(key)), algorithm_(algorithm), key_id_(std::move(key_id)) {}
  std::shared_ptr<evp_pkey_st> key_;
  Algorithm algorithm_;
  std::string key_id_;
};

/// A signer whose key may be replaced while others sign with it. What signs more than once a message pins it.
class ReplaceableSigner final : public Signer {
 public:
  explicit ReplaceableSigner(std::shared_ptr<Signer> first) : signer_(std::move(first)) {}

  void replace(std::shared_ptr<Signer> next);
  std::shared_ptr<Signer> pin() override;
  Algorithm algorithm() const override;
  /// Of the signer of now; good for as long as it is not replaced twice.
  const std::string& key_id() const override;
  Result<Bytes> sign(ByteView bytes) override { return pin()->sign(bytes); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Signer> signer_;
  std::shared_ptr<Signer> before_;
};

}  // namespace remit::jose
