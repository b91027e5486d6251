#include "app/registration/bank_registration.h"

#include "app/banks.h"
#include "kit/base/durable_file.h"
#include "kit/net/curl_client.h"

#include <fmt/format.h>

#include <future>

namespace remit::app {
namespace {

using rails::open_banking_uk::ClientAuthentication;
using rails::open_banking_uk::Registrar;
using rails::open_banking_uk::Registration;
using rails::open_banking_uk::RegistrationAccess;
using rails::open_banking_uk::SoftwareStatement;

constexpr std::size_t kFileBytesMax = 1024UL * 1024;

std::unexpected<Error> refuse(std::string reason, std::string message) {
  return fail(ErrorCode::FailedPrecondition, std::move(reason), std::move(message));
}

/// The answer of a call that gives it to a callback.
template <class T, class Start>
T wait_for(Start start) {
  // Shared, since whoever sets the value may still be at it when it is there.
  const auto promise = std::make_shared<std::promise<T>>();
  std::future<T> answer = promise->get_future();
  start([promise](T value) { promise->set_value(std::move(value)); });
  return answer.get();
}

Result<std::string> subject_of(const BankSection& section) {
  if (section.client_authentication != ClientAuthentication::TlsClientAuth) return std::string();
  if (!section.tls_client_auth_subject_dn.empty()) return section.tls_client_auth_subject_dn;
  const Bytes pem = TRY(read_file(section.transport_certificate.string(), kFileBytesMax));
  return rails::open_banking_uk::certificate_subject(as_text(pem));
}

/// The bank knows neither us nor our token: after a deletion that is what success looks like.
bool is_unknown_to_bank(const Error& error) {
  return error.code == ErrorCode::PermissionDenied &&
         (error.reason == "registration_unauthorised" || error.reason == "invalid_client");
}

bool is_of_another_client(const Registration& answer) {
  return answer.unfit && answer.unfit->reason == "registration_client_id_differs";
}

}  // namespace

/// What it takes to call the bank, for one command. In the order in which it is taken down: no callback comes after a client.
struct BankRegistration::Connection {
  std::unique_ptr<jose::PemSigner> signer;
  std::shared_ptr<const SoftwareStatement> statement;
  std::unique_ptr<Registrar> registrar;
  std::unique_ptr<net::CurlClient> unshared;
  std::unique_ptr<net::CurlClient> http;
};

Result<std::unique_ptr<BankRegistration>> BankRegistration::open(const ServerConfig& config,
                                                                 const BankSection& section,
                                                                 Clock& clock, Entropy& entropy,
                                                                 std::string by) {
  if (section.registration_file.empty()) {
    return fail(ErrorCode::InvalidArgument, "registration_file_missing",
                fmt::format("Name registration_file for the bank {} in the configuration: a file "
                            "beside its keys, which need not exist yet.",
                            section.name));
  }
  if (section.software_statement.empty()) {
    return fail(
        ErrorCode::InvalidArgument, "software_statement_missing",
        fmt::format("Name software_statement for the bank {} in the configuration: the file "
                    "with the assertion that the directory made for your software.",
                    section.name));
  }
  RegistrationFile file = TRY(RegistrationFile::open(section.registration_file));
  if (!file.record().issuer.empty() && file.record().issuer != section.issuer) {
    return refuse(
        "registration_of_another",
        fmt::format("{} is of {}, not of {}; name a file of its own for each bank.",
                    section.registration_file.string(), file.record().issuer, section.issuer));
  }
  return std::unique_ptr<BankRegistration>(
      new BankRegistration(config, section, clock, entropy, std::move(by), std::move(file)));
}

Result<std::unique_ptr<BankRegistration::Connection>> BankRegistration::connect(
    std::string client_id) {
  auto connection = std::make_unique<Connection>();
  const Bytes statement = TRY(read_file(section_.software_statement.string(), kFileBytesMax));
  connection->statement = std::make_shared<const SoftwareStatement>(
      TRY(rails::open_banking_uk::read_software_statement(as_text(statement))));
  connection->signer =
      TRY(jose::PemSigner::load(section_.signing_key.string(), section_.signing_key_id));
  const net::TlsMaterialPtr tls = TRY(load_bank_tls(section_, clock_.now()));
  connection->http = TRY(net::CurlClient::start({.name = "registration"}));
  connection->unshared = TRY(net::CurlClient::start({.name = "register"}));
  connection->http->use_tls(tls);
  connection->unshared->use_tls(tls);
  rails::open_banking_uk::Options options = bank_options(section_, config_.http);
  options.client_id = std::move(client_id);
  connection->registrar = std::make_unique<Registrar>(
      std::move(options),
      rails::open_banking_uk::RegistrationSettings{section_.registration_endpoint,
                                                   section_.registration_audience,
                                                   TRY(subject_of(section_))},
      rails::open_banking_uk::Ports{*connection->http, *connection->signer, clock_, entropy_},
      *connection->unshared);
  return connection;
}

Result<BankRegistration::Prepared> BankRegistration::prepare(Connection& connection,
                                                             Registrar::Purpose purpose) {
  return wait_for<Result<Prepared>>([&](auto done) {
    connection.registrar->prepare(purpose, connection.statement, std::move(done));
  });
}

Result<BankRegistration::Prepared> BankRegistration::prepare() {
  const auto connection = TRY(connect({}));
  return prepare(*connection, Registrar::Purpose::Send);
}

Result<void> BankRegistration::check_may_create() const {
  const RegistrationRecord& known = record();
  switch (known.state) {
    case RegistrationState::Unregistered:
      return {};
    case RegistrationState::Requested:
      return refuse(
          "registration_outcome_unknown",
          fmt::format(
              "The request {} of {} may have made a registration, and another would make a "
              "second one. Ask the bank which client_id the software {} has, then `remit "
              "banks registration adopt {} --client-id ...`; when it has none: `remit banks "
              "registration abandon {} --evidence ...`.",
              known.request_id, to_rfc3339(known.requested_at), known.software_id, section_.name,
              section_.name));
    case RegistrationState::Registered:
      return refuse("registration_exists",
                    fmt::format("We are {} at this bank already; `remit banks registration update "
                                "{}` changes that, `delete` ends it.",
                                known.client_id, section_.name));
    case RegistrationState::Unfit:
      return refuse("registration_unfit",
                    fmt::format("We are {} at this bank, but not as we must be: {} `remit banks "
                                "registration update {}` asks again, `delete` ends it.",
                                known.client_id, known.problem, section_.name));
    case RegistrationState::Deleting:
      break;
  }
  return refuse("registration_deletion_unfinished",
                fmt::format("The deletion of {} is not known to be done; repeat `remit banks "
                            "registration delete {} --client-id {}`.",
                            known.client_id, section_.name, known.client_id));
}

Result<void> BankRegistration::check_exists() const {
  const RegistrationState state = record().state;
  if (state == RegistrationState::Registered || state == RegistrationState::Unfit ||
      state == RegistrationState::Deleting) {
    return {};
  }
  if (state == RegistrationState::Requested) return check_may_create();
  return refuse(
      "registration_missing",
      fmt::format("There is no registration at this bank; `remit banks register {}` makes "
                  "one.",
                  section_.name));
}

RegistrationAccess BankRegistration::access() const {
  return {.client_uri = record().client_uri, .access_token = record().access_token};
}

Result<void> BankRegistration::keep(const Registration& registration) {
  RegistrationRecord changed = record();
  changed.state = registration.unfit ? RegistrationState::Unfit : RegistrationState::Registered;
  changed.issuer = section_.issuer;
  changed.client_id = registration.client_id;
  changed.problem = registration.unfit ? registration.unfit->message : std::string();
  changed.metadata.text = registration.metadata;
  take_access(registration, changed);
  return file_.write(std::move(changed));
}

Result<void> BankRegistration::close(std::string outcome) {
  RegistrationRecord closed;
  closed.earlier = record().earlier;
  closed.earlier.push_back({.request_id = record().request_id,
                            .client_id = record().client_id,
                            .at = clock_.now(),
                            .by = by_,
                            .outcome = std::move(outcome)});
  closed.issuer = section_.issuer;
  return file_.write(std::move(closed));
}

Result<BankRegistration::Registration> BankRegistration::create() {
  TRY(check_may_create());
  const auto connection = TRY(connect({}));
  Prepared prepared = TRY(prepare(*connection, Registrar::Purpose::Send));
  RegistrationRecord requested = record();
  requested.state = RegistrationState::Requested;
  requested.issuer = section_.issuer;
  requested.software_id = prepared.terms.software_id;
  requested.request_id = prepared.request.id;
  requested.requested_at = prepared.request.issued_at;
  requested.request_expires_at = prepared.request.expires_at;
  requested.requested_by = by_;
  TRY(file_.write(std::move(requested)));
  Result<Registration> made = wait_for<Result<Registration>>(
      [&](auto done) { connection->registrar->create(std::move(prepared), std::move(done)); });
  if (made) {
    const Result<void> kept = keep(*made);
    if (kept) return made;
    return std::unexpected(Error(kept.error())
                               .wrap(ErrorCode::OutcomeUnknown, "registration_not_written",
                                     fmt::format("The bank registered us as {}, but that could not "
                                                 "be written; then `remit banks "
                                                 "registration adopt {} --client-id {}`.",
                                                 made->client_id, section_.name, made->client_id)));
  }
  if (made.error().code == ErrorCode::OutcomeUnknown) {
    const std::string advice = check_may_create().error().message;
    return std::unexpected(std::move(made).error().wrap(ErrorCode::OutcomeUnknown,
                                                        "registration_outcome_unknown", advice));
  }
  TRY(close(fmt::format("not registered: {}", made.error().reason)));
  return made;
}

Result<BankRegistration::Registration> BankRegistration::adopt(const std::string& client_id) {
  const RegistrationState state = record().state;
  if (state != RegistrationState::Requested) TRY(check_may_create());
  const auto connection = TRY(connect(client_id));
  Prepared prepared = TRY(prepare(*connection, Registrar::Purpose::Compare));
  const Registration found = TRY(wait_for<Result<Registration>>(
      [&](auto done) { connection->registrar->read(std::move(prepared), {}, std::move(done)); }));
  // Of another client nothing is kept: it was not the one that was named.
  if (is_of_another_client(found)) {
    return std::unexpected(*found.unfit);
  }
  TRY(keep(found));
  return found;
}

Result<void> BankRegistration::abandon(const std::string& evidence) {
  if (record().state != RegistrationState::Requested) {
    return refuse("registration_not_unknown", "There is no request whose outcome is unknown.");
  }
  if (clock_.now() < record().request_expires_at) {
    return refuse("registration_request_in_flight",
                  fmt::format("The bank may still take the request until {}; look again after it.",
                              to_rfc3339(record().request_expires_at)));
  }
  return close("abandoned: " + evidence);
}

Result<BankRegistration::Registration> BankRegistration::read() {
  TRY(check_exists());
  const auto connection = TRY(connect(record().client_id));
  Prepared prepared = TRY(prepare(*connection, Registrar::Purpose::Compare));
  const Registration found = TRY(wait_for<Result<Registration>>([&](auto done) {
    connection->registrar->read(std::move(prepared), access(), std::move(done));
  }));
  RegistrationRecord changed = record();
  take_access(found, changed);
  if (changed.access_token != record().access_token || changed.client_uri != record().client_uri) {
    TRY(file_.write(std::move(changed)));
  }
  return found;
}

Result<BankRegistration::Registration> BankRegistration::update() {
  TRY(check_exists());
  if (record().state == RegistrationState::Deleting) TRY(check_may_create());
  const auto connection = TRY(connect(record().client_id));
  Prepared prepared = TRY(prepare(*connection, Registrar::Purpose::Send));
  Registration changed = TRY(wait_for<Result<Registration>>([&](auto done) {
    connection->registrar->update(std::move(prepared), access(), std::move(done));
  }));
  if (is_of_another_client(changed)) {
    return std::unexpected(*changed.unfit);
  }
  TRY(keep(changed));
  return changed;
}

Result<void> BankRegistration::remove(const std::string& client_id) {
  TRY(check_exists());
  if (client_id != record().client_id) {
    return refuse("registration_client_id_differs",
                  fmt::format("We are {} at this bank, not {}.", record().client_id, client_id));
  }
  const RegistrationRecord before = record();
  const auto connection = TRY(connect(client_id));
  RegistrationRecord deleting = before;
  deleting.state = RegistrationState::Deleting;
  TRY(file_.write(std::move(deleting)));
  const Result<void> gone = wait_for<Result<void>>(
      [&](auto done) { connection->registrar->remove(access(), std::move(done)); });
  const bool repeated = before.state == RegistrationState::Deleting;
  if (gone || (repeated && is_unknown_to_bank(gone.error()))) return close("deleted");
  // What was never known to be done may have been done by the first of several attempts.
  if (gone.error().code != ErrorCode::OutcomeUnknown && !repeated) TRY(file_.write(before));
  return gone;
}

void take_access(const Registration& answer, RegistrationRecord& record) {
  if (is_of_another_client(answer)) return;
  if (!answer.access_token.empty()) record.access_token = answer.access_token;
  const bool foreign = answer.unfit && answer.unfit->reason == "registration_client_uri_foreign";
  if (!foreign && !answer.client_uri.empty()) record.client_uri = answer.client_uri;
}

}  // namespace remit::app
