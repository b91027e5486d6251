#include "pay/ledger/endpoints/endpoints.h"
#include "pay/ledger/endpoints/resources.h"

#include <fmt/format.h>

namespace remit::ledger {
namespace {

std::unexpected<Error> not_found(const std::string& text) {
  return fail(ErrorCode::NotFound, "account_not_found",
              fmt::format("No account {} exists; open it first.", text), "id");
}

std::optional<TypeId> account_in(const api::Request& request) {
  const std::optional<TypeId> id = TypeId::parse(request.parameters.find("id")->second);
  return id && id->prefix() == Account::kPrefix ? id : std::nullopt;
}

void refuse(net::Responder respond, Error error) {
  respond(net::problem_response(error));
}

void open(api::Gateway& gateway, const api::Request& request, net::Responder respond) {
  const auto asked = codec::from_json<OpenAccountRequest>(request.http.body);
  if (!asked) return refuse(std::move(respond), asked.error());
  OpenAccount command{.id = asked->id.value_or(TypeId()),
                      .name = asked->name,
                      .type = asked->type,
                      .currency = asked->currency,
                      .limit = asked->limit.value_or(BalanceLimit::None)};
  if (!asked->id) command.id = gateway.make_id(Account::kPrefix);
  gateway.execute(request, std::move(command), 201, std::move(respond),
                  [](const Account& account) { return codec::to_json(to_resource(account)); });
}

void get(api::Gateway& gateway, const api::Request& request, net::Responder respond) {
  const auto query = api::Query::parse(request.http.query, {"at"});
  if (!query) return refuse(std::move(respond), query.error());
  const auto at = query->time("at");
  if (!at) return refuse(std::move(respond), at.error());
  const std::optional<TypeId> id = account_in(request);
  const std::string& text = request.parameters.find("id")->second;
  if (!id) return refuse(std::move(respond), not_found(text).error());
  const ClientId client = request.caller.client;
  if (*at) {
    return gateway.list(
        request, std::move(respond),
        [id = *id, client, at = **at](sqlite::Database& database) -> Result<std::string> {
          return codec::to_json(to_resource(TRY(account_at(database, client, id, at))));
        });
  }
  gateway.query(request, std::move(respond),
                [id = *id, client, text](engine::ReadView& view) -> Result<std::string> {
                  const Account* account = view.find<Account>(id);
                  if (account == nullptr || account->client != client) return not_found(text);
                  return codec::to_json(to_resource(*account));
                });
}

void list(api::Gateway& gateway, const api::Request& request, net::Responder respond) {
  const auto options = [&]() -> Result<PageOptions> {
    const auto query = TRY(api::Query::parse(request.http.query, {"limit", "cursor"}));
    return PageOptions{.after = TRY(query.cursor()), .rows_max = TRY(query.limit())};
  }();
  if (!options) return refuse(std::move(respond), options.error());
  gateway.list(request, std::move(respond),
               [client = request.caller.client,
                options = *options](sqlite::Database& database) -> Result<std::string> {
                 const Page<Account> page = TRY(list_accounts(database, client, options));
                 std::vector<std::string> items;
                 items.reserve(page.rows.size());
                 for (const Account& account : page.rows) {
                   items.push_back(codec::to_json(to_resource(account)));
                 }
                 return api::render_page(items, page.next_cursor);
               });
}

void entries(api::Gateway& gateway, const api::Request& request, net::Responder respond) {
  const std::optional<TypeId> id = account_in(request);
  if (!id) {
    return refuse(std::move(respond), not_found(request.parameters.find("id")->second).error());
  }
  const auto options = [&]() -> Result<PageOptions> {
    const auto query = TRY(api::Query::parse(request.http.query, {"limit", "cursor"}));
    return PageOptions{.after = TRY(query.cursor()), .rows_max = TRY(query.limit())};
  }();
  if (!options) return refuse(std::move(respond), options.error());
  gateway.list(request, std::move(respond),
               [client = request.caller.client, id = *id,
                options = *options](sqlite::Database& database) -> Result<std::string> {
                 const Page<Entry> page = TRY(list_entries(database, client, id, options));
                 std::vector<std::string> items;
                 items.reserve(page.rows.size());
                 for (const Entry& entry : page.rows) items.push_back(codec::to_json(entry));
                 return api::render_page(items, page.next_cursor);
               });
}

}  // namespace

void add_account_endpoints(api::Gateway& gateway) {
  const auto with = [&gateway](auto* endpoint) {
    return [&gateway, endpoint](const api::Request& request, net::Responder respond) {
      endpoint(gateway, request, std::move(respond));
    };
  };
  gateway.add("POST", "/v1/accounts", api::Scope::LedgerWrite, with(&open));
  gateway.add("GET", "/v1/accounts", api::Scope::LedgerRead, with(&list));
  gateway.add("GET", "/v1/accounts/{id}", api::Scope::LedgerRead, with(&get));
  gateway.add("GET", "/v1/accounts/{id}/entries", api::Scope::LedgerRead, with(&entries));
}

}  // namespace remit::ledger
