#pragma once

#include "rails/open_banking_uk/registration_answer.h"

#include <memory>
#include <string>

namespace remit::rails::open_banking_uk {

/// What registering needs beside Options.
struct RegistrationSettings {
  std::string endpoint;             ///< Empty: discovery's registration_endpoint.
  std::string audience;             ///< Of requests; empty: the issuer that discovery names.
  std::string certificate_subject;  ///< For ClientAuthentication::TlsClientAuth.
};

/// Where a registration is reached, as the bank told when it was made.
struct RegistrationAccess {
  std::string client_uri;    ///< Empty: the client's id below the endpoint.
  std::string access_token;  ///< Empty: a token of client credentials.
};

/// A request that passed every check that we can make before it is sent.
struct PreparedRegistration {
  RegistrationTerms terms;
  RegistrationRequest request;
  std::string endpoint;
};

/// Our registration at one bank: made, read, changed, ended (OpenBanking UK Dynamic Client Registration v3.3; RFC 7591, 7592).
/// Options::client_id is that of the registration, or empty before there is one.
///
/// The standard has no idempotency key for POST: one whose answer was lost may have made a registration, and sending it again
/// may make another. So create() says OutcomeUnknown, and what follows is for a person to decide. All else may be repeated.
class Registrar {
 public:
  /// `unshared` sends the POST: a client with no connection open yet, since on a kept one it may send a request twice
  /// (CurlClient).
  Registrar(Options options, RegistrationSettings settings, Ports ports, net::HttpClient& unshared)
      : bank_(std::move(options), ports), settings_(std::move(settings)), unshared_(unshared) {}

  /// What the request of `prepare` is for. A registration that is only read may have been made with an older statement, or
  /// with one that is stale by now.
  enum class Purpose : std::uint8_t { Send, Compare };
  /// Checks the statement where it is to be sent, asks discovery, and signs. Nothing is registered by it. Fails as
  /// check_software_statement, terms_at and make_registration_request do, as discovery does, or with FailedPrecondition
  /// `registration_endpoint_missing`.
  void prepare(Purpose purpose, std::shared_ptr<const SoftwareStatement> statement,
               Callback<Result<PreparedRegistration>> done);

  /// Unavailable: certainly nothing happened. OutcomeUnknown: a registration may have been made. Else as registration_refusal
  /// and read_registration say.
  void create(PreparedRegistration prepared, Callback<Result<Registration>> done);
  /// The terms are what it is held against.
  void read(PreparedRegistration prepared, RegistrationAccess access,
            Callback<Result<Registration>> done);
  void update(PreparedRegistration prepared, RegistrationAccess access,
              Callback<Result<Registration>> done);
  /// PermissionDenied `registration_unauthorised` or `invalid_client` also when it is gone already.
  void remove(RegistrationAccess access, Callback<Result<void>> done);

 private:
  Result<std::string> endpoint_in(const Metadata& metadata) const;
  net::ClientRequest request_to(std::string method, std::string url) const;
  void add_body(net::ClientRequest& request, const RegistrationRequest& body) const;
  /// With a token, at the registration's own URL.
  void manage(std::string method, RegistrationAccess access,
              std::shared_ptr<const RegistrationRequest> body,
              Callback<Result<net::HttpResponse>> done);

  Bank bank_;
  const RegistrationSettings settings_;
  net::HttpClient& unshared_;
};

}  // namespace remit::rails::open_banking_uk
