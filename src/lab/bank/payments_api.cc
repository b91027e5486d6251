#include "lab/bank/payments_api.h"

#include "kit/base/hash.h"
#include "lab/bank/domestic_schema.h"
#include "lab/bank/payment_views.h"
#include "lab/bank/uuid.h"

namespace remit::lab::bank {
namespace {

constexpr std::size_t kKeyCharactersMax = 40;

Answer<std::string> idempotency_key(const net::HttpRequest& request) {
  const std::string name = "x-idempotency-key";
  const auto key = request.headers.find(name);
  if (!key) return refuse("U007", "The header is mandatory.", name);
  if (key->empty() || key->size() > kKeyCharactersMax || key->front() == ' ' ||
      key->back() == ' ') {
    return refuse("U006", "1 to 40 characters without white space around them.", name);
  }
  return std::string(*key);
}

}  // namespace

PaymentsApi::PaymentsApi(BankParts parts, StandardVersion version)
    : parts_(parts), version_(version), kid_(parts.signing_key.public_key().thumbprint()) {}

void PaymentsApi::add_routes(const AddRoute& add) {
  using Operation = Answer<json::object> (PaymentsApi::*)(const Admitted&);
  const auto route = [&](std::string_view method, std::string_view path, Call call, Grant grant,
                         const Schema* schema, Operation operation) {
    Endpoint endpoint{call, grant, schema, std::bind_front(operation, this)};
    add(method, fmt::format("{}/pisp{}", path_prefix(version_), path),
        [this, endpoint = std::move(endpoint)](const net::RoutedRequest& routed) {
          return serve(routed, endpoint);
        });
  };
  route("POST", "/domestic-payment-consents", Call::StageConsent, Grant::Client,
        &domestic_consent_schema(version_), &PaymentsApi::stage);
  route("GET", "/domestic-payment-consents/{ConsentId}", Call::ReadConsent, Grant::Client, nullptr,
        &PaymentsApi::read_consent);
  route("GET", "/domestic-payment-consents/{ConsentId}/funds-confirmation", Call::ConfirmFunds,
        Grant::Payer, nullptr, &PaymentsApi::confirm_funds);
  route("POST", "/domestic-payments", Call::SubmitPayment, Grant::Payer,
        &domestic_payment_schema(version_), &PaymentsApi::submit);
  route("GET", "/domestic-payments/{DomesticPaymentId}", Call::ReadPayment, Grant::Client, nullptr,
        &PaymentsApi::read_payment);
  route("GET", "/domestic-payments/{DomesticPaymentId}/payment-details", Call::ReadPayment,
        Grant::Client, nullptr, &PaymentsApi::read_details);
}

Reply PaymentsApi::serve(const net::RoutedRequest& routed, const Endpoint& endpoint) {
  Fault fault = Fault::None;
  auto document = attend(routed, endpoint, fault);
  net::HttpResponse response;
  if (document) {
    parts_.quirks.bend(*document);
    response.status = endpoint.schema == nullptr ? 200 : 201;
    response.body = json::serialize(*document);
    response.headers.set("Content-Type", "application/json; charset=utf-8");
  } else {
    response = to_response(document.error(), version_, make_uuid(parts_.entropy));
  }
  finish_answer(parts_, routed.request, response);
  sign_answer(parts_, kid_, fault, response);
  return {std::move(response), delivery_of(fault)};
}

Answer<json::object> PaymentsApi::attend(const net::RoutedRequest& routed, const Endpoint& endpoint,
                                         Fault& fault) {
  Admitted admitted{routed, {}, {}, {}, {}};
  auto caller = authorise(parts_, routed.request, endpoint.grant);
  if (!caller) return std::unexpected(std::move(caller).error());
  admitted.caller = *caller;
  if (!accepts_json(routed.request)) return refuse_bare(406);
  const auto interaction = routed.request.headers.find("x-fapi-interaction-id");
  if (interaction && !is_uuid(*interaction)) {
    return refuse("U006", "It must be a UUID.", "x-fapi-interaction-id");
  }
  if (endpoint.schema != nullptr) {
    if (auto read = read_message(admitted, *endpoint.schema); !read) {
      return std::unexpected(std::move(read).error());
    }
  } else if (routed.request.headers.find("x-jws-signature")) {
    return refuse("U020", "There is nothing to sign.", "x-jws-signature");
  }
  fault = parts_.faults.draw(endpoint.call, fault_id(admitted, endpoint.call));
  admitted.fault = fault;
  if (auto spared = before_operation(fault); !spared) {
    return std::unexpected(std::move(spared).error());
  }
  auto document = endpoint.operation(admitted);
  if (fault == Fault::ServerErrorAfter) return refuse_with(500, "U000", "Out of order.");
  return document;
}

Answer<void> PaymentsApi::read_message(Admitted& admitted, const Schema& schema) const {
  const net::HttpRequest& request = admitted.routed.request;
  if (!has_json(request)) return refuse_bare(415);
  auto key = idempotency_key(request);
  if (!key) return std::unexpected(std::move(key).error());
  const MessageParty sender{admitted.caller.client->signature_issuer, parts_.options.trust_anchor,
                            parts_.options.payload_encoding, false, parts_.options.algorithm};
  auto verified = verify_message(request.headers.find("x-jws-signature"), request.body,
                                 admitted.caller.client->signing_keys, sender, parts_.clock.now(),
                                 parts_.options.clock_skew_max);
  if (!verified) return verified;
  auto body = parse_json_object(request.body);
  if (!body) return refuse("U010", body.error().message);
  if (auto checked = check_schema(*body, schema, ""); !checked) return checked;
  admitted.body = *std::move(body);
  if (parts_.quirks.has(Quirk::IgnoresIdempotencyKey)) key = make_uuid(parts_.entropy);
  admitted.made_from = {*std::move(key), to_hex(view_of(sha256(as_bytes(request.body))))};
  return {};
}

std::string PaymentsApi::fault_id(const Admitted& admitted, Call call) const {
  switch (call) {
    case Call::StageConsent:
      return admitted.made_from.idempotency_key;
    case Call::ReadConsent:
    case Call::ConfirmFunds:
      return admitted.routed.parameter("ConsentId");
    case Call::SubmitPayment:
      return admitted.caller.token->consent_id;
    case Call::ReadPayment:
      return admitted.routed.parameter("DomesticPaymentId");
    case Call::Token:
    case Call::Event:
    case Call::Events:
    case Call::Registration:
    case Call::NameVerification:
      break;
  }
  return admitted.caller.client->client_id;
}

std::string PaymentsApi::url_of(std::string_view kind, std::string_view id) const {
  return fmt::format("{}{}/pisp/{}/{}", parts_.options.issuer, path_prefix(version_), kind, id);
}

json::object PaymentsApi::show(const Consent& consent) const {
  return consent_document(version_, consent, parts_.payments.books().find(consent.account_id),
                          url_of("domestic-payment-consents", consent.id));
}

Answer<json::object> PaymentsApi::stage(const Admitted& admitted) {
  const auto consent =
      parts_.payments.stage(*admitted.caller.client, version_, admitted.body, admitted.made_from);
  if (!consent) return std::unexpected(consent.error());
  return show(**consent);
}

Answer<const Consent*> PaymentsApi::consent_of(const Admitted& admitted) const {
  auto consent =
      parts_.payments.consent_of(*admitted.caller.client, admitted.routed.parameter("ConsentId"));
  if (consent && (*consent)->version > version_) {
    return refuse("U011", "It was made in a newer version.", "ConsentId");
  }
  return consent;
}

Answer<json::object> PaymentsApi::read_consent(const Admitted& admitted) {
  const auto consent = consent_of(admitted);
  if (!consent) return std::unexpected(consent.error());
  return show(**consent);
}

Answer<json::object> PaymentsApi::confirm_funds(const Admitted& admitted) {
  const auto consent = consent_of(admitted);
  if (!consent) return std::unexpected(consent.error());
  if (admitted.caller.token->consent_id != (*consent)->id) return refuse_bare(403);
  const auto enough = parts_.payments.has_funds(**consent, version_);
  if (!enough) return std::unexpected(enough.error());
  return funds_document(
      *enough && admitted.fault != Fault::InsufficientFunds, parts_.clock.now(),
      url_of("domestic-payment-consents", (*consent)->id) + "/funds-confirmation");
}

json::object PaymentsApi::show(const Payment& payment, const StatusChange& status) const {
  return payment_document(
      version_, payment, status, *parts_.payments.find_consent(payment.consent_id),
      parts_.payments.books().find(payment.account_id), url_of("domestic-payments", payment.id));
}

Answer<json::object> PaymentsApi::submit(const Admitted& admitted) {
  const auto payment =
      parts_.payments.submit(*admitted.caller.client, version_, admitted.caller.token->consent_id,
                             admitted.body, admitted.made_from, admitted.fault);
  if (!payment) return std::unexpected(payment.error());
  return show(**payment, (*payment)->present());
}

Answer<const Payment*> PaymentsApi::payment_of(const Admitted& admitted) const {
  auto payment = parts_.payments.payment_of(*admitted.caller.client,
                                            admitted.routed.parameter("DomesticPaymentId"));
  if (payment && parts_.payments.find_consent((*payment)->consent_id)->version > version_) {
    return refuse("U011", "It was made in a newer version.", "DomesticPaymentId");
  }
  return payment;
}

Answer<json::object> PaymentsApi::read_payment(const Admitted& admitted) {
  const auto payment = payment_of(admitted);
  if (!payment) return std::unexpected(payment.error());
  const bool wrong = admitted.fault == Fault::WrongStatus;
  return show(**payment, wrong ? (*payment)->history.front() : (*payment)->present());
}

Answer<json::object> PaymentsApi::read_details(const Admitted& admitted) {
  const auto payment = payment_of(admitted);
  if (!payment) return std::unexpected(payment.error());
  return payment_details_document(version_, **payment,
                                  url_of("domestic-payments", (*payment)->id) + "/payment-details");
}

}  // namespace remit::lab::bank
