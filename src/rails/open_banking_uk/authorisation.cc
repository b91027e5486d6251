#include "kit/net/router.h"
#include "rails/open_banking_uk/id_token.h"
#include "rails/open_banking_uk/json.h"
#include "rails/open_banking_uk/messages.h"
#include "rails/open_banking_uk/open_banking_uk_rail.h"

#include <fmt/format.h>

/// Steps 3 and 4 of a payment's life: the consent, the way to the bank, what came back, and the token.
namespace remit::rails::open_banking_uk {
namespace {

constexpr auto kRequestObjectLifetime = std::chrono::minutes(55);  // FAPI 1 Advanced: 60 at most.
constexpr int kCreated = 201;
constexpr int kOk = 200;  ///< Some banks' word for created.
/// What a bank may say at most of a token's life.
constexpr std::int64_t kTokenSecondsMax = 30LL * 24 * 3600;

std::int64_t seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

/// A consent moves no money, so what is not plainly refused may be asked again. An answer that is not the bank's ends the
/// payment: whoever gave it would only be asked again.
Error consent_error(const ApiAnswer& answer) {
  const bool again = answer.status == 429 || answer.status >= 500;
  if (answer.distrust && !again) return *answer.distrust;
  return {again ? ErrorCode::Unavailable : ErrorCode::FailedPrecondition,
          again ? "bank_unavailable" : "consent_refused",
          describe_errors(answer),
          {},
          nullptr};
}

}  // namespace

void OpenBankingUkRail::authorise(Instruction instruction, std::string idempotency_key,
                                  rails::Callback<Result<ConsentCreated>> done) {
  ApiCall call{.method = "POST",
               .path = "/domestic-payment-consents",
               .token = {},
               .idempotency_key = std::move(idempotency_key),
               .body = consent_body(instruction, bank_.options())};
  bank_.call_as_client(std::move(call), [this, instruction = std::move(instruction),
                                         done = std::move(done)](Result<ApiAnswer> answer) mutable {
    if (!answer) return done(std::unexpected(answer.error()));
    auto kept = std::make_shared<ApiAnswer>(std::move(*answer));
    bank_.metadata([this, kept, instruction = std::move(instruction), done = std::move(done)](
                       Result<std::shared_ptr<const Metadata>> metadata) mutable {
      if (!metadata) return done(std::unexpected(metadata.error()));
      done(to_consent(*kept, instruction, **metadata));
    });
  });
}

Result<ConsentCreated> OpenBankingUkRail::to_consent(const ApiAnswer& answer,
                                                     const Instruction& instruction,
                                                     const Metadata& metadata) {
  const bool created = answer.status == kCreated || answer.status == kOk;
  if (answer.distrust || !created || !answer.body) {
    return std::unexpected(consent_error(answer));
  }
  ConsentCreated consent{.consent_id = id_text(*answer.body, {"Data", "ConsentId"}),
                         .state = bank_.random_text(),
                         .nonce = bank_.random_text()};
  const std::string status = text(*answer.body, {"Data", "Status"});
  if (consent.consent_id.empty() || !is_one_of(status, {"AWAU", "AwaitingAuthorisation"})) {
    return fail(ErrorCode::FailedPrecondition, "consent_refused",
                fmt::format("The bank made the consent '{}' with the status '{}'.",
                            consent.consent_id, status));
  }
  if (!agrees(*answer.body, instruction)) {
    return fail(ErrorCode::FailedPrecondition, "consent_differs",
                "The bank made a consent for another amount or payee than was asked for.");
  }
  consent.expires_at = bank_.ports().clock.now() + kRequestObjectLifetime;
  const std::string object = TRY(request_object(metadata, consent));
  consent.authorisation_url = fmt::format(
      "{}{}client_id={}&response_type={}&scope={}&request={}", metadata.authorisation_endpoint,
      metadata.authorisation_endpoint.find('?') == std::string::npos ? '?' : '&',
      net::percent_encode(bank_.options().client_id), net::percent_encode("code id_token"),
      net::percent_encode("openid payments"), object);
  return consent;
}

Result<std::string> OpenBankingUkRail::request_object(const Metadata& metadata,
                                                      const ConsentCreated& consent) {
  using jose::json_string;
  const Options& options = bank_.options();
  const Timestamp now = bank_.ports().clock.now();
  const std::string intent =
      fmt::format(R"({{"value":{},"essential":true}})", json_string(consent.consent_id));
  const std::string claims = fmt::format(
      R"({{"userinfo":{{"openbanking_intent_id":{0}}},"id_token":{{"openbanking_intent_id":{0},)"
      R"("acr":{{"essential":true,"values":["urn:openbanking:psd2:sca"]}}}}}})",
      intent);
  return jose::sign_jwt(bank_.ports().signer, {{"iss", json_string(options.client_id)},
                                               {"aud", json_string(metadata.issuer)},
                                               {"client_id", json_string(options.client_id)},
                                               {"response_type", json_string("code id_token")},
                                               {"redirect_uri", json_string(options.redirect_uri)},
                                               {"scope", json_string("openid payments")},
                                               {"state", json_string(consent.state)},
                                               {"nonce", json_string(consent.nonce)},
                                               {"jti", json_string(bank_.random_text())},
                                               {"iat", std::to_string(seconds(now))},
                                               {"nbf", std::to_string(seconds(now))},
                                               {"exp", std::to_string(seconds(consent.expires_at))},
                                               {"claims", claims}});
}

void OpenBankingUkRail::exchange(Landing landing, rails::Callback<Result<Authorisation>> done) {
  auto exchange = std::make_shared<Exchange>();
  exchange->landing = std::move(landing);
  exchange->done = std::move(done);
  const std::string key_id = jose::unverified_key_id(exchange->landing.id_token);
  bank_.keys(key_id, [this, exchange](Result<std::shared_ptr<const jose::KeySet>> keys) {
    if (!keys) return exchange->done(std::unexpected(keys.error()));
    Expected expected = expected_of(exchange->landing);
    expected.channel = Channel::Front;
    expected.code = exchange->landing.code;
    expected.state = exchange->landing.state;
    Result<std::string> subject = check_id_token(exchange->landing.id_token, **keys, expected);
    if (!subject) return exchange->done(std::unexpected(subject.error()));
    exchange->subject = std::move(*subject);
    exchange_code(exchange);
  });
}

Expected OpenBankingUkRail::expected_of(const Landing& landing) {
  return {.issuer = bank_.options().issuer,
          .client_id = bank_.options().client_id,
          .nonce = landing.nonce,
          .consent_id = landing.consent_id,
          .quirks = bank_.options().quirks,
          .algorithm = bank_.options().bank_algorithm,
          .channel = Channel::Token,
          .code = {},
          .state = {},
          .access_token = {},
          .now = bank_.ports().clock.now()};
}

void OpenBankingUkRail::exchange_code(const std::shared_ptr<Exchange>& exchange) {
  const std::string form = fmt::format("grant_type=authorization_code&code={}&redirect_uri={}",
                                       net::percent_encode(exchange->landing.code),
                                       net::percent_encode(bank_.options().redirect_uri));
  bank_.ask_token_endpoint(form, [this, exchange](Result<codec::JsonDocument> answer) {
    if (!answer) return exchange->done(std::unexpected(answer.error()));
    grant(exchange, *answer);
  });
}

void OpenBankingUkRail::grant(const std::shared_ptr<Exchange>& exchange,
                              const codec::JsonDocument& answer) {
  Result<Authorisation> usable = to_authorisation(answer);
  if (!usable) return exchange->done(std::move(usable));
  Authorisation granted = std::move(*usable);
  std::string id_token = text(answer, {"id_token"});
  if (id_token.empty()) {
    return exchange->done(fail(ErrorCode::PermissionDenied, "token_without_id_token",
                               "The token endpoint's answer lacks id_token."));
  }
  const std::string key_id = jose::unverified_key_id(id_token);
  bank_.keys(key_id, [this, exchange, granted = std::move(granted), id_token = std::move(id_token)](
                         Result<std::shared_ptr<const jose::KeySet>> keys) mutable {
    if (!keys) return exchange->done(std::unexpected(keys.error()));
    Expected expected = expected_of(exchange->landing);
    expected.access_token = granted.access_token;
    const Result<std::string> subject = check_id_token(id_token, **keys, expected);
    if (!subject) return exchange->done(std::unexpected(subject.error()));
    if (*subject != exchange->subject) {
      return exchange->done(fail(ErrorCode::PermissionDenied, "id_token_subject_differs",
                                 "The two id_tokens of this payment name different payers."));
    }
    exchange->done(std::move(granted));
  });
}

Result<Authorisation> OpenBankingUkRail::to_authorisation(const codec::JsonDocument& answer) {
  TRY(check_token(answer, bank_.options()));
  const std::int64_t lifetime = token_lifetime(answer, bank_.options());
  return Authorisation{.access_token = text(answer, {"access_token"}),
                       .expires_at = bank_.ports().clock.now() +
                                     std::chrono::seconds(std::min(lifetime, kTokenSecondsMax)),
                       .refresh_token = text(answer, {"refresh_token"})};
}

void OpenBankingUkRail::refresh(std::string refresh_token,
                                rails::Callback<Result<Authorisation>> done) {
  std::string form = "grant_type=refresh_token&refresh_token=" + net::percent_encode(refresh_token);
  bank_.ask_token_endpoint(std::move(form),
                           [this, old = std::move(refresh_token),
                            done = std::move(done)](Result<codec::JsonDocument> answer) mutable {
                             if (!answer) return done(std::unexpected(answer.error()));
                             Result<Authorisation> renewed = to_authorisation(*answer);
                             if (renewed && renewed->refresh_token.empty())
                               renewed->refresh_token = std::move(old);
                             done(std::move(renewed));
                           });
}

}  // namespace remit::rails::open_banking_uk
