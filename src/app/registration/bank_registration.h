#pragma once

#include "app/registration/registration_record.h"
#include "app/server_config.h"
#include "kit/base/random.h"
#include "rails/open_banking_uk/registrar.h"

#include <memory>
#include <string>

namespace remit::app {

/// Our registration at one bank and its file, as `remit banks` works on them: every step is on the disk before the bank hears
/// of it, and its outcome before anybody is told. One at a time. Failures of the bank come as Registrar has them.
class BankRegistration {
 public:
  using Prepared = rails::open_banking_uk::PreparedRegistration;
  using Registration = rails::open_banking_uk::Registration;

  /// Takes the file. Fails with InvalidArgument `registration_file_missing` or `software_statement_missing` where the section
  /// names none, FailedPrecondition `registration_of_another` when the file is of another issuer, or as RegistrationFile does.
  static Result<std::unique_ptr<BankRegistration>> open(const ServerConfig& config,
                                                        const BankSection& section, Clock& clock,
                                                        Entropy& entropy, std::string by);

  const RegistrationRecord& record() const { return file_.record(); }

  /// What create would send.
  Result<Prepared> prepare();
  /// Registers. FailedPrecondition where the record says that something else comes first: `registration_exists`,
  /// `registration_outcome_unknown`, `registration_unfit`, `registration_deletion_unfinished`. OutcomeUnknown
  /// `registration_outcome_unknown` when the bank may have made one: the record stays Requested.
  Result<Registration> create();
  /// Takes the registration that the bank has under this id, once the bank has shown it.
  Result<Registration> adopt(const std::string& client_id);
  /// Gives up a request whose outcome is unknown, for a reason that is remembered. FailedPrecondition
  /// `registration_not_unknown`, or `registration_request_in_flight` while the bank might still take it.
  Result<void> abandon(const std::string& evidence);
  /// What the bank says now. FailedPrecondition `registration_missing` where there is none.
  Result<Registration> read();
  Result<Registration> update();
  /// `client_id` must be the registration's: `registration_client_id_differs`.
  Result<void> remove(const std::string& client_id);

 private:
  struct Connection;
  BankRegistration(const ServerConfig& config, BankSection section, Clock& clock, Entropy& entropy,
                   std::string by, RegistrationFile file)
      : config_(config),
        section_(std::move(section)),
        clock_(clock),
        entropy_(entropy),
        by_(std::move(by)),
        file_(std::move(file)) {}

  Result<std::unique_ptr<Connection>> connect(std::string client_id);
  Result<Prepared> prepare(Connection& connection,
                           rails::open_banking_uk::Registrar::Purpose purpose);
  Result<void> check_may_create() const;
  Result<void> check_exists() const;
  rails::open_banking_uk::RegistrationAccess access() const;
  /// The record with what the bank answered.
  Result<void> keep(const Registration& registration);
  /// The record without a registration, and why.
  Result<void> close(std::string outcome);

  const ServerConfig& config_;
  const BankSection section_;
  Clock& clock_;
  Entropy& entropy_;
  const std::string by_;
  RegistrationFile file_;
};

/// Puts into the record how the registration is reached by what the bank answered, fit or not: a bank that gives a new token
/// takes the old one no more (RFC 7592 section 3). Nothing of another client, and no address that is not the bank's.
void take_access(const rails::open_banking_uk::Registration& answer, RegistrationRecord& record);

}  // namespace remit::app
