#include "rails/open_banking_uk/message_signature.h"

#include "kit/base/planted.h"
#include "rails/open_banking_uk/json.h"

#include <fmt/format.h>

namespace remit::rails::open_banking_uk {
namespace {

constexpr std::string_view kIssuedAt = "http://openbanking.org.uk/iat";
constexpr std::string_view kIssuer = "http://openbanking.org.uk/iss";
constexpr std::string_view kTrustAnchor = "http://openbanking.org.uk/tan";
/// The clocks of two machines.
constexpr auto kSkew = std::chrono::seconds(60);
/// Signed a little early, since a verifier wants the past.
constexpr auto kEarly = std::chrono::seconds(2);

std::int64_t seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::unexpected<Error> refuse(std::string reason, std::string message) {
  return fail(ErrorCode::Unauthenticated, std::move(reason), std::move(message));
}

}  // namespace

Result<std::string> sign_message(std::string_view body, const Options& options,
                                 jose::Signer& signer, Timestamp now) {
  return jose::sign_detached(
      signer,
      {{"typ", jose::json_string("JOSE")},
       {"cty", jose::json_string("application/json")},
       {std::string(kIssuedAt), std::to_string(seconds(now - kEarly))},
       {std::string(kIssuer), jose::json_string(options.signature_issuer)},
       {std::string(kTrustAnchor), jose::json_string(options.trust_anchor)}},
      {std::string(kIssuedAt), std::string(kIssuer), std::string(kTrustAnchor)}, body,
      options.payload_encoding);
}

Result<void> verify_message(std::string_view signature, std::string_view body,
                            const jose::KeySet& keys, const Options& options, Timestamp now) {
  if (planted(Bug::BankSignatureUnchecked)) return {};
  const Result<jose::Verified> checked = jose::verify_detached(
      signature, body, keys,
      {std::string(kIssuedAt), std::string(kIssuer), std::string(kTrustAnchor)});
  if (!checked) {
    const bool invalid = checked.error().reason == "jws_signature";
    return refuse(invalid ? "signature_invalid" : reason_in(checked.error().reason, "signature"),
                  checked.error().message);
  }
  const jose::Verified& verified = *checked;
  if (text(verified.header, {"alg"}) != jose::algorithm_name(options.bank_algorithm)) {
    return refuse("signature_algorithm", "The bank's signature is not of its algorithm.");
  }
  for (const std::string_view name : {kIssuedAt, kIssuer, kTrustAnchor}) {
    if (!is_or_contains(find(verified.header, {"crit"}), name)) {
      return refuse("signature_critical",
                    fmt::format("The bank's signature does not make {} critical.", name));
    }
  }
  const std::string type = text(verified.header, {"typ"});
  if (!type.empty() && type != "JOSE") {
    return refuse("signature_type", "The bank's signature is of another type than JOSE.");
  }
  const std::optional<std::int64_t> issued_at = number(verified.header, {kIssuedAt});
  if (!issued_at || *issued_at > seconds(now + kSkew)) {
    return refuse("signature_time", "The bank's signature is not of the past.");
  }
  if (text(verified.header, {kIssuer}) != options.bank_signature_issuer) {
    return refuse("signature_issuer",
                  fmt::format("The bank's signature is by '{}' instead of '{}'.",
                              text(verified.header, {kIssuer}), options.bank_signature_issuer));
  }
  if (text(verified.header, {kTrustAnchor}) != options.trust_anchor) {
    return refuse("signature_anchor", "The bank's signature names another trust anchor.");
  }
  return {};
}

}  // namespace remit::rails::open_banking_uk
