#include "pay/ledger/endpoints/endpoints.h"

namespace remit::ledger {
namespace {

constexpr api::ProblemKind kProblems[] = {
    {"account_not_found", 404, "The client has no account with this id, or had none then.",
     "Check the id; open the account first."},
    {"account_id_invalid", 400, "An account is named by something else than an account's id.",
     "Give an id that begins with acc_."},
    {"account_id_reused", 409, "The id is another account already.",
     "Use a new id, or leave it out."},
    {"currency_missing", 400, "The account has no currency.", "Give an ISO 4217 code."},
    {"time_invalid", 400, "The moment is not written as RFC 3339 says.",
     "Write it like 2026-08-20T09:30:00Z, percent-encoded."},
    {"transfers_count", 400, "The request has no transfer, or too many.", "Send 1 to 1000."},
    {"transfer_not_found", 404, "The client has no transfer with this id.", "Check the id."},
    {"transfer_id_invalid", 400, "The id is not a transfer's.",
     "Give an id that begins with trf_, or leave it out."},
    {"transfer_id_reused", 409, "The id is another transfer already.",
     "Use a new id for another transfer."},
    {"transfer_not_pending", 409, "The transfer has ended in another way.",
     "Read it; make a new transfer to move money back."},
    {"transfer_owned", 409, "The transfer belongs to something else, such as a payment.",
     "Change what detail names; the transfer follows it."},
    {"amount_not_positive", 400, "A transfer of nothing, or of less.",
     "Give at least one minor unit; swap the accounts to move it back."},
    {"amount_overflow", 400, "A balance would leave the range of 64 bits.", "Move less."},
    {"accounts_equal", 400, "Both sides are the same account.", "Name two accounts."},
    {"currency_mismatch", 400, "The accounts and the transfer have different currencies.",
     "Use accounts of one currency, and that currency."},
    {"reference_too_long", 400, "The reference is longer than 140 bytes.", "Shorten it."},
    {"expiry_without_pending", 400, "Only a pending transfer expires.",
     "Leave expires_at out, or make it pending."},
    {"expiry_in_the_past", 400, "expires_at is past.", "Give a time in the future."},
    {"insufficient_funds", 409, "The account's limit: debits would exceed credits.",
     "Move less, or credit the account first."},
    {"credit_limit", 409, "The account's limit: credits would exceed debits.",
     "Move less, or debit the account first."},
};

}  // namespace

std::span<const api::ProblemKind> problems() {
  return kProblems;
}

}  // namespace remit::ledger
