#include "pay/ledger/read_tables.h"

#include "pay/api/query.h"

#include <fmt/format.h>

namespace remit::ledger {
namespace {

// Keyed by position, which grows: rows of transfers and entries are only ever added at an end. `moments` has the first
// position of each moment, so that a time in the past becomes a position without an index of times per account.
constexpr std::string_view kSchema = R"sql(
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  client TEXT NOT NULL,
  opened_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX accounts_by_time ON accounts (client, opened_at, id);
CREATE TABLE transfers (
  client TEXT NOT NULL,
  position INTEGER NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (client, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE entries (
  account TEXT NOT NULL,
  position INTEGER NOT NULL,
  transfer TEXT NOT NULL,
  created INTEGER NOT NULL,
  time INTEGER NOT NULL,
  debits_posted INTEGER NOT NULL,
  credits_posted INTEGER NOT NULL,
  debits_pending INTEGER NOT NULL,
  credits_pending INTEGER NOT NULL,
  PRIMARY KEY (account, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE moments (
  time INTEGER PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT;
)sql";

std::int64_t micros(Timestamp time) {
  return time.time_since_epoch().count();
}
Timestamp from_micros(std::int64_t count) {
  return Timestamp(Duration(count));
}

class LedgerTables final : public flow::ReadTables {
 public:
  std::string_view schema() const override { return kSchema; }
  Result<void> open(sqlite::Database& database) override {
    account_ = TRY(database.prepare("INSERT OR IGNORE INTO accounts VALUES (?, ?, ?)"));
    transfer_ = TRY(database.prepare("INSERT OR REPLACE INTO transfers VALUES (?, ?, ?)"));
    entry_ =
        TRY(database.prepare("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    moment_ = TRY(database.prepare("INSERT OR IGNORE INTO moments VALUES (?, ?)"));
    return {};
  }
  void close() override {
    account_.reset();
    transfer_.reset();
    entry_.reset();
    moment_.reset();
  }

  Result<void> changed(const flow::Record& record, const TypeId& id, const void* state) override {
    if (id.prefix() == Transfer::kPrefix) {
      return take(record, *static_cast<const Transfer*>(state));
    }
    if (id.prefix() == Account::kPrefix) return take(record, *static_cast<const Account*>(state));
    return {};
  }

 private:
  static bool creates_transfer(const flow::Record& record) {
    return record.type == TransferCreated::kType.name;
  }
  Result<void> take(const flow::Record& record, const Transfer& transfer) {
    // A record at or before the last comes again: what was stored of it may have been rolled back.
    if (record.time != last_time_ || record.cursor <= last_cursor_) {
      TRY(moment_->bind(micros(record.time), record.cursor.value).run());
    }
    last_time_ = record.time;
    last_cursor_ = record.cursor;
    if (!creates_transfer(record)) return {};
    return transfer_
        ->bind(transfer.client.to_string(), record.cursor.value, transfer.id.to_string())
        .run();
  }
  Result<void> take(const flow::Record& record, const Account& account) {
    if (record.key == account.id) {
      return account_
          ->bind(account.id.to_string(), account.client.to_string(), micros(account.opened_at))
          .run();
    }
    const Balances& after = account.balances;
    return entry_
        ->bind(account.id.to_string(), record.cursor.value, record.key.to_string(),
               creates_transfer(record), micros(record.time), after.debits_posted,
               after.credits_posted, after.debits_pending, after.credits_pending)
        .run();
  }

  std::optional<sqlite::Statement> account_;
  std::optional<sqlite::Statement> transfer_;
  std::optional<sqlite::Statement> entry_;
  std::optional<sqlite::Statement> moment_;
  Timestamp last_time_;
  flow::Cursor last_cursor_;
};

/// The numbers and the id of the row before; zero and empty on the first page.
struct After {
  std::optional<std::int64_t> key;
  std::string id;
};
After after_of(const PageOptions& options) {
  if (!options.after) return {};
  return {std::strtoll(options.after->first.c_str(), nullptr, 10), options.after->second};
}

/// Rows of (id, sort key, state) into a page of states.
template <class T>
Result<Page<T>> read_states(sqlite::Statement& rows, std::size_t rows_max) {
  Page<T> page;
  std::string last_key;
  std::string last_id;
  while (TRY(rows.step())) {
    if (page.rows.size() == rows_max) {
      page.next_cursor = api::encode_cursor(last_key, last_id);
      break;
    }
    last_id = rows.text(0);
    last_key = rows.text(1);
    page.rows.push_back(TRY(codec::decode<T>(rows.blob(2))));
  }
  return page;
}

std::unexpected<Error> account_not_found(const TypeId& account) {
  return fail(ErrorCode::NotFound, "account_not_found",
              fmt::format("No account {} exists; open it first.", account.to_string()), "id");
}

Result<Account> own_account(sqlite::Database& database, const ClientId& client,
                            const TypeId& account) {
  auto state = TRY(flow::find_state<Account>(database, account));
  if (!state || state->client != client) return account_not_found(account);
  return std::move(*state);
}

Balances balances_at(const sqlite::Statement& row, int column) {
  return {row.integer(column), row.integer(column + 1), row.integer(column + 2),
          row.integer(column + 3)};
}

Balances difference(const Balances& after, const Balances& before) {
  return {after.debits_posted - before.debits_posted, after.credits_posted - before.credits_posted,
          after.debits_pending - before.debits_pending,
          after.credits_pending - before.credits_pending};
}

}  // namespace

std::unique_ptr<flow::ReadTables> make_read_tables() {
  return std::make_unique<LedgerTables>();
}

Result<Page<Account>> list_accounts(sqlite::Database& database, const ClientId& client,
                                    const PageOptions& options) {
  sqlite::Statement rows = TRY(database.prepare(
      "SELECT accounts.id, opened_at, states.state FROM accounts JOIN states ON states.id = "
      "accounts.id WHERE client = ?1 AND (?2 IS NULL OR (opened_at, accounts.id) > (?2, ?3)) "
      "ORDER BY opened_at, accounts.id LIMIT ?4"));
  const After after = after_of(options);
  rows.bind(client.to_string(), after.key, after.id,
            static_cast<std::uint64_t>(options.rows_max + 1));
  return read_states<Account>(rows, options.rows_max);
}

Result<Page<Transfer>> list_transfers(sqlite::Database& database, const ClientId& client,
                                      const std::optional<TypeId>& account,
                                      const PageOptions& options) {
  // Of an account: the entries that its transfers made when they were created.
  sqlite::Statement rows = TRY(database.prepare(
      account ? "SELECT states.id, position, states.state FROM entries JOIN states ON states.id = "
                "transfer WHERE account = ?1 AND created = 1 AND (?2 IS NULL OR position < ?2) "
                "ORDER BY position DESC LIMIT ?3"
              : "SELECT states.id, position, states.state FROM transfers JOIN states ON states.id "
                "= transfers.id WHERE client = ?1 AND (?2 IS NULL OR position < ?2) ORDER BY "
                "position DESC LIMIT ?3"));
  // Whose account it is was not asked: another client's has no transfers.
  if (account) {
    const auto owner = TRY(flow::find_state<Account>(database, *account));
    if (!owner || owner->client != client) return Page<Transfer>{};
  }
  rows.bind((account ? *account : client).to_string(), after_of(options).key,
            static_cast<std::uint64_t>(options.rows_max + 1));
  return read_states<Transfer>(rows, options.rows_max);
}

Result<Page<Entry>> list_entries(sqlite::Database& database, const ClientId& client,
                                 const TypeId& account, const PageOptions& options) {
  TRY(own_account(database, client, account));
  // The line before gives what each line changed.
  sqlite::Statement rows = TRY(database.prepare(
      "SELECT position, transfer, time, debits_posted, credits_posted, debits_pending, "
      "credits_pending FROM entries WHERE account = ?1 AND (?2 IS NULL OR position < ?2) ORDER BY "
      "position DESC LIMIT ?3"));
  rows.bind(account.to_string(), after_of(options).key,
            static_cast<std::uint64_t>(options.rows_max + 1));
  Page<Entry> page;
  while (TRY(rows.step())) {
    const Balances after = balances_at(rows, 3);
    if (!page.rows.empty()) {
      page.rows.back().change = difference(page.rows.back().after, after);
    }
    if (page.rows.size() == options.rows_max) {
      page.next_cursor = api::encode_cursor(std::to_string(page.rows.back().position), "");
      return page;
    }
    const std::optional<TypeId> transfer = TypeId::parse(rows.text(1));
    CHECK(transfer.has_value(), "{} is no transfer", rows.text(1));
    page.rows.push_back({.position = rows.number(0),
                         .account = account,
                         .transfer = *transfer,
                         .time = from_micros(rows.integer(2)),
                         .after = after});
  }
  if (!page.rows.empty()) page.rows.back().change = page.rows.back().after;
  return page;
}

Result<Account> account_at(sqlite::Database& database, const ClientId& client,
                           const TypeId& account, Timestamp at) {
  Account state = TRY(own_account(database, client, account));
  if (state.opened_at > at) return account_not_found(account);
  sqlite::Statement row = TRY(database.prepare(
      "SELECT debits_posted, credits_posted, debits_pending, credits_pending FROM entries WHERE "
      "account = ?1 AND position < ifnull((SELECT position FROM moments WHERE time > ?2 ORDER BY "
      "time LIMIT 1), 9223372036854775807) ORDER BY position DESC LIMIT 1"));
  state.balances =
      TRY(row.bind(account.to_string(), micros(at)).step()) ? balances_at(row, 0) : Balances();
  return state;
}

}  // namespace remit::ledger
