#pragma once

#include "kit/base/codec/json.h"
#include "pay/ledger/account.h"
#include "pay/ledger/read_tables.h"
#include "pay/ledger/transfer.h"

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <vector>

/// What the API says of the ledger: JSON, apart from what is journalled.
namespace remit::ledger {

/// In minor units. `posted` is the balance on the side that is the type's own: debits less credits for assets and expenses,
/// credits less debits for the rest.
struct BalancesResource {
  std::int64_t posted = 0;
  std::int64_t debits_posted = 0;
  std::int64_t credits_posted = 0;
  std::int64_t debits_pending = 0;
  std::int64_t credits_pending = 0;
};
BOOST_DESCRIBE_STRUCT(BalancesResource, (),
                      (posted, debits_posted, credits_posted, debits_pending, credits_pending))

struct AccountResource {
  TypeId id;
  std::string name;
  AccountType type = AccountType::Asset;
  Currency currency;
  BalanceLimit limit = BalanceLimit::None;
  BalancesResource balances;
  Timestamp opened_at;
};
BOOST_DESCRIBE_STRUCT(AccountResource, (), (id, name, type, currency, limit, balances, opened_at))

struct OpenAccountRequest {
  std::optional<TypeId> id;  ///< The client's own; made by the server when left out.
  std::string name;
  AccountType type = AccountType::Asset;
  Currency currency;
  std::optional<BalanceLimit> limit;
};
BOOST_DESCRIBE_STRUCT(OpenAccountRequest, (), (id, name, type, currency, limit))

struct TransferResource {
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
BOOST_DESCRIBE_STRUCT(TransferResource, (),
                      (id, debit_account, credit_account, amount, status, posted_amount, reference,
                       created_at, expires_at))

struct NewTransferRequest {
  std::optional<TypeId> id;
  TypeId debit_account;
  TypeId credit_account;
  Money amount;
  std::optional<bool> pending;
  std::optional<std::string> reference;
  std::optional<Timestamp> expires_at;
};
BOOST_DESCRIBE_STRUCT(NewTransferRequest, (),
                      (id, debit_account, credit_account, amount, pending, reference, expires_at))

/// One or many. `linked` (the default): all of them or none.
struct CreateTransfersRequest {
  std::vector<NewTransferRequest> transfers;
  std::optional<bool> linked;
};
BOOST_DESCRIBE_STRUCT(CreateTransfersRequest, (), (transfers, linked))

struct PostTransferRequest {
  std::optional<std::int64_t> amount;
};
BOOST_DESCRIBE_STRUCT(PostTransferRequest, (), (amount))

AccountResource to_resource(const Account& account);
TransferResource to_resource(const Transfer& transfer);

}  // namespace remit::ledger
