#pragma once

#include "kit/base/time.h"
#include "lab/bank/keys.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace remit::lab::bank {

/// A third party (TPP) that the bank knows, as a dynamic registration would have left it.
struct RegisteredClient {
  std::string client_id;
  std::string name;  ///< Shown to the payer.
  KeySet signing_keys;
  std::vector<std::string> redirect_uris;  ///< Compared character by character.
  std::string certificate_thumbprint;      ///< `x5t#S256` of its transport certificate.
  std::string signature_issuer;            ///< `http://openbanking.org.uk/iss` of its messages.
};

/// An account of a payer at this bank, in pounds.
struct PayerAccount {
  std::string id;
  std::string holder;
  std::string identification;  ///< Sort code and account number, 14 digits.
  std::int64_t balance_minor = 0;
};

/// How the payload stands in the signing input of `x-jws-signature`.
enum class PayloadEncoding : std::uint8_t {
  Base64Url,  ///< RFC 7515 appendix F, no `b64` claim: v3.1.4 and later.
  Unencoded,  ///< RFC 7797, `b64: false` listed in `crit`: v3.1.3 and before; some banks still.
};

/// What makes one model bank differ from another.
struct BankConfig {
  std::string name = "Model Bank";
  std::string issuer = "https://localhost:8443";  ///< Also the prefix of every URL it hands out.
  std::string organisation_id = "0015800001ModelBank";
  std::string trust_anchor = "openbanking.org.uk";
  PayloadEncoding payload_encoding = PayloadEncoding::Base64Url;
  std::vector<RegisteredClient> clients;
  std::vector<PayerAccount> accounts;

  Duration received_to_in_process = std::chrono::milliseconds(100);   ///< RCVD to ACSP.
  Duration in_process_to_completed = std::chrono::milliseconds(400);  ///< ACSP to ACSC: the debit.
  std::optional<Duration> completed_to_credited;  ///< ACSC to ACCC; absent: it ends at ACSC.

  Duration access_token_lifetime = std::chrono::hours(1);
  Duration code_lifetime = std::chrono::seconds(60);
  Duration interaction_lifetime = std::chrono::minutes(10);  ///< How long the page waits.
  Duration clock_skew_max = std::chrono::seconds(5);         ///< Granted to `iat` and `nbf`.
  std::int64_t amount_minor_max = 100'000'000;               ///< Faster Payments: 1,000,000 GBP.
};

/// `count` accounts with made-up holders and `balance_minor` each; the same ones every time.
std::vector<PayerAccount> sandbox_accounts(std::size_t count, std::int64_t balance_minor);

}  // namespace remit::lab::bank
