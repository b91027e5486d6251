#pragma once

#include "kit/engine/command.h"
#include "kit/engine/registry.h"
#include "pay/ledger/account.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace remit::ledger {

/// Values are stored: do not change or reuse them.
enum class TransferStatus : std::uint8_t { Pending = 1, Posted = 2, Voided = 3, Expired = 4 };
BOOST_DESCRIBE_ENUM(TransferStatus, Pending, Posted, Voided, Expired)

/// One double-entry movement between two accounts of one client, in one currency. Pending, it reserves on both sides; then
/// it is posted, in part or whole, or voided, or expires, once. It is its own stream.
struct Transfer {
  static constexpr std::string_view kPrefix = "trf";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Fold;
  TypeId id;
  ClientId client;
  TypeId debit_account;
  TypeId credit_account;
  std::int64_t amount = 0;  ///< As created, above zero.
  Currency currency;
  TransferStatus status = TransferStatus::Posted;
  std::int64_t posted_amount = 0;  ///< What moved in the end.
  std::string reference;
  Timestamp created_at;
  Timestamp expires_at;          ///< The epoch for one that does not expire.
  bool created_pending = false;  ///< Whatever became of it.
  TypeId owner;  ///< The entity whose rules alone may end it; empty: the client may.
};
BOOST_DESCRIBE_STRUCT(Transfer, (),
                      (id, client, debit_account, credit_account, amount, currency, status,
                       posted_amount, reference, created_at, expires_at, created_pending, owner))

struct TransferCreated {
  static constexpr engine::EventType kType{"transfer.created", 1};
  ClientId client;
  TypeId debit_account;
  TypeId credit_account;
  std::int64_t amount = 0;
  Currency currency;
  bool pending = false;
  std::string reference;
  Timestamp expires_at;
  TypeId owner;
};
BOOST_DESCRIBE_STRUCT(TransferCreated, (),
                      (client, debit_account, credit_account, amount, currency, pending, reference,
                       expires_at, owner))

/// How a pending transfer ended. Carries its accounts and its whole amount, so that a reader needs nothing else.
struct TransferEnded {
  static constexpr engine::EventType kType{"transfer.ended", 1};
  TypeId debit_account;
  TypeId credit_account;
  std::int64_t reserved = 0;
  TransferStatus status = TransferStatus::Posted;
  std::int64_t posted_amount = 0;
};
BOOST_DESCRIBE_STRUCT(TransferEnded, (),
                      (debit_account, credit_account, reserved, status, posted_amount))

void evolve(engine::Changes& changes, const TransferCreated& event,
            const engine::EventContext& context);
void evolve(engine::Changes& changes, const TransferEnded& event,
            const engine::EventContext& context);

/// What somebody asks to be moved. The id is the client's own and its idempotency key, for ever.
struct NewTransfer {
  TypeId id;
  TypeId debit_account;
  TypeId credit_account;
  std::int64_t amount = 0;
  Currency currency;
  bool pending = false;
  std::string reference;
  Timestamp expires_at;  ///< Only for a pending one; the epoch for never.
};
BOOST_DESCRIBE_STRUCT(NewTransfer, (),
                      (id, debit_account, credit_account, amount, currency, pending, reference,
                       expires_at))

/// The outcome for one of several transfers that stand alone. `reason` is empty when it was made, or existed as asked.
struct TransferOutcome {
  TypeId id;
  std::string reason;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(TransferOutcome, (), (id, reason, message))

struct TransferOutcomes {
  std::vector<TransferOutcome> outcomes;  ///< In the order of the request.
};
BOOST_DESCRIBE_STRUCT(TransferOutcomes, (), (outcomes))

/// Makes transfers in order. Linked: all of them or, at the first that cannot be, none. Otherwise each stands alone.
struct CreateTransfers {
  static constexpr std::string_view kName = "ledger.create_transfers";
  using Answer = TransferOutcomes;
  std::vector<NewTransfer> transfers;  ///< 1 to kTransfersMax.
  bool linked = true;
};
BOOST_DESCRIBE_STRUCT(CreateTransfers, (), (transfers, linked))

/// Ends a pending transfer by moving its amount, or less; what is not moved is released.
struct PostTransfer {
  static constexpr std::string_view kName = "ledger.post_transfer";
  using Answer = Transfer;
  TypeId id;
  std::optional<std::int64_t> amount;  ///< Absent: all of it.
};
BOOST_DESCRIBE_STRUCT(PostTransfer, (), (id, amount))

/// Ends a pending transfer without moving anything.
struct VoidTransfer {
  static constexpr std::string_view kName = "ledger.void_transfer";
  using Answer = Transfer;
  TypeId id;
};
BOOST_DESCRIBE_STRUCT(VoidTransfer, (), (id))

/// Issued by the timer of a pending transfer.
struct ExpireTransfer {
  static constexpr std::string_view kName = "ledger.expire_transfer";
  using Answer = TransferOutcomes;
  TypeId id;
};
BOOST_DESCRIBE_STRUCT(ExpireTransfer, (), (id))

Result<TransferOutcomes> decide(engine::View& view, const CreateTransfers& command);
Result<Transfer> decide(engine::View& view, const PostTransfer& command);
Result<Transfer> decide(engine::View& view, const VoidTransfer& command);
Result<TransferOutcomes> decide(engine::View& view, const ExpireTransfer& command);
void touches(const CreateTransfers& command, engine::Touches& touches);
void touches(const PostTransfer& command, engine::Touches& touches);
void touches(const VoidTransfer& command, engine::Touches& touches);

/// One transfer for a client, within the decision of another owner: its money moves in the same append as its own events.
/// An id that exists with the same terms is no failure. With an `owner`, commands of the client cannot end it.
Result<void> create_transfer(engine::View& view, const ClientId& client,
                             const NewTransfer& transfer, const TypeId& owner = {});
/// Ends a pending transfer of that client, likewise. One that ended the same way before is no failure.
Result<void> end_transfer(engine::View& view, const ClientId& client, const TypeId& id,
                          TransferStatus status, std::optional<std::int64_t> amount = {});

/// Registers everything of this folder.
void register_kinds(engine::Registry& registry);

}  // namespace remit::ledger
