#include "rails/open_banking_uk/bank.h"

#include "kit/net/router.h"
#include "rails/open_banking_uk/json.h"
#include "rails/open_banking_uk/message_signature.h"
#include "terms/account.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace remit::rails::open_banking_uk {
namespace {

constexpr auto kMetadataLifetime = std::chrono::hours(1);
constexpr auto kKeysLifetime = std::chrono::minutes(15);
/// A token is renewed before it expires, so that it does not expire on its way.
constexpr auto kTokenMargin = std::chrono::seconds(30);
constexpr auto kAssertionLifetime = std::chrono::minutes(5);
constexpr std::int64_t kTokenSecondsMax = 24 * 3600;
constexpr std::int64_t kRetryAfterSecondsMax = 3600;
constexpr int kOk = 200;
constexpr int kNoContent = 204;  // Of nothing there is nothing to sign.
constexpr int kUnauthorised = 401;

std::int64_t seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

Error unusable(std::string reason, std::string message) {
  return {ErrorCode::Unavailable, std::move(reason), std::move(message), {}, nullptr};
}

std::optional<Duration> retry_after(const net::HttpResponse& response, Timestamp now) {
  const auto text = response.headers.find("Retry-After");
  if (!text) return std::nullopt;
  std::optional<std::int64_t> count = whole_number(*text);
  if (!count) {
    // RFC 9110 section 10.2.3 has dates, the standard has not.
    std::tm parts{};
    const std::string date(*text);
    const char* end = strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    count = std::max<std::int64_t>(0, timegm(&parts) - seconds(now));
  }
  if (*count < 0) return std::nullopt;
  return std::chrono::seconds(std::min(*count, kRetryAfterSecondsMax));
}

/// An OAuth error code as everybody writes them (RFC 6749 section 5.2 has no others): fit to be a reason of ours.
bool is_word(std::string_view error) {
  constexpr std::size_t kLettersMax = 40;
  return error.size() <= kLettersMax &&
         error.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

net::ClientRequest get(std::string url, Duration timeout) {
  net::ClientRequest request{.method = "GET", .url = std::move(url)};
  request.headers.add("Accept", "application/json");
  request.options.total_timeout = timeout;
  return request;
}

}  // namespace

std::int64_t token_lifetime(const codec::JsonDocument& answer, const Options& options) {
  constexpr std::int64_t kAssumed = 5 * 60;
  const bool silent = find(answer, {"expires_in"}) == nullptr;
  if (silent && options.quirks.token_without_expiry) return kAssumed;
  return number(answer, {"expires_in"}).value_or(0);
}

Result<void> check_token(const codec::JsonDocument& answer, const Options& options) {
  const std::string type = text(answer, {"token_type"});
  if (text(answer, {"access_token"}).empty()) {
    return fail(ErrorCode::PermissionDenied, "token_missing",
                "The token endpoint's answer lacks access_token.");
  }
  if (!type.empty() && !is_one_of(type, {"bearer"})) {
    return fail(ErrorCode::PermissionDenied, "token_type",
                "The token endpoint's answer is of another type than Bearer.");
  }
  if (token_lifetime(answer, options) <= 0) {
    return fail(ErrorCode::PermissionDenied, "token_expiry",
                "The token endpoint's answer does not say how long the token lives.");
  }
  return {};
}

Bank::Bank(Options options, Ports ports)
    : options_(std::move(options)),
      ports_(ports),
      metadata_(ports.clock, [this](auto done) { fetch_metadata(std::move(done)); }),
      keys_(ports.clock, [this](auto done) { fetch_keys(std::move(done)); }),
      token_(ports.clock, [this](auto done) { fetch_token(std::move(done)); }) {}

std::string Bank::random_text() {
  constexpr std::size_t kBytes = 32;
  return to_base64url(ports_.entropy.bytes(kBytes));
}

std::string Bank::interaction_id() {
  // A UUIDv4 (RFC 9562 section 5.4).
  Bytes bytes = ports_.entropy.bytes(16);
  bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  const std::string hex = to_hex(bytes);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

void Bank::fetch_metadata(Callback<Result<Fetched<Metadata>::Fresh>> done) {
  ports_.http.send(
      get(options_.issuer + "/.well-known/openid-configuration", options_.call_timeout),
      [this, done = std::move(done)](Result<net::HttpResponse> response) mutable {
        // Reading moves nothing, so whatever goes wrong may simply be tried again.
        if (!response) {
          const bool untrusted = response.error().reason == "certificate_untrusted";
          return done(std::unexpected(unusable(
              untrusted ? response.error().reason : "discovery_failed", response.error().message)));
        }
        const auto document = parse(response->body);
        if (response->status != kOk || !document) {
          return done(std::unexpected(unusable(
              "discovery_failed",
              fmt::format("Discovery at {} answered {}.", options_.issuer, response->status))));
        }
        Metadata metadata{
            .issuer = text(*document, {"issuer"}),
            .authorisation_endpoint = text(*document, {"authorization_endpoint"}),
            .token_endpoint = text(*document, {"token_endpoint"}),
            .jwks_uri = text(*document, {"jwks_uri"}),
            .registration_endpoint = text(*document, {"registration_endpoint"}),
            .client_authentications = texts(*document, {"token_endpoint_auth_methods_supported"}),
            .grant_types = texts(*document, {"grant_types_supported"}),
            .response_types = texts(*document, {"response_types_supported"}),
            .id_token_algorithms = texts(*document, {"id_token_signing_alg_values_supported"}),
            .request_object_algorithms =
                texts(*document, {"request_object_signing_alg_values_supported"})};
        if (metadata.issuer != options_.issuer || metadata.authorisation_endpoint.empty() ||
            metadata.token_endpoint.empty() || metadata.jwks_uri.empty()) {
          return done(std::unexpected(unusable(
              "discovery_invalid",
              fmt::format("Discovery at {} names the issuer '{}' or lacks an endpoint; compare the "
                          "configured issuer with the bank's.",
                          options_.issuer, metadata.issuer))));
        }
        done(Fetched<Metadata>::Fresh{std::make_shared<const Metadata>(std::move(metadata)),
                                      ports_.clock.now() + kMetadataLifetime});
      });
}

void Bank::fetch_keys(Callback<Result<Fetched<jose::KeySet>::Fresh>> done) {
  metadata([this, done = std::move(done)](Result<std::shared_ptr<const Metadata>> known) mutable {
    if (!known) return done(std::unexpected(known.error()));
    ports_.http.send(
        get((*known)->jwks_uri, options_.call_timeout),
        [this, done = std::move(done)](Result<net::HttpResponse> response) mutable {
          if (!response)
            return done(std::unexpected(unusable("jwks_failed", response.error().message)));
          Result<jose::KeySet> keys = jose::KeySet::parse(response->body);
          if (response->status != kOk || !keys || keys->size() == 0) {
            return done(std::unexpected(
                unusable("jwks_failed", fmt::format("The bank's key set answered {} and holds no "
                                                    "usable key.",
                                                    response->status))));
          }
          done(Fetched<jose::KeySet>::Fresh{std::make_shared<const jose::KeySet>(std::move(*keys)),
                                            ports_.clock.now() + kKeysLifetime});
        });
  });
}

bool Bank::may_fetch_keys() {
  const std::lock_guard lock(keys_mutex_);
  const Monotonic now = ports_.clock.monotonic();
  if (keys_fetched_ && now - keys_fetched_at_ < kKeysFetchedEvery) return false;
  keys_fetched_ = true;
  keys_fetched_at_ = now;
  return true;
}

void Bank::keys(std::string key_id, Callback<Result<std::shared_ptr<const jose::KeySet>>> done) {
  keys_.get([this, key_id = std::move(key_id),
             done = std::move(done)](Result<std::shared_ptr<const jose::KeySet>> known) mutable {
    if (!known || (*known)->find(key_id) != nullptr || !may_fetch_keys())
      return done(std::move(known));
    keys_.refresh([old = *known, done = std::move(done)](
                      Result<std::shared_ptr<const jose::KeySet>> fresh) mutable {
      done(fresh ? std::move(fresh) : Result<std::shared_ptr<const jose::KeySet>>(std::move(old)));
    });
  });
}

Result<std::string> Bank::client_proof(const Metadata& metadata) {
  if (options_.client_authentication == ClientAuthentication::TlsClientAuth) {
    return "&client_id=" + net::percent_encode(options_.client_id);
  }
  const Timestamp now = ports_.clock.now();
  const std::string assertion = TRY(
      jose::sign_jwt(ports_.signer, {{"iss", jose::json_string(options_.client_id)},
                                     {"sub", jose::json_string(options_.client_id)},
                                     {"aud", jose::json_string(metadata.token_endpoint)},
                                     {"jti", jose::json_string(random_text())},
                                     {"iat", std::to_string(seconds(now))},
                                     {"exp", std::to_string(seconds(now + kAssertionLifetime))}}));
  return "&client_assertion_type=" +
         net::percent_encode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") +
         "&client_assertion=" + assertion;
}

void Bank::ask_token_endpoint(std::string form, Callback<Result<codec::JsonDocument>> done) {
  metadata([this, form = std::move(form),
            done = std::move(done)](Result<std::shared_ptr<const Metadata>> known) mutable {
    if (!known) return done(std::unexpected(known.error()));
    Result<std::string> proof = client_proof(**known);
    if (!proof) return done(std::unexpected(proof.error()));
    form += *proof;
    net::ClientRequest request{
        .method = "POST", .url = (*known)->token_endpoint, .body = std::move(form)};
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.headers.add("Accept", "application/json");
    request.options.total_timeout = options_.call_timeout;
    ports_.http.send(
        std::move(request), [done = std::move(done)](Result<net::HttpResponse> response) mutable {
          if (!response) return done(std::unexpected(response.error()));
          Result<codec::JsonDocument> document = parse(response->body);
          if (response->status == kOk && document) return done(std::move(document));
          if (response->status == kOk) {
            return done(fail(ErrorCode::OutcomeUnknown, "token_unreadable",
                             "The token endpoint's answer is no JSON."));
          }
          const std::string error = document ? text(*document, {"error"}) : std::string();
          if (response->status >= 500 || error.empty()) {
            return done(fail(ErrorCode::OutcomeUnknown, "token_endpoint_failed",
                             fmt::format("The token endpoint answered {}.", response->status)));
          }
          done(fail(ErrorCode::PermissionDenied, is_word(error) ? error : "token_refused",
                    fmt::format(
                        "The token endpoint refused: {} {}.", terms::without_account_numbers(error),
                        terms::without_account_numbers(text(*document, {"error_description"})))));
        });
  });
}

void Bank::fetch_token(Callback<Result<Fetched<ClientToken>::Fresh>> done) {
  ask_token_endpoint(
      "grant_type=client_credentials&scope=" + net::percent_encode(options_.scope),
      [this, done = std::move(done)](Result<codec::JsonDocument> answer) mutable {
        if (!answer) {
          // A token of our own costs nothing: whatever became of this one, another may be asked for.
          if (answer.error().code == ErrorCode::OutcomeUnknown) {
            answer.error().code = ErrorCode::Unavailable;
          }
          return done(std::unexpected(answer.error()));
        }
        auto token = std::make_shared<ClientToken>();
        token->text = text(*answer, {"access_token"});
        const std::int64_t lifetime = token_lifetime(*answer, options_);
        if (const Result<void> usable = check_token(*answer, options_); !usable) {
          return done(std::unexpected(unusable(usable.error().reason, usable.error().message)));
        }
        done(Fetched<ClientToken>::Fresh{
            std::move(token), ports_.clock.now() +
                                  std::chrono::seconds(std::min(lifetime, kTokenSecondsMax)) -
                                  kTokenMargin});
      });
}

Result<net::ClientRequest> Bank::to_request(const ApiCall& call) {
  const std::string& api = call.api == Api::Events ? options_.events_url : options_.api_url;
  net::ClientRequest request{.method = call.method, .url = api + call.path};
  request.headers.add("Authorization", "Bearer " + call.token);
  request.headers.add("Accept", "application/json");
  request.headers.add("x-fapi-interaction-id", interaction_id());
  if (!options_.financial_id.empty()) {
    request.headers.add("x-fapi-financial-id", options_.financial_id);
  }
  if (!call.idempotency_key.empty()) {
    request.headers.add("x-idempotency-key", call.idempotency_key);
  }
  if (!call.body.empty()) {
    request.headers.add("Content-Type", "application/json");
    if (call.signing == Signing::BothWays) {
      request.headers.add("x-jws-signature", TRY(sign_message(call.body, options_, ports_.signer,
                                                              ports_.clock.now())));
    }
    request.body = call.body;
  }
  request.options.total_timeout = options_.call_timeout;
  return request;
}

void Bank::call(ApiCall call, Callback<Result<ApiAnswer>> done) {
  Result<net::ClientRequest> request = to_request(call);
  if (!request) return done(std::unexpected(request.error()));
  ports_.http.send(std::move(*request), [this, signing = call.signing, done = std::move(done)](
                                            Result<net::HttpResponse> response) mutable {
    if (!response) return done(std::unexpected(response.error()));
    check_signature(std::move(*response), signing, std::move(done));
  });
}

void Bank::check_signature(net::HttpResponse response, Signing signing,
                           Callback<Result<ApiAnswer>> done) {
  ApiAnswer answer{.status = response.status,
                   .retry_after = retry_after(response, ports_.clock.now())};
  const std::string_view encoding = response.headers.find("Content-Encoding").value_or("identity");
  if (encoding != "identity") {
    // We never ask for it, and what was signed is not what came.
    answer.distrust =
        Error{ErrorCode::PermissionDenied,
              "answer_compressed",
              fmt::format("The bank's answer is {}, which nobody asked for.", encoding),
              {},
              nullptr};
    return done(std::move(answer));
  }
  if (Result<codec::JsonDocument> body = parse(response.body)) answer.body = std::move(*body);
  const auto signature = response.headers.find("x-jws-signature");
  if (!signature) {
    // Errors are often not signed; what they say moves nothing forward without further evidence.
    const bool owed = signing == Signing::BothWays && !options_.quirks.unsigned_answers;
    if (response.status < 300 && response.status != kNoContent && owed) {
      answer.distrust = Error{ErrorCode::PermissionDenied,
                              "signature_missing",
                              "The bank's answer is not signed.",
                              {},
                              nullptr};
    }
    return done(std::move(answer));
  }
  std::string token(*signature);
  keys(jose::unverified_key_id(token),
       [this, token, body = std::move(response.body), answer = std::move(answer),
        done = std::move(done)](Result<std::shared_ptr<const jose::KeySet>> known) mutable {
         Result<void> checked =
             known ? verify_message(token, body, **known, options_, ports_.clock.now())
                   : Result<void>(std::unexpected(known.error()));
         if (!checked) {
           // A bank may have changed its keys within the time in which nobody looked for new ones.
           const bool undecided = !known || checked.error().reason == "signature_key_unknown";
           answer.distrust =
               Error{undecided ? ErrorCode::OutcomeUnknown : ErrorCode::PermissionDenied,
                     checked.error().reason,
                     "The bank's answer is not believed: " + checked.error().message,
                     {},
                     nullptr};
         }
         done(std::move(answer));
       });
}

void Bank::call_as_client(ApiCall call_with, Callback<Result<ApiAnswer>> done) {
  client_token([this, call_with = std::move(call_with),
                done = std::move(done)](Result<std::shared_ptr<const ClientToken>> token) mutable {
    if (!token) return done(std::unexpected(token.error()));
    call_with.token = (*token)->text;
    call(call_with, [this, call_with, token = *token,
                     done = std::move(done)](Result<ApiAnswer> answer) mutable {
      if (!answer || answer->status != kUnauthorised) return done(std::move(answer));
      forget_token(token);
      client_token([this, call_with = std::move(call_with), done = std::move(done)](
                       Result<std::shared_ptr<const ClientToken>> renewed) mutable {
        if (!renewed) return done(std::unexpected(renewed.error()));
        call_with.token = (*renewed)->text;
        call(std::move(call_with), std::move(done));
      });
    });
  });
}

}  // namespace remit::rails::open_banking_uk
