#include "pay/payees/payee_verification.h"

#include "kit/base/codec/json.h"

#include <fmt/format.h>

namespace remit::payees {
namespace {

using terms::PayeeMatch;
using terms::PayeeReason;

constexpr std::string_view kField = "payee_verification.id";

/// "close_match (MBAM)"
std::string words_of(const PayeeVerification& verification) {
  std::string words(codec::json_name(verification.result));
  if (verification.reason) {
    words += fmt::format(" ({})", terms::payee_reason_code(*verification.reason));
  }
  return words;
}

bool is_confirmed(const PayeeVerification& verification, const PayeeCheck& payee) {
  if (verification.result == PayeeMatch::Matched) return true;
  // The type of the account was right, and the name is now the account's.
  return payee.by_account_name && verification.reason == PayeeReason::Mbam;
}

}  // namespace

void evolve(engine::Changes& changes, const PayeeVerified& event, const engine::EventContext& at) {
  changes.change<PayeeVerification>(at.stream) = {.id = at.stream,
                                                  .client = event.client,
                                                  .payee = event.payee,
                                                  .account_type = event.account_type,
                                                  .result = event.result,
                                                  .reason = event.reason,
                                                  .unavailable_reason = event.unavailable_reason,
                                                  .verified_at = at.time};
}

Result<PayeeVerification> decide(engine::View& view, const RecordPayeeVerification& command) {
  if (const auto* known = view.find<PayeeVerification>(command.id)) return *known;
  view.emit(command.id, PayeeVerified{.client = view.context().client,
                                      .payee = command.payee,
                                      .account_type = command.account_type,
                                      .result = command.result,
                                      .reason = command.reason,
                                      .unavailable_reason = command.unavailable_reason});
  return view.get<PayeeVerification>(command.id);
}

void touches(const RecordPayeeVerification& command, engine::Touches& touches) {
  touches.add(command.id);
}

const PayeeVerification* owned_by(const PayeeVerification* found, const ClientId& client) {
  return found != nullptr && found->client == client ? found : nullptr;
}

std::unexpected<Error> verification_not_found(std::string_view id, std::string field) {
  return fail(ErrorCode::NotFound, "payee_verification_not_found",
              fmt::format("No payee verification {} exists; check the id.", id), std::move(field));
}

Result<void> check(engine::View& view, const PayeeCheck& payee) {
  if (payee.verification.empty()) return {};
  const PayeeVerification* found =
      payee.verification.prefix() == PayeeVerification::kPrefix
          ? owned_by(view.find<PayeeVerification>(payee.verification), view.context().client)
          : nullptr;
  if (found == nullptr) {
    return verification_not_found(payee.verification.to_string(), std::string(kField));
  }
  if (found->verified_at < payee.verified_since) {
    return fail(ErrorCode::FailedPrecondition, "payee_verification_expired",
                "The payee was verified too long ago; verify it again.", std::string(kField));
  }
  if (payee.acknowledged || is_confirmed(*found, payee)) return {};
  const bool is_mismatch =
      found->result == PayeeMatch::NoMatch || found->result == PayeeMatch::CloseMatch;
  return fail(ErrorCode::FailedPrecondition, is_mismatch ? "payee_mismatch" : "payee_not_verified",
              fmt::format("The verification says {}; correct the payee, or show this to whoever "
                          "pays and send acknowledged: true.",
                          words_of(*found)),
              "payee_verification.acknowledged");
}

void register_kinds(engine::Registry& registry) {
  registry.entity<PayeeVerification>();
  registry.event<PayeeVerified>();
  registry.command<RecordPayeeVerification>();
}

}  // namespace remit::payees
