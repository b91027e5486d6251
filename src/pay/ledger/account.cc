#include "pay/ledger/account.h"

#include "pay/ledger/limits.h"

#include <fmt/format.h>

namespace remit::ledger {
namespace {

bool same_terms(const Account& account, const OpenAccount& command, const ClientId& client) {
  return account.client == client && account.name == command.name && account.type == command.type &&
         account.currency == command.currency && account.limit == command.limit;
}

Result<void> check(const OpenAccount& command) {
  if (command.id.prefix() != Account::kPrefix) {
    return fail(ErrorCode::InvalidArgument, "account_id_invalid",
                "An account id is a TypeID with the prefix acc, such as "
                "acc_01h455vb4pex5vsknk084sn02q.",
                "id");
  }
  if (command.name.empty() || command.name.size() > kNameBytesMax) {
    return fail(ErrorCode::InvalidArgument, "name_invalid",
                fmt::format("Give the account a name of 1 to {} characters.", kNameBytesMax),
                "name");
  }
  if (command.currency.empty()) {
    return fail(ErrorCode::InvalidArgument, "currency_missing",
                "Say which ISO 4217 currency the account keeps.", "currency");
  }
  return {};
}

}  // namespace

void evolve(engine::Changes& changes, const AccountOpened& event,
            const engine::EventContext& context) {
  changes.change<Account>(context.stream) = Account{.id = context.stream,
                                                    .client = event.client,
                                                    .name = event.name,
                                                    .type = event.type,
                                                    .currency = event.currency,
                                                    .limit = event.limit,
                                                    .balances = {},
                                                    .opened_at = context.time};
}

void touches(const OpenAccount& command, engine::Touches& touches) {
  touches.add(command.id);
}

Result<Account> decide(engine::View& view, const OpenAccount& command) {
  if (Result<void> checked = check(command); !checked) return std::unexpected(checked.error());
  const ClientId client = view.context().client;
  if (const Account* account = view.find<Account>(command.id)) {
    if (same_terms(*account, command, client)) return *account;
    return fail(ErrorCode::Conflict, "account_id_reused",
                fmt::format("{} is already another account; use a new id.", command.id.to_string()),
                "id");
  }
  view.emit(command.id,
            AccountOpened{client, command.name, command.type, command.currency, command.limit});
  return view.get<Account>(command.id);
}

TypeId account_id(const ClientId& client, std::string_view name, Currency currency) {
  return TypeId::derive(Account::kPrefix, client, fmt::format("{}/{}", name, currency.code()));
}

void ensure_account(engine::View& view, const ClientId& client, std::string_view name,
                    AccountType type, Currency currency, BalanceLimit limit) {
  const TypeId id = account_id(client, name, currency);
  if (view.find<Account>(id) != nullptr) return;
  view.emit(id, AccountOpened{client, std::string(name), type, currency, limit});
}

std::int64_t posted_balance(const Account& account) {
  const std::int64_t debit_side = account.balances.debits_posted - account.balances.credits_posted;
  const bool debit_normal =
      account.type == AccountType::Asset || account.type == AccountType::Expense;
  return debit_normal ? debit_side : -debit_side;
}

}  // namespace remit::ledger
