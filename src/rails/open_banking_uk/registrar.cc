#include "rails/open_banking_uk/registrar.h"

#include "kit/net/router.h"

#include <fmt/format.h>

namespace remit::rails::open_banking_uk {
namespace {

constexpr int kOk = 200;
constexpr int kCreated = 201;
constexpr int kNoContent = 204;

}  // namespace

Result<std::string> Registrar::endpoint_in(const Metadata& metadata) const {
  const std::string& endpoint =
      settings_.endpoint.empty() ? metadata.registration_endpoint : settings_.endpoint;
  if (endpoint.starts_with("https://")) return endpoint;
  return fail(ErrorCode::FailedPrecondition, "registration_endpoint_missing",
              endpoint.empty()
                  ? "The bank's discovery document names no registration_endpoint: register at its "
                    "developer portal and set client_id, or set registration_endpoint."
                  : fmt::format("The registration endpoint {} is not https.", endpoint));
}

void Registrar::prepare(Purpose purpose, std::shared_ptr<const SoftwareStatement> statement,
                        Callback<Result<PreparedRegistration>> done) {
  const std::shared_ptr<jose::Signer> signer = bank_.ports().signer.pin();
  if (purpose == Purpose::Send) {
    const Result<void> checked =
        check_software_statement(*statement, bank_.options(), *signer, bank_.ports().clock.now());
    if (!checked) return done(std::unexpected(checked.error()));
  }
  bank_.metadata([this, purpose, statement = std::move(statement), signer,
                  done = std::move(done)](Result<std::shared_ptr<const Metadata>> known) mutable {
    done([&]() -> Result<PreparedRegistration> {
      const std::shared_ptr<const Metadata> metadata = TRY(std::move(known));
      PreparedRegistration prepared{
          .terms = {}, .request = {}, .endpoint = TRY(endpoint_in(*metadata))};
      prepared.terms = TRY(terms_at(*metadata, bank_.options(), *statement, settings_.audience,
                                    settings_.certificate_subject));
      if (purpose == Purpose::Compare) prepared.terms.software_statement.clear();
      prepared.request =
          TRY(make_registration_request(prepared.terms, bank_.options().client_id, *signer,
                                        bank_.ports().entropy, bank_.ports().clock.now()));
      return prepared;
    }());
  });
}

net::ClientRequest Registrar::request_to(std::string method, std::string url) const {
  net::ClientRequest request{.method = std::move(method), .url = std::move(url)};
  request.headers.add("Accept", "application/json");
  request.options.total_timeout = bank_.options().call_timeout;
  return request;
}

void Registrar::add_body(net::ClientRequest& request, const RegistrationRequest& body) const {
  const bool as_jwt = bank_.options().quirks.registration_as_jwt;
  request.headers.add("Content-Type", as_jwt ? "application/jwt" : "application/jose");
  request.body = body.token;
}

void Registrar::create(PreparedRegistration prepared, Callback<Result<Registration>> done) {
  net::ClientRequest request = request_to("POST", prepared.endpoint);
  add_body(request, prepared.request);
  unshared_.send(std::move(request), [prepared = std::move(prepared), done = std::move(done)](
                                         Result<net::HttpResponse> response) mutable {
    if (!response) return done(std::unexpected(response.error()));
    if (response->status != kCreated && response->status != kOk) {
      return done(std::unexpected(registration_refusal(*response)));
    }
    done(read_registration(*response, prepared.terms, {}, prepared.endpoint));
  });
}

void Registrar::manage(std::string method, RegistrationAccess access,
                       std::shared_ptr<const RegistrationRequest> body,
                       Callback<Result<net::HttpResponse>> done) {
  bank_.metadata([this, method = std::move(method), access = std::move(access),
                  body = std::move(body),
                  done = std::move(done)](Result<std::shared_ptr<const Metadata>> known) mutable {
    if (!known) return done(std::unexpected(known.error()));
    Result<std::string> endpoint = endpoint_in(**known);
    if (!endpoint) return done(std::unexpected(endpoint.error()));
    net::ClientRequest request = request_to(
        std::move(method),
        access.client_uri.empty()
            ? fmt::format("{}/{}", *endpoint, net::percent_encode(bank_.options().client_id))
            : access.client_uri);
    if (body) add_body(request, *body);
    const auto send = [this](net::ClientRequest with, const std::string& token,
                             Callback<Result<net::HttpResponse>> then) {
      with.headers.add("Authorization", "Bearer " + token);
      bank_.ports().http.send(std::move(with), std::move(then));
    };
    if (!access.access_token.empty()) {
      return send(std::move(request), access.access_token, std::move(done));
    }
    bank_.client_token([send, request = std::move(request), done = std::move(done)](
                           Result<std::shared_ptr<const ClientToken>> token) mutable {
      if (!token) return done(std::unexpected(token.error()));
      send(std::move(request), (*token)->text, std::move(done));
    });
  });
}

void Registrar::read(PreparedRegistration prepared, RegistrationAccess access,
                     Callback<Result<Registration>> done) {
  manage("GET", std::move(access), nullptr,
         [this, prepared = std::move(prepared),
          done = std::move(done)](Result<net::HttpResponse> response) mutable {
           if (!response) return done(std::unexpected(response.error()));
           if (response->status != kOk) {
             Error error = registration_refusal(*response);
             // Reading changes nothing, so whatever goes wrong may simply be tried again.
             if (error.code == ErrorCode::OutcomeUnknown) error.code = ErrorCode::Unavailable;
             return done(std::unexpected(std::move(error)));
           }
           done(read_registration(*response, prepared.terms, bank_.options().client_id,
                                  prepared.endpoint));
         });
}

void Registrar::update(PreparedRegistration prepared, RegistrationAccess access,
                       Callback<Result<Registration>> done) {
  const auto body = std::make_shared<const RegistrationRequest>(prepared.request);
  manage("PUT", std::move(access), body,
         [this, prepared = std::move(prepared),
          done = std::move(done)](Result<net::HttpResponse> response) mutable {
           if (!response) return done(std::unexpected(response.error()));
           if (response->status != kOk) {
             return done(std::unexpected(registration_refusal(*response)));
           }
           done(read_registration(*response, prepared.terms, bank_.options().client_id,
                                  prepared.endpoint));
         });
}

void Registrar::remove(RegistrationAccess access, Callback<Result<void>> done) {
  manage("DELETE", std::move(access), nullptr,
         [done = std::move(done)](Result<net::HttpResponse> response) mutable {
           if (!response) return done(std::unexpected(response.error()));
           if (response->status == kNoContent || response->status == kOk) return done({});
           done(std::unexpected(registration_refusal(*response)));
         });
}

}  // namespace remit::rails::open_banking_uk
