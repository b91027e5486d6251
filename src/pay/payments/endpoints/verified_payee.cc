#include "pay/payments/endpoints/verified_payee.h"

#include <memory>

namespace remit::payments {
namespace {

using payees::PayeeVerification;

constexpr std::string_view kIdField = "payee_verification.id";

std::unexpected<Error> not_found(const TypeId& id) {
  return payees::verification_not_found(id.to_string(), std::string(kIdField));
}

/// Sort code and account number; empty for an account that has none.
std::string uk_identification(const terms::Account& account) {
  constexpr std::string_view kUk = "GB";
  constexpr std::size_t kBeforeSortCode = 8;  // Country, check digits, four letters of the bank.
  if (account.scheme == terms::AccountScheme::SortCodeAccountNumber) return account.identification;
  if (!account.identification.starts_with(kUk)) return {};
  return account.identification.substr(kBeforeSortCode);
}

Result<payees::PayeeCheck> compare(payees::PayeeCheck check, const payees::Payee& verified,
                                   const Parties& parties) {
  check.by_account_name =
      !verified.account_name.empty() && parties.creditor_name == verified.account_name;
  const bool same_name = parties.creditor_name == verified.name || check.by_account_name;
  if (same_name && uk_identification(parties.creditor) == verified.identification) return check;
  return fail(ErrorCode::FailedPrecondition, "payee_verification_differs",
              "The verification is of another account or name; verify this payee.", "creditor");
}

}  // namespace

Result<payees::PayeeCheck> payee_check_of(const CreatePaymentRequest& asked, PaymentKind kind,
                                          const EndpointPorts& ports) {
  const PayeePolicy& policy = ports.payees;
  if (!asked.payee_verification) {
    const bool required =
        kind == PaymentKind::Payout ? policy.payouts_required : policy.payments_required;
    if (!required) return payees::PayeeCheck{};
    return fail(ErrorCode::FailedPrecondition, "payee_verification_required",
                "Verify the payee first (POST /v1/payee_verifications) and name the verification.",
                "payee_verification");
  }
  const TypeId& id = asked.payee_verification->id;
  if (id.prefix() != PayeeVerification::kPrefix) return not_found(id);
  return payees::PayeeCheck{.verification = id,
                            .acknowledged = asked.payee_verification->acknowledged.value_or(false),
                            .verified_since = ports.gateway.clock().now() - policy.usable_for};
}

void compare_payee(const EndpointPorts& ports, const ClientId& client, payees::PayeeCheck check,
                   const Parties& parties,
                   std::move_only_function<void(Result<payees::PayeeCheck>)> done) {
  if (check.verification.empty()) return done(check);
  auto found = std::make_shared<std::optional<PayeeVerification>>();
  ports.gateway.engines().of(client).query(
      [found, id = check.verification, client](engine::ReadView& view) {
        const PayeeVerification* known = payees::owned_by(view.find<PayeeVerification>(id), client);
        if (known != nullptr) *found = *known;
      },
      [&sealer = ports.sealer, found, check, parties,
       done = std::move(done)](Result<engine::Position> position) mutable {
        if (!position) return done(std::unexpected(position.error()));
        if (!*found) return done(not_found(check.verification));
        const Result<payees::Payee> verified = sealer.open((*found)->payee);
        if (!verified) return done(std::unexpected(verified.error()));
        done(compare(check, *verified, parties));
      });
}

}  // namespace remit::payments
