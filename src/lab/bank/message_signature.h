#pragma once

#include "lab/bank/bank_options.h"
#include "lab/bank/refusal.h"

#include <optional>
#include <string>
#include <string_view>

namespace remit::lab::bank {

/// Who signed, and how messages between the two are signed.
struct MessageParty {
  std::string issuer;  ///< `http://openbanking.org.uk/iss`.
  std::string trust_anchor;
  PayloadEncoding encoding = PayloadEncoding::Base64Url;
  bool time_as_text = false;  ///< Signs with `iat` as a string, which the standard does not have.
  SignatureAlgorithm algorithm = SignatureAlgorithm::Ps256;  ///< That is wanted of it.
};

/// The value of `x-jws-signature` for exactly these bytes (OBIE, "Message Signing"), by the
/// key's algorithm: detached, `crit` with the three claims, and `b64` when the encoding wants it.
std::string sign_message(std::string_view body, const PrivateKey& key, std::string_view kid,
                         const MessageParty& signer, Timestamp now);

/// Refuses with U019 (none), U018 (not a JWS), U017 (a claim is missing), U016 (a claim is wrong, an
/// unknown `kid` too) or U015 (it does not verify).
Answer<void> verify_message(std::optional<std::string_view> signature, std::string_view body,
                            const KeySet& keys, const MessageParty& signer, Timestamp now,
                            Duration skew_max);

}  // namespace remit::lab::bank
