#include "terms/payment_status.h"

#include "kit/base/check.h"

#include <algorithm>

namespace remit::terms {
namespace {

/// One status: its code, its name in Read/Write API v3.1 (empty where that has none), and its rank.
struct Known {
  PaymentStatus status;
  std::string_view code;
  std::string_view long_name;
  int rank;
};

/// Ranked along the way of a payment order: received, validated, being settled, executed, credited. A refusal outranks
/// everything before execution.
constexpr Known kKnown[] = {
    {PaymentStatus::Rcvd, "RCVD", "", 10},
    {PaymentStatus::Pdng, "PDNG", "Pending", 20},
    {PaymentStatus::Actc, "ACTC", "AcceptedTechnicalValidation", 30},
    {PaymentStatus::Patc, "PATC", "", 30},
    {PaymentStatus::Accp, "ACCP", "AcceptedCustomerProfile", 40},
    {PaymentStatus::Acfc, "ACFC", "AcceptedFundsChecked", 50},
    {PaymentStatus::Acwc, "ACWC", "AcceptedWithChange", 55},
    {PaymentStatus::Acsp, "ACSP", "AcceptedSettlementInProcess", 60},
    {PaymentStatus::Blck, "BLCK", "", 70},
    {PaymentStatus::Rjct, "RJCT", "Rejected", 70},
    {PaymentStatus::Acsc, "ACSC", "AcceptedSettlementCompleted", 80},
    {PaymentStatus::Acwp, "ACWP", "AcceptedWithoutPosting", 85},
    {PaymentStatus::Accc, "ACCC", "AcceptedCreditSettlementCompleted", 90},
};

const Known& known(PaymentStatus status) {
  const auto* const found = std::ranges::find(kKnown, status, &Known::status);
  CHECK(found != std::end(kKnown), "status {} is unknown", static_cast<int>(status));
  return *found;
}

}  // namespace

std::string_view status_code(PaymentStatus status) {
  return known(status).code;
}

std::optional<PaymentStatus> parse_payment_status(std::string_view text) {
  if (text.empty()) return std::nullopt;
  for (const Known& one : kKnown) {
    if (one.code == text || one.long_name == text) return one.status;
  }
  return std::nullopt;
}

int rank(PaymentStatus status) {
  return known(status).rank;
}

bool is_executed(PaymentStatus status) {
  return status == PaymentStatus::Acsc || status == PaymentStatus::Acwp ||
         status == PaymentStatus::Accc;
}
bool is_settled(PaymentStatus status) {
  return status == PaymentStatus::Accc;
}
bool is_refused(PaymentStatus status) {
  return status == PaymentStatus::Rjct || status == PaymentStatus::Blck;
}

}  // namespace remit::terms
