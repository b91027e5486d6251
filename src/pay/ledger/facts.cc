#include "pay/ledger/facts.h"

#include "kit/base/codec/json_schema.h"
#include "pay/ledger/transfer.h"

#include <array>

namespace remit::ledger {
namespace {

constexpr std::string_view kOpened = "account.opened.v1";
constexpr std::string_view kCreated = "transfer.created.v1";
constexpr std::string_view kPosted = "transfer.posted.v1";
constexpr std::string_view kVoided = "transfer.voided.v1";
constexpr std::string_view kExpired = "transfer.expired.v1";
constexpr std::array kTypes = {kOpened, kCreated, kPosted, kVoided, kExpired};

struct AccountFact {
  TypeId id;
  std::string name;
  AccountType type = AccountType::Asset;
  Currency currency;
  BalanceLimit limit = BalanceLimit::None;
  Timestamp opened_at;
};
BOOST_DESCRIBE_STRUCT(AccountFact, (), (id, name, type, currency, limit, opened_at))

struct TransferFact {
  TypeId id;
  TypeId debit_account;
  TypeId credit_account;
  Money amount;
  TransferStatus status = TransferStatus::Posted;
  std::int64_t posted_amount = 0;
  std::string reference;
  Timestamp created_at;
  std::optional<Timestamp> expires_at;
};
BOOST_DESCRIBE_STRUCT(TransferFact, (),
                      (id, debit_account, credit_account, amount, status, posted_amount, reference,
                       created_at, expires_at))

std::string tell(const Account& account) {
  return codec::to_json(AccountFact{account.id, account.name, account.type, account.currency,
                                    account.limit, account.opened_at});
}

std::string tell(const Transfer& transfer) {
  TransferFact fact{.id = transfer.id,
                    .debit_account = transfer.debit_account,
                    .credit_account = transfer.credit_account,
                    .amount = {transfer.amount, transfer.currency},
                    .status = transfer.status,
                    .posted_amount = transfer.posted_amount,
                    .reference = transfer.reference,
                    .created_at = transfer.created_at};
  if (transfer.expires_at != Timestamp()) fact.expires_at = transfer.expires_at;
  return codec::to_json(fact);
}

std::string_view end_of(TransferStatus status) {
  switch (status) {
    case TransferStatus::Posted:
      return kPosted;
    case TransferStatus::Voided:
      return kVoided;
    case TransferStatus::Expired:
      return kExpired;
    case TransferStatus::Pending:
      break;
  }
  CHECK(false, "a transfer ended as status {}", static_cast<int>(status));
}

std::optional<api::Fact> make(const flow::Record& record, const void* state) {
  if (record.type == AccountOpened::kType.name) {
    const auto& account = *static_cast<const Account*>(state);
    return api::Fact{kOpened, account.client, tell(account)};
  }
  const bool created = record.type == TransferCreated::kType.name;
  if (!created && record.type != TransferEnded::kType.name) return std::nullopt;
  const auto& transfer = *static_cast<const Transfer*>(state);
  // What the rules of a payment move is told by the payment's own facts; the account's entries show it.
  if (!transfer.owner.empty()) return std::nullopt;
  return api::Fact{created ? kCreated : end_of(transfer.status), transfer.client, tell(transfer)};
}

}  // namespace

api::FactSource facts() {
  const auto account = [](codec::JsonSchemas& schemas) { return schemas.add<AccountFact>(); };
  const auto transfer = [](codec::JsonSchemas& schemas) { return schemas.add<TransferFact>(); };
  return {kTypes,
          make,
          {{kOpened, "The account was opened.", account},
           {kCreated, "The transfer was made; pending, or posted at once.", transfer},
           {kPosted, "The pending transfer was posted, whole or in part. Final.", transfer},
           {kVoided, "The pending transfer was voided. Final.", transfer},
           {kExpired, "The pending transfer was voided by its deadline. Final.", transfer}}};
}

}  // namespace remit::ledger
