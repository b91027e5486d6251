#pragma once

#include "kit/base/random.h"
#include "kit/base/time.h"
#include "kit/net/http.h"
#include "kit/net/jose/jws.h"
#include "kit/net/jose/signer.h"
#include "rails/open_banking_uk/quirks.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <string>

namespace remit::rails::open_banking_uk {

/// The version of the Read/Write API that a bank serves. Statuses, errors and messages differ.
enum class ApiVersion : std::uint8_t { V3, V4 };  ///< 3.1.11, 4.0.

/// How we prove at the token endpoint who we are, as registered. FAPI 1 Advanced has no others.
enum class ClientAuthentication : std::uint8_t {
  PrivateKeyJwt,  ///< A signed assertion (RFC 7523).
  TlsClientAuth,  ///< The transport certificate (RFC 8705 section 2.1).
};
BOOST_DESCRIBE_ENUM(ClientAuthentication, PrivateKeyJwt, TlsClientAuth)

/// One bank's Open Banking API, and who we are there.
struct Options {
  std::string name;     ///< By which payments name it: "model-bank".
  std::string issuer;   ///< Of the authorisation server; discovery is read below it.
  std::string api_url;  ///< "https://bank.example/open-banking/v4.0/pisp"
  /// "https://bank.example/open-banking/v4.0": event subscriptions and polling, without a group. Empty: the bank has none.
  std::string events_url;
  std::string events_issuer;  ///< `iss` of the bank's events; empty: `issuer`.
  ApiVersion version = ApiVersion::V4;
  std::string client_id;  ///< As registered at the bank.
  ClientAuthentication client_authentication = ClientAuthentication::PrivateKeyJwt;
  std::string scope = "payments";  ///< Of tokens of our own.
  std::string redirect_uri;        ///< Our landing page, as registered.
  std::string financial_id;        ///< x-fapi-financial-id, for banks that ask for it; else empty.
  /// `iss` of our message signatures: orgId/softwareStatementId, or the certificate's subject.
  std::string signature_issuer;
  /// `iss` that the bank's signatures must carry.
  std::string bank_signature_issuer;
  std::string trust_anchor = "openbanking.org.uk";  ///< `tan` of signatures, both ways.
  jose::PayloadEncoding payload_encoding = jose::PayloadEncoding::Base64Url;
  /// With which the bank signs. FAPI 1 Advanced (section 8.6) allows both; the Open Banking standard has PS256 alone, which
  /// is what servers are run with.
  jose::Algorithm bank_algorithm = jose::Algorithm::Ps256;
  Quirks quirks;
  std::string payment_context = "TransferToThirdParty";  ///< Risk.PaymentContextCode.
  /// Data.ReadRefundAccount "Yes": orders then tell the payer's account, which refunds are paid to.
  bool reads_refund_account = true;
  bool confirms_funds = false;             ///< The bank is asked whether the payer has the money.
  bool reports_credit_settlement = false;  ///< The bank goes on to ACCC.
  Duration status_poll_interval = std::chrono::seconds(1);  ///< To the first status query.
  Duration call_timeout = std::chrono::seconds(20);
  /// For how long the bank may still take a request that was sent: after it, an unused consent means that it never will.
  Duration request_deadline = std::chrono::minutes(3);
  /// For how long the bank honours x-idempotency-key; the standard says 24 hours.
  Duration idempotency_window = std::chrono::hours(24);
};

/// What the rail uses; all outlive it, and the client has stopped before the rail goes.
struct Ports {
  net::HttpClient& http;  ///< With the bank's mutual TLS.
  jose::Signer& signer;
  Clock& clock;
  Entropy& entropy;
};

}  // namespace remit::rails::open_banking_uk
