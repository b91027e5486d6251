#pragma once

#include "kit/base/codec/json_schema.h"
#include "pay/api/query.h"
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

/// Which page the query asks for.
Result<PageOptions> page_of(const api::Query& query);

}  // namespace remit::ledger

namespace remit::codec {

template <>
struct JsonNames<ledger::BalancesResource> {
  static constexpr std::string_view kTypeName = "AccountBalances";
};
template <>
struct JsonFields<ledger::BalancesResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "In minor units."},
      {"posted", "Debits less credits for assets and expenses, credits less debits for the rest."},
      {"debits_pending", "Reserved by pending transfers."},
      {"credits_pending", "Promised by pending transfers."}};
};

template <>
struct JsonFields<ledger::BalanceLimit> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "Which side may not outgrow the other; pending amounts count against it."}};
};

template <>
struct JsonNames<ledger::AccountResource> {
  static constexpr std::string_view kTypeName = "Account";
};
template <>
struct JsonFields<ledger::AccountResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "An account of the client's ledger, and its balances."}};
};

template <>
struct JsonFields<ledger::OpenAccountRequest> {
  static constexpr JsonDescription kDescriptions[] = {
      {"id", "The client's own; made by the server when left out."},
      {"name", "64 bytes at most."},
      {"limit", "none when left out."}};
  static constexpr JsonRule kRules[] = {
      {"id", R"re("pattern":"^acc_[0-7][0-9a-hjkmnp-tv-z]{25}$")re"},
      {"name", R"("minLength":1,"maxLength":64)"}};
};

template <>
struct JsonNames<ledger::TransferResource> {
  static constexpr std::string_view kTypeName = "Transfer";
};
template <>
struct JsonFields<ledger::TransferResource> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "One double-entry movement between two accounts."},
      {"amount", "As it was made."},
      {"posted_amount", "What moved in the end, in minor units."},
      {"expires_at", "When a pending one is voided by itself."}};
};

template <>
struct JsonNames<ledger::NewTransferRequest> {
  static constexpr std::string_view kTypeName = "NewTransfer";
};
template <>
struct JsonFields<ledger::NewTransferRequest> {
  static constexpr JsonDescription kDescriptions[] = {
      {"id",
       "The client's own, and its idempotency key for ever; made by the server when left out."},
      {"amount", "Above zero, in the currency of both accounts."},
      {"pending", "Reserves the amount on both sides, to be posted or voided later."},
      {"reference", "140 bytes at most."},
      {"expires_at", "Only for a pending one: when it is voided by itself."}};
  static constexpr JsonRule kRules[] = {
      {"id", R"re("pattern":"^trf_[0-7][0-9a-hjkmnp-tv-z]{25}$")re"},
      {"debit_account", R"re("examples":["acc_01h455vb4pex5vsknk084sn02r"])re"},
      {"reference", R"("maxLength":140)"}};
};

template <>
struct JsonFields<ledger::CreateTransfersRequest> {
  static constexpr JsonDescription kDescriptions[] = {
      {"transfers", "1 to 1000."}, {"linked", "All of them or none; true when left out."}};
  static constexpr JsonRule kRules[] = {{"", R"("required":["transfers"])"},
                                        {"transfers", R"("minItems":1,"maxItems":1000)"}};
};

template <>
struct JsonFields<ledger::PostTransferRequest> {
  static constexpr JsonDescription kDescriptions[] = {
      {"amount", "In minor units, at most what is pending; all of it when left out."}};
  static constexpr JsonRule kRules[] = {{"amount", R"("minimum":1)"}};
};

template <>
struct JsonFields<ledger::TransferOutcome> {
  static constexpr JsonDescription kDescriptions[] = {
      {"reason", "Why it was not made, as the code of a problem; empty when it was."},
      {"message", "The same, for people."}};
};
template <>
struct JsonFields<ledger::TransferOutcomes> {
  static constexpr JsonDescription kDescriptions[] = {{"outcomes", "In the order of the request."}};
  static constexpr JsonRule kRules[] = {{"", R"("required":["outcomes"])"}};
};

template <>
struct JsonNames<ledger::Entry> {
  static constexpr std::string_view kTypeName = "AccountEntry";
};
template <>
struct JsonFields<ledger::Entry> {
  static constexpr JsonDescription kDescriptions[] = {
      {"", "A transfer that was made or ended, and how the balances stood after it."},
      {"position", "Of the event; grows."},
      {"change", "What it added to each sum; pending sums shrink when a transfer ends."}};
};

}  // namespace remit::codec
