#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"
#include "lab/bank/keys.h"

#include <string>

namespace remit::lab::bank {

/// The keys and certificates with which the model bank and one third party (TPP) meet over mutual
/// TLS: what the Open Banking Directory would have issued. PEM files in one directory, mode 0600.
/// TLS keys are P-256 (quick to make), keys that sign messages RSA 2048 (PS256 needs RSA).
struct SandboxPki {
  std::string directory;

  std::string authority_certificate() const { return directory + "/ca.pem"; }
  std::string server_certificate() const { return directory + "/bank-tls.pem"; }
  std::string server_key() const { return directory + "/bank-tls.key"; }
  std::string bank_signing_key() const { return directory + "/bank-signing.key"; }
  std::string transport_certificate() const { return directory + "/tpp-transport.pem"; }
  std::string transport_key() const { return directory + "/tpp-transport.key"; }
  std::string tpp_signing_certificate() const { return directory + "/tpp-signing.pem"; }
  std::string tpp_signing_key() const { return directory + "/tpp-signing.key"; }
};

/// Makes the directory and its files, or returns what is already there when it is complete and every
/// certificate is valid for another day; anything else is made anew, all of it. `now` dates the
/// certificates. Fails with Unavailable when a file cannot be written.
Result<SandboxPki> ensure_sandbox_pki(const std::string& directory, Timestamp now);

/// `x5t#S256` of RFC 8705: SHA-256 of the certificate's DER, base64url. Fails with `key_invalid`.
Result<std::string> certificate_thumbprint(std::string_view pem);

}  // namespace remit::lab::bank
