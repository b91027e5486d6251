#pragma once

#include "kit/flow/read_model.h"
#include "pay/ledger/account.h"
#include "pay/ledger/transfer.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remit::ledger {

/// One line of an account: a transfer that was made or ended, and how the balances stood after it.
struct Entry {
  std::uint64_t position = 0;  ///< Of the event.
  TypeId account;
  TypeId transfer;
  Timestamp time;
  Balances change;  ///< What the line added to each sum; pending sums shrink when a transfer ends.
  Balances after;
};
BOOST_DESCRIBE_STRUCT(Entry, (), (position, account, transfer, time, change, after))

template <class T>
struct Page {
  std::vector<T> rows;
  std::optional<std::string> next_cursor;
};

struct PageOptions {
  std::optional<std::pair<std::string, std::string>> after;
  std::size_t rows_max = 20;
};

/// What lists of accounts, transfers and entries search by.
std::unique_ptr<flow::ReadTables> make_read_tables();

/// Oldest first.
Result<Page<Account>> list_accounts(sqlite::Database& database, const ClientId& client,
                                    const PageOptions& options);
/// Newest first; of one account when it is given.
Result<Page<Transfer>> list_transfers(sqlite::Database& database, const ClientId& client,
                                      const std::optional<TypeId>& account,
                                      const PageOptions& options);
/// Newest first. The account must be the client's: NotFound otherwise.
Result<Page<Entry>> list_entries(sqlite::Database& database, const ClientId& client,
                                 const TypeId& account, const PageOptions& options);
/// The account as it was at the end of that moment. NotFound when it was not open yet, or is not the client's.
Result<Account> account_at(sqlite::Database& database, const ClientId& client,
                           const TypeId& account, Timestamp at);

}  // namespace remit::ledger
