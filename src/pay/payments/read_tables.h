#pragma once

#include "kit/flow/read_model.h"
#include "pay/payments/payment.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remit::payments {

/// Which payments a list shows.
struct PaymentFilter {
  ClientId client;  ///< Empty: of all clients, for operators.
  std::optional<PaymentState> state;
  std::optional<std::string> client_reference;
  std::optional<PaymentKind> kind;
  std::optional<TypeId> refund_of;    ///< Only refunds of this payment.
  std::optional<TypeId> payer;        ///< Only with this person.
  bool needs_operator = false;        ///< Only those that wait for one.
  std::optional<std::string> before;  ///< Only those made before the one with this id.
  std::size_t rows_max = 20;
};

struct PaymentPage {
  std::vector<Payment> payments;  ///< Newest first.
  std::optional<std::string> next_cursor;
};

/// What lists of payments search by.
std::unique_ptr<flow::ReadTables> make_read_tables();
/// A page out of a read model.
Result<PaymentPage> list_payments(sqlite::Database& database, const PaymentFilter& filter);

/// The payment that a bank calls by this id, of those that went over one of these rails. Here and not among the states,
/// since the rows are made again for payments of before whenever they change, and cost the engine no memory; that they
/// are a little late is for those to bear who ask (EventIntake, ADR 20).
Result<std::optional<TypeId>> find_bank_payment(sqlite::Database& database,
                                                const std::vector<std::string>& rails,
                                                const std::string& bank_payment_id);

}  // namespace remit::payments
