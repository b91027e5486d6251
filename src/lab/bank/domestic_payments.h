#pragma once

#include "kit/base/random.h"
#include "lab/bank/access.h"
#include "lab/bank/bank_log.h"
#include "lab/bank/bank_options.h"
#include "lab/bank/books.h"
#include "lab/bank/client_registry.h"
#include "lab/bank/faults.h"
#include "lab/bank/refusal.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace remit::lab::bank {

/// Runs something later, under the same lock as everything else of the bank.
using Schedule = std::function<void(Duration delay, std::function<void()> task)>;

/// Domestic payment consents and payments, what payers said to them, and the books that they
/// move. Every change is in the log before it counts. One caller at a time.
class DomesticPayments {
 public:
  DomesticPayments(const BankOptions& options, Clock& clock, Entropy& entropy, Schedule schedule);

  /// Told of each change of a payment's status after its first, once it is in the log.
  void on_change(std::function<void(const Payment&)> listener) { changed_ = std::move(listener); }

  /// Reads the log, if there is one, and takes payments under way further. Tokens that it holds go
  /// to `access`, clients to `clients`. Fails as BankLog does.
  Result<void> load(Access& access, ClientRegistry& clients);
  Result<void> log_token(const std::string& hash, const AccessToken& token);
  /// Of the kinds "client" and "client_removed".
  Result<void> log_record(std::string_view kind, const json::object& record) {
    return log_.append(kind, record);
  }

  /// Makes the consent, or returns the one that was made under this key within 24 hours.
  Answer<const Consent*> stage(const RegisteredClient& client, StandardVersion version,
                               const json::object& body, MadeFrom made_from);
  /// U011 for an unknown id; 403 for another client's.
  Answer<const Consent*> consent_of(const RegisteredClient& client, std::string_view id) const;
  const Consent* find_consent(std::string_view id) const;
  /// Whether the payer's account has the money now. U009 unless the consent is authorised, and of this version.
  Answer<bool> has_funds(const Consent& consent, StandardVersion version) const;

  /// The payer's word on a consent that awaits it (CHECKed). `account_id` is one of the books'.
  Result<void> approve(std::string_view consent_id, std::string_view account_id);
  Result<void> refuse_consent(std::string_view consent_id);

  /// Takes the order for an authorised consent, once. Without enough money the payment is made and
  /// rejected at once (RJCT, AM04), as the faults Rejected and InsufficientFunds can also say.
  Answer<const Payment*> submit(const RegisteredClient& client, StandardVersion version,
                                std::string_view consent_id, const json::object& body,
                                MadeFrom made_from, Fault fault);
  Answer<const Payment*> payment_of(const RegisteredClient& client, std::string_view id) const;

  const Books& books() const { return books_; }
  /// In the order in which they were made.
  std::vector<const Payment*> payments() const;

 private:
  using Ids = std::map<std::string, std::string, std::less<>>;

  static std::string idempotency_slot(std::string_view client_id, std::string_view key);
  std::string make_id(std::string_view prefix);
  Result<void> restore(Access& access, ClientRegistry& clients, std::string_view kind,
                       const json::object& record);
  Result<void> rebuild();
  Answer<void> check_initiation(const json::object& initiation) const;
  static Answer<void> check_usable(const Consent& consent, StandardVersion version);
  static Answer<void> check_order(const Consent& consent, StandardVersion version,
                                  const json::object& body);
  Payment make_payment(const Consent& consent, MadeFrom made_from, Fault fault);
  Result<void> keep(Payment& payment, std::string_view status, StatusReason reason);
  void await_next(const Payment& payment);
  void advance(const std::string& payment_id);

  const BankOptions& options_;
  Clock& clock_;
  Entropy& entropy_;
  Schedule schedule_;
  std::function<void(const Payment&)> changed_;
  BankLog log_;
  Books books_;
  std::map<std::string, Consent, std::less<>> consents_;
  std::map<std::string, Payment, std::less<>> payments_;
  std::vector<std::string> order_;  ///< Ids of payments.
  Ids consents_by_key_;             ///< Client and idempotency key to the last made under it.
  Ids payments_by_key_;
};

}  // namespace remit::lab::bank
