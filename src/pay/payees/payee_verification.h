#pragma once

#include "kit/base/codec/sealed.h"
#include "kit/base/codec/values.h"
#include "kit/engine/command.h"
#include "kit/engine/registry.h"
#include "terms/payee_verification.h"

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <string_view>

/// What the payee's bank said of a payee before money was sent: journalled as it was said and never changed, since it is
/// evidence in a dispute about a payment that went to the wrong account.
namespace remit::payees {

/// Who was asked about, and what the bank told of it: personal data, so sealed with the client's key.
struct Payee {
  static constexpr std::string_view kSealedTag = "payee";
  std::string identification;  ///< Sort code and account number, 14 digits.
  std::string name;
  std::string secondary_reference;
  std::string account_name;  ///< As the bank has it; empty when it did not tell.
  bool operator==(const Payee&) const = default;
};
BOOST_DESCRIBE_STRUCT(Payee, (), (identification, name, secondary_reference, account_name))

struct PayeeVerification {
  static constexpr std::string_view kPrefix = "pvf";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Fold;
  TypeId id;
  ClientId client;
  codec::Sealed<Payee> payee;
  terms::PayeeAccountType account_type = terms::PayeeAccountType::Personal;
  terms::PayeeMatch result = terms::PayeeMatch::Unavailable;
  std::optional<terms::PayeeReason> reason;
  std::string unavailable_reason;  ///< Of Unavailable: a stable word.
  Timestamp verified_at;
};
BOOST_DESCRIBE_STRUCT(PayeeVerification, (),
                      (id, client, payee, account_type, result, reason, unavailable_reason,
                       verified_at))

/// Stored for ever: fields are only added, at the end; tests/golden holds every layout.
struct PayeeVerified {
  static constexpr engine::EventType kType{"payee.verified", 1};
  ClientId client;
  codec::Sealed<Payee> payee;
  terms::PayeeAccountType account_type = terms::PayeeAccountType::Personal;
  terms::PayeeMatch result = terms::PayeeMatch::Unavailable;
  std::optional<terms::PayeeReason> reason;
  std::string unavailable_reason;
};
BOOST_DESCRIBE_STRUCT(PayeeVerified, (),
                      (client, payee, account_type, result, reason, unavailable_reason))

void evolve(engine::Changes& changes, const PayeeVerified& event, const engine::EventContext& at);

/// POST /v1/payee_verifications, once the answer is there. The same id again changes nothing: the id follows from the request,
/// and what was said first stays.
struct RecordPayeeVerification {
  static constexpr std::string_view kName = "payee.record_verification";
  using Answer = PayeeVerification;
  TypeId id;
  codec::Sealed<Payee> payee;
  terms::PayeeAccountType account_type = terms::PayeeAccountType::Personal;
  terms::PayeeMatch result = terms::PayeeMatch::Unavailable;
  std::optional<terms::PayeeReason> reason;
  std::string unavailable_reason;
};
BOOST_DESCRIBE_STRUCT(RecordPayeeVerification, (),
                      (id, payee, account_type, result, reason, unavailable_reason))

Result<PayeeVerification> decide(engine::View& view, const RecordPayeeVerification& command);
void touches(const RecordPayeeVerification& command, engine::Touches& touches);

/// What a payment says of the verification that it rests on.
struct PayeeCheck {
  TypeId verification;           ///< Empty: it rests on none.
  bool acknowledged = false;     ///< The payer saw that it is no match and pays all the same.
  bool by_account_name = false;  ///< The payment names the payee as the payee's bank told.
  Timestamp verified_since;      ///< An older one does not count.
};
BOOST_DESCRIBE_STRUCT(PayeeCheck, (), (verification, acknowledged, by_account_name, verified_since))

/// Whether a payment of the asking client may rest on it. Fails with NotFound `payee_verification_not_found`, and with
/// FailedPrecondition: `payee_verification_expired`; without acknowledgement `payee_mismatch` on no match or a close one, except
/// that MBAM is no mismatch for a payment that takes the name which the bank told; and `payee_not_verified` where the bank
/// could not say, or nobody answered.
Result<void> check(engine::View& view, const PayeeCheck& payee);
/// The verification, if it is there and that client's own; else nullptr.
const PayeeVerification* owned_by(const PayeeVerification* found, const ClientId& client);
std::unexpected<Error> verification_not_found(std::string_view id, std::string field);

/// Registers everything of this folder.
void register_kinds(engine::Registry& registry);

}  // namespace remit::payees
