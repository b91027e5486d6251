#include "pay/payments/endpoints/payment_resource.h"

#include "pay/api/sealed_fields.h"
#include "pay/payments/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace remit::payments {
namespace {

constexpr std::size_t kSortCodeDigits = 6;

bool is_sort_code(std::string_view text) {
  return text.size() == kSortCodeDigits &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

PartyResource to_resource(const terms::Account& account, std::string name) {
  PartyResource party{.name = std::move(name)};
  if (account.scheme == terms::AccountScheme::Iban) {
    party.iban = account.identification;
  } else {
    party.sort_code = account.identification.substr(0, kSortCodeDigits);
    party.account_number = account.identification.substr(kSortCodeDigits);
  }
  return party;
}

std::optional<Timestamp> unless_epoch(Timestamp time) {
  return time == Timestamp() ? std::nullopt : std::optional(time);
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

CreatePaymentRequest example_request() {
  return {
      .amount = {1250, Currency::of("GBP")},
      .creditor = {.name = "Fern & Sons Ltd", .sort_code = "204514", .account_number = "10000001"},
      .reference = "INV 0001"};
}

PaymentResource example_payment() {
  const CreatePaymentRequest asked = example_request();
  const Timestamp created = *from_rfc3339("2026-08-20T09:30:00Z");
  return {.id = *TypeId::parse("pay_01h455vb4pex5vsknk084sn02q"),
          .status = PaymentState::AwaitingAuthorisation,
          .amount = asked.amount,
          .creditor = asked.creditor,
          .reference = asked.reference,
          .bank = "model-bank",
          .end_to_end_id = "01h455vb4pex5vsknk084sn02q",
          .authorisation_url = "https://bank.example/authorize?request=...",
          .created_at = created,
          .updated_at = created,
          .expires_at = created + std::chrono::minutes(30),
          .payer_id = TypeId::parse("payer_01h455vb4pex5vsknk084sn02q")};
}

Result<PaymentResource> to_resource(const Payment& payment, codec::Sealer& sealer) {
  const std::optional<Parties> parties = TRY(api::open_unless_erased(sealer, payment.parties));
  return to_resource(payment, parties ? &*parties : nullptr);
}

PaymentResource to_resource(const Payment& payment, const Parties* parties) {
  PaymentResource resource{.id = payment.id,
                           .status = payment.state,
                           .amount = payment.amount,
                           .reference = payment.reference,
                           .client_reference = unless_empty(payment.client_reference),
                           .bank = payment.rail,
                           .end_to_end_id = payment.end_to_end_id,
                           .needs_operator = payment.needs_operator,
                           .created_at = payment.created_at,
                           .updated_at = payment.updated_at,
                           .expires_at = payment.expires_at,
                           .executed_at = unless_epoch(payment.executed_at),
                           .settled_at = unless_epoch(payment.settled_at),
                           .kind = payment.kind,
                           .refunded_amount = payment.refunds.refunded,
                           .refund_pending_amount = payment.refunds.pending};
  if (!payment.refund_of.empty()) resource.refund_of = payment.refund_of;
  if (!payment.payer.empty()) resource.payer_id = payment.payer;
  if (!payment.payee_verification.empty()) {
    resource.payee_verification = {payment.payee_verification, payment.payee_acknowledged};
  }
  if (parties != nullptr) {
    resource.creditor = to_resource(parties->creditor, parties->creditor_name);
    if (parties->debtor) resource.debtor = to_resource(*parties->debtor, {});
  }
  if (payment.state == PaymentState::AwaitingAuthorisation) {
    resource.authorisation_url = payment.consent.authorisation_url;
  }
  if (!payment.bank_payment_id.empty() || payment.bank_status) {
    resource.bank_status = BankStatusResource{.payment_id = payment.bank_payment_id,
                                              .raw_status = unless_empty(payment.bank_status_raw)};
    if (payment.bank_status) {
      resource.bank_status->status = std::string(terms::status_code(*payment.bank_status));
    }
  }
  if (!payment.reason.code.empty()) {
    resource.reason = ReasonResource{payment.reason.code, payment.reason.message};
  }
  return resource;
}

Result<std::string> client_reference_of(std::string_view text) {
  if (text.size() > kClientReferenceBytesMax) {
    return fail(ErrorCode::InvalidArgument, "client_reference_too_long",
                fmt::format("client_reference has at most {} bytes.", kClientReferenceBytesMax),
                "client_reference");
  }
  if (text.contains('\0')) {
    return fail(ErrorCode::InvalidArgument, "client_reference_invalid",
                "client_reference must not hold U+0000; leave it out.", "client_reference");
  }
  return std::string(text);
}

Result<terms::Account> account_of(const PartyResource& party, std::string_view field) {
  const bool pair = party.sort_code.has_value() && party.account_number.has_value();
  const bool any_of_pair = party.sort_code.has_value() || party.account_number.has_value();
  if (party.iban.has_value() == any_of_pair || any_of_pair != pair) {
    return fail(ErrorCode::InvalidArgument, "account_missing",
                "Name the account by sort_code and account_number, or by iban.",
                std::string(field));
  }
  terms::Account account;
  if (party.iban) {
    account = {terms::AccountScheme::Iban, *party.iban};
  } else {
    account = {terms::AccountScheme::SortCodeAccountNumber,
               *party.sort_code + *party.account_number};
  }
  Result<terms::Account> valid = terms::validate(std::move(account));
  if (!valid) {
    const bool sort_code_wrong = !party.iban && !is_sort_code(*party.sort_code);
    valid.error().field = fmt::format("{}.{}", field,
                                      party.iban        ? "iban"
                                      : sort_code_wrong ? "sort_code"
                                                        : "account_number");
  }
  return valid;
}

}  // namespace remit::payments
