#pragma once

#include "kit/engine/command.h"
#include "pay/payments/commands.h"
#include "pay/payments/payment.h"

/// What the rules of this folder share. Private to it.
namespace remit::payments {

/// The payment, if it is the asking client's own; a flow or timer asks for the system and sees all.
Result<Payment> find_payment(engine::View& view, const TypeId& id);

/// The ledger's side of a payment's life, each in the append of the payment's own event. Money on its way is what the bank
/// owes us; it is owed on to the client.
Result<void> expect_money(engine::View& view, const Payment& payment);
Result<void> release_money(engine::View& view, const Payment& payment);
Result<void> post_execution(engine::View& view, const Payment& payment);
Result<void> post_settlement(engine::View& view, const Payment& payment);

/// Journals where refunds of the payment go, once it is known.
void note_refund_party(engine::View& view, const TypeId& id,
                       const codec::Sealed<RefundParty>& party);
/// A refund has ended: what it spoke for of its payment is paid back, or free again. Nothing for other kinds.
void end_refund(engine::View& view, const Payment& payment, bool executed);
/// Emits the payment with all that every new one needs: the checks, the ledger's side, the clock.
Result<Payment> create(engine::View& view, const CreatePayment& command,
                       const TypeId& refund_of = {});

/// Takes a report of the bank into account: never backwards, and executed, settled or rejected when it says so.
Result<void> apply_status(engine::View& view, const RecordStatus& report,
                          const std::string& evidence);
/// Ends the payment as refused and gives back what the ledger expected.
Result<void> reject(engine::View& view, const Payment& payment, const Reason& reason);

void schedule_resolution(engine::View& view, const Payment& payment);
engine::TimerKey expiry_timer(const TypeId& id);

}  // namespace remit::payments

/// Returns the error of a Result<void> from a function that returns any Result.
#define TRY_VOID(expression)                                \
  do {                                                      \
    if (auto tried_ = (expression); !tried_) [[unlikely]] { \
      return std::unexpected(std::move(tried_).error());    \
    }                                                       \
  } while (false)
