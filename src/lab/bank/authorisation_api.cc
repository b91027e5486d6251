#include "lab/bank/authorisation_api.h"

#include "kit/base/check.h"
#include "kit/base/hash.h"
#include "lab/bank/approval_page.h"
#include "lab/bank/jws.h"

#include <cstring>

namespace remit::lab::bank {
namespace {

constexpr std::size_t kInteractionsMax = 10'000;

net::HttpResponse redirect(std::string_view uri, const Form& fragment, int status) {
  net::HttpResponse response;
  response.status = status;
  response.headers.set("Location", fmt::format("{}#{}", uri, fragment.encode()));
  response.headers.set("Cache-Control", "no-store");
  return response;
}

Reply redirect_error(std::string_view uri, const OauthError& error, const std::string& state,
                     int status) {
  Form fragment;
  fragment.add("error", error.code);
  fragment.add("error_description", error.description);
  if (!state.empty()) fragment.add("state", state);
  return {redirect(uri, fragment, status)};
}

}  // namespace

AuthorisationApi::AuthorisationApi(BankParts parts, bool automatic_payer)
    : parts_(parts),
      kid_(parts.signing_key.public_key().thumbprint()),
      clients_(parts.clients, {parts.options.issuer, parts.options.issuer + "/token"},
               parts.options.clock_skew_max, parts.options.algorithm) {
  payer_.on = automatic_payer;
}

void AuthorisationApi::add_routes(const AddRoute& add) {
  add("GET", "/.well-known/openid-configuration",
      [this](const net::RoutedRequest&) { return discovery(); });
  add("GET", "/jwks", [this](const net::RoutedRequest&) { return keys(); });
  add("POST", "/token", [this](const net::RoutedRequest& routed) { return token(routed); });
  add("GET", "/authorize", [this](const net::RoutedRequest& routed) { return authorise(routed); });
  add("POST", "/authorize/decision",
      [this](const net::RoutedRequest& routed) { return decide(routed); });
}

Reply AuthorisationApi::authorise(const net::RoutedRequest& routed) {
  const std::string_view bank = parts_.options.name;
  const auto query = Form::parse(routed.request.query);
  if (!query) return {failure_page(400, bank, query.error().message)};
  auto request =
      read_authorisation_request(*query, parts_.clients, parts_.options.issuer, parts_.clock.now(),
                                 parts_.options.clock_skew_max, parts_.options.algorithm);
  if (!request) {
    const RefusedAuthorisation& refused = request.error();
    if (refused.redirect_uri.empty()) {
      return {failure_page(400, bank, refused.error.description)};
    }
    return redirect_error(refused.redirect_uri, refused.error, refused.state, 302);
  }
  if (const auto checked = check_consent(*request); !checked) {
    return redirect_error(request->redirect_uri, checked.error(), request->state, 302);
  }
  return payer_.on ? answer_automatically(*request) : show_page(*std::move(request));
}

OauthAnswer<void> AuthorisationApi::check_consent(const AuthorisationRequest& request) const {
  const Consent* consent = parts_.payments.find_consent(request.consent_id);
  if (consent == nullptr || consent->client_id != request.client->client_id) {
    return oauth_error("invalid_request", "openbanking_intent_id names no consent of the client.");
  }
  if (consent->status != consent_status::kAwaitingAuthorisation) {
    return oauth_error("invalid_request", fmt::format("The consent is {}.", consent->status));
  }
  return {};
}

Reply AuthorisationApi::show_page(AuthorisationRequest request) {
  const Timestamp now = parts_.clock.now();
  std::erase_if(interactions_, [&](const auto& item) { return item.second.expires < now; });
  if (interactions_.size() >= kInteractionsMax) {
    return {failure_page(503, parts_.options.name, "Too many payers are here; come again later.")};
  }
  const std::string interaction = parts_.access.make_secret();
  const Consent& consent = *parts_.payments.find_consent(request.consent_id);
  Reply reply{approval_page(parts_.options.name, request.client->name, consent,
                            parts_.payments.books(), interaction, "/authorize/decision")};
  interactions_[interaction] = {std::move(request), now + parts_.options.interaction_lifetime};
  return reply;
}

Reply AuthorisationApi::decide(const net::RoutedRequest& routed) {
  const std::string_view bank = parts_.options.name;
  const auto form = Form::parse(routed.request.body);
  const auto found =
      form ? interactions_.find(form->find("interaction").value_or("")) : interactions_.end();
  if (found == interactions_.end() || found->second.expires < parts_.clock.now()) {
    return {failure_page(400, bank, "This page is too old. Go back to the shop and begin again.")};
  }
  const std::string decision = form->find("decision").value_or("");
  const std::string account_id = form->find("account").value_or("");
  const bool approves = decision == "approve";
  if ((!approves && decision != "refuse") ||
      (approves && parts_.payments.books().find(account_id) == nullptr)) {
    return {failure_page(400, bank, "Choose an account, then approve or refuse.")};
  }
  const AuthorisationRequest request = std::move(found->second.request);
  interactions_.erase(found);
  // Two pages may be open for one consent.
  if (const auto checked = check_consent(request); !checked) {
    return redirect_error(request.redirect_uri, checked.error(), request.state, 303);
  }
  return approves ? approve(request, account_id, 303) : refuse_payment(request, 303);
}

std::uint64_t AuthorisationApi::draw(std::string_view purpose, std::string_view consent_id) const {
  const Hash256 digest =
      sha256(as_bytes(fmt::format("{} {} {}", parts_.options.fault_seed, purpose, consent_id)));
  std::uint64_t number = 0;
  std::memcpy(&number, digest.data(), sizeof(number));
  return number;
}

Reply AuthorisationApi::answer_automatically(const AuthorisationRequest& request) {
  if (draw("refuse", request.consent_id) % 1000 < payer_.refuse_per_mille) {
    return refuse_payment(request, 302);
  }
  const auto& accounts = parts_.payments.books().accounts();
  CHECK(!accounts.empty(), "a bank without accounts");
  const std::string chosen =
      payer_.account_id.empty() ? accounts[draw("account", request.consent_id) % accounts.size()].id
                                : payer_.account_id;
  return approve(request, chosen, 302);
}

Reply AuthorisationApi::refuse_payment(const AuthorisationRequest& request, int status) {
  if (const auto refused = parts_.payments.refuse_consent(request.consent_id); !refused) {
    return {failure_page(500, parts_.options.name, refused.error().message)};
  }
  return redirect_error(request.redirect_uri, {"access_denied", "The payer refused."},
                        request.state, status);
}

Reply AuthorisationApi::approve(const AuthorisationRequest& request, const std::string& account_id,
                                int status) {
  // An account that the client named is the only one that the payer can choose.
  const Consent& consent = *parts_.payments.find_consent(request.consent_id);
  const json::object* debtor = find_object(consent.initiation(), "DebtorAccount");
  const PayerAccount* named = debtor == nullptr
                                  ? nullptr
                                  : parts_.payments.books().find_by_identification(
                                        find_text(*debtor, "Identification").value_or(""));
  const auto approved =
      parts_.payments.approve(request.consent_id, named == nullptr ? account_id : named->id);
  if (!approved) return {failure_page(500, parts_.options.name, approved.error().message)};

  const Timestamp now = parts_.clock.now();
  const std::string code = parts_.access.make_secret();
  AuthorisationCode details{request.client->client_id,
                            request.consent_id,
                            request.redirect_uri,
                            request.nonce,
                            request.code_challenge,
                            request.acr,
                            now + parts_.options.code_lifetime};
  json::object hashes{{"c_hash", half_hash(code)}, {"s_hash", half_hash(request.state)}};
  Form fragment;
  fragment.add("code", code);
  fragment.add("id_token", id_token(details, std::move(hashes)));
  fragment.add("state", request.state);
  parts_.access.keep_code(code, std::move(details), now);
  return {redirect(request.redirect_uri, fragment, status)};
}

}  // namespace remit::lab::bank
