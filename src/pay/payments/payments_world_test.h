#pragma once

#include "kit/base/codec/sealed.h"
#include "pay/ledger/ledger_world_test.h"
#include "pay/payers/payer.h"
#include "pay/payments/commands.h"

#include <string>

namespace remit::payments {

inline void register_payments(engine::Registry& registry) {
  payers::register_kinds(registry);
  payments::register_kinds(registry);
}

/// Payments and their ledger on an engine in memory, in virtual time, with verbs for the steps of a payment's life.
class PaymentsWorld : public ledger::LedgerWorld {
 public:
  explicit PaymentsWorld(std::uint64_t seed = 1, Register kinds = &register_payments)
      : LedgerWorld(seed, kinds), entropy_(seed) {}

  CreatePayment new_payment(std::int64_t pence = 1250) {
    return {.id = id("pay"),
            .amount = {pence, Currency::of("GBP")},
            .parties = *payers::sealed_for(payer,
                                           Parties{.creditor = {.identification = "20000055779911"},
                                                   .creditor_name = "ACME Ltd"},
                                           sealer),
            .reference = "INVOICE 7",
            .rail = "test_rail",
            .settles_on = settles_on,
            .expires_at = host.clock().now() + std::chrono::minutes(30),
            .payer = payer};
  }
  /// The same with parties that were sealed somehow.
  CreatePayment new_payment_of(Result<codec::Sealed<Parties>> parties) {
    CreatePayment command = new_payment();
    command.parties = *std::move(parties);
    return command;
  }
  /// Flows and timers speak for the system.
  template <engine::Command C>
  Result<typename C::Answer> ask_as_system(C command) {
    return ask_as(ClientId(), std::move(command));
  }
  TypeId create(std::int64_t pence = 1250) {
    const CreatePayment command = new_payment(pence);
    const auto created = ask(command);
    EXPECT_TRUE(created) << created.error().describe();
    return command.id;
  }
  std::string record_consent(const TypeId& payment, std::optional<Reason> refused = {}) {
    return reason(ask_as_system(
        RecordConsent{payment, {.consent_id = "c-1", .state = state_of(payment)}, refused}));
  }
  static std::string state_of(const TypeId& payment) { return "state-" + payment.to_string(); }
  std::string authorise(const TypeId& payment, std::optional<Reason> refused = {}) {
    return reason(ask_as_system(AuthorisePayment{
        state_of(payment), *sealer.seal(payer, AuthorisationCode{"code", "jwt"}), refused}));
  }
  std::string record_authorisation(const TypeId& payment, std::optional<Reason> refused = {}) {
    return reason(ask_as_system(RecordAuthorisation{
        payment, *sealer.seal(payer, std::string("token")), host.clock().now(), refused}));
  }
  std::string start(const TypeId& payment) {
    return reason(ask_as_system(StartSubmission{payment}));
  }
  std::string record_submission(const TypeId& payment, SubmissionResult result,
                                terms::PaymentStatus status = terms::PaymentStatus::Rcvd) {
    return reason(ask_as_system(RecordSubmission{.id = payment,
                                                 .attempt = 1,
                                                 .result = result,
                                                 .bank_payment_id = "bank-1",
                                                 .status = status,
                                                 .reason = {"why", "Because."}}));
  }
  std::string report(const TypeId& payment, terms::PaymentStatus status) {
    return reason(
        ask_as_system(RecordStatus{payment, status, std::string(terms::status_code(status)), {}}));
  }
  /// Leads a new payment to the state.
  TypeId payment_in(PaymentState state) {
    using enum PaymentState;
    const TypeId made = create();
    std::string refused;
    if (state >= AwaitingAuthorisation) refused += record_consent(made);
    if (state >= AuthorisationReceived) refused += authorise(made);
    if (state >= Authorised) refused += record_authorisation(made);
    if (state >= Submitting) refused += start(made);
    if (state == OutcomeUnknown) refused += record_submission(made, SubmissionResult::Unknown);
    if (state >= Submitted) refused += record_submission(made, SubmissionResult::Accepted);
    if (state >= Executed) refused += report(made, terms::PaymentStatus::Acsc);
    EXPECT_EQ(refused, "");
    EXPECT_EQ(state_now(made), state);
    return made;
  }
  Payment payment(const TypeId& which) { return look<Payment>(which).value_or(Payment{}); }
  PaymentState state_now(const TypeId& which) { return payment(which).state; }
  ledger::Balances book(std::string_view name) {
    return balances(ledger::account_id(client, name, Currency::of("GBP")));
  }

  SettlementBasis settles_on = SettlementBasis::ExecutionIsFinal;

 private:
  SeededEntropy entropy_;

 public:
  codec::MemoryKeyring keyring{entropy_};
  codec::Sealer sealer{keyring, entropy_};
  TypeId payer = *sealer.make_owner(payers::Payer::kPrefix, client);
};

}  // namespace remit::payments
