#pragma once

#include "kit/base/codec/sealed.h"
#include "kit/base/codec/values.h"
#include "kit/engine/command.h"
#include "kit/engine/registry.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// The people at the other end of payments: who pays, or is paid by a payout or refund. Everything personal of a payment is
/// sealed with the key of its payer, so that an erasure of the key erases the person from the journal, the read models and
/// every copy of them, and the chain still holds (GDPR article 17; ADR 25).
namespace remit::payers {

/// Made with the first payment. Personal data is not in it.
struct Payer {
  static constexpr std::string_view kPrefix = "payer";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Snapshot;
  TypeId id;
  ClientId client;
  std::uint64_t payments = 0;       ///< All of them, refunds as well.
  std::uint64_t open_payments = 0;  ///< Those of them that have not come to an end.
  Timestamp erased_at;              ///< The epoch: not erased.

  bool erased() const { return erased_at != Timestamp(); }
};
BOOST_DESCRIBE_STRUCT(Payer, (), (id, client, payments, open_payments, erased_at))

/// The person is to be forgotten: from now on the payer takes no payment, and the flow `erase_payers` destroys the key.
/// Stored for ever: fields are only added, at the end; tests/golden holds every layout.
struct PayerErased {
  static constexpr engine::EventType kType{"payer.erased", 1};
  ClientId client;
};
BOOST_DESCRIBE_STRUCT(PayerErased, (), (client))

void evolve(engine::Changes& changes, const PayerErased& event, const engine::EventContext& at);

/// DELETE /v1/payers/{id}. A payer that was erased already stays so.
struct ErasePayer {
  static constexpr std::string_view kName = "payer.erase";
  using Answer = Payer;
  TypeId id;
};
BOOST_DESCRIBE_STRUCT(ErasePayer, (), (id))

/// Fails with NotFound `payer_not_found`, and FailedPrecondition `payer_has_open_payments` while money may still move, for which
/// account and tokens are needed.
Result<Payer> decide(engine::View& view, const ErasePayer& command);
void touches(const ErasePayer& command, engine::Touches& touches);

/// Whether a payment may be made with the payer, new or known. Fails with NotFound `payer_not_found` when it is another
/// client's, and FailedPrecondition `payer_erased`.
Result<void> check(engine::View& view, const TypeId& payer);
/// What payments tell of themselves. For `evolve`; the empty id is nobody.
void payment_opened(engine::Changes& changes, const TypeId& payer, const ClientId& client);
void payment_ended(engine::Changes& changes, const TypeId& payer);

/// The payer, if it is there and that client's own; else nullptr.
const Payer* owned_by(const Payer* found, const ClientId& client);
std::unexpected<Error> payer_not_found(std::string_view id, std::string field = "id");
std::unexpected<Error> payer_erased(const TypeId& payer);

/// Sealed for the payer; empty when that is erased, which the rules refuse: a request that was answered before must hear the same
/// again, and whether it was only its receipt says. Fails with NotFound `payer_not_found`, or as the keyring does.
template <class T>
Result<codec::Sealed<T>> sealed_for(const TypeId& payer, const T& value, codec::Sealer& sealer) {
  auto sealed = sealer.seal(payer, value);
  if (sealed) return sealed;
  if (sealed.error().reason == "erased") return codec::Sealed<T>();
  if (sealed.error().reason != "key_missing") return sealed;
  return payer_not_found(payer.to_string(), "payer_id");
}

/// Registers everything of this folder.
void register_kinds(engine::Registry& registry);

}  // namespace remit::payers
