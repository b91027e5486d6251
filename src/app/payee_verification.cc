#include "app/payee_verification.h"

#include "app/banks.h"
#include "kit/base/codec/json.h"

namespace remit::app {
namespace {

using terms::PayeeMatch;

constexpr std::string_view kName = "payee-verification";

rails::open_banking_uk::Options options_of(const PayeeVerificationSection& section) {
  return {.name = std::string(kName),
          .issuer = section.issuer,
          .api_url = section.api_url,
          .client_id = section.client_id,
          .financial_id = section.financial_id,
          .signature_issuer = section.signature_issuer,
          .bank_signature_issuer = section.responder_signature_issuer,
          .trust_anchor = section.trust_anchor,
          .quirks = {.unsigned_answers = section.unsigned_answers},
          .call_timeout = section.call_timeout};
}

/// "matched", or the scheme's four letters, or "unavailable".
std::string_view reason_of(const rails::PayeeVerdict& verdict) {
  if (const auto* close = std::get_if<rails::PayeeCloseMatch>(&verdict)) {
    return terms::payee_reason_code(close->reason);
  }
  if (const auto* none = std::get_if<rails::PayeeNoMatch>(&verdict)) {
    return terms::payee_reason_code(none->reason);
  }
  if (const auto* unchecked = std::get_if<rails::PayeeCannotCheck>(&verdict)) {
    return terms::payee_reason_code(unchecked->reason);
  }
  return std::holds_alternative<rails::PayeeMatched>(verdict) ? "matched" : "unavailable";
}

/// In the order of the variant's alternatives.
std::string_view result_of(const rails::PayeeVerdict& verdict) {
  constexpr PayeeMatch kResults[] = {PayeeMatch::Matched, PayeeMatch::CloseMatch,
                                     PayeeMatch::NoMatch, PayeeMatch::CannotCheck,
                                     PayeeMatch::Unavailable};
  return codec::json_name(kResults[verdict.index()]);
}

}  // namespace

Result<std::unique_ptr<PayeeVerification>> PayeeVerification::open(
    const PayeeVerificationSection& section, Ports ports) {
  if (section.api_url.empty()) return nullptr;
  auto http = TRY(net::CurlClient::start({.name = std::string(kName)}));
  return std::unique_ptr<PayeeVerification>(new PayeeVerification(section, ports, std::move(http)));
}

PayeeVerification::PayeeVerification(const PayeeVerificationSection& section, Ports ports,
                                     std::unique_ptr<net::CurlClient> http)
    : clock_(ports.clock),
      log_(ports.log, "payee_verification"),
      results_(ports.metrics.counter(
          {"remit_payee_verifications_total",
           "Payees that were asked about; the reason is the scheme's own code.",
           {"result", "reason"}})),
      failures_(ports.metrics.counter({"remit_payee_verification_failures_total",
                                       "Payee verifications that nobody answered as they must.",
                                       {"reason"}})),
      seconds_(ports.metrics.histogram({"remit_payee_verification_seconds",
                                        "From a question to its answer, or to giving up.",
                                        {"result"}})),
      signer_(std::make_unique<jose::ReplaceableSigner>(nullptr)),
      http_(std::move(http)),
      responder_(options_of(section), {*http_, *signer_, ports.clock, ports.entropy}) {}

void PayeeVerification::verify(rails::PayeeQuestion question,
                               rails::Callback<rails::PayeeVerdict> done) {
  responder_.verify(std::move(question), [this, begun = clock_.monotonic(), done = std::move(done)](
                                             rails::PayeeVerdict verdict) mutable {
    tell(verdict, begun);
    done(std::move(verdict));
  });
}

void PayeeVerification::tell(const rails::PayeeVerdict& verdict, Monotonic begun) {
  const std::string result(result_of(verdict));
  const std::chrono::duration<double> took = clock_.monotonic() - begun;
  results_.with({result, std::string(reason_of(verdict))}).add();
  seconds_.with({result}).observe(took.count());
  if (const auto* failed = std::get_if<rails::PayeeUnavailable>(&verdict)) {
    failures_.with({failed->error.reason}).add();
    log_.warn("A payee could not be verified.", {service::field(failed->error)});
  }
}

std::vector<WatchedFiles> PayeeVerification::watched(const PayeeVerificationSection& section) {
  if (section.api_url.empty()) return {};
  std::vector<WatchedFiles> files;
  files.push_back(transport_files(std::string(kName), transport_of(section), *http_, clock_));
  files.push_back(signing_files(std::string(kName), section.signing_key.string(),
                                section.signing_key_id, *signer_));
  return files;
}

}  // namespace remit::app
