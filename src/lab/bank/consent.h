#pragma once

#include "kit/base/result.h"
#include "kit/base/time.h"
#include "lab/bank/json.h"
#include "lab/bank/standard_version.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace remit::lab::bank {

/// The states of a payment consent, by the four letters of v4.0.
namespace consent_status {
inline constexpr std::string_view kAwaitingAuthorisation = "AWAU";
inline constexpr std::string_view kAuthorised = "AUTH";
inline constexpr std::string_view kRejected = "RJCT";
inline constexpr std::string_view kConsumed = "COND";
}  // namespace consent_status

/// A code of OBExternalStatusReason1Code and its words; empty when there is nothing to say.
struct StatusReason {
  std::string code;
  std::string description;
  bool operator==(const StatusReason&) const = default;
};

/// What the resource was made from under its `x-idempotency-key`.
struct MadeFrom {
  std::string idempotency_key;
  std::string body_hash;  ///< SHA-256 of the body's bytes, hexadecimal.
};

/// A payer's permission for one payment: what a TPP staged, and what the payer said to it.
struct Consent {
  std::string id;
  std::string client_id;
  Timestamp created{};
  Timestamp updated{};
  std::string status{consent_status::kAwaitingAuthorisation};
  StatusReason reason;
  json::object data;       ///< `Data` as it was sent.
  json::object risk;       ///< `Risk` as it was sent.
  std::string account_id;  ///< The account that the payer chose; empty before.
  MadeFrom made_from;
  StandardVersion version = StandardVersion::V4;  ///< In which it was made.

  const json::object& initiation() const { return data.at("Initiation").get_object(); }
  std::int64_t amount_minor() const;  ///< Checked to be whole pence when the consent was staged.
  std::string_view creditor_name() const;
};

json::object to_json(const Consent& consent);
Result<Consent> consent_from_json(const json::object& record);

/// A JSON record lacks a member or has it in another type; the log is not ours.
std::unexpected<Error> record_invalid(std::string_view member);

}  // namespace remit::lab::bank
