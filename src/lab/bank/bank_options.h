#pragma once

#include "kit/base/time.h"
#include "kit/net/http.h"
#include "lab/bank/directory.h"
#include "lab/bank/keys.h"
#include "lab/bank/payee_account.h"
#include "lab/bank/quirks.h"

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
  /// Of the certificate with which it proves who it is (`tls_client_auth`); empty: it signs (`private_key_jwt`).
  std::string certificate_subject = {};
  json::object metadata =
      {};  ///< What a registration answers; empty for those that never registered.
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

/// Whether payers' tokens come with one that renews them (RFC 6749 section 6). They do not outlive a restart.
enum class RefreshTokens : std::uint8_t {
  None,
  Kept,     ///< The same one again and again.
  Rotated,  ///< Each once; the answer brings the next.
};

/// What one model bank is, and where it is found.
struct BankOptions {
  std::string name = "Model Bank";
  net::TlsFiles tls;             ///< Its own certificate, and the authorities of its clients.
  std::string signing_key_file;  ///< PEM, of the algorithm below: for id tokens and messages.
  /// With which it signs and wants to be signed: of the two that FAPI 1 Advanced (section 8.6) allows.
  SignatureAlgorithm algorithm = SignatureAlgorithm::Ps256;
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;          ///< The API and the pages; 0: any that is free.
  std::uint16_t control_port = 0;  ///< The plain sandbox port, on loopback alone.
  /// Prefix of every URL that it hands out, without a '/' behind; empty: "https://127.0.0.1:port".
  std::string issuer;
  std::string log_file;     ///< What outlives a restart; empty: nothing does.
  std::string record_file;  ///< One line of JSON an exchange; empty: none.
  bool automatic_payer =
      false;  ///< Answers the authorisation URL itself, as POST /sandbox/payer says.
  std::uint64_t fault_seed = 1;
  std::string organisation_id = "0015800001ModelBank";
  std::string trust_anchor = "openbanking.org.uk";
  Quirks quirks;  ///< In which it deviates from the standard from the start.
  PayloadEncoding payload_encoding = PayloadEncoding::Base64Url;
  std::vector<RegisteredClient> clients;  ///< That it knows from the start.
  Directory directory;                    ///< By which others register themselves.
  std::vector<PayerAccount> accounts;
  std::vector<PayeeAccount> payees;

  Duration received_to_in_process = std::chrono::milliseconds(100);   ///< RCVD to ACSP.
  Duration in_process_to_completed = std::chrono::milliseconds(400);  ///< ACSP to ACSC: the debit.
  std::optional<Duration> completed_to_credited;  ///< ACSC to ACCC; absent: it ends at ACSC.

  std::size_t events_per_poll_max = 100;
  Duration late_event = std::chrono::seconds(2);  ///< Of the fault "slow" of an event.
  Duration event_retry_delay =
      std::chrono::milliseconds(500);  ///< After a first push; then doubled.
  std::uint32_t event_pushes_max = 6;  ///< What nobody took by then waits for a poll.

  Duration access_token_lifetime = std::chrono::hours(1);
  RefreshTokens refresh_tokens = RefreshTokens::None;
  Duration code_lifetime = std::chrono::seconds(60);
  Duration interaction_lifetime = std::chrono::minutes(10);  ///< How long the page waits.
  Duration clock_skew_max = std::chrono::seconds(5);         ///< Granted to `iat` and `nbf`.
  std::int64_t amount_minor_max = 100'000'000;               ///< Faster Payments: 1,000,000 GBP.
  Duration slow_answer = std::chrono::seconds(3);            ///< Of the fault "slow".
  Duration silence = std::chrono::seconds(90);  ///< How long a "timeout" fault holds a connection.
};

/// `count` accounts with made-up holders and `balance_minor` each; the same ones every time.
std::vector<PayerAccount> sandbox_accounts(std::size_t count, std::int64_t balance_minor);

}  // namespace remit::lab::bank
