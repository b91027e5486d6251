#pragma once

#include "lab/bank/consent.h"

#include <vector>

namespace remit::lab::bank {

/// The states of a domestic payment that this bank reports, of the thirteen that v4.0 has.
namespace payment_status {
inline constexpr std::string_view kReceived = "RCVD";
inline constexpr std::string_view kInProcess = "ACSP";
inline constexpr std::string_view kCompleted = "ACSC";  ///< The payer has been debited.
inline constexpr std::string_view kCredited = "ACCC";   ///< The payee has been credited.
inline constexpr std::string_view kRejected = "RJCT";
}  // namespace payment_status

struct StatusChange {
  std::string status;
  Timestamp at{};
  StatusReason reason;
};

/// A payment order and how far it came.
struct Payment {
  std::string id;
  std::string consent_id;
  std::string client_id;
  std::string account_id;
  std::int64_t amount_minor = 0;
  std::string end_to_end_id;
  std::string instruction_id;
  std::string creditor_account;  ///< Its identification.
  std::string creditor_name;
  Timestamp created{};
  std::vector<StatusChange> history;  ///< Never empty; the last is the present one.
  StatusReason rejects_later;         ///< A fault's doing: it ends RJCT instead of ACSC.
  MadeFrom made_from;

  const StatusChange& present() const { return history.back(); }
  bool reached(std::string_view status) const;
};

json::object to_json(const Payment& payment);
Result<Payment> payment_from_json(const json::object& record);

}  // namespace remit::lab::bank
