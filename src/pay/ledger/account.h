#pragma once

#include "kit/base/money.h"
#include "kit/engine/command.h"
#include "kit/engine/registry.h"

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace remit::ledger {

/// The five classes of double-entry bookkeeping. Values are stored: do not change or reuse them.
enum class AccountType : std::uint8_t {
  Asset = 1,
  Liability = 2,
  Equity = 3,
  Income = 4,
  Expense = 5
};
BOOST_DESCRIBE_ENUM(AccountType, Asset, Liability, Equity, Income, Expense)

/// Which side may not outgrow the other. Pending amounts count against it, so that holds cannot promise the same money
/// twice. Values are stored: do not change or reuse them.
enum class BalanceLimit : std::uint8_t {
  None = 1,
  DebitsMustNotExceedCredits = 2,  ///< No overdraft of what a liability or equity account holds.
  CreditsMustNotExceedDebits = 3,  ///< Nothing taken out of an asset account that is not in it.
};
BOOST_DESCRIBE_ENUM(BalanceLimit, None, DebitsMustNotExceedCredits, CreditsMustNotExceedDebits)

/// The sums of an account, in minor units; they only grow, except that pending ones shrink when they end.
struct Balances {
  std::int64_t debits_posted = 0;
  std::int64_t credits_posted = 0;
  std::int64_t debits_pending = 0;
  std::int64_t credits_pending = 0;
  bool operator==(const Balances&) const = default;
};
BOOST_DESCRIBE_STRUCT(Balances, (),
                      (debits_posted, credits_posted, debits_pending, credits_pending))

/// A ledger account: state, not a stream. Transfers move its balances; its own stream holds only its opening.
struct Account {
  static constexpr std::string_view kPrefix = "acc";
  static constexpr engine::LoadPolicy kLoadPolicy = engine::LoadPolicy::Snapshot;
  TypeId id;
  ClientId client;
  std::string name;
  AccountType type = AccountType::Asset;
  Currency currency;
  BalanceLimit limit = BalanceLimit::None;
  Balances balances;
  Timestamp opened_at;
};
BOOST_DESCRIBE_STRUCT(Account, (), (id, client, name, type, currency, limit, balances, opened_at))

struct AccountOpened {
  static constexpr engine::EventType kType{"account.opened", 1};
  ClientId client;
  std::string name;
  AccountType type = AccountType::Asset;
  Currency currency;
  BalanceLimit limit = BalanceLimit::None;
};
BOOST_DESCRIBE_STRUCT(AccountOpened, (), (client, name, type, currency, limit))

void evolve(engine::Changes& changes, const AccountOpened& event,
            const engine::EventContext& context);

/// Opens an account of the client that asks. The same id with the same fields is the same account.
struct OpenAccount {
  static constexpr std::string_view kName = "ledger.open_account";
  using Answer = Account;
  TypeId id;
  std::string name;  ///< 1 to 64 characters.
  AccountType type = AccountType::Asset;
  Currency currency;
  BalanceLimit limit = BalanceLimit::None;
};
BOOST_DESCRIBE_STRUCT(OpenAccount, (), (id, name, type, currency, limit))

Result<Account> decide(engine::View& view, const OpenAccount& command);
void touches(const OpenAccount& command, engine::Touches& touches);

/// The client's account of that name in that currency, as other owners name them: "payments_in_transit". The same words give
/// the same id.
TypeId account_id(const ClientId& client, std::string_view name, Currency currency);

/// Opens that account unless it is there. For rules of other owners, within their own decision.
void ensure_account(engine::View& view, const ClientId& client, std::string_view name,
                    AccountType type, Currency currency, BalanceLimit limit = BalanceLimit::None);

/// Debits less credits for assets and expenses, credits less debits for the rest.
std::int64_t posted_balance(const Account& account);

}  // namespace remit::ledger
