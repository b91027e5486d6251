#pragma once

#include "kit/base/codec/json_document.h"
#include "rails/open_banking_uk/fetched.h"
#include "rails/open_banking_uk/options.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remit::rails::open_banking_uk {

/// The shortest time between two looks for a key that is not known.
inline constexpr Duration kKeysFetchedEvery = std::chrono::seconds(30);

template <class T>
using Callback = std::move_only_function<void(T)>;

/// What OpenID discovery says of the bank's authorisation server.
struct Metadata {
  std::string issuer;
  std::string authorisation_endpoint;
  std::string token_endpoint;
  std::string jwks_uri;
  std::string registration_endpoint;  ///< Empty where clients do not register themselves.
  // What the server supports; an empty list says nothing.
  std::vector<std::string> client_authentications;
  std::vector<std::string> grant_types;
  std::vector<std::string> response_types;
  std::vector<std::string> id_token_algorithms;
  std::vector<std::string> request_object_algorithms;
};

/// An access token of ours, not of a payer.
struct ClientToken {
  std::string text;
};

/// Which of the bank's APIs is called; each has a URL of its own.
enum class Api : std::uint8_t { Payments, Events };
/// Whether bodies carry x-jws-signature.
enum class Signing : std::uint8_t {
  BothWays,  ///< Ours where there is one, and the bank's answer.
  Neither,   ///< POST /events: what counts in it is signed by itself (Read/Write API, Events).
};

/// A call of the payment API, or of the events API.
struct ApiCall {
  std::string method;
  std::string path;  ///< Below the API's URL: "/domestic-payments".
  std::string token;
  std::string idempotency_key;  ///< Empty on GET.
  std::string body;
  Api api = Api::Payments;
  Signing signing = Signing::BothWays;
};

/// An answer of the payment API whose signature was looked at.
struct ApiAnswer {
  int status = 0;
  std::optional<codec::JsonDocument> body;  ///< Absent when there is none, or it is no JSON.
  std::optional<Duration> retry_after;
  /// Why the answer is not to be believed: unsigned where a signature is owed, or wrongly signed. OutcomeUnknown while the
  /// key could not be looked for, PermissionDenied otherwise.
  std::optional<Error> distrust;
};

/// Seconds for which the token of this answer is good; 0 when it does not say, and need not.
std::int64_t token_lifetime(const codec::JsonDocument& answer, const Options& options);
/// RFC 6749 section 5.1: a token of the type Bearer, in any case or left out, and its life. Fails with PermissionDenied:
/// `token_missing`, `token_type` or `token_expiry`.
Result<void> check_token(const codec::JsonDocument& answer, const Options& options);

/// One bank as HTTP shows it: its metadata and keys, our own token there, and signed calls of its payment API. Thread safe.
class Bank {
 public:
  Bank(Options options, Ports ports);

  void metadata(Callback<Result<std::shared_ptr<const Metadata>>> done) {
    metadata_.get(std::move(done));
  }
  void client_token(Callback<Result<std::shared_ptr<const ClientToken>>> done) {
    token_.get(std::move(done));
  }
  /// The bank did not take it: the next one is fetched anew.
  void forget_token(const std::shared_ptr<const ClientToken>& stale) { token_.forget(stale); }
  /// The bank's keys; fetched again when `key_id` is not among them, since banks rotate, but not more often than every
  /// kKeysFetchedEvery, since strangers may name any key. When that fails, those that are known stay.
  void keys(std::string key_id, Callback<Result<std::shared_ptr<const jose::KeySet>>> done);

  /// Fails as the HttpClient does. Every HTTP status is an answer.
  void call(ApiCall call, Callback<Result<ApiAnswer>> done);
  /// The same with our own token; once more with a new one when the bank says 401.
  void call_as_client(ApiCall call, Callback<Result<ApiAnswer>> done);
  /// A form to the token endpoint with our client assertion (private_key_jwt, RFC 7523 section 2.2), or without one where the
  /// certificate says who we are; the answer's JSON.
  /// Fails with Unavailable, OutcomeUnknown (`token_unreadable`, `token_endpoint_failed`), or PermissionDenied with the
  /// OAuth error as its reason, or `token_refused` when that is no word.
  void ask_token_endpoint(std::string form, Callback<Result<codec::JsonDocument>> done);

  const Options& options() const { return options_; }
  Ports& ports() { return ports_; }
  /// 256 bits, base64url.
  std::string random_text();

 private:
  void fetch_metadata(Callback<Result<Fetched<Metadata>::Fresh>> done);
  void fetch_keys(Callback<Result<Fetched<jose::KeySet>::Fresh>> done);
  void fetch_token(Callback<Result<Fetched<ClientToken>::Fresh>> done);
  Result<net::ClientRequest> to_request(const ApiCall& call);
  void check_signature(net::HttpResponse response, Signing signing,
                       Callback<Result<ApiAnswer>> done);
  /// What proves who we are, as further fields of a form.
  Result<std::string> client_proof(const Metadata& metadata);
  std::string interaction_id();
  bool may_fetch_keys();

  const Options options_;
  Ports ports_;
  Fetched<Metadata> metadata_;
  Fetched<jose::KeySet> keys_;
  Fetched<ClientToken> token_;
  std::mutex keys_mutex_;
  Monotonic keys_fetched_at_{};
  bool keys_fetched_ = false;
};

}  // namespace remit::rails::open_banking_uk
