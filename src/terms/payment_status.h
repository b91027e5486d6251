#pragma once

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace remit::terms {

/// The ISO 20022 status of a payment order (external code set ExternalPaymentTransactionStatus1Code, as Open Banking v4.0
/// uses it). Values are stored: do not change or reuse them.
enum class PaymentStatus : std::uint8_t {
  Rcvd = 1,   ///< Received.
  Pdng = 2,   ///< Pending.
  Actc = 3,   ///< Technical validation passed.
  Patc = 4,   ///< Some, not all, authorisations given.
  Accp = 5,   ///< Customer profile accepted.
  Acfc = 6,   ///< Funds checked.
  Acsp = 7,   ///< Settlement in process.
  Acwc = 8,   ///< Accepted with change.
  Acsc = 9,   ///< Settled on the debtor's side: executed.
  Acwp = 10,  ///< Settled, not yet posted for the creditor.
  Accc = 11,  ///< Settled on the creditor's side.
  Blck = 12,  ///< Blocked by the bank.
  Rjct = 13,  ///< Rejected.
};
BOOST_DESCRIBE_ENUM(PaymentStatus, Rcvd, Pdng, Actc, Patc, Accp, Acfc, Acsp, Acwc, Acsc, Acwp, Accc,
                    Blck, Rjct)

/// "ACSC". The four letters are the wire form everywhere.
std::string_view status_code(PaymentStatus status);
/// From the four letters or a v3.1 long name ("AcceptedSettlementCompleted").
std::optional<PaymentStatus> parse_payment_status(std::string_view text);

/// A status of lower rank never replaces one of higher rank. Executed and beyond outrank a late rejection: that is a
/// contradiction for an operator, not a step back.
int rank(PaymentStatus status);
/// The debtor's bank has executed it: ACSC, ACWP, ACCC.
bool is_executed(PaymentStatus status);
/// The creditor has the money: ACCC.
bool is_settled(PaymentStatus status);
/// Finally not executed: RJCT, BLCK.
bool is_refused(PaymentStatus status);

}  // namespace remit::terms
