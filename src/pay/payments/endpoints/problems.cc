#include "pay/payments/endpoints/endpoints.h"

namespace remit::payments {
namespace {

constexpr api::ProblemKind kProblems[] = {
    {"payment_not_found", 404, "The client has no payment with this id.", "Check the id."},
    {"payment_not_cancellable", 409, "The payment was handed to the bank, or has ended.",
     "Read it; money that moved is sent back by a refund."},
    {"currency_not_supported", 400, "The rail does not carry this currency.",
     "Pay in GBP; domestic payments of the UK have no other."},
    {"expiry_out_of_range", 400, "expires_at is past, or too far ahead.",
     "Give a time in the future, seven days ahead at most, or leave it out."},
    {"account_missing", 400, "A party has no account, or two.",
     "Name it by sort_code and account_number, or by iban."},
    {"account_invalid", 400, "A sort code or account number has not as many digits as it must.",
     "Give 6 and 8 digits; put zeroes in front of a shorter number."},
    {"iban_invalid", 400, "The IBAN's country, length or check digits are wrong.",
     "Compare it with the original."},
    {"account_number_invalid", 400, "No account of this sort code has this number.",
     "Compare both with the original: a digit is wrong."},
    {"reference_invalid", 400, "The payee's statement cannot show this reference.",
     "Use 1 to 18 letters, digits, spaces or / - ? : ( ) . , ' + ."},
    {"client_reference_too_long", 400, "client_reference is longer than 128 bytes.", "Shorten it."},
    {"client_reference_invalid", 400, "client_reference holds U+0000.", "Leave it out."},
    {"client_reference_reused", 409, "Another payment of the client has this client_reference.",
     "Read that payment, which detail names; use another reference for a new one."},
    {"payment_id_reused", 409, "The id that was made for the payment is taken.",
     "Send the request again with a new Idempotency-Key."},
    {"payment_not_refundable", 409, "Only a payer's payment that was executed is paid back.",
     "Cancel one that was not executed; a payout or refund is not refunded."},
    {"refund_account_unknown", 409, "The payer's bank did not tell to which account refunds go.",
     "Ask the payer for an account and make a payout."},
    {"refund_exceeds_payment", 409, "More than is left of the payment.",
     "Refund no more than detail says; refunds that are under way count."},
    {"kind_unknown", 400, "No payment is of this kind.", "Use one that detail lists."},
    {"bank_unknown", 400, "No bank of this name is configured.", "Use one that detail lists."},
    {"status_unknown", 400, "Nothing is ever in this state.", "Use one that detail lists."},
};

}  // namespace

std::span<const api::ProblemKind> problems() {
  return kProblems;
}

}  // namespace remit::payments
